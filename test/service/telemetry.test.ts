// What the service tells of itself: one line a request, with nothing of its users in it, and numbers that add up.
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, ROOT, startService, type Running } from "../support/child";
import { followSse, followWs, fromThisInstant } from "../support/live";
import { make } from "../support/events";
import { begin, rollbackAll, untilWaiting } from "../support/plain-sql";
import { callGraphQL, callRest, openWorld, type Person, type World } from "../support/world";
import { eventually, until } from "../support/wait";

let world: World;
let service: Running;

/** Somebody with an administrator's role, whose every text can be recognised. */
let zoe: Person;

beforeAll(async () => {
  await ensureBuilt();
  world = await openWorld();
  zoe = await world.person({ name: "Zoe Zebra", email: "zoe.zebra@stripes.test", role: "admin" });
  service = await startService({ DATABASE_URL: world.databaseUrl, LOG_LEVEL: "trace", DATABASE_POOL: "4" });
});
afterEach(rollbackAll);
afterAll(async () => {
  await killServices();
  await world.close();
});

interface Line {
  level: number;
  msg: string;
  requestId: string;
  [field: string]: unknown;
}

const lines = (): Line[] =>
  service
    .stderr()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);

/** The lines about requests, as soon as there is one with this id. */
async function lineOf(requestId: string | null): Promise<Line[]> {
  const found = (): Line[] =>
    lines().filter((line) => line.msg === "request" && line.requestId === requestId);
  await until(() => found().length > 0);
  return found();
}

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const rest = (method: string, path: string, body?: unknown, headers?: Record<string, string>, who = zoe) =>
  callRest(service.url, who.token, { method, path, body, headers });
const graphql = (query: string, variables?: Record<string, unknown>) =>
  callGraphQL(service.url, zoe.token, { query, variables });

test("a request is one line: who, through which client, what, how it ended, how long it took, how much it was", async () => {
  const brightSync = await zoe.through("BrightSync");
  await make(zoe, { subject: "One" });
  await make(zoe, { subject: "Two" });
  const { headers } = await rest("GET", "/events?showDeleted=true", undefined, {}, brightSync);
  const found = await lineOf(headers.get("x-request-id"));
  expect(found).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      pid: service.pid,
      hostname: expect.any(String),
      requestId: headers.get("x-request-id"),
      organisationId: world.organisationId,
      userId: zoe.id,
      tokenId: brightSync.tokenId,
      client: "BrightSync",
      door: "rest",
      route: "/events",
      method: "GET",
      status: 200,
      ms: expect.any(Number),
      rows: 2,
      bytes: expect.any(Number),
      msg: "request",
    },
  ]);
  expect(found[0]!.bytes).toBeGreaterThan(1_000);
});

test("the line has the route's pattern at both doors, and the catalogue's word for a refusal", async () => {
  const told = async (reply: Promise<{ headers: Headers }>): Promise<unknown[]> => {
    const [line] = await lineOf((await reply).headers.get("x-request-id"));
    return [line!.door, line!.route, line!.status, line!.code];
  };
  expect(await told(rest("GET", "/events/123456789"))).toEqual(["rest", "/events/:id", 404, "not_found"]);
  expect(await told(rest("GET", "/events?limit=0"))).toEqual(["rest", "/events", 400, "bad_request"]);
  expect(await told(callRest(service.url, "tmk_wrong", { method: "GET", path: "/me" }))).toEqual([
    "rest",
    "/api/v1",
    401,
    "unauthorized",
  ]);
  const names = "query Zoes($n: Int) { mine: events(first: $n) { edges { node { id } } } }";
  expect(await told(graphql(names, { n: 1 }))).toEqual(["graphql", "query events", 200, undefined]);
  const naming = 'mutation { respondToEvent(id: "99", status: "Accepted") { id } }';
  expect(await told(graphql(naming))).toEqual(["graphql", "mutation respondToEvent", 200, "not_found"]);
  expect(await told(graphql("{ nonsense }"))).toEqual(["graphql", "/graphql", 400, "bad_request"]);
  const page = await told(fetch(`${service.url}/records/Contact/77`));
  expect(page.slice(0, 2)).toEqual(["pages", "/records/:type/:id"]);
});

