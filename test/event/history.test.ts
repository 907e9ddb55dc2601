// The history of an event: who changed what, when, through which client; written by the transaction of the change,
// whoever makes it, and read by admins alone.
import { EVENT_FIELDS } from "../../src/event/fields";
import { keepRetention } from "../../src/retention";
import { statementsOf } from "../support/statements";
import { openWorld, testConfig, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

const PAGE = `edges { cursor node { id eventId at kind client tokenId user { id name } fields { field before after } } }
  pageInfo { hasNextPage hasPreviousPage endCursor }`;
const HISTORY = `query($id: ID!, $first: Int, $after: String) {
  eventHistory(id: $id, first: $first, after: $after) { ${PAGE} } }`;
const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

let world: World;
let admin: Person;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Admin", role: "admin" });
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
});
afterAll(() => world.close());

async function make(more: object = {}, who = ada): Promise<any> {
  const { status, body } = await who.rest("POST", "/events", { subject: "Kick-off", ...TIMES, ...more });
  expect(status).toBe(201);
  return body;
}

async function pageOf(id: string, page: { first?: number; after?: string } = {}, who = admin): Promise<any> {
  const { data, errors } = await who.graphql(HISTORY, { id, ...page });
  expect(errors).toBeUndefined();
  return data.eventHistory;
}

const historyOf = async (id: string, who = admin): Promise<any[]> =>
  (await pageOf(id, {}, who)).edges.map(({ node }: any) => node);

const valuesOf = ({ fields }: any, side: "before" | "after"): Record<string, unknown> =>
  Object.fromEntries(fields.map((change: any) => [change.field, change[side]]));

test("a meeting's life is told newest first: by whom, through which client, from what to what", async () => {
  const client = await ada.through("BrightSync");
  const made = await make({ location: "Room 1", attendees: [{ userId: ben.id }] });
  const { body: moved } = await client.rest("PATCH", `/events/${made.id}`, {
    startTime: "2026-03-02T14:00:00Z",
    location: null,
  });
  // What a guest has no say in is passed over, so it is no change.
  await ben.rest("PATCH", `/events/${made.id}`, { private: true, location: "Room 2" });
  await ada.rest("DELETE", `/events/${made.id}`);
  const { body: removed } = await ada.rest("GET", `/events/${made.id}?showDeleted=true`);

  const [deleted, changed, created, ...more] = await historyOf(made.id);
  expect(more).toEqual([]);
  expect(created).toMatchObject({
    eventId: made.id,
    at: made.lastModifiedAt,
    kind: "created",
    client: "test",
    tokenId: ada.tokenId,
    user: { id: ada.id, name: "Ada" },
  });
  const { id, createdAt, lastModifiedAt, deleted: gone, ...content } = made;
  expect([id, gone]).toEqual([made.id, false]);
  expect(createdAt <= lastModifiedAt).toBe(true);
  const written = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
  expect(valuesOf(created, "after")).toEqual(written);
  expect(created.fields.every(({ before }: any) => before === null)).toBe(true);

  expect(changed).toMatchObject({
    at: moved.lastModifiedAt,
    kind: "changed",
    client: "BrightSync",
    tokenId: client.tokenId,
    user: { id: ada.id, name: "Ada" },
  });
  expect(changed.fields).toEqual([
    { field: "location", before: "Room 1", after: null },
    { field: "startTime", before: "2026-03-02T15:00:00.000Z", after: "2026-03-02T14:00:00.000Z" },
  ]);
  expect(deleted).toMatchObject({ at: removed.deletedAt, kind: "deleted", user: { id: ada.id } });
  expect(valuesOf(deleted, "before")).toEqual({
    ...Object.fromEntries(Object.entries(written).filter(([field]) => field !== "location")),
    startTime: "2026-03-02T14:00:00.000Z",
  });
});

test("of attendees, only those who came, went or answered are told, in a list of two as in one of two hundred", async () => {
  for (const others of [1, 200]) {
    const crowd = Array.from({ length: others }, (_, i) => ({
      emailAddress: `guest${i}@x.co`,
      name: `G${i}`,
    }));
    const { id } = await make({ attendees: [{ userId: ben.id }, ...crowd] });
    await ben.graphql('mutation($id: ID!) { respondToEvent(id: $id, status: "Accepted") { id } }', { id });
    await ben.rest("DELETE", `/events/${id}`);
    const [left, answered] = await historyOf(id);
    const as = (status: string): object => ({
      userId: ben.id,
      emailAddress: ben.email,
      contactId: null,
      name: "Ben",
      status,
      type: "required",
    });
    expect(answered.fields).toEqual([
      { field: "attendees", before: [as("NoResponse")], after: [as("Accepted")] },
    ]);
    expect(left.fields).toEqual([
      { field: "attendees", before: [as("Accepted")], after: [as("Declined")] },
      { field: "leftUserIds", before: [], after: [ben.id] },
    ]);
  }
});

