// The keys of advisory locks: no two works share one by accident.
import fs from "node:fs";
import path from "node:path";
import { LOCKS } from "../../src/database/locks";
import { LEASE } from "../../src/embedded/lease";
import { query } from "../support/catalogue";
import { ROOT, TEST_LOCKS } from "../support/child";
import { cloneDatabase } from "../support/world";

/** The files below a folder, and what each gives to PostgreSQL's functions of advisory locks. */
function keysIn(folder: string, ending: string): [file: string, keys: string][] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .flatMap((file) => {
      const text = fs.readFileSync(path.join(ROOT, folder, file), "utf8");
      return [...text.matchAll(/pg_(?:try_)?advisory_\w+\(((?:[^()]|\([^()]*\))*)\)/g)].map(
        ([, keys]): [string, string] => [file, keys!],
      );
    });
}

test("no two locks have the same keys, those that SQL chooses included", async () => {
  const { url, drop } = await cloneDatabase();
  const [chosen] = await query<{ parent: number; meeting: number }>(
    url,
    "select hashtext('tidemark.parent') as parent, hashtext('tidemark.meeting 1') as meeting",
  );
  await drop();
  const spaces = Object.values(LOCKS).map(([space]) => space as number);
  expect(new Set([...spaces, chosen!.parent, chosen!.meeting]).size).toBe(new Set(spaces).size + 2);
  const keys = [...Object.values(LOCKS).map(String), ...[LEASE, ...Object.values(TEST_LOCKS)].map(String)];
  expect(new Set(keys).size).toBe(keys.length);
});

test("SQL locks calendars, organisations, parents and meetings, and nothing else", () => {
  const given = keysIn("migrations/functions", ".sql");
  const known = /^(-org|calendar(_id)?)$/;
  expect(given.filter(([, keys]) => !known.test(keys))).toEqual([
    ["children.sql", "hashtext('tidemark.parent'), hashtext(org::text)"],
    ["organisers.sql", "hashtext('tidemark.meeting ' || org), hashtext(uid)"],
  ]);
  expect(given.length).toBeGreaterThan(10);
});

test("the program takes its keys from LOCKS, and the embedded server its lease", () => {
  const given = keysIn("src", ".ts").filter(([, keys]) => keys !== "");
  expect(new Set(given.map(([file, keys]) => `${file} ${keys}`))).toEqual(
    new Set([
      "database/migrate.ts $1, $2",
      "demo/demo.ts $1, $2",
      "retention.ts $1, $2",
      "embedded/lease.ts $1",
    ]),
  );
  for (const [file] of given.filter(([, keys]) => keys === "$1, $2"))
    expect(fs.readFileSync(path.join(ROOT, "src", file), "utf8")).toMatch(/\[\.\.\.LOCKS\.\w+\]/);
});
