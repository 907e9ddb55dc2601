// What makes the service safe beside who may do what: headers, other origins, what is shipped, and that .github/SECURITY.md
// keeps its word.
import fs from "node:fs";
import path from "node:path";
import { readConfig } from "../../src/config";
import { ROOT } from "../support/child";
import { rawSocket, say } from "../support/live";
import { Wire } from "../support/wire";
import { openWorld, type Person, type World } from "../support/world";
import { until } from "../support/wait";

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

test("pages are in the frames of the origins of FRAME_ANCESTORS, those that hand out secrets or act for admins in nobody's", async () => {
  const frameAncestors = ["https://crm.example", "http://localhost:8080"];
  const { url, close } = await world.instance({ frameAncestors });
  const told = async (at: string): Promise<[string | undefined, string | null, boolean]> => {
    const reply = await fetch(url + at, { headers: { Accept: "text/html" } });
    const [, framedBy] = /frame-ancestors ([^;]*)/.exec(reply.headers.get("content-security-policy")!) ?? [];
    const isTold = (await reply.text()).includes(`content="${frameAncestors.join(" ")}"`);
    return [framedBy, reply.headers.get("x-frame-options"), isTold];
  };
  for (const at of ["/", "/records", "/records/55", "/records/Contact/55?embed=1", "/sync"])
    expect([at, ...(await told(at))]).toEqual([at, "https://crm.example http://localhost:8080", null, true]);
  for (const at of ["/connect", "/admin", "/admin/users", "/api/v1/docs", "/graphql", "/nowhere"])
    expect([at, ...(await told(at))]).toEqual([at, "'none'", "DENY", false]);
  await close();
});

test("FRAME_ANCESTORS are origins, and what is none, or could be read under way, is told at the start", () => {
  const originsOf = (given: string): readonly string[] =>
    readConfig({ FRAME_ANCESTORS: given }).frameAncestors;
  expect(originsOf("")).toEqual([]);
  expect(
    originsOf("https://CRM.example/, https://crm.example:8443,http://localhost:8080,http://[::1]"),
  ).toEqual(["https://crm.example", "https://crm.example:8443", "http://localhost:8080", "http://[::1]"]);
  for (const wrong of [
    ...["*", "'self'", "crm.example", "https://*.crm.example", "https://crm.example/a", "https:", "https://"],
    ...[
      "http://crm.example",
      "https://a;script-src",
      'https://a"b',
      "https://a,,https://b",
      "https://u@a",
      "null",
    ],
  ])
    expect(() => originsOf(wrong)).toThrow("FRAME_ANCESTORS must be origins such as https://crm.example");
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
  // Apollo's own pages like any other: the explorer that is served from here calls from here.
  for (const apollo of ["https://studio.apollographql.com", "https://sandbox.embed.apollographql.com"]) {
    expect([apollo, await allowed("/graphql", apollo)]).toEqual([apollo, null]);
  }
});

describe("a page of another origin may not write", () => {
  const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
  const CREATE = "mutation ($input: EventInput!) { createEvent(input: $input) { id } }";
  /** The statuses of a write at each door, and of each of REST's methods. */
  const writes = async (headers: Record<string, string>): Promise<unknown[]> => {
    const input = { subject: "From a page", ...MEETING };
    const made = await ada.rest("POST", "/events", input, headers);
    const other = await ada.rest("POST", "/events", input);
    const at = `/events/${other.body.id}`;
    const graphql = await ada.graphql(CREATE, { input }, headers);
    const refusals = [made.body.code, graphql.errors?.[0]?.extensions.code];
    const rest = [
      made.status,
      (await ada.rest("PATCH", at, { subject: "Changed" }, headers)).status,
      (await ada.rest("PUT", at, input, headers)).status,
      (await ada.rest("DELETE", at, undefined, headers)).status,
    ];
    return [...rest, graphql.status, ...refusals.filter((code) => code !== undefined)];
  };
  const REFUSED = [403, 403, 403, 403, 403, "forbidden", "forbidden"];
  const DONE = [201, 200, 200, 204, 200];

  test.each([
    ["of another site", { Origin: "https://evil.test" }],
    ["without an address", { Origin: "null" }],
    ["that is no address at all", { Origin: "evil" }],
    ["of another scheme of an allowed host", { Origin: "http://crm.example" }],
    ["whose name only begins like an allowed one", { Origin: "https://crm.example.evil.test" }],
    ["of another port of this machine", { Origin: "http://127.0.0.1:1" }],
    ["that a browser calls cross-site", { "Sec-Fetch-Site": "cross-site" }],
  ] as [string, Record<string, string>][])("%s: 403 at both doors", async (_what, headers) => {
    expect(await writes(headers)).toEqual(REFUSED);
  });

  test("but one of this service, one of CORS_ORIGINS, and a program may", async () => {
    for (const headers of [
      { Origin: world.url },
      { Origin: world.url.replace("http:", "https:") }, // Behind a proxy that has TLS.
      { Origin: "https://crm.example", "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-origin" },
      { "Sec-Fetch-Site": "none" },
      {},
    ] as Record<string, string>[]) {
      expect([headers, await writes(headers)]).toEqual([headers, DONE]);
    }
  });

  test("nor by a GET, which changes nothing at either door", async () => {
    const query = encodeURIComponent('mutation { deleteEvent(id: "1") { id } }');
    for (const accept of ["application/json", "text/event-stream"]) {
      const headers = {
        Authorization: `Bearer ${ada.token}`,
        Accept: accept,
        "Apollo-Require-Preflight": "1",
      };
      expect((await get(`/graphql?query=${query}`, headers)).status).toBe(405);
    }
  });

  test("nor over a WebSocket that it opened; it may read there, as it may with a token elsewhere", async () => {
    const { socket, heard } = await rawSocket(world.url, { Origin: "https://evil.test" });
    const payload = { authorization: `Bearer ${ada.token}` };
    say(socket, { type: "connection_init", payload });
    const ask = (id: string, query: string): void =>
      say(socket, { id, type: "subscribe", payload: { query, variables: { input: { ...MEETING } } } });
    await until(() => heard.length === 1);
    ask("1", "{ me { email } }");
    await until(() => heard.length === 3);
    ask("2", CREATE);
    await until(() => heard.length === 4);
    socket.terminate();
    expect(heard[1]).toContain(ada.email);
    expect(JSON.parse(heard[3]!)).toMatchObject({
      type: "error",
      payload: [{ extensions: { code: "forbidden" } }],
    });
  });
});