test("a write that changes nothing, one that is refused and one that is rolled back leave no entry", async () => {
  const { id, subject } = await make();
  await ada.rest("PATCH", `/events/${id}`, { subject });
  await ada.graphql(
    "mutation($id: ID!, $input: EventPatch!) { updateEvent(id: $id, input: $input) { id } }",
    {
      id,
      input: { subject },
    },
  );
  await ada.rest("PATCH", `/events/${id}`, { subject: "x", endTime: "2026-03-01T00:00:00Z" });
  await world.sql.query("update event set subject = subject where id = $1", [id]);
  await world.sql.query(`do $$ begin
    update event set subject = 'undone' where id = ${id};
    raise exception 'no'; exception when raise_exception then null; end $$`);
  expect(await historyOf(id)).toHaveLength(1);
});

test("plain SQL is audited too, in whatever time zone it writes", async () => {
  const connection = await world.sql.connect();
  await connection.query("set timezone = 'Asia/Kathmandu'");
  const { rows } = await connection.query<{ id: string }>(
    `insert into event (organisation_id, owner_id, subject, start_time, end_time)
     values ($1, $2, 'By hand', '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z') returning id`,
    [world.organisationId, ada.id],
  );
  const id = rows[0]!.id;
  await connection.query("update event set start_time = '2026-03-02T14:30:00Z' where id = $1", [id]);
  await connection.query("delete from event where id = $1", [id]);
  await connection.query("set timezone = 'UTC'");
  connection.release();
  const entries = await historyOf(id);
  expect(entries.map(({ kind, client, tokenId, user }) => [kind, client, tokenId, user])).toEqual([
    ["deleted", "plain SQL", null, null],
    ["changed", "plain SQL", null, null],
    ["created", "plain SQL", null, null],
  ]);
  expect(entries[1].fields).toEqual([
    { field: "startTime", before: "2026-03-02T15:00:00.000Z", after: "2026-03-02T14:30:00.000Z" },
  ]);
});

test("a batch, a transfer, a new user's arrival and a parent's deletion are told of each event", async () => {
  const invited = await make({ attendees: [{ emailAddress: "late@test.test" }] });
  const parent = await make();
  const child = await make({ parentId: parent.id });
  await ada.graphql(
    "mutation($items: [EventPatchItem!]!) { updateEvents(items: $items) { error { code } } }",
    { items: [parent, child].map(({ id }) => ({ id, input: { subject: "Both" } })) },
  );
  const { data } = await admin.graphql(
    'mutation { createUser(input: { name: "Late", email: "late@test.test", timezone: "UTC" }) { id } }',
  );
  const [arrived] = await historyOf(invited.id);
  expect([arrived.user.id, arrived.fields[0].after[0].userId]).toEqual([admin.id, data.createUser.id]);
  await ada.rest("DELETE", `/events/${parent.id}`);
  for (const { id } of [parent, child]) {
    expect((await historyOf(id)).map(({ kind, user }) => [kind, user.id])).toEqual([
      ["deleted", ada.id],
      ["changed", ada.id],
      ["created", ada.id],
    ]);
  }
  await admin.graphql("mutation($from: ID!, $to: ID!) { transferEvents(from: $from, to: $to) }", {
    from: ada.id,
    to: ben.id,
  });
  const [given] = await historyOf(invited.id);
  expect(valuesOf(given, "after")).toMatchObject({ ownerId: ben.id, organizerName: "Ben" });
});

test("pages follow one another by cursor; a cursor or size that is none is refused", async () => {
  const { id } = await make();
  for (let n = 1; n <= 4; n++) await ada.rest("PATCH", `/events/${id}`, { subject: `Take ${n}` });
  const subjects: unknown[] = [];
  for (let after: string | undefined; ;) {
    const { edges, pageInfo } = await pageOf(id, { first: 2, after });
    subjects.push(...edges.map(({ node }: any) => valuesOf(node, "after").subject));
    expect(pageInfo.hasPreviousPage).toBe(after !== undefined);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(subjects).toEqual(["Take 4", "Take 3", "Take 2", "Take 1", "Kick-off"]);
  for (const [page, field] of [
    [{ after: "x" }, "after"],
    [{ first: 0 }, "first"],
    [{ first: 1001 }, "first"],
  ] as const) {
    const { errors } = await admin.graphql(HISTORY, { id, ...page });
    expect(errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field }] });
  }
});

