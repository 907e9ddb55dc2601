// How far ahead the occurrences of a series are made, and how they go on as time passes, whoever looks.
import { createLog } from "../../src/telemetry/log";
import { extendSeries } from "../../src/series/extend";
import { openDatabase } from "../../src/database/open";
import { openWorld, testConfig, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;
const log = createLog("silent");

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
  ben = await world.person({ name: "Ben" });
  cleo = await world.person({ name: "Cleo" });
});
afterEach(() => setClock("0"));
afterAll(() => world.close());

/** The clock of the database, so much later than the wall's. */
const setClock = async (later: string): Promise<void> => {
  await world.sql.query(`
    create or replace function tidemark_now() returns timestamptz language sql volatile
    as $$ select clock_timestamp() + interval '${later}' $$`);
};

const CREATE = `mutation ($input: SeriesInput!) { createSeries(input: $input) {
  created series { id expandedUntil upcoming(first: 3) } event { id startTime recurrenceId } } }`;

/* eslint-disable @typescript-eslint/no-explicit-any */
async function make(rrule: string, more: object = {}, who = ada): Promise<any> {
  const input = {
    subject: "Stand-up",
    startTime: "2026-03-02T09:00:00Z",
    endTime: "2026-03-02T09:15:00Z",
    timezone: "UTC",
    recurrence: { rrule },
    ...more,
  };
  const reply = await who.graphql(CREATE, { input });
  expect(reply.errors).toBeUndefined();
  return reply.data.createSeries;
}

/** The same days all along: a test that begins before midnight may end after it. */
const BEGAN = Date.now();
const soon = (days: number): { startTime: string; endTime: string } => {
  const at = BEGAN + days * 86_400_000;
  const text = new Date(at).toISOString().slice(0, 10);
  return { startTime: `${text}T09:00:00Z`, endTime: `${text}T09:15:00Z` };
};

interface Stored {
  recurrence_id: string;
  start_time: Date;
}
const stored = async (id: string): Promise<Stored[]> =>
  (
    await world.sql.query<Stored>(
      "select recurrence_id, start_time from event where series_id = $1 order by start_time",
      [id],
    )
  ).rows;

test("occurrences are made for a year ahead and a year back, and what is beyond is reckoned only", async () => {
  const daily = await make("FREQ=DAILY", {
    startTime: "2020-01-01T09:00:00Z",
    endTime: "2020-01-01T09:15:00Z",
  });
  const rows = await stored(daily.series.id);
  expect(rows.length).toBeGreaterThanOrEqual(732);
  expect(rows.length).toBeLessThanOrEqual(734);
  expect(daily.series.expandedUntil).toBe(rows.at(-1)?.recurrence_id);
  const days = (Number(rows.at(-1)?.start_time) - Date.now()) / 86_400_000;
  expect(Math.abs(days - 366)).toBeLessThan(1.1);
  const query = `query ($id: ID!) { series(id: $id) { upcoming(after: "2100-01-01T00:00:00Z", first: 2) } }`;
  const later = await ada.graphql(query, { id: daily.series.id });
  expect(later.data.series.upcoming).toEqual(["2100-01-01T09:00:00.000Z", "2100-01-02T09:00:00.000Z"]);
});

test("the next one is always made, however far ahead, and an ended series says that all are", async () => {
  // Not every fiftieth year has a leap day.
  const past = [soon(-3), soon(-4)].find(({ startTime }) => startTime.slice(5, 10) !== "02-29")!;
  const rare = await make("FREQ=YEARLY;INTERVAL=50", past);
  expect(rare.created).toBe(2);
  expect(rare.series.expandedUntil?.slice(0, 4)).toBe(String(Number(past.startTime.slice(0, 4)) + 50));
  const ended = await make("FREQ=DAILY;COUNT=3", soon(5));
  expect([ended.created, ended.series.expandedUntil]).toEqual([3, null]);
  const over = await make("FREQ=DAILY;COUNT=3", {
    startTime: "2001-01-01T09:00:00Z",
    endTime: "2001-01-01T10:00:00Z",
  });
  expect([over.created, over.event.recurrenceId]).toEqual([1, "2001-01-03T09:00:00"]);
});

test("fewer are made where many are invited, and at most a thousand ahead", async () => {
  const guests = await world.sql.query<{ id: string }>(
    `insert into app_user (organisation_id, email, name, timezone, role)
     select $1, 'guest' || n || '@many.test', 'G', 'UTC', 'member' from generate_series(1, 499) n returning id::text`,
    [world.organisationId],
  );
  const attendees = guests.rows.map(({ id }) => ({ userId: id }));
  const many = await make("FREQ=DAILY", { ...soon(1), attendees });
  expect(many.created).toBe(20);
  await world.sql.query("update series set extend_at = tidemark_now() where id = $1", [many.series.id]);
  await extendSeries(world.db, log);
  expect(await stored(many.series.id)).toHaveLength(20);
});

