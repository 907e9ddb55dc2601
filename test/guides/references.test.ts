// Comments and guides point to files, headings and scripts: each of them is there.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "../support/child";
import { GUIDES, textOf, writtenFiles } from "../support/guides";

/** Files of ours with comments, by how a comment begins. */
const COMMENTS: [files: RegExp, comment: RegExp][] = [
  [/\.(?:ts|tsx|mjs|js)$/, /(?:^|\s)\/\/.*|^\s*(?:\/\*)?\*.*/gm],
  [/\.sql$/, /--.*/g],
  [/^Dockerfile$|\.(?:ya?ml|conf|service)$/, /#.*/g],
];

/** The comments of a program, or the text of a guide but for its examples; as one line. */
function proseOf(file: string): string {
  if (file.endsWith(".md")) return textOf(file).replace(/^```[\s\S]*?^```$/gm, "");
  const [, comment] = COMMENTS.find(([files]) => files.test(file)) ?? [];
  if (!comment) return "";
  return [...textOf(file).matchAll(comment)]
    .map(([line]) => line.replace(/^\s*(?:\/\/|\/?\*+|--|#)/, ""))
    .join(" ");
}

const written = writtenFiles().filter((file) => file !== "CHANGELOG.md");
const PATH =
  /(?<![\w@/:.-])((?:\.{1,2}\/)*\w[\w.-]*(?:\/[\w.-]+)*\.(?:ts|tsx|mjs|md|sql|css|conf|service|yaml))\b/g;
const CITED = /([\w./-]+\.md)`?,\s+"([^"]+)"/g;
const LINK = /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g;
const HEADING = /^#{1,4} (.*)$/gm;

/** What a path may start from: the root, the folder it is named in, or one of the two that hold the code. */
function found(name: string, from: string): string | undefined {
  return ["", path.dirname(from), "src", "test"]
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(path.join(ROOT, file)));
}

const headingsOf = (file: string): string[] =>
  [...proseOf(file).matchAll(HEADING)].map(([, heading = ""]) => heading);

/** How GitHub makes a heading's address. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

test("a file that a comment or a guide names is there", () => {
  const named = written.flatMap((file) =>
    [...proseOf(file).matchAll(PATH)].map(([, name = ""]) => ({ file, name })),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter(({ file, name }) => found(name, file) === undefined)).toEqual([]);
});

test("a heading that a comment or a guide cites stands in the file that it names", () => {
  const cited = written.flatMap((file) =>
    [...proseOf(file).matchAll(CITED)].map(([, name = "", heading = ""]) => ({ file, name, heading })),
  );
  expect(cited.length).toBeGreaterThan(5);
  const missing = cited.filter(({ file, name, heading }) => {
    const guide = found(name, file);
    return guide === undefined || !headingsOf(guide).includes(heading.replace(/\s+/g, " "));
  });
  expect(missing).toEqual([]);
});

test("a name that a guide gives together with its file stands in that file", () => {
  const NAMED =
    /`([A-Za-z_]\w{3,})`\s+\(`([\w./-]+\.(?:ts|sql|mjs|js))`\)|`([A-Z_]{4,})`\s+(?:in|of)\s+`([\w./-]+\.(?:ts|sql|mjs|js))`/g;
  const named = GUIDES.flatMap((file) =>
    [...proseOf(file).matchAll(NAMED)].map(([, one, place, list, holder]) => ({
      ...{ file, name: one ?? list ?? "" },
      place: found(place ?? holder ?? "", file) ?? "",
    })),
  );
  expect(named.length).toBeGreaterThan(3);
  const missing = named.filter(({ name, place }) => !new RegExp(`\\b${name}\\b`).test(textOf(place)));
  expect(missing).toEqual([]);
});

test("the layout in CONTRIBUTING names every room of src", () => {
  const guide = textOf(".github/CONTRIBUTING.md");
  const rooms = fs
    .readdirSync(path.join(ROOT, "src"))
    .map((name) => `\`src/${/\./.test(name) ? name : `${name}/`}\``);
  expect(rooms.length).toBeGreaterThan(20);
  expect(rooms.filter((room) => room !== "`src/build.mjs`" && !guide.includes(room))).toEqual([]);
});

test("a link of a guide leads to a file that is there, and to a heading that it has", () => {
  const links = GUIDES.flatMap((file) =>
    [...proseOf(file).matchAll(LINK)].map(([, name = "", heading]) => ({ file, name, heading })),
  );
  expect(links.length).toBeGreaterThan(20);
  const dead = links.filter(({ file, name, heading }) => {
    const target = name === "" ? file : path.join(path.dirname(file), name);
    if (!fs.existsSync(path.join(ROOT, target))) return true;
    return heading !== undefined && !headingsOf(target).map(anchor).includes(heading);
  });
  expect(dead).toEqual([]);
});

test("a script that a guide runs with npm is in package.json", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const run = GUIDES.flatMap((file) =>
    [...textOf(file).matchAll(/\bnpm\s+run\s+(?:--silent\s+)?([\w:]+)/g)].map(([, name = ""]) => ({
      file,
      name,
    })),
  );
  expect(run.length).toBeGreaterThan(10);
  expect(run.filter(({ name }) => !(name in scripts))).toEqual([]);
});

test("the README is short enough to read, and leads to every guide", () => {
  expect(Buffer.byteLength(textOf("README.md"))).toBeLessThanOrEqual(12_000);
  const linked = [...textOf("README.md").matchAll(LINK)].map(([, name]) => name);
  for (const file of GUIDES.filter((guide) => guide !== "README.md")) expect(linked).toContain(file);
});

test("the files of two forms are those that jest.long.config.js names", () => {
  const config = textOf("jest.long.config.js");
  const named = [.../TWO_FORMS = \[([^\]]*)\]/.exec(config)![1]!.matchAll(/"([\w-]+)"/g)].map(
    ([, name]) => name,
  );
  const files = written.filter(
    (file) => file.endsWith(".test.ts") && /^import .*\/long-form"/m.test(textOf(file)),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(files.map((file) => path.basename(file, ".test.ts")).sort()).toEqual(named.sort());
});