test("a subscription is a line when it ends, with the rows it sent, over a WebSocket as over a stream", async () => {
  const count = (): number => lines().filter(({ route }) => route === "subscription eventChanged").length;
  for (const follow of [followWs, followSse]) {
    const before = count();
    const heard = await follow(service.url, zoe.token, fromThisInstant());
    await make(zoe, { subject: "Seen" });
    await heard.until(({ changes }) => changes.length === 1);
    expect(count()).toBe(before);
    await heard.stop();
    await until(() => count() === before + 1);
    expect(lines().findLast(({ route }) => route === "subscription eventChanged")).toMatchObject({
      userId: zoe.id,
      status: 200,
      rows: 1,
    });
  }
});

test("nothing of a user is in the log, whatever goes wrong: no token, no address, no text", async () => {
  const secrets = ["zebra", "stripes.test", "savanna", "tmk_", zoe.token.slice(4, 20)];
  const named = await zoe.through("zoe.zebra@stripes.test on her savanna phone");
  const event = {
    ...TIMES,
    subject: "Zebra crossing",
    description: "<b>savanna</b>",
    location: "savanna road",
    attendees: [{ emailAddress: "guest@stripes.test", name: "Zebra guest" }],
  };
  const { body } = await rest("POST", "/events", event, { "Idempotency-Key": "zebra-key" }, named);
  await rest("PATCH", `/events/${body.id}`, { subject: "Zebra again" }, { "X-Request-Id": zoe.token });
  await rest("PUT", `/events/${body.id}`, event, { "X-Request-Id": "zoe.zebra@stripes.test" });
  await rest("POST", "/events", '{"subject": "Zebra', { "If-Match": "zebra" });
  await rest("POST", "/events", { subject: "Zebra", startTime: "zebra", timezone: "Zebra/Savanna" });
  await rest("GET", "/users?email=zoe.zebra@stripes.test");
  await rest("GET", "/records?q=savanna&type=Zebra");
  await rest("GET", "/events/zebra");
  await callRest(service.url, "tmk_zebra", { method: "GET", path: "/events" });
  await fetch(`${service.url}/zebra/savanna?token=${zoe.token}`);
  await fetch(`${service.url}/records/zebra/savanna`);
  await graphql("query Zebra($text: String) { zebra: events(filter: { text: $text }) { totalCount } }", {
    text: "savanna",
  });
  await graphql('mutation { createEvent(input: { subject: "Zebra", startTime: "zebra" }) { id } }');
  await graphql("{ zebra(savanna: 1) }");
  await graphql('mutation { createUser(input: { email: "zoe.zebra@stripes.test", name: "Zebra" }) { id } }');
  const heard = await followWs(service.url, zoe.token, { since: "2020-01-01T00:00:00Z" });
  await heard.until(({ changes }) => changes.length > 0);
  await heard.stop();
  // Defects, whose causes quote what was written.
  await world.sql.query("alter table event add constraint odd check (subject <> 'Zebra defect') not valid");
  await world.sql.query("alter table record add check (name::integer > 0) not valid");
  const defects = [
    (await rest("POST", "/events", { ...event, subject: "Zebra defect" })).status,
    (await rest("POST", "/contacts", { name: "savanna", email: "c@stripes.test" })).status,
  ];
  expect(defects).toEqual([500, 500]);
  await until(() => lines().filter(({ level }) => level === 50).length >= 2);
  await sleep(300);
  const log = service.stderr().toLowerCase();
  for (const secret of secrets) expect(log).not.toContain(secret.toLowerCase());
  // And still it says what went wrong.
  expect(lines().filter(({ level }) => level === 50)).toMatchObject([
    { err: { code: "23514", constraint: "odd" } },
    { err: { code: "22P02" } },
  ]);
});

test("a write for which the database has no room is refused with a warning that has the cause: a defect is level 50", async () => {
  await world.sql.query(`
    create function no_room() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`);
  await world.sql.query("create trigger no_room before insert on record execute function no_room()");
  const { status, headers } = await rest("POST", "/contacts", { name: "Acme", email: "a@acme.test" });
  await world.sql.query("drop function no_room() cascade");
  expect(status).toBe(503);
  const said = (): Line[] =>
    lines().filter((line) => line.requestId === headers.get("x-request-id") && line.msg !== "request");
  await until(() => said().length > 0);
  expect(said()).toMatchObject([
    { level: 40, err: { code: "53100" }, msg: expect.stringMatching(/no room/) },
  ]);
});