test("time passes: everything due is made once, whoever looks, the past part of an outage included", async () => {
  const made: any[] = [];
  while (made.length < 12)
    made.push(await make("FREQ=WEEKLY", { ...soon(1), attendees: [{ userId: ben.id }] }));
  const gone = await stored(made[0].series.id);
  await world.sql.query("delete from event where series_id = $1 and recurrence_id = $2", [
    made[0].series.id,
    gone[3]?.recurrence_id,
  ]);
  const left = `mutation { deleteSeries(eventId: ${made[1].event.id}, scope: ALL) { changed } }`;
  expect((await ben.graphql(left)).errors).toBeUndefined();
  await setClock("14 months");
  const other = await openDatabase(testConfig(world.databaseUrl), () => undefined);
  const looks = await Promise.all([
    extendSeries(world.db, log),
    extendSeries(other, log),
    extendSeries(world.db, log),
  ]);
  await other.close();
  // Whom another look kept waiting for too long is left to the next one.
  while ((await extendSeries(world.db, log)).extended > 0);
  expect(looks.reduce((sum, { failed }) => sum + failed, 0)).toBe(0);
  for (const [index, { series }] of made.entries()) {
    const rows = await stored(series.id);
    const walls = rows.map(({ recurrence_id: place }) => Date.parse(`${place}Z`));
    const weeks = new Set(walls.slice(1).map((wall, at) => (wall - (walls[at] ?? 0)) / (7 * 86_400_000)));
    expect([...weeks].sort()).toEqual(index === 0 ? [1, 2] : [1]);
    expect(new Set(walls).size).toBe(walls.length);
    const ahead = ((walls.at(-1) ?? 0) - Date.now()) / 86_400_000;
    expect(ahead).toBeGreaterThan(425 + 350);
  }
  const again = await extendSeries(world.db, log);
  expect(again).toEqual({ extended: 0, created: 0, failed: 0 });
  const held = await ben.rest("GET", "/events");
  const ofLeft = held.body.records.filter(
    ({ seriesId }: { seriesId: string }) => seriesId === made[1].series.id,
  );
  expect(ofLeft).toEqual([]);
  const ofOthers = held.body.records.filter(
    ({ seriesId }: { seriesId: string }) => seriesId === made[2].series.id,
  );
  expect(ofOthers).toHaveLength((await stored(made[2].series.id)).length);
  const history = await ada.graphql(
    `query ($id: ID!) { series(id: $id) {
    history { edges { node { kind client eventId } } }
    occurrences(last: 1) { edges { node { history { edges { node { client tokenId kind } } } } } } } }`,
    { id: made[2].series.id },
  );
  expect(history.data.series.occurrences.edges[0].node.history.edges[0].node).toEqual({
    client: "Tidemark",
    tokenId: null,
    kind: "created",
  });
  expect(history.data.series.history.edges.at(-1).node).toMatchObject({
    kind: "created",
    eventId: made[2].series.id,
  });
});

test("an organisation whose series are due for longer, and more of them, has no more than its turn", async () => {
  const many = [
    await make("FREQ=WEEKLY", soon(1)),
    await make("FREQ=WEEKLY", soon(1)),
    await make("FREQ=WEEKLY", soon(1)),
  ];
  const stranger = await world.person({ organisationId: await world.organisation() });
  const one = await make("FREQ=WEEKLY", soon(1), stranger);
  const isDue = `update series set extend_at = tidemark_now() - $2::interval where id = any ($1)`;
  await world.sql.query(isDue, [many.map(({ series }) => series.id), "2 days"]);
  await world.sql.query(isDue, [[one.series.id], "1 minute"]);
  let looks = 0;
  await extendSeries(world.db, log, () => ++looks > 2);
  const { rows } = await world.sql.query(
    "select count(*)::int as due from series where extend_at <= tidemark_now() and organisation_id <> $1",
    [world.organisationId],
  );
  expect(rows).toEqual([{ due: 0 }]);
  await extendSeries(world.db, log);
});

test("a disabled owner's series stands still until it is transferred; plain SQL's nonsense stops nobody else's", async () => {
  const still = await make("FREQ=WEEKLY", soon(1), cleo);
  const broken = await make("FREQ=WEEKLY", soon(1));
  const fine = await make("FREQ=WEEKLY", soon(1));
  await ada.graphql(`mutation { disableUser(id: ${cleo.id}) { id } }`);
  await world.sql.query("update series set rrule = 'FREQ=SOMETIMES' where id = $1", [broken.series.id]);
  const before = (await stored(still.series.id)).length;
  await setClock("8 months");
  const look = await extendSeries(world.db, log);
  expect(look.failed).toBe(1);
  expect((await stored(fine.series.id)).length).toBeGreaterThan(before);
  expect(await stored(still.series.id)).toHaveLength(before);
  // It is not looked at again and again before everybody else's; it goes on where its owner comes back, or another has it.
  const due = async (): Promise<boolean> =>
    (
      await world.sql.query("select extend_at is not null as due from series where id = $1", [
        still.series.id,
      ])
    ).rows[0].due;
  expect(await due()).toBe(false);
  await ada.graphql(`mutation { enableUser(id: ${cleo.id}) { id } }`);
  expect(await due()).toBe(true);
  await ada.graphql(`mutation { disableUser(id: ${cleo.id}) { id } }`);
  await ada.graphql(`mutation { transferEvents(from: ${cleo.id}, to: ${ben.id}) }`);
  await extendSeries(world.db, log);
  const after = await world.sql.query("select owner_id::text, overrides from event where series_id = $1", [
    still.series.id,
  ]);
  expect(after.rows.length).toBeGreaterThan(before);
  for (const row of after.rows) expect(row).toEqual({ owner_id: ben.id, overrides: [] });
  await world.sql.query("delete from event where series_id = $1", [broken.series.id]);
  await world.sql.query("delete from series where id = $1", [broken.series.id]);
});

