// The OpenAPI document, held against the service: its examples are sent, its parameters asked wrongly, its rules kept. (That
// every answer of every other test is as it says is seen to by test/support/description.ts.)
import { Spectral, type RulesetDefinition } from "@stoplight/spectral-core";
import { oas } from "@stoplight/spectral-rulesets";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describedApi, OPEN_ROUTES } from "../../src/rest/openapi/served";
import { examplesOf, type Example } from "../../src/rest/openapi/described";
import recorded from "../../src/rest/openapi/examples.json";
import words from "../../src/rest/openapi/operations.json";
import { REFUSALS } from "../../src/rest/refusals";
import type { Route } from "../../src/rest/route";
import { ROUTES } from "../../src/rest/routes";
import { ensureBuilt, killServices, ROOT, startService, tidemark, type Running } from "../support/child";
import { PATHS, requireDescribed } from "../support/description";
import { asShown, isRecording, record, saveExamples } from "../support/examples";
import { callRest, cloneDatabase, openWorld, type RestReply, type World } from "../support/world";

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe("the document", () => {
  test("is served to anybody, and 304 to who has it", async () => {
    const { status, body, headers } = await callRest(world.url, null, {
      method: "GET",
      path: "/openapi.json",
    });
    expect([status, body]).toEqual([200, JSON.parse(JSON.stringify(describedApi()))]);
    const held = { "If-None-Match": headers.get("etag")! };
    const again = await callRest(world.url, null, { method: "GET", path: "/openapi.json", headers: held });
    expect(again.status).toBe(304);
  });

  test("answers nothing but GET and HEAD, and whoever calls otherwise needs a token first", async () => {
    for (const route of ["/openapi.json", "/docs"]) {
      const head = await callRest(world.url, null, { method: "HEAD", path: route });
      expect([head.status, head.text]).toEqual([200, ""]);
      expect((await callRest(world.url, null, { method: "POST", path: route })).status).toBe(401);
      const ada = await world.person();
      const refused = await ada.rest("DELETE", route);
      expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
  });

  test("has each row of the route table, and no other operation", () => {
    const rows = [...ROUTES, ...OPEN_ROUTES].map(
      ({ method, path: address }) => `${method} ${address || "/"}`,
    );
    const operations = Object.entries(PATHS).flatMap(([address, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${address.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(operations.sort()).toEqual(rows.sort());
  });

  test("knows every code of the catalogue that REST can answer", () => {
    const errors = fs.readFileSync(path.join(__dirname, "../../src/errors.ts"), "utf8");
    const codes = [...errors.matchAll(/new Problem\(\s*"([\w.]+)"/g)].map((match) => match[1]!);
    const described = Object.values(REFUSALS).map(({ example }) => example().code);
    // An address that is not there has no operation; what conflicts are users and organisations, which REST does not write.
    expect(new Set([...described, "method_not_allowed", "conflict"])).toEqual(new Set(codes));
  });
});

// Redocly's library is an ES module, which jest cannot load.
const REDOCLY = `
  import { text } from "node:stream/consumers";
  import { createConfig, lintFromString } from "@redocly/openapi-core";
  const config = await createConfig({ extends: ["recommended-strict"] });
  const found = await lintFromString({ source: await text(process.stdin), config });
  console.log(JSON.stringify(found.map(({ ruleId, location, message }) => [ruleId, location[0]?.pointer, message])));`;

async function lint(document: object): Promise<unknown[]> {
  const spectral = new Spectral();
  spectral.setRuleset(oas as RulesetDefinition);
  const ofSpectral = await spectral.run(document as Record<string, unknown>);
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", REDOCLY], {
    cwd: ROOT,
    input: JSON.stringify(document),
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return [
    ...ofSpectral.map(({ code, path: at, message }) => [code, at.join("."), message]),
    ...(JSON.parse(stdout) as unknown[]),
  ];
}

test("Spectral and Redocly find nothing to say about it, and do of one that is spoiled", async () => {
  const document = JSON.parse(JSON.stringify(describedApi())) as ReturnType<typeof describedApi>;
  expect(await lint(document)).toEqual([]);
  const me = document.paths["/me"] as { get: { responses: object; tags: string[] } };
  document.paths = { "/me": me };
  const { get } = me;
  get.tags = ["Nowhere"];
  get.responses = {};
  const rules = (await lint(document)).map((fault) => (fault as string[])[0]);
  expect(rules).toEqual(expect.arrayContaining(["operation-tag-defined", "operation-2xx-response"]));
});

/** Examples in an order in which each finds what it is about. */
const ORDER = ["POST", "GET", "PATCH", "PUT", "DELETE"];
const SENT: [where: string, route: Route, example: Example][] = ROUTES.flatMap((route) =>
  examplesOf(route.name).map((example): [string, Route, Example] => [
    `${route.method} ${route.path} (${example.name})`,
    route,
    example,
  ]),
).sort(([, a], [, b]) => place(a) - place(b));

function place({ method, path: address }: Route): number {
  return address === "/deletedEvents" ? ORDER.length : ORDER.indexOf(method);
}

describe("an example", () => {
  let database: { url: string; drop: () => Promise<void> };
  let service: Running;

  beforeAll(async () => {
    await ensureBuilt();
    database = await cloneDatabase();
    service = await startService({ DATABASE_URL: database.url });
  });
  afterAll(async () => {
    await killServices();
    await database.drop();
    if (isRecording) saveExamples();
  });

  test.each(SENT)("is answered as it says: %s", async (_where, { name, method, path: template }, example) => {
    const { params = {}, query = {}, headers, body, answer } = example;
    const address = template.replace(/:(\w+)/g, (_, name: string) => params[name]!);
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) search.set(name, String(value));
    const reply: RestReply = await callRest(service.url, service.demoToken, {
      method,
      path: `${address}?${search.toString()}`,
      body,
      headers,
    });
    const shown = asShown(reply.body, answer.body);
    if (isRecording) record(name, example, reply.status, shown);
    else expect({ status: reply.status, body: shown }).toEqual({ body: null, ...answer });
  });

  test("is there for every operation but the description's own, and every word of the document's data is of a row", () => {
    expect(ROUTES.filter(({ name }) => examplesOf(name).length === 0)).toEqual([]);
    expect(Object.keys(recorded).sort()).toEqual(ROUTES.map(({ name }) => name).sort());
    expect(Object.keys(words).sort()).toEqual([...ROUTES, ...OPEN_ROUTES].map(({ name }) => name).sort());
  });

  test("is nowhere but in the document that tidemark openapi prints, word for word the one that is served", async () => {
    const { code, stdout } = await tidemark(["openapi"], {});
    const served = await callRest(service.url, null, { method: "GET", path: "/openapi.json" });
    expect([code, JSON.parse(stdout)]).toEqual([0, served.body]);
  });
});

const ASKED = ROUTES.flatMap((route) =>
  route.parameters.flatMap(({ in: from, name }) => (from === "query" ? [[name, route] as const] : [])),
);

test.each(ASKED.map(([name, route]) => [name, `${route.method} ${route.path}`, route] as const))(
  "the parameter %s of %s is read: an empty one, and one that is given twice, is refused by its name",
  async (name, _where, { method, path: template, body }) => {
    const ada = await world.person({ role: "admin" });
    const event = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
    const { id } = (await ada.rest("POST", "/events", event)).body as { id: string };
    for (const search of [`${name}=`, `${name}=true&${name}=`]) {
      const reply = await ada.rest(method, `${template.replace(":id", id)}?${search}`, body && event);
      expect([reply.status, reply.body.details[0].field]).toEqual([400, name]);
    }
  },
);

describe("an answer that the document does not describe fails the test that gets it:", () => {
  let good: RestReply;
  beforeAll(async () => {
    const ada = await world.person();
    good = await ada.rest("GET", "/events");
  });
  const answer = (change: object): Parameters<typeof requireDescribed>[0] => ({
    method: "GET",
    path: "/events",
    ...good,
    ...change,
  });
  const without = (name: string): Headers => {
    const headers = new Headers(good.headers);
    headers.delete(name);
    return headers;
  };

  test("the one it had is described", () => requireDescribed(answer({})));
  test.each<[string, () => object]>([
    ["a key too many", () => ({ body: { ...good.body, total: 0 } })],
    ["a key too few", () => ({ body: { records: [] } })],
    ["a row of another shape", () => ({ body: { ...good.body, records: [{ id: "1" }] } })],
    [
      "an instant with six decimals",
      () => ({ body: { ...good.body, nextDeltaToken: "2026-03-02T15:00:00.000000Z" } }),
    ],
    ["a status", () => ({ status: 202 })],
    ["a header too few", () => ({ headers: without("etag") })],
    ["a header too many", () => ({ headers: new Headers([...good.headers, ["Location", "/"]]) })],
    [
      "another code of a refusal",
      () => ({
        status: 404,
        headers: without("etag"),
        body: { code: "internal", message: "", requestId: "x", details: [] },
      }),
    ],
    ["a method", () => ({ method: "PURGE" })],
    ["an address", () => ({ path: "/nowhere" })],
  ])("%s", (_what, change) => {
    expect(() => requireDescribed(answer(change()))).toThrow();
  });

  test("a body that was taken and is not what it says is taken", () => {
    const refused = { method: "PATCH", path: "/events/1", sent: { subject: 7 }, status: 200 };
    expect(() => requireDescribed(answer(refused))).toThrow();
  });
});
