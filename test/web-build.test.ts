// The pages as files: how they are served, what a browser may do with them, what they weigh, and that their types are
// those of the schema.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { ROOT } from "./support/child";
import { ensurePages } from "./support/pages";
import { openWorld, type World } from "./support/world";

let world: World;
beforeAll(async () => {
  await ensurePages();
  world = await openWorld();
}, 60_000);
afterAll(() => world.close());

const PAGES = ["/", "/sync", "/records/55", "/records/Contact/55", "/records/contact-55"];

const assetsOf = (html: string): string[] =>
  [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, name = ""]) => name);

test.each(PAGES)(
  "%s is a page that may load and call nothing but us, and is asked for anew each time",
  async (address) => {
    const answer = await fetch(world.url + address);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await answer.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
    expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name]) => name)).toEqual(assetsOf(html));
  },
);

test("scripts and styles carry a hash, are kept for a year, and come compressed as the browser likes it", async () => {
  const names = assetsOf(await (await fetch(world.url)).text());
  expect(names.length).toBeGreaterThanOrEqual(3);
  for (const name of names) {
    expect(name).toMatch(/-[\w-]{8}\.(js|css|svg)$/);
    const plain = await fetch(world.url + name, { headers: { "Accept-Encoding": "identity" } });
    expect(plain.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(plain.headers.get("content-encoding")).toBeNull();
    const text = await plain.text();
    for (const encoding of ["br", "gzip"]) {
      const answer = await fetch(world.url + name, { headers: { "Accept-Encoding": encoding } });
      expect(answer.headers.get("content-encoding")).toBe(encoding);
      expect(answer.headers.get("vary")).toContain("Accept-Encoding");
      expect(await answer.text()).toBe(text);
    }
    const held = { "If-None-Match": plain.headers.get("etag") ?? "", "Cache-Control": "max-age=0" };
    expect((await fetch(world.url + name, { headers: held })).status).toBe(304);
  }
});

test.each([
  "/assets/index.js",
  "/assets/..%2findex.html",
  "/assets/%2e%2e%2findex.html",
  "/assets/",
  "/index.html",
])("%s is no file of ours", async (address) => {
  expect((await fetch(world.url + address)).status).toBe(404);
});

test("no page's script weighs more than 250 kB compressed", () => {
  const folder = path.join(ROOT, "dist/web");
  const all = readdirSync(path.join(folder, "assets")).filter((name) => name.endsWith(".js"));
  const total = all.reduce(
    (sum, name) => sum + gzipSync(readFileSync(path.join(folder, "assets", name))).length,
    0,
  );
  expect(total).toBeLessThan(250_000);
});

test("no third party is named in what a browser loads, but in texts that nobody follows", () => {
  const folder = path.join(ROOT, "dist/web/assets");
  for (const name of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, name), "utf8");
    const loads = [...text.matchAll(/(?:url\(|import\(|from|fetch\(|src=)\s*["'`]?(https?:\/\/[^"'`)]+)/g)];
    expect(loads.map(([found]) => found)).toEqual([]);
  }
});

test("the typed documents are those of the schema and of operations.graphql", async () => {
  // Inside the project, so that its packages are found.
  const room = mkdtempSync(path.join(ROOT, "node_modules", ".web-types-"));
  try {
    const config = JSON.parse(readFileSync(path.join(ROOT, "src/web/codegen.json"), "utf8")) as {
      generates: Record<string, unknown>;
    };
    const [[made = "", how] = []] = Object.entries(config.generates);
    const again = path.join(room, "operations.ts");
    writeFileSync(
      path.join(room, "codegen.json"),
      JSON.stringify({ ...config, generates: { [again]: how } }),
    );
    const cli = path.join(
      path.dirname(require.resolve("@graphql-codegen/cli/package.json")),
      "cjs",
      "bin.js",
    );
    await promisify(execFile)(process.execPath, [cli, "--config", path.join(room, "codegen.json")], {
      cwd: ROOT,
    });
    expect(readFileSync(path.join(ROOT, made), "utf8")).toBe(readFileSync(again, "utf8"));
  } finally {
    rmSync(room, { recursive: true });
  }
}, 60_000);
