// The README and the guides beside the code: which there are, and the blocks of code in them.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./child";

const FOLDERS = [".github", "deploy", "migrations", "src", "test"];

/** Files below the folders that hold what we write, and those beside them, by their paths from the root. */
export function writtenFiles(): string[] {
  const beside = fs.readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile());
  const below = FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name))),
  );
  return [...beside.map(({ name }) => name), ...below].sort();
}

export const textOf = (file: string): string => fs.readFileSync(path.join(ROOT, file), "utf8");

/** All but CHANGELOG.md, which tells of files that may be gone. */
export const GUIDES: readonly string[] = writtenFiles().filter(
  (file) => file.endsWith(".md") && file !== "CHANGELOG.md",
);

export interface Block {
  file: string;
  section: string;
  language: string;
  text: string;
  line: number;
}

const FENCED = /^```(\w+)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a guide that name their language, in order. */
export function blocksOf(file: string): Block[] {
  const text = textOf(file);
  return [...text.matchAll(FENCED)].map((match) => {
    const before = text.slice(0, match.index).split("\n");
    return {
      file,
      section: before.findLast((line) => line.startsWith("## ")) ?? "",
      language: match[1]!,
      text: match[2]!,
      line: before.length,
    };
  });
}
