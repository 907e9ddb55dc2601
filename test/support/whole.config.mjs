// How `npm test` runs all of the tests. To load the program takes a worker seconds of its processor, which each test file pays
// for where it is run by itself (jest.config.js). Here files share what is loaded, some seven at a time: each such group is one
// file to jest (shared.ts), named after the folders it has. Those that need the process to themselves are run by themselves.
import fs from "node:fs";
import path from "node:path";
import settings from "../../jest.config.js";

const { maxWorkers, testSequencer, testTimeout, ...one } = settings;
const ROOT = path.resolve(import.meta.dirname, "../..");
/** They put other modules in place of the program's, or take settings of the process away. */
const ALONE = ["sabotage", "tenancy-mutations", "migrations"];
const GROUPS = 20;

const files = fs
  .readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => path.join("test", file))
  .sort();
const isAlone = (file) => ALONE.includes(path.basename(file, ".test.ts"));
const linesOf = (file) => fs.readFileSync(path.join(ROOT, file), "utf8").split("\n").length;

/** Neighbours together, groups of about as many lines each. */
function grouped(shared) {
  const lines = shared.map(linesOf);
  const share = lines.reduce((sum, count) => sum + count, 0) / GROUPS;
  const groups = Array.from({ length: GROUPS }, () => []);
  let before = 0;
  shared.forEach((file, index) => {
    groups[Math.min(GROUPS - 1, Math.floor((before + lines[index] / 2) / share))].push(file);
    before += lines[index];
  });
  return groups.filter((group) => group.length > 0);
}

const project = { ...one, rootDir: ROOT };
const foldersOf = (group) => [...new Set(group.map((file) => path.basename(path.dirname(file))))].join(", ");

/** @type {import("jest").Config} */
export default {
  rootDir: ROOT,
  maxWorkers,
  testSequencer,
  testTimeout,
  projects: [
    ...files.filter(isAlone).map((file) => ({
      ...project,
      displayName: path.basename(file, ".test.ts"),
      testMatch: [`<rootDir>/${file}`],
    })),
    ...grouped(files.filter((file) => !isAlone(file))).map((group) => ({
      ...project,
      displayName: foldersOf(group),
      testMatch: ["<rootDir>/test/support/shared.ts"],
      globals: { TEST_FILES: group },
    })),
  ],
};
