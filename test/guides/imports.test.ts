// Who imports whom in src. ESLint sees circles too (import-x/no-cycle), but passes over imports of types.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "../support/child";

const IMPORT = /(?:^|\n)(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"/g;

type Imports = ReadonlyMap<string, readonly string[]>;

function importsWithin(root: string): Imports {
  const names = fs.readdirSync(root, { recursive: true, encoding: "utf8" });
  const files = new Set(names.filter((name) => /\.tsx?$/.test(name)));
  const found = (from: string, to: string): string[] => {
    const place = path.join(path.dirname(from), to);
    return [place, `${place}.ts`, `${place}.tsx`].filter((file) => files.has(file));
  };
  return new Map(
    [...files].map((file) => {
      const text = fs.readFileSync(path.join(root, file), "utf8");
      return [file, [...text.matchAll(IMPORT)].flatMap(([, to = ""]) => found(file, to))];
    }),
  );
}

/** One circle for each file at which a walk meets itself. */
function circlesOf(imports: Imports): string[] {
  const [done, circles] = [new Set<string>(), [] as string[]];
  const walk = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" -> "));
    if (way.includes(file) || done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of imports.keys()) walk(file, []);
  return circles;
}

test("no files of src import each other in a circle, not even for a type", () => {
  const imports = importsWithin(path.join(ROOT, "src"));
  expect([...imports.values()].flat().length).toBeGreaterThan(1_000);
  expect(circlesOf(imports)).toEqual([]);
});

test("a circle of any length is found", () => {
  const imports = new Map([
    ["a", ["b"]],
    ["b", ["c", "d"]],
    ["c", []],
    ["d", ["a"]],
  ]);
  expect(circlesOf(imports)).toEqual(["a -> b -> d -> a"]);
});