test("the histories of a page of events, and who wrote them, are read in one statement each", async () => {
  for (let n = 0; n < 3; n++) await make({ subject: `One of many ${n}` });
  const query = `{ events(first: 50, filter: { scope: ORGANISATION }) { edges { node {
    id history(first: 3) { edges { node { kind eventId user { id } } } } } } } }`;
  let found: any[] = [];
  const texts = await statementsOf(async () => {
    const { data, errors } = await admin.graphql(query);
    expect(errors).toBeUndefined();
    found = data.events.edges.map(({ node }: any) => node);
  });
  expect(found.length).toBeGreaterThan(2);
  for (const { id, history } of found) {
    expect(history.edges.length).toBeGreaterThan(0);
    for (const { node } of history.edges) expect(node.eventId).toBe(id);
  }
  expect(texts.filter((text) => text.includes("event_history"))).toHaveLength(1);
  expect(texts.filter((text) => text.includes("from app_user"))).toHaveLength(1);
});

test("nobody but admins reads it: the owner is refused, and keeps the rest of the answer", async () => {
  const { id } = await make({ private: true, subject: "Layoffs" });
  for (const who of [ada, ben]) {
    const { data, errors } = await who.graphql(
      `query($id: ID!) { event(id: $id) { id history { edges { node { id } } } } }`,
      { id },
    );
    expect(data.event).toEqual({ id, history: null });
    expect(errors).toMatchObject([{ path: ["event", "history"], extensions: { code: "forbidden" } }]);
    const reply = await who.graphql(HISTORY, { id });
    expect(reply.errors?.[0]?.extensions.code).toBe("forbidden");
    expect(JSON.stringify(reply)).not.toContain("Layoffs");
  }
  const writer = await admin.through("writer", ["write"]);
  expect((await writer.graphql(HISTORY, { id })).errors?.[0]?.extensions.code).toBe("forbidden");
});

test("another organisation's admin finds nothing, also where an event of theirs has the same id", async () => {
  const { id } = await make({ subject: "Ours" });
  const organisationId = await world.organisation();
  const stranger = await world.person({ role: "admin", organisationId });
  expect(await historyOf(id, stranger)).toEqual([]);
  expect(await historyOf("999999", stranger)).toEqual([]);
  await world.sql.query(
    `insert into event (organisation_id, id, owner_id, subject, start_time, end_time)
     values ($1, $2, $3, 'Theirs', now(), now())`,
    [organisationId, id, stranger.id],
  );
  expect((await historyOf(id, stranger)).map((entry) => valuesOf(entry, "after").subject)).toEqual([
    "Theirs",
  ]);
  expect((await historyOf(id)).map((entry) => valuesOf(entry, "after").subject)).toEqual(["Ours"]);
});

test("what was written stays as it was: neither the service's user nor anybody else rewrites it", async () => {
  const { id } = await make();
  for (const statement of [
    `update event_history set token_id = null where event_id = ${id}`,
    `delete from event_history where event_id = ${id}`,
    "truncate event_history",
  ]) {
    await expect(world.sql.query(statement)).rejects.toMatchObject({ code: "42501" });
  }
  expect(await historyOf(id)).toHaveLength(1);
});

test("it is kept as long as deletions are remembered, and then forgotten in pieces", async () => {
  const own = await openWorld();
  const boss = await own.person({ role: "admin" });
  const { body } = await boss.rest("POST", "/events", { subject: "Old", ...TIMES });
  const inDays = (days: number): Promise<unknown> =>
    own.sql.query(
      `create or replace function tidemark_now() returns timestamptz language sql volatile
       as 'select clock_timestamp() + interval ''${days} days'''`,
    );
  await own.sql.query(
    `insert into event (organisation_id, owner_id, start_time, end_time)
     select $1, $2, now(), now() from generate_series(1, 6000)`,
    [own.organisationId, boss.id],
  );
  const config = testConfig(own.databaseUrl, { retentionDays: 30 });
  await inDays(29);
  await boss.rest("PATCH", `/events/${body.id}`, { subject: "New" });
  expect(await keepRetention(own.db, config)).toMatchObject({ forgotten: 0 });
  await inDays(31);
  const { rows: acts } = await own.sql.query("select from admin_history");
  expect(await keepRetention(own.db, config)).toMatchObject({ forgotten: 6001 + acts.length, purged: 0 });
  expect((await historyOf(body.id as string, boss)).map(({ kind }) => kind)).toEqual(["changed"]);
  await own.close();
});

test("every field of an event is in its history: kept when it is made, compared when it changes", async () => {
  const { rows } = await world.sql.query<{ name: string; source: string }>(
    "select proname as name, prosrc as source from pg_proc where proname in ('event_content', 'event_changed')",
  );
  expect(rows).toHaveLength(2);
  const versions = ["id", "createdAt", "lastModifiedAt"]; // The row of the history has these itself.
  for (const { name } of EVENT_FIELDS.filter(
    (field) => field.column !== null && !versions.includes(field.name),
  ))
    for (const row of rows)
      expect([name, row.name, row.source.includes(`'${name}'`)]).toEqual([name, row.name, true]);
});
