// "Is BrightSync working?": what the service knows of how clients keep up with a calendar.
import { randomUUID } from "node:crypto";
import { readConfig } from "../../src/config";
import { keepRetention } from "../../src/retention";
import { change, make } from "../support/events";
import { followWs } from "../support/live";
import { insertEvent } from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";
import { eventually } from "../support/wait";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let brightSync: Person;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  const organisationId = await world.organisation();
  ada = await world.person({
    organisationId,
    name: "Ada",
    email: `${randomUUID()}@test.test`,
    role: "admin",
  });
  ben = await world.person({ organisationId, name: "Ben", email: `${randomUUID()}@test.test` });
  brightSync = await ben.through("BrightSync");
});

const VIEW = `query ($calendarId: ID, $hours: Int! = 1) { syncView(calendarId: $calendarId) {
  calendar { id name } clock now
  clients { tokenId name self ended live heardAt polledAt watermark waiting behindSeconds refusedAt refusedCode
    polls delivered leftOut unchanged refused user { name }
    passedOver { count last { at requestId request field } }
    refusals { at requestId request code field message } }
  activity(hours: $hours) { startAt polls delivered leftOut unchanged refused changes }
  latestChanges(first: 10) { hasMore records { id changedAt reason client user { name } event { subject } } } } }`;

async function view(who: Person, variables: object = {}): Promise<any> {
  const { data, errors } = await who.graphql(VIEW, variables as Record<string, unknown>);
  expect(errors).toBeUndefined();
  return data.syncView;
}

const client = async (name: string, who = ben, variables: object = {}): Promise<any> =>
  (await view(who, variables)).clients.find((one: { name: string }) => one.name === name);

/** The log is written every three seconds. */
const shows = (name: string, expected: object, who?: Person): Promise<void> =>
  eventually(async () => expect(await client(name, who)).toMatchObject(expected));

const FEED = "/events?showDeleted=true";

test("a client that polls is shown with its last poll, its watermark, what it got, what was left out and its 304s", async () => {
  const first = await brightSync.rest("GET", FEED);
  await make(ben, { subject: "One" });
  await make(ben, { subject: "Two" });
  await make(brightSync, { subject: "Its own" });
  const poll = `${FEED}&excludeOwn=true&deltaToken=`;
  const second = await brightSync.rest("GET", poll + first.body.nextDeltaToken);
  expect(second.body.length).toBe(2);
  const again = poll + second.body.nextDeltaToken;
  const empty = await brightSync.rest("GET", again);
  const etag = { "If-None-Match": empty.headers.get("etag")! };
  expect((await brightSync.rest("GET", again, undefined, etag)).status).toBe(304);
  await shows("BrightSync", { polls: 4, delivered: 2, leftOut: 1, unchanged: 1, refused: 0 });
  const { clock, now, clients } = await view(ben);
  expect(clients).toHaveLength(1);
  expect(clients[0]).toMatchObject({
    tokenId: brightSync.tokenId,
    self: false,
    ended: false,
    live: false,
    watermark: clock,
    waiting: 0,
    behindSeconds: 0,
    refusedAt: null,
    user: { name: "Ben" },
  });
  expect(Date.parse(now) - Date.parse(clients[0].polledAt)).toBeLessThan(15_000);
  expect(Date.parse(now)).toBeGreaterThanOrEqual(Date.parse(clients[0].polledAt));
});

test("a client that stopped polling is behind by the age of the oldest change that it has not had", async () => {
  await brightSync.rest("GET", FEED);
  await shows("BrightSync", { polls: 1, waiting: 0 });
  await make(ben, { subject: "Missed" });
  const gone = await make(ben, { subject: "Missed too" });
  await ben.rest("DELETE", `/events/${gone}`);
  expect(await client("BrightSync")).toMatchObject({ waiting: 2 });
  await shows("BrightSync", { behindSeconds: expect.any(Number) });
  await eventually(async () => expect((await client("BrightSync")).behindSeconds).toBeGreaterThan(1));
  await brightSync.rest("GET", FEED);
  await shows("BrightSync", { polls: 2, waiting: 0, behindSeconds: 0 });
});

