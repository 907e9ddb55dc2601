// The pages as files: how they are served, what a browser may do with them, what they weigh, and that their types are
// those of the schema.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { filled, piecesOf, pluralOf, type Wordings, wordingOf } from "../../src/web/languages/wording";
import { ROOT } from "../support/child";
import { LANGUAGES, placesIn, readSource, wordingsOf } from "../support/sentences";
import { openWorld, type World } from "../support/world";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const PAGES = [
  "/",
  "/sync",
  "/connect",
  "/admin",
  "/admin/users",
  "/records",
  "/records/55",
  "/records/Contact/55",
  "/records/contact-55",
];

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

const WRONG = ["/nowhere", "/sync/more", "/records/a/b/c", "/assets/nothing.js", "/%ff"];

test.each(WRONG)("%s is a page for a browser, with the way home, and JSON for a program", async (address) => {
  const browser = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const page = await fetch(world.url + address, { headers: browser });
  expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(await page.text()).toContain("There is no page at this address");
  for (const accept of ["application/json", "*/*"]) {
    const answer = await fetch(world.url + address, { headers: { Accept: accept } });
    expect([answer.status, answer.headers.get("vary")]).toEqual([404, expect.stringContaining("Accept")]);
    expect(await answer.json()).toMatchObject({ code: "not_found", details: [] });
  }
  const written = await fetch(world.url + address, { method: "POST", headers: browser });
  expect(written.headers.get("content-type")).toContain("application/json");
});

test("an address below GraphQL's is a page for a browser too", async () => {
  const page = await fetch(`${world.url}/graphql/nowhere`, { headers: { Accept: "text/html" } });
  expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
});

test("what any page loads at first weighs no more than 250 kB compressed, and the calendar no more than 200", () => {
  const folder = path.join(ROOT, "dist/web");
  const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
  expect(pages.sort()).toEqual([
    "admin.html",
    "connect.html",
    "docs.html",
    "explorer.html",
    "index.html",
    "missing.html",
    "records.html",
    "sandbox.html",
    "sync.html",
  ]);
  for (const page of pages) {
    const scripts = assetsOf(readFileSync(path.join(folder, page), "utf8")).filter((name) =>
      name.endsWith(".js"),
    );
    const bytes = scripts.map((name) => gzipSync(readFileSync(path.join(folder, name))).length);
    const most = page === "index.html" ? 200_000 : 250_000;
    expect([page, bytes.reduce((sum, each) => sum + each, 0) < most]).toEqual([page, true]);
  }
});

test("no third party is named in what a browser loads, but in texts that nobody follows", () => {
  const folder = path.join(ROOT, "dist/web/assets");
  for (const name of readdirSync(folder)) {
    const text = readFileSync(path.join(folder, name), "utf8");
    const loads = [...text.matchAll(/(?:url\(|import\(|from|fetch\(|src=)\s*["'`]?(https?:\/\/[^"'`)]+)/g)];
    // Apollo's script is loaded in a frame of no origin (test/web/explorer.long.ts).
    const others = loads.filter(([found]) => !found.includes("embeddable-sandbox.cdn.apollographql.com"));
    expect([name, others.map(([found]) => found)]).toEqual([name, []]);
  }
});

describe("the languages of the pages", () => {
  const { sentences, unread, bare } = readSource();

  test.each(LANGUAGES)("%s has every sentence of the pages, and none besides", (language) => {
    const wordings = wordingsOf(language);
    const isEmpty = (text: string): boolean =>
      [wordings[text] ?? "", Object.values(wordings[text] ?? {})].flat().includes("");
    // `npm run languages` adds what is missing, for somebody to translate, and takes out what is left over.
    const missing = sentences
      .filter(({ text }) => isEmpty(text))
      .map(({ text, where }) => `${where} “${text}”`);
    expect(missing).toEqual([]);
    const said = new Set(sentences.map(({ text }) => text));
    expect(Object.keys(wordings).filter((text) => !said.has(text))).toEqual([]);
  });

  test.each(LANGUAGES)("%s has the places of each sentence, and the forms of its plural", (language) => {
    const wordings = wordingsOf(language);
    const odd = sentences.filter(({ text, plural }) => {
      const wording = wordings[text] ?? "";
      if (typeof wording === "string") return plural || placesIn(wording).join() !== placesIn(text).join();
      // A form for one may say "a day" instead of "{count} day".
      const others = Object.values(wording).filter((form) =>
        placesIn(form).some((name) => !text.includes(`{${name}}`)),
      );
      const lacks = ["one", "other"].some((form) => !wording[form]);
      return (
        !plural ||
        lacks ||
        others.length > 0 ||
        placesIn(wording.other ?? "").join() !== placesIn(text).join()
      );
    });
    expect(odd.map(({ text, where }) => `${where} “${text}”`)).toEqual([]);
  });

  test("no text of the markup is English for everybody: it is said in the reader's language", () =>
    expect(bare).toEqual([]));

  test("a number takes the form that its language has for it, and what has no translation is said in English", () => {
    const french = {
      "{count} days": { one: "{count} jour", other: "{count} jours" },
      "Live|token": "Valide",
    };
    const days = (count: number, wordings: Wordings): string =>
      filled(pluralOf(wordings, new Intl.PluralRules("fr").select(count), "{count} day", "{count} days"), {
        count,
      });
    expect([0, 1, 2].map((count) => days(count, french))).toEqual(["0 jour", "1 jour", "2 jours"]);
    expect([1, 2].map((count) => days(count, {}))).toEqual(["1 day", "2 days"]);
    expect([wordingOf(french, "Live|token"), wordingOf({}, "Live|token")]).toEqual(["Valide", "Live"]);
    expect(filled("{name} is {name}, {other}", { name: "{count}" })).toBe("{count} is {count}, {other}");
    expect(piecesOf("See {docs}, and {sync}.")).toEqual(["See ", "docs", ", and ", "sync", "."]);
  });

  test("a sentence is written out where it is said, so that it can be found", () =>
    expect(unread).toEqual([]));
});

test("the typed documents are those of the schema and of the pages' .graphql files", async () => {
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
});
