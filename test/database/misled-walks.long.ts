// What is read without a filter, where PostgreSQL's statistics are missing, of another time, or of rows that are unlike
// what is asked for: pages in proportion to what is answered, never to the calendar or the organisation.
import type { Caller } from "../../src/entities/caller";
import { Channel } from "../../src/live/channel";
import { Look } from "../../src/live/look";
import type { Subscriber } from "../../src/live/subscriber";
import { FleetHealth } from "../../src/metrics/fleet-health";
import type { Log } from "../../src/telemetry/log";
import { faultsOf } from "../support/pages-read";
import { openWorld, type Person, type World } from "../support/world";

const EVENTS = 30_000;
const GONE = 10_000;
const OTHERS = 20_000;
const RECORDS = 20_000;
/** Below one event. */
const CHILDREN = 20;
const MAX_PAGES = 400;
const DAY = "2024-03-05";

let world: World;
let ada: Person;
let ben: Person;
let parent: string;

/** Runs as the owner of the tables may: without triggers. */
async function load(...statements: [text: string, values?: unknown[]][]): Promise<void> {
  const client = await world.sql.connect();
  await client.query("set session_replication_role = replica");
  for (const [text, values] of statements) await client.query(text, values);
  client.release(true);
}

/** Other calendars, users and records of the organisation: one entry each, all of them removed, all of them long. */
const loadOthers = (): Promise<void> =>
  load(
    [
      `insert into app_user (organisation_id, id, email, name, timezone)
       select $1, 1000000 + n, n || '@others.test', 'Other ' || n, 'UTC' from generate_series(1, ${OTHERS}) n`,
      [ada.organisationId],
    ],
    [
      `insert into calendar (organisation_id, id, user_id)
       select $1, 1000000 + n, 1000000 + n from generate_series(1, ${OTHERS}) n`,
      [ada.organisationId],
    ],
    [
      `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time, removed_at, reason)
       select $1, 1000000 + n, 1000000 + n, at, at, at + interval '3 days', at, 'left'
       from generate_series(1, ${OTHERS}) n, lateral (select '2026-06-01T00:00:00Z'::timestamptz + n * interval '1 s' as at) at`,
      [ada.organisationId],
    ],
  );

/** Rows as the triggers would have left them, in two calendars. */
const loadOwn = (): Promise<void> =>
  load(
    [
      `insert into event (organisation_id, owner_id, subject, start_time, end_time, private, timezone,
         organizer_email, last_modified_at)
       select $1, $2, 'Meeting ' || n, '2020-01-01T00:00:00Z'::timestamptz + n * interval '3 hours',
         '2020-01-01T01:00:00Z'::timestamptz + n * interval '3 hours' + (n % 500 / 499) * interval '3 days',
         n % 10 = 0, 'UTC', 'o@x.test', '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 ms'
       from generate_series(1, ${EVENTS}) n`,
      [ada.organisationId, ada.id],
    ],
    [
      `update event set parent_id = $2 where id in (
         select id from event where organisation_id = $1 and id > $2 order by id limit ${CHILDREN})`,
      [ada.organisationId, parent],
    ],
    [
      `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
       select e.organisation_id, c, e.id, e.last_modified_at, e.start_time, e.end_time
       from event e, unnest($2::bigint[]) c where e.organisation_id = $1 and e.id <> $3`,
      [ada.organisationId, [ada.calendarId, ben.calendarId], parent],
    ],
    [
      `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time, removed_at, reason)
       select $1, c, 2000000 + n, at, at, at, at, 'deleted' from unnest($2::bigint[]) c, generate_series(1, ${GONE}) n,
         lateral (select '2026-01-02T00:00:00Z'::timestamptz + n * interval '1 ms' as at) at`,
      [ada.organisationId, [ada.calendarId, ben.calendarId]],
    ],
    [
      `insert into record (organisation_id, type, name, emails)
       select $1, case when n % 2 = 0 then 'Contact' else 'Lead' end, 'Name ' || n, '{}' from generate_series(1, ${RECORDS}) n`,
      [ada.organisationId],
    ],
    ["update calendar set clock = '2026-02-01T00:00:00Z' where id < 1000000"],
  );