test("a page of a feed is as far as a client has come, not the whole of it", async () => {
  for (const subject of ["a", "b", "c"]) await make(ben, { subject });
  const { body } = await brightSync.rest("GET", `${FEED}&limit=2`);
  await shows("BrightSync", { delivered: 2, waiting: 1 });
  await brightSync.rest("GET", `${FEED}&limit=2&pageToken=${encodeURIComponent(body.nextPageToken)}`);
  await shows("BrightSync", { delivered: 3, waiting: 0 });
});

test("refusals are counted, the last one by its code, at both doors; they do not move the watermark", async () => {
  const { body } = await brightSync.rest("GET", FEED);
  await brightSync.rest("GET", "/events?since=nonsense");
  await brightSync.rest("POST", "/events", { subject: "No times" });
  await brightSync.graphql('mutation { respondToEvent(id: "1", status: "Perhaps") { id } }');
  const readOnly = await ben.through("Reader", ["read"]);
  await readOnly.rest("DELETE", "/events/1");
  await shows("BrightSync", { polls: 1, refused: 3, refusedCode: "bad_request" });
  await shows("Reader", { polls: 0, refused: 1, refusedCode: "forbidden", polledAt: null, watermark: null });
  expect(await client("BrightSync")).toMatchObject({ watermark: body.nextDeltaToken, waiting: 0 });
});

test("whoever connects a client sees which fields were refused, and which of its writes' had no say", async () => {
  const id = await make(ada, {
    subject: "Plan",
    guestsCanEdit: false,
    attendees: [{ emailAddress: ben.email }],
  });
  const patched = await brightSync.rest("PATCH", `/events/${id}`, {
    subject: "Mine",
    location: "Here",
    description: "<p>Hi</p>",
  });
  expect(patched.headers.get("Tidemark-Passed-Over")).toBe("description, location, subject");
  const lenient = `mutation { updateEvent(id: "${id}", handling: LENIENT, input: {subject: "Mine too"}) { id } }`;
  expect((await brightSync.graphql(lenient)).extensions.passedOver).toEqual(["subject"]);
  const refused = await brightSync.rest("POST", "/events", {
    startTime: "nonsense",
    endTime: "2026-12-01T10:00:00Z",
  });
  await brightSync.rest("GET", "/events/999999999");
  await shows("BrightSync", { refused: 2, passedOver: { count: 4 } });
  const { passedOver, refusals } = await client("BrightSync");
  const requestId = (reply: { headers: Headers }): string | null => reply.headers.get("X-Request-Id");
  expect(passedOver.last.map(({ request, field }: any) => [request, field])).toEqual([
    ["mutation updateEvent", "subject"],
    ["PATCH /events/:id", "location"],
    ["PATCH /events/:id", "description"],
    ["PATCH /events/:id", "subject"],
  ]);
  expect(passedOver.last[1].requestId).toBe(requestId(patched));
  expect(refusals).toMatchObject([
    { request: "GET /events/:id", code: "not_found", field: null },
    { request: "POST /events", code: "bad_request", field: "startTime", requestId: requestId(refused) },
  ]);
  expect(refusals[1].message).toBe(refused.body.details[0].message);
});

test("of what a client was refused, the last hundred fields are kept, not those that only had to wait", async () => {
  const wrong = (name: string): Promise<unknown> => brightSync.rest("GET", `/events?startAt=${name}`);
  for (let i = 0; i < 60; i++) await wrong(`first${i}`);
  await shows("BrightSync", { refused: 60 });
  for (let i = 0; i < 60; i++) await wrong(`then${i}`);
  await shows("BrightSync", { refused: 120 });
  const { refusals } = await client("BrightSync");
  expect(refusals).toHaveLength(100);
  expect(new Set(refusals.map(({ requestId }: any) => requestId)).size).toBe(100);
});