test("the unique index is the wall behind the locks: no statement makes a place twice", async () => {
  const made = await make("FREQ=WEEKLY;COUNT=3", soon(2));
  const twice = world.sql.query(
    `insert into event (organisation_id, owner_id, start_time, end_time, series_id, recurrence_id)
     select organisation_id, owner_id, start_time, end_time, series_id, recurrence_id from event where id = $1`,
    [made.event.id],
  );
  await expect(twice).rejects.toMatchObject({ code: "23P01" });
  await expect(
    world.sql.query("update event set recurrence_id = '2030-01-01' where id = $1", [made.event.id]),
  ).rejects.toMatchObject({ code: "23001" });
});

test("plain SQL cannot delete a series that has occurrences, and one without them is gone at both doors", async () => {
  const made = await make("FREQ=WEEKLY;COUNT=3", { ...soon(2), attendees: [{ userId: ben.id }] });
  const { id } = made.series;
  const path = `/series/${id}`;
  const [before, calendar] = [await ada.rest("GET", path), await ben.rest("GET", "/events")];
  const removed = (): Promise<unknown> => world.sql.query("delete from series where id = $1", [id]);
  // A foreign key; 23001 since PostgreSQL 18.
  await expect(removed()).rejects.toMatchObject({ code: expect.stringMatching(/^(23503|23001)$/) });
  expect((await ada.rest("GET", path)).body).toEqual(before.body);
  expect((await ben.rest("GET", "/events")).body.records).toEqual(calendar.body.records);
  const ids = (await world.sql.query("delete from event where series_id = $1 returning id::text", [id])).rows;
  await removed();
  expect((await ada.rest("GET", path)).body).toMatchObject({ code: "not_found" });
  expect((await ada.graphql(`{ series(id: ${id}) { id } }`)).data).toEqual({ series: null });
  const told = await ben.rest("GET", `/events?showDeleted=true&deltaToken=${calendar.body.nextDeltaToken}`);
  expect(told.body.records).toMatchObject(
    ids.map((row) => ({ id: row.id, deleted: true, reason: "deleted" })),
  );
});

test("what a change has left beyond what is decided is not made again, and the gaps before it are filled", async () => {
  const made = await make("FREQ=WEEKLY", soon(1));
  const guests = await world.sql.query<{ id: string }>(
    `insert into app_user (organisation_id, email, name, timezone, role)
     select $1, 'few' || n || '@many.test', 'G', 'UTC', 'member' from generate_series(1, 399) n returning id::text`,
    [world.organisationId],
  );
  const update = async (input: object): Promise<void> => {
    const reply = await ada.graphql(
      "mutation ($id: ID!, $input: SeriesPatch!) { updateSeries(eventId: $id, scope: ALL, input: $input) { changed } }",
      { id: made.event.id, input },
    );
    expect(reply.errors).toBeUndefined();
  };
  await update({ attendees: guests.rows.map(({ id }) => ({ userId: id })) });
  // So many are invited that twenty-five are made ahead; there are fifty-three, all of which have a place.
  await update({ endTime: soon(1).endTime.replace("09:15", "09:45") });
  await setClock("14 months");
  while ((await extendSeries(world.db, log)).extended > 0);
  const { rows } = await world.sql.query<{ at: string | null }>(
    "select expanded_until as at from series where id = $1 and extend_at > tidemark_now()",
    [made.series.id],
  );
  const walls = (await stored(made.series.id)).map(({ recurrence_id: place }) => Date.parse(`${place}Z`));
  expect(rows).toEqual([{ at: new Date(walls.at(-1) ?? 0).toISOString().slice(0, 19) }]);
  const weeks = new Set(walls.slice(1).map((wall, at) => (wall - (walls[at] ?? 0)) / (7 * 86_400_000)));
  expect([[...weeks], walls.length > 60]).toEqual([[1], true]);
});

test("users who come later are in occurrences to come", async () => {
  const made = await make("FREQ=WEEKLY", { ...soon(1), attendees: [{ emailAddress: "late@x.test" }] });
  const late = await world.person({ name: "Late", email: "late@x.test" });
  await setClock("8 months");
  await extendSeries(world.db, log);
  const held = await late.rest("GET", "/events");
  const ours = held.body.records.filter(({ seriesId }: { seriesId: string }) => seriesId === made.series.id);
  const all = await stored(made.series.id);
  expect(ours).toHaveLength(all.length);
  const own = await world.sql.query("select distinct overrides from event where series_id = $1", [
    made.series.id,
  ]);
  expect(own.rows).toEqual([{ overrides: [] }]);
});