async function start(): Promise<void> {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
  ben = await world.person({ name: "Ben" });
  parent = (await ada.rest("POST", "/events", aMeeting)).body.id as string;
  for (const table of ["event", "calendar_entry", "record", "app_user", "calendar"])
    await world.sql.query(`alter table ${table} set (autovacuum_enabled = off)`);
  // Clients that were heard: what the sync view shows.
  for (const who of [ada, ben]) await who.rest("GET", "/events?since=2026-01-01T00:00:00Z&limit=1");
  await world.sql.query(
    `insert into sync_client (organisation_id, calendar_id, token_id, heard_at, live, polled_at, watermark)
     select c.organisation_id, c.id, t.id, tidemark_now(), false, tidemark_now(), '2026-01-01T00:00:20Z'
     from calendar c join access_token t on t.organisation_id = c.organisation_id and t.user_id = c.user_id
     on conflict do nothing`,
  );
}

const aMeeting = { startTime: `${DAY}T09:00:00Z`, endTime: `${DAY}T10:00:00Z` };

const scopes = (): [string, Record<string, unknown>][] => [
  ["one's own calendar", {}],
  ["a colleague's calendar", { calendarIds: [ada.calendarId] }],
  ["two calendars", { calendarIds: [ada.calendarId, ben.calendarId] }],
  ["the organisation", { scope: "ORGANISATION" }],
];
const windows: [string, Record<string, unknown>, string[]][] = [
  ["all time", {}, ["START", "LAST_CHANGE"]],
  ["a day", { startAt: `${DAY}T00:00:00Z`, endAt: `${DAY}T23:00:00Z` }, ["START", "LAST_CHANGE"]],
  ["from a late day on", { startAt: "2030-03-01T00:00:00Z" }, ["START"]],
  ["before an early day", { endAt: "2020-02-01T00:00:00Z" }, ["START"]],
];
const LIST = `query($f: EventFilter, $o: EventOrder!) {
  first: events(filter: $f, orderBy: $o, first: 10) { edges { node { id } } }
  last: events(filter: $f, orderBy: $o, last: 10) { edges { node { id } } } }`;
const SYNC = `{ syncView { clients { waiting } activity(hours: 1) { changes } latestChanges(first: 10) { records { id } } } }`;

async function lists(): Promise<void> {
  const faults: string[] = [];
  for (const [scope, where] of scopes()) {
    for (const [time, when, orders] of windows) {
      for (const o of orders) {
        const f = { ...where, ...when };
        const ask = async () => expect((await ben.graphql(LIST, { f, o })).errors).toBeUndefined();
        faults.push(...(await faultsOf(world, [scope, time, o].join(", "), MAX_PAGES, ask)));
      }
    }
    const f = { ...where, ...windows[1]![1] };
    const count = "query($f: EventFilter) { events(first: 1, filter: $f) { totalCount } }";
    const ask = async () => expect((await ben.graphql(count, { f })).errors).toBeUndefined();
    faults.push(...(await faultsOf(world, `a count of a day, ${scope}`, MAX_PAGES, ask)));
  }
  expect(faults.slice(0, 5).join("\n\n")).toBe("");
}

async function everythingElse(): Promise<void> {
  const since = "since=2026-01-01T00:00:05Z&limit=10";
  const asks: [string, () => Promise<unknown>][] = [
    ["a page", () => ben.rest("GET", "/events?limit=10")],
    ["a feed page", () => ben.rest("GET", `/events?${since}`)],
    ["a feed page without one's own", () => ben.rest("GET", `/events?${since}&excludeOwn=true`)],
    ["a feed page of both kinds", () => ben.rest("GET", `/events?${since}&showDeleted=true`)],
    ["tombstones", () => ben.rest("GET", `/deletedEvents?${since}`)],
    ["a manifest page", () => ben.rest("GET", "/events/manifest?limit=10")],
    ["an event", () => ada.rest("GET", `/events/${parent}`)],
    [
      "when two are busy",
      () =>
        ben.graphql(
          `{ freeBusy(userIds: ["${ada.id}", "${ben.id}"], startAt: "${DAY}T00:00:00Z", endAt: "${DAY}T23:00:00Z") { busy { startAt } } }`,
        ),
    ],
    ["children", () => ada.graphql(`{ event(id: "${parent}") { children { id } } }`)],
    ["the sync view", () => ben.graphql(SYNC)],
    ["records", () => ben.rest("GET", "/records?limit=10")],
    ["contacts", () => ben.rest("GET", "/records?type=Contact&limit=10")],
    ["records by a part of their names", () => ben.rest("GET", "/records?q=ame+1&limit=10")],
    ["records by a part of a few names", () => ben.rest("GET", "/records?q=AMÉ+1999&limit=10")],
    ["a user by address", () => ben.rest("GET", "/users?email=7@others.test")],
    ["users", () => ben.rest("GET", "/users?limit=10")],
    ["calendars", () => ada.rest("GET", "/calendars?all=true&limit=10")],
    ["the look at clocks", look],
    ["the health of clients", () => new FleetHealth(world.db.pool, console as unknown as Log).read()],
  ];
  const faults: string[] = [];
  for (const [name, ask] of asks) {
    const good = async (): Promise<void> => {
      const { status = 200, errors, text } = ((await ask()) ?? {}) as Answer;
      expect([name, status, errors, status < 300 || text]).toEqual([name, status, undefined, true]);
    };
    faults.push(...(await faultsOf(world, name, MAX_PAGES, good)));
  }
  expect(faults.slice(0, 5).join("\n\n")).toBe("");
}