test("GraphQL's changes are polls too, and a subscription is heard while it lasts", async () => {
  await make(ben, { subject: "One" });
  await (await ben.through("CRM")).graphql("{ changes { watermark } }");
  await shows("CRM", { polls: 1, delivered: 1, live: false, waiting: 0 });
  const web = await ben.through("web");
  const heard = await followWs(world.url, web.token, { since: "2020-01-01T00:00:00Z" });
  await make(ben, { subject: "Two" });
  await heard.until(({ changes }) => changes.length === 2);
  await shows("web", { delivered: 2, live: true, waiting: 0 });
  await heard.stop();
});

test("members see their own calendar, admins any of their organisation, nobody another's", async () => {
  await brightSync.rest("GET", FEED);
  await (await ada.through("Company sync")).rest("GET", `${FEED}&calendarId=${ben.calendarId}`);
  await shows("Company sync", { polls: 1, user: { name: "Ada" } });
  const seen = await view(ada, { calendarId: ben.calendarId });
  expect(seen.calendar).toEqual({ id: ben.calendarId, name: "Ben" });
  expect(seen.clients.map(({ name }: any) => name).sort()).toEqual(["BrightSync", "Company sync"]);
  expect((await view(ada)).clients).toEqual([]);
  const codeOf = async (who: Person, calendarId: string): Promise<string> =>
    (await who.graphql(VIEW, { calendarId })).errors![0]!.extensions.code;
  expect(await codeOf(ben, ada.calendarId)).toBe("forbidden");
  const stranger = await world.person({ organisationId: await world.organisation(), role: "admin" });
  expect(await codeOf(stranger, ben.calendarId)).toBe("not_found");
  const writer = await ben.through("Writer", ["write"]);
  expect((await writer.graphql(VIEW)).errors![0]!.extensions.code).toBe("forbidden");
});

test("the end of the feed says who changed what, through which client, deletions and plain SQL too", async () => {
  const invited = { attendees: [{ userId: ben.id }], guestsCanEdit: true };
  const id = await make(ada, { subject: "Kick-off", ...invited });
  await change(brightSync, id, { location: "Room 4" });
  const left = await make(ada, { subject: "Left", attendees: [{ userId: ben.id }] });
  await ben.rest("DELETE", `/events/${left}`);
  const sql = await insertEvent(world.sql, ben);
  const { records, hasMore } = (await view(ben)).latestChanges;
  expect(hasMore).toBe(false);
  expect(records).toEqual([
    expect.objectContaining({ id: sql.id, client: null, user: null, reason: null }),
    expect.objectContaining({ id: left, client: "test", user: { name: "Ben" }, reason: "left", event: null }),
    expect.objectContaining({
      id,
      client: "BrightSync",
      user: { name: "Ben" },
      reason: null,
      event: { subject: "Kick-off" },
    }),
  ]);
});

test("the last hours are whole: twelve steps of five minutes each, with polls and changes where they were", async () => {
  await make(ben, { subject: "One" });
  await brightSync.rest("GET", FEED);
  await shows("BrightSync", { polls: 1 });
  const { activity, now } = await view(ben, { hours: 2 });
  expect(activity).toHaveLength(24);
  const starts = activity.map(({ startAt }: any) => Date.parse(startAt));
  for (const [index, start] of starts.entries()) expect(start - starts[0]).toBe(index * 300_000);
  expect(starts.at(-1)).toBeLessThanOrEqual(Date.parse(now));
  expect(starts.at(-1)).toBeGreaterThan(Date.parse(now) - 300_000);
  const sum = (name: string): number => activity.reduce((all: number, one: any) => all + one[name], 0);
  expect([sum("polls"), sum("delivered"), sum("changes")]).toEqual([1, 1, 1]);
  const { errors } = await ben.graphql(VIEW, { hours: 25 });
  expect(errors![0]!.extensions).toMatchObject({ code: "bad_request", details: [{ field: "hours" }] });
});