/** The samples of a metric, by their labels as they stand. */
async function metric(name: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const found = text.split("\n").flatMap((line) => {
    const [, labels = "", value] = new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`).exec(line) ?? [];
    return value === undefined ? [] : [[labels, Number(value)] as const];
  });
  return Object.fromEntries(found);
}

describe("/metrics", () => {
  test("measures both doors by route and status", async () => {
    const name = "tidemark_request_duration_seconds_count";
    const labels = 'door="rest",route="/events/:id",method="GET",status="404"';
    const before = (await metric(name))[labels] ?? 0;
    await rest("GET", "/events/987654321");
    expect((await metric(name))[labels]).toBe(before + 1);
    expect(Object.keys(await metric(name)).join("\n")).toContain('door="graphql",route="query events"');
  });

  test("counts polls by what they came to, the rows they got and those that excludeOwn left out", async () => {
    const read = async (): Promise<number[]> => {
      const polls = await metric("tidemark_feed_polls_total");
      const rows = await metric("tidemark_feed_rows_total");
      const left = await metric("tidemark_feed_rows_left_out_total");
      const results = ["rows", "none", "unchanged", "refused"].map((result) => polls[`result="${result}"`]!);
      return [...results, rows['to="polls"']!, left[""]!];
    };
    const before = await read();
    const ben = await world.person({ name: "Ben" });
    const first = await rest("GET", "/events?showDeleted=true", undefined, {}, ben);
    const since = first.body.nextDeltaToken;
    const etag = first.headers.get("etag")!;
    await rest("GET", "/events?showDeleted=true", undefined, { "If-None-Match": etag }, ben);
    for (const subject of ["a", "b", "c"]) await make(ben, { subject });
    await make(await ben.through("somebody else"), { subject: "d" });
    const poll = `/events?showDeleted=true&deltaToken=${since}&excludeOwn=true`;
    expect((await rest("GET", poll, undefined, {}, ben)).body.length).toBe(1);
    await rest("GET", "/events?since=zebra", undefined, {}, ben);
    const after = await read();
    expect(after.map((value, index) => value - before[index]!)).toEqual([1, 1, 1, 0, 1, 3]);
  });

  test("counts lists that waited for a writer, and for how long", async () => {
    const [waits, seconds] = ["tidemark_barrier_waits_total", "tidemark_barrier_wait_seconds_total"];
    const before = [(await metric(waits))[""]!, (await metric(seconds))[""]!];
    const writer = await begin(world);
    await writer.query("select lock_calendars($1, array[$2::bigint])", [zoe.organisationId, zoe.calendarId]);
    const listing = rest("GET", "/events?limit=1");
    await untilWaiting(world, 1);
    await sleep(300);
    await writer.commit();
    await listing;
    expect((await metric(waits))[""]).toBe(before[0]! + 1);
    expect((await metric(seconds))[""]! - before[1]!).toBeGreaterThan(0.2);
  });

  test("shows the pool, open subscriptions, the sweeper and the database", async () => {
    const heard = await followWs(service.url, zoe.token, {});
    await eventually(async () => expect(await metric("tidemark_subscriptions")).toEqual({ "": 1 }));
    await heard.stop();
    await eventually(async () => expect(await metric("tidemark_subscriptions")).toEqual({ "": 0 }));
    const pool = await metric("tidemark_database_connections");
    expect(pool['state="idle"']! + pool['state="busy"']!).toBeLessThanOrEqual(4);
    expect((await metric("tidemark_sweeps_total"))[""]).toBeGreaterThan(0);
    expect((await metric("tidemark_database_up"))[""]).toBe(1);
    expect(await metric("nodejs_eventloop_lag_seconds")).toHaveProperty("");
  });

  test("a look at clients that takes too long makes them unknown, and not the database one that is away", async () => {
    const writer = await begin(world);
    await writer.query("lock table sync_client in access exclusive mode");
    const instance = await world.instance();
    const text = await (await fetch(`${instance.url}/metrics`)).text();
    await writer.rollback();
    expect(text).toMatch(/^tidemark_database_up 1$/m);
    expect(text).toMatch(/^tidemark_sync_clients\{state="behind"\} Nan$/m);
    await instance.close();
  });

  test("tells how far clients are behind, by name; a name that may be somebody's own is told with others", async () => {
    const [bright, own] = [
      await zoe.through("BrightSync"),
      await (await world.person()).through("dan@stripes.test"),
    ];
    for (const who of [bright, own]) await rest("GET", "/events?showDeleted=true", undefined, {}, who);
    await make(zoe, { subject: "Waiting" });
    const inFull = async (): Promise<void> => {
      const lags = await metric("tidemark_sync_lag_seconds");
      expect(Object.keys(lags).sort()).toEqual(['client="(other)"', 'client="BrightSync"', 'client="test"']);
      expect(lags['client="BrightSync"']).toBeGreaterThan(0);
      const clients = await metric("tidemark_sync_clients");
      expect(clients['state="in_step"']).toBeGreaterThan(1);
      expect(clients['state="silent"']).toBe(0);
    };
    // The log is written every few seconds, and the database asked every fifteen.
    await eventually(inFull);
  });
});

describe("the Grafana dashboard", () => {
  interface Panel {
    title: string;
    targets?: { expr: string }[];
    gridPos: { x: number; y: number; w: number; h: number };
  }
  const { panels } = JSON.parse(readFileSync(path.join(ROOT, "deploy/grafana-dashboard.json"), "utf8")) as {
    panels: Panel[];
  };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const names = (text: string): string[] => text.match(/\b(?:tidemark|process|nodejs)_[a-z0-9_]+/g) ?? [];

  test("asks for metrics and labels that there are, and for every metric of ours", async () => {
    await rest("GET", "/events?since=2020-01-01T00:00:00Z");
    // Of a standby there are numbers where one is named, whatever is there.
    const reading = await world.instance({ databaseReadUrl: world.databaseUrl });
    const texts = [service.url, reading.url].map(async (url) => (await fetch(`${url}/metrics`)).text());
    const text = (await Promise.all(texts)).join("\n");
    await reading.close();
    expect(text).toContain("tidemark_standby_up 0");
    const known = new Set(text.split("\n").map((line) => /^[a-z0-9_]+/.exec(line)?.[0]));
    const asked = expressions.flatMap(names);
    expect(asked.length).toBeGreaterThan(30);
    for (const name of asked) expect({ name, known: known.has(name) }).toEqual({ name, known: true });
    const ours = [...text.matchAll(/^# HELP (tidemark_\w+)/gm)].map(([, name]) => name!);
    for (const name of ours)
      expect(asked.some((one) => one.startsWith(name)) ? name : `not ${name}`).toBe(name);
    const labels = expressions.flatMap((text) =>
      [...text.matchAll(/(?:by \(|\{|,\s?)(\w+)(?==|,|\))/g)].map(([, label]) => label!),
    );
    // Prometheus adds these two to whatever it reads.
    const given = new Set([
      "job",
      "instance",
      ...[...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label!),
    ]);
    for (const label of labels.filter((label) => !/^\d/.test(label))) expect([...given]).toContain(label);
  });

  test("has its panels side by side, none over another", () => {
    for (const [index, { title, gridPos: one }] of panels.entries()) {
      const under = panels
        .slice(index + 1)
        .filter(
          ({ gridPos: two }) =>
            one.x < two.x + two.w && two.x < one.x + one.w && one.y < two.y + two.h && two.y < one.y + one.h,
        );
      expect({ title, under: under.map((panel) => panel.title) }).toEqual({ title, under: [] });
      expect(one.x + one.w).toBeLessThanOrEqual(24);
    }
  });

  test("and deploy/README.md has every metric", () => {
    const guide = readFileSync(path.join(ROOT, "deploy/README.md"), "utf8");
    for (const name of new Set(expressions.flatMap(names).filter((name) => name.startsWith("tidemark")))) {
      const written = name.replace(/_(count|sum|bucket)$/, "");
      expect(guide).toContain(`\`${written}\``);
    }
  });
});
