// A typed client in one command: what the guide of GraphQL says about it, done, with the operations of the guide and
// of the explorer.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { EXAMPLE_OPERATIONS } from "../../src/web/explorer/examples";
import { compileStrictly } from "../support/compiler";
import { blocksOf } from "../support/guides";

const ROOT = join(__dirname, "../..");
const GUIDE = blocksOf("src/graphql/README.md");
const CLI = join(dirname(require.resolve("@graphql-codegen/cli/package.json")), "cjs", "bin.js");

/** The guide's blocks of a language, in one section or in all. */
const blocks = (language: string, section?: string): string[] =>
  GUIDE.filter((block) => block.language === language && (section ?? block.section) === block.section).map(
    ({ text }) => text,
  );

// Inside the project, so that its packages are found.
const folder = mkdtempSync(join(ROOT, "node_modules", ".typed-client-"));
const file = (name: string): string => join(folder, name);

/** The names of all operations. One that the guide shares with the explorer has a name of its own here. */
function writeOperations(): string[] {
  const names = EXAMPLE_OPERATIONS.map(({ name }) => name);
  const ofGuide = blocks("graphql").map((text) =>
    text.replace(/^(query|mutation|subscription) (\w+)/, (_, kind: string, name: string) => {
      names.push(`${name}OfGuide`);
      return `${kind} ${name}OfGuide`;
    }),
  );
  mkdirSync(file("src"));
  for (const [index, text] of [...EXAMPLE_OPERATIONS.map(({ document }) => document), ...ofGuide].entries()) {
    writeFileSync(file(`src/${index}.graphql`), text);
  }
  return names;
}

const USE = `
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { ChangesDocument, CreateEventDocument, FirstLookDocument } from "./src/tidemark.js";

declare function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Data;

const { me, events } = ask(FirstLookDocument, {});
export const name: string = me.name;
export const starts: string[] = events.edges.map(({ node }) => node.startTime);
export const watermark: string | null = ask(ChangesDocument, { since: "2026-03-02T00:00:00.000Z" }).changes.watermark;
export const made: string = ask(CreateEventDocument, {
  input: { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z", parentId: 7 },
}).createEvent.id;
`;

/** What the compiler has to say of each program. */
function complaints(programs: readonly string[]): string[][] {
  const files = programs.map((program, index) => {
    writeFileSync(file(`use${index}.ts`), program);
    return file(`use${index}.ts`);
  });
  const found = compileStrictly(files, { noEmit: true });
  return files.map((name) => found.get(name) ?? []);
}

let names: string[];

beforeAll(async () => {
  names = writeOperations();
  const section = "## A typed client in one command";
  const config = JSON.parse(blocks("json", section)[0] ?? "") as { schema: string };
  expect(config.schema).toBe("http://127.0.0.1:4000/graphql");
  writeFileSync(file("codegen.json"), JSON.stringify({ ...config, schema: join(ROOT, "schema.graphql") }));
  const command = /^npx graphql-codegen (.*)$/m.exec(blocks("sh", section)[0] ?? "")?.[1] ?? "";
  await promisify(execFile)(process.execPath, [CLI, ...command.split(" ")], { cwd: folder });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the guide's command makes a typed document of every operation of the guide and the explorer", () => {
  const client = readFileSync(file("src/tidemark.ts"), "utf8");
  const documents = [...client.matchAll(/^export const (\w+)Document = /gm)].map(([, name]) => name);
  expect(documents.sort()).toEqual(names.sort());
  expect(names.length).toBeGreaterThan(10);
});

const MISUSES: [what: string, good: string, bad: string][] = [
  ["reads a field that was not selected", "node.startTime", "node.private"],
  ["reads a field that there is not", "me.name", "me.age"],
  ["takes an instant for a number", "starts: string[]", "starts: number[]"],
  ["leaves out what is required", 'startTime: "2026-03-02T15:00:00Z", ', ""],
  ["sends a wrong type", "parentId: 7", "parentId: true"],
  ["sends a variable that there is not", "since:", "until:"],
];

test("a program that uses them compiles under strict, and one that misuses them does not", () => {
  const misused = MISUSES.map(([, good, bad]) => USE.replace(good, bad));
  for (const program of misused) expect(program).not.toBe(USE);
  const [used, ...refused] = complaints([USE, ...misused]);
  expect(used).toEqual([]);
  const accepted = MISUSES.filter((_, index) => refused[index]?.length !== 1).map(([what]) => what);
  expect(accepted).toEqual([]);
});