interface Answer {
  status?: number;
  errors?: unknown;
  text?: string;
}

/** What an instance asks every few seconds for those who follow a calendar, here two. */
async function look(): Promise<void> {
  const channels = [ada, ben].map((who) => {
    const channel = new Channel(who.organisationId, who.calendarId);
    const { organisationId, id: userId } = who;
    const caller = {
      organisationId,
      userId,
      tokenId: "1",
      role: "member",
      expiresAt: null,
      calendarId: who.calendarId,
    } as unknown as Caller;
    const calendar = { id: who.calendarId };
    const hears = { wake: () => undefined, cut: () => undefined };
    channel.subscribers.add({ caller, calendar, ...hears } as unknown as Subscriber);
    return [who.calendarId, channel] as const;
  });
  await new Look(world.db.pool, new Map(channels)).take();
}

const PAGES = `
  select sum(pg_stat_get_xact_blocks_fetched(c.oid)) as pages from pg_class c left join pg_index i on i.indexrelid = c.oid
  where coalesce(i.indrelid, c.oid) in ('event'::regclass, 'calendar_entry'::regclass, 'calendar'::regclass)`;

/** Pages of the tables, and of their indexes, that a statement touches, its triggers with it. It is not kept. */
async function pagesOfWrite(text: string, values: unknown[] = []): Promise<number> {
  const client = await world.sql.connect();
  const read = async (): Promise<number> =>
    Number((await client.query<{ pages: string }>(PAGES)).rows[0]?.pages);
  try {
    await client.query("begin");
    const before = await read();
    await client.query(text, values);
    return (await read()) - before;
  } finally {
    await client.query("rollback");
    client.release();
  }
}

async function writes(): Promise<void> {
  const SWEPT = 50;
  const found = {
    "a sweep of a few": await pagesOfWrite(
      `insert into sweep (before, most) values ('2026-03-01T00:00:00Z', ${SWEPT})`,
    ),
    "a sweep of nothing": await pagesOfWrite("insert into sweep (before) values ('2025-01-01T00:00:00Z')"),
    "a child": await pagesOfWrite(
      `insert into event (organisation_id, owner_id, start_time, end_time, parent_id) values ($1, $2, $3, $4, $5)`,
      [ada.organisationId, ada.id, aMeeting.startTime, aMeeting.endTime, parent],
    ),
    "a parent with its children": await pagesOfWrite(
      "delete from event where organisation_id = $1 and id = $2",
      [ada.organisationId, parent],
    ),
  };
  const most = { "a sweep of a few": 2_000, "a parent with its children": 60 * CHILDREN };
  for (const [name, pages] of Object.entries(found))
    expect([name, pages, pages <= ((most as Record<string, number>)[name] ?? MAX_PAGES)]).toEqual([
      name,
      pages,
      true,
    ]);
}

const LISTS = "lists read what they answer, in every order and window";
const REST = "so do feeds, availability, the sync view, people, records and the look at clocks";
const WRITES = "sweeps and children touch what they are about";

describe.each([
  ["statistics from when there was next to nothing", () => world.sql.query("analyze"), false],
  ["statistics of calendars that hold nothing but what is gone", () => world.sql.query("analyze"), true],
  ["no statistics at all", () => Promise.resolve(), false],
] as const)("%s", (_what, analyse, others) => {
  beforeAll(async () => {
    await start();
    if (others) await loadOthers();
    await analyse();
    if (!others) await loadOthers();
    await loadOwn();
  });
  afterAll(() => world.close());

  test(LISTS, lists);
  test(REST, everythingElse);
  test(WRITES, writes);
});

test("statistics of today lead to the same", async () => {
  await start();
  await loadOthers();
  await loadOwn();
  await world.sql.query("vacuum analyze");
  await lists();
  await everythingElse();
  await writes();
  await world.close();
});
