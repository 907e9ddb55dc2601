// A typed client of the REST door in one command: what the guide of REST says about it, done against the service, and the
// guide's program compiled and run.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "../support/child";
import { compileStrictly } from "../support/compiler";
import { textOf } from "../support/guides";
import { openWorld, type World } from "../support/world";

const CLI = join(dirname(require.resolve("openapi-typescript/package.json")), "bin", "cli.js");
const GUIDE = textOf("src/rest/README.md");
const [, PROGRAM = ""] = /^```ts\n(.*?)^```/ms.exec(GUIDE) ?? [];
const [, WORDS = ""] = /^npx openapi-typescript (.*)$/m.exec(GUIDE) ?? [];
const SERVED = "http://127.0.0.1:4000/api/v1/openapi.json";

// Inside the project, so that its packages are found.
const folder = mkdtempSync(join(ROOT, "node_modules", ".rest-client-"));
const file = (name: string): string => join(folder, "src", name);

let world: World;

beforeAll(async () => {
  world = await openWorld();
  mkdirSync(join(folder, "src"));
  expect(WORDS).toContain(SERVED);
  const words = WORDS.replace(SERVED, `${world.url}/api/v1/openapi.json`).split(" ");
  await promisify(execFile)(process.execPath, [CLI, ...words], { cwd: folder });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

/** What the compiler has to say of each program. */
function compile(programs: Record<string, string>): Record<string, string[]> {
  for (const [name, text] of Object.entries(programs)) writeFileSync(file(`${name}.ts`), text);
  const names = Object.keys(programs);
  const found = compileStrictly(
    names.map((name) => file(`${name}.ts`)),
    { lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"] },
  );
  return Object.fromEntries(names.map((name) => [name, found.get(file(`${name}.ts`)) ?? []]));
}

const MISUSES: [what: string, good: string, bad: string][] = [
  ["asks an address that there is not", 'GET("/deletedEvents"', 'GET("/removedEvents"'],
  ["leaves out what is required", "startTime, endTime", "endTime"],
  ["sends a wrong type", '{ location: "Room 4" }', "{ location: 4 }"],
  ["reads a field that there is not", "row.location", "row.place"],
  ["reads of a removed row what only an event has", "row.reason", "row.location"],
  ["gives a parameter a wrong type", "showDeleted: true", 'showDeleted: "yes"'],
  ["leaves out the id", 'PATCH("/events/{id}", { params,', 'PATCH("/events/{id}", {'],
];

test("the guide's program compiles under strict, and one that misuses the client does not", () => {
  const misused = MISUSES.map(([what, good, bad], index) => {
    const program = PROGRAM.replace(good, bad);
    expect({ what, changed: program !== PROGRAM }).toEqual({ what, changed: true });
    return [`misuse${index}`, program] as const;
  });
  const { program, ...refused } = compile({ program: PROGRAM, ...Object.fromEntries(misused) });
  expect(program).toEqual([]);
  const accepted = MISUSES.filter((_, index) => refused[`misuse${index}`]?.length === 0).map(
    ([what]) => what,
  );
  expect(accepted).toEqual([]);
});

test("the guide's program runs the first sync", async () => {
  expect(compile({ program: PROGRAM })).toEqual({ program: [] });
  const ada = await world.person();
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--eval",
    `require(${JSON.stringify(file("program.js"))}).firstSync(...process.argv.slice(1)).then((rows) => console.log(JSON.stringify(rows)))`,
    world.url,
    ada.token,
  ]);
  const { body } = await ada.rest("GET", "/deletedEvents");
  const [{ id }] = body.records;
  expect(JSON.parse(stdout)).toEqual([`${id} is in Room 4`, `${id} is gone: deleted`]);
});