test("what is answered to a caller is private, asked for anew, and varies by who called", async () => {
  const bearer = { Authorization: `Bearer ${ada.token}` };
  const post = (body: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${world.url}/graphql`, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", ...headers },
    });
  const me = '{"query":"{ me { email } }"}';
  const list = await get("/api/v1/events", bearer);
  const replies = [
    list,
    await get("/api/v1/events", { ...bearer, "If-None-Match": list.headers.get("etag")! }),
    await get("/api/v1/me", bearer),
    await get("/api/v1/me", { ...bearer, Origin: "https://crm.example" }),
    await get("/api/v1/events/999999", bearer),
    await get("/api/v1/nothing", bearer),
    await get("/api/v1/me"),
    await get("/api/v1/me", { Authorization: "Bearer tmk_wrong" }),
    await get("/graphql?query=%7Bme%7Bemail%7D%7D", { ...bearer, "Apollo-Require-Preflight": "1" }),
    await post(me, bearer),
    await post(me, {}),
    await post("{", bearer),
    await post('{"query":"{ nothing }"}', bearer),
    await post(me, { ...bearer, Origin: "https://evil.test" }),
  ];
  for (const { status, url, headers } of replies) {
    const vary = headers.get("vary")?.split(", ") ?? [];
    expect([status, url, headers.get("cache-control")]).toEqual([
      status,
      url,
      expect.stringMatching(/^private, no-cache$|\bno-store\b/),
    ]);
    expect([status, url, vary]).toEqual([status, url, expect.arrayContaining(["Authorization", "Origin"])]);
  }
  expect(replies.map(({ status }) => status)).toEqual([
    200, 304, 200, 200, 404, 404, 401, 401, 200, 200, 401, 400, 400, 403,
  ]);
});

describe("an address that stands for nothing is no fault of ours", () => {
  const ODD = ["%ff", "%E0%A4%A", "%", "%00", "a%00b", "%2e%2e%2f", "%c0%af", "..%5c", "a\\b", "%u0041"];
  const LONG = "x".repeat(7_000);

  test.each([
    ...["/", "/sync", "/records", "/records/Contact", "/assets", "/healthz", "/readyz", "/metrics"],
    ...["/graphql", "/graphql/sandbox", "/api/v1/docs", "/api/v1", "/api/v1/events"],
  ])("%s, with whatever behind it", async (base) => {
    const wire = new Wire(world.url);
    const below = base.replace(/\/$/, "");
    const paths = [...ODD, LONG, `${LONG}.js`, "a".repeat(256)].flatMap((odd) => [
      `${below}/${odd}`,
      `${below}//${odd}`,
      `/${below}/${odd}/`,
      `${base}?${odd}=${odd}`,
      `http://x${below}/${odd}`,
    ]);
    for (const at of [...paths, `${below}/`, `/${base}`, `${base}\\`]) {
      for (const method of at.length > 1_000 ? ["GET"] : ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) {
        wire.send(`${method} ${at} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
        const { status } = await wire.reply(method);
        expect([method, at.slice(0, 80), status < 500]).toEqual([method, at.slice(0, 80), true]);
      }
    }
    wire.socket.destroy();
  });

  test("it is 404 not_found, in the one shape", async () => {
    for (const at of ["/assets/%ff", "/records/%ff", "/records/a/%E0%A4%A", `/assets/${"x".repeat(300)}`]) {
      const reply = await get(at);
      expect([at, reply.status, await reply.json()]).toEqual([
        at,
        404,
        expect.objectContaining({ code: "not_found", details: [] }),
      ]);
    }
  });
});

test("the service calls no address that a client names, but those of webhooks", () => {
  const calling = /\bfetch\(|\bhttps?\.(get|request)\(|createRemoteJWKSet/;
  const sources = fs
    .readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("web/"));
  const callers = sources
    .sort()
    .filter((file) => calling.test(fs.readFileSync(path.join(ROOT, "src", file), "utf8")));
  expect(callers).toEqual(["access/code-flow.ts", "access/oidc.ts", "webhooks/post.ts"]);
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
  const lines = text.split("\n").filter((line) => line.startsWith("- **"));

  test("goes through all ten", () => {
    expect(lines.flatMap((line) => /^- \*\*(API\d+)/.exec(line)?.[1] ?? [])).toEqual(
      Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
    );
  });

  test("each line of the list names tests that are there", () => {
    const named = (line: string): [file: string, title: string][] =>
      [...line.matchAll(/`(test\/[\w./-]+\.ts)`: "([^"]+)"/g)].map(([, file, title]) => [file!, title!]);
    for (const line of lines)
      expect([line.slice(0, 12), named(line).length > 0]).toEqual([line.slice(0, 12), true]);
    for (const [file, title] of named(text)) {
      const source = fs.readFileSync(path.join(ROOT, file), "utf8");
      expect([file, title, source.includes(`"${title}"`)]).toEqual([file, title, true]);
    }
  });
});
