// What makes the service safe beside who may do what: headers, other origins, what is shipped, and that SECURITY.md
// keeps its word.
import fs from "node:fs";
import path from "node:path";
import { ROOT } from "./support/child";
import { openWorld, type Person, type World } from "./support/world";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await openWorld({ corsOrigins: ["https://crm.example"] });
  ada = await world.person();
});
afterAll(() => world.close());

const get = (at: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${world.url}${at}`, { headers });

test("every answer says that it is data, and may not be framed, sniffed or told of", async () => {
  const bearer = { Authorization: `Bearer ${ada.token}` };
  for (const [at, headers] of [
    ["/api/v1/me", bearer],
    ["/api/v1/me", {}],
    ["/api/v1/events", bearer],
    ["/api/v1/openapi.json", {}],
    ["/graphql?query={__typename}", { ...bearer, "Apollo-Require-Preflight": "1" }],
    ["/healthz", {}],
    ["/readyz", {}],
    ["/metrics", {}],
    ["/nowhere", {}],
  ] as const) {
    const reply = await get(at, headers);
    const told = ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"];
    expect([at, ...told.map((name) => reply.headers.get(name))]).toEqual([
      at,
      "default-src 'none';frame-ancestors 'none'",
      "nosniff",
      "DENY",
      "no-referrer",
    ]);
    expect(reply.headers.get("x-powered-by")).toBeNull();
  }
});

test("pages have a policy of their own, which names no scripts but theirs and no frames of others", async () => {
  for (const at of ["/api/v1/docs", "/graphql?ui=graphiql"]) {
    const policy = (await get(at, { Accept: "text/html" })).headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).not.toMatch(/script-src[^;]*('unsafe-inline'|'unsafe-eval'|\*)/);
  }
});

test("no other origin is let in unless it is named", async () => {
  const allowed = async (at: string, origin: string): Promise<string | null> => {
    const preflight = { Origin: origin, "Access-Control-Request-Method": "POST" };
    const reply = await fetch(`${world.url}${at}`, { method: "OPTIONS", headers: preflight });
    expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
    return reply.headers.get("access-control-allow-origin");
  };
  for (const at of ["/api/v1/events", "/graphql"]) {
    expect(await allowed(at, "https://crm.example")).toBe("https://crm.example");
    for (const origin of [
      "https://evil.test",
      "https://crm.example.evil.test",
      "http://crm.example",
      "null",
    ]) {
      expect([at, origin, await allowed(at, origin)]).toEqual([at, origin, null]);
    }
  }
  // Apollo's own explorer, at its own door.
  expect(await allowed("/graphql", "https://studio.apollographql.com")).toBe(
    "https://studio.apollographql.com",
  );
  expect(await allowed("/api/v1/events", "https://studio.apollographql.com")).toBeNull();
});

test("the service calls no address that a client names", () => {
  const calling = /\bfetch\(|\bhttps?\.(get|request)\(|createRemoteJWKSet/;
  const sources = fs
    .readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("web/") && !file.startsWith("explorer/"));
  const callers = sources.filter((file) =>
    calling.test(fs.readFileSync(path.join(ROOT, "src", file), "utf8")),
  );
  expect(callers).toEqual(["access/oidc.ts"]);
});

test("what is secret is compared in a time that does not tell how much of it was right", () => {
  const source = (file: string): string => fs.readFileSync(path.join(ROOT, "src", file), "utf8");
  expect(source("rest/page-token.ts")).toMatch(/timingSafeEqual\(given, expected\)/);
  // A token is never compared: what is looked up is its hash.
  expect(source("access/authenticate.ts")).toMatch(/where t\.hash = \$1/);
});

interface Locked {
  dev?: boolean;
  license?: string;
}
const LOCKED = (
  JSON.parse(fs.readFileSync(path.join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  }
).packages;

test("every package that is shipped has a licence of the list", () => {
  const allowed = new Set([
    ...["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "BlueOak-1.0.0", "Python-2.0"],
    // Of files, not of what uses them: ical.js is shipped as it comes.
    "MPL-2.0",
    "(MIT AND BSD-3-Clause)",
  ]);
  const shipped = Object.entries(LOCKED).filter(([folder, { dev }]) => folder !== "" && dev !== true);
  expect(shipped.length).toBeGreaterThan(100);
  const others = shipped.filter(([, { license }]) => license === undefined || !allowed.has(license));
  expect(others.map(([folder, { license }]) => `${folder}: ${license}`)).toEqual([]);
});

describe("SECURITY.md", () => {
  const text = fs.readFileSync(path.join(ROOT, ".github/SECURITY.md"), "utf8");
  const lines = text.split("\n").filter((line) => line.startsWith("- **API"));

  test("goes through all ten", () => {
    expect(lines.map((line) => /API\d+/.exec(line)?.[0])).toEqual(
      Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
    );
  });

  test("each line of the list names tests that are there", () => {
    const named = (line: string): [file: string, title: string][] =>
      [...line.matchAll(/`(test\/[\w.-]+\.ts)`: "([^"]+)"/g)].map(([, file, title]) => [file!, title!]);
    for (const line of lines)
      expect([line.slice(0, 12), named(line).length > 0]).toEqual([line.slice(0, 12), true]);
    for (const [file, title] of named(text)) {
      const source = fs.readFileSync(path.join(ROOT, file), "utf8");
      expect([file, title, source.includes(`"${title}"`)]).toEqual([file, title, true]);
    }
  });
});