test("several instances write one log, and what is old is swept", async () => {
  const other = await world.instance();
  await brightSync.rest("GET", FEED);
  await brightSync.rest("GET", "/events/999999999");
  const reply = await fetch(`${other.url}/api/v1${FEED}`, {
    headers: { Authorization: `Bearer ${brightSync.token}` },
  });
  expect(reply.status).toBe(200);
  await reply.text();
  await other.close(); // It writes what it has before it goes.
  await shows("BrightSync", { polls: 2 });
  const count = async (): Promise<unknown> => {
    const tables = ["sync_client", "sync_activity", "sync_notice"];
    const counts = tables.map((table) => `(select count(*)::int from ${table} where token_id = $1) ${table}`);
    return (await world.sql.query(`select ${counts.join(", ")}`, [brightSync.tokenId])).rows[0];
  };
  expect(await count()).toMatchObject({ sync_client: 1, sync_notice: 1 });
  const age = "update sync_activity set start_at = start_at - interval '25 hours' where token_id = $1";
  await world.sql.query(age, [brightSync.tokenId]);
  const config = readConfig({ DATABASE_URL: world.databaseUrl });
  await keepRetention(world.db, config);
  expect(await count()).toEqual({ sync_client: 1, sync_activity: 0, sync_notice: 1 });
  await world.sql.query("update sync_notice set at = at - interval '31 days' where token_id = $1", [
    brightSync.tokenId,
  ]);
  await world.sql.query(
    "update sync_client set heard_at = heard_at - interval '31 days' where token_id = $1",
    [brightSync.tokenId],
  );
  await keepRetention(world.db, config);
  expect(await count()).toEqual({ sync_client: 0, sync_activity: 0, sync_notice: 0 });
});

test("a refused request whose words PostgreSQL does not take is told in others, and stops nobody's log", async () => {
  const times = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
  const emoji = "x".repeat(199 - "properties.".length) + "🏔";
  for (const name of ["a\0b", emoji, "\ud83c"]) {
    const refused = await brightSync.rest("POST", "/events", { ...times, properties: { [name]: 1 } });
    expect(refused.status).toBe(400);
  }
  await brightSync.rest("GET", FEED);
  await shows("BrightSync", { polls: 1 });
  const { rows } = await world.sql.query<{ field: string }>(
    "select field from sync_notice where token_id = $1",
    [brightSync.tokenId],
  );
  expect(rows.length).toBeGreaterThanOrEqual(3);
  expect(rows.map(({ field }) => field)).toContainEqual(expect.stringContaining("a\uFFFDb"));
});

test("what a sweep forgets in pieces is gone after one sweep, however much it is", async () => {
  await world.sql.query(
    `insert into idempotency_key (organisation_id, user_id, key, fingerprint, answer, created_at)
     select $1, $2, 'old-' || n, sha256('x'), '{}', now() - interval '3 days' from generate_series(1, 12000) n`,
    [ben.organisationId, ben.id],
  );
  await keepRetention(world.db, readConfig({ DATABASE_URL: world.databaseUrl }));
  const { rows } = await world.sql.query("select from idempotency_key where key like 'old-%'");
  expect(rows).toHaveLength(0);
});

test("a log that cannot be written keeps no request waiting, and what was heard is written later", async () => {
  await world.sql.query("alter function log_polls(jsonb) rename to log_polls_away");
  try {
    for (let i = 0; i < 3; i++) expect((await brightSync.rest("GET", FEED)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await client("BrightSync")).toBeUndefined();
    await brightSync.rest("GET", FEED);
  } finally {
    await world.sql.query("alter function log_polls_away(jsonb) rename to log_polls");
  }
  await shows("BrightSync", { polls: 4 });
});
