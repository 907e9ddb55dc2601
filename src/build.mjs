// Builds `dist/`: the program and its pages, at the same time, or the one of them that is named.
// Each file is compiled by itself, as the tests compile it, since a first start waits for this: types are `npm run
// typecheck`'s to check, and that takes ten times as long.
import fs from "node:fs/promises";
import path from "node:path";
import { argv } from "node:process";
import { transformFile } from "@swc/core";

const ROOT = path.resolve(import.meta.dirname, "..");
const PAGES = path.join("src", "web") + path.sep;

async function sources() {
  const names = ["package.json", "ormconfig.ts"];
  for (const folder of ["src", "migrations"])
    for (const name of await fs.readdir(path.join(ROOT, folder), { recursive: true }))
      names.push(path.join(folder, name));
  return names.filter((name) => !name.startsWith(PAGES) && /(?<!\.d)\.ts$|\.json$/.test(name));
}

async function compile(name) {
  const [from, to] = [path.join(ROOT, name), path.join(ROOT, "dist", name.replace(/\.ts$/, ".js"))];
  await fs.mkdir(path.dirname(to), { recursive: true });
  if (name.endsWith(".json")) return fs.copyFile(from, to);
  const { code, map } = await transformFile(from, {
    cwd: ROOT,
    // `import()` stays what it is: some packages are ES modules only.
    module: { type: "commonjs", ignoreDynamic: true },
    sourceFileName: path.relative(path.dirname(to), from),
  });
  await fs.writeFile(`${to}.map`, map);
  await fs.writeFile(to, `${code}\n//# sourceMappingURL=${path.basename(to)}.map\n`);
}

const PARTS = {
  program: async () => Promise.all((await sources()).map(compile)),
  async pages() {
    const { build } = await import("vite");
    await build({ configFile: path.join(ROOT, "src/web/vite.config.mjs"), logLevel: "warn" });
  },
};

const named = argv.slice(2);
await Promise.all((named.length > 0 ? named : Object.keys(PARTS)).map((part) => PARTS[part]()));
