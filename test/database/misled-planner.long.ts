// What lists and searches cost where PostgreSQL is misled: by statistics that are missing, or of another time. A list reads
// in proportion to what it answers; a search, to what its filter finds. Counted in pages, never in seconds.
import { sql } from "../../src/database/rows";
import { textRows } from "../../src/database/text-rows";
import { faultsOf } from "../support/pages-read";
import { openWorld, type Person, type World } from "../support/world";

const EACH_HALF = 15_000;
/** Of a contact, an address, a word and a UID that few events have, all of them in the older half. */
const FEW = 20;
const DAY = "2024-03-05";

let world: World;
let ada: Person;
let ben: Person;
let contacts: string[];

const contact = (n: number): string =>
  `jsonb_build_object('id', '${contacts[n]}', 'name', 'C', 'type', 'Contact')`;

/** Rows as the triggers would have left them. Contact 0 is in all of the older half, and in none of the newer. */
async function load(from: number, count: number): Promise<void> {
  const client = await world.sql.connect();
  await client.query("set session_replication_role = replica");
  await client.query(
    `insert into event (organisation_id, owner_id, subject, start_time, end_time, private, timezone, attendees,
       related_to, i_cal_uid, organizer_email, last_modified_at)
     select $1::bigint, $2::bigint, case when n <= ${FEW} then 'Harvest ' else 'Meeting ' end || n,
       '2020-01-01T00:00:00Z'::timestamptz + n * interval '3 hours',
       '2020-01-01T01:00:00Z'::timestamptz + n * interval '3 hours' + (n % 500 / 499) * interval '3 days',
       n % 10 = 0, 'UTC',
       jsonb_build_array(jsonb_build_object('userId', null, 'contactId', null, 'name', null, 'status', 'NoResponse', 'type', 'required',
         'emailAddress', case when n <= ${FEW} then 'few' when n <= ${EACH_HALF} then 'old' else 'new' end || '@x.test')),
       case when n <= ${FEW} then jsonb_build_array(${contact(0)}, ${contact(1)})
         when n <= ${EACH_HALF} then jsonb_build_array(${contact(0)})
         else jsonb_build_array(jsonb_build_object('id', (100000 + n % 900)::text, 'name', 'D', 'type', 'Contact')) end,
       case when n <= ${FEW} then 'few' else 'uid-' || n end,
       'o@x.test', '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 ms'
     from generate_series($3::int + 1, $3::int + $4::int) n`,
    [ada.organisationId, ada.id, from, count],
  );
  await client.query(
    `insert into calendar_entry (organisation_id, calendar_id, event_id, tick, start_time, end_time)
     select e.organisation_id, c, e.id, e.last_modified_at, e.start_time, e.end_time from event e, unnest($2::bigint[]) c
     where e.organisation_id = $1 and not exists (
       select from calendar_entry n where n.organisation_id = $1 and n.calendar_id = c and n.event_id = e.id)`,
    [ada.organisationId, [ada.calendarId, ben.calendarId]],
  );
  await client.query("update calendar set clock = '2026-02-01T00:00:00Z'");
  client.release(true);
}

/** Events and series of another organisation, all of one UID. */
async function loadElsewhere(): Promise<void> {
  const other = await world.person({ organisationId: await world.organisation() });
  const client = await world.sql.connect();
  await client.query("set session_replication_role = replica");
  await client.query(
    `insert into event (organisation_id, owner_id, start_time, end_time, timezone, i_cal_uid, organizer_email, last_modified_at)
     select $1::bigint, $2::bigint, '2024-03-05T09:00Z', '2024-03-05T10:00Z', 'UTC', 'theirs', 'o@x.test', '2026-01-01T00:00Z'
     from generate_series(1, $3::int)`,
    [other.organisationId, other.id, EACH_HALF],
  );
  await client.query(
    `insert into series (organisation_id, owner_id, i_cal_uid, first_place, start_ms, length_ms, all_day, timezone, rrule, content)
     select $1::bigint, $2::bigint, 'theirs', '2024-03-05T09:00:00', 0, 3600000, false, 'UTC', 'FREQ=DAILY', '{}' from generate_series(1, $3::int)`,
    [other.organisationId, other.id, EACH_HALF],
  );
  client.release(true);
}

const FILE = `BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:theirs
DTSTART:20240305T090000Z
DTEND:20240305T100000Z
END:VEVENT
END:VCALENDAR
`.replaceAll("\n", "\r\n");

/** A file, and whether a meeting is there already, for a UID that another organisation has thousands of times. */
async function oneUidElsewhere(): Promise<string[]> {
  const headers = { "Content-Type": "text/calendar" };
  const { organisationId, id } = ben;
  return [
    ...(await faultsOf(world, "an import", PAGES_MORE, async () =>
      expect((await ben.rest("POST", "/import", FILE, headers)).status).toBe(200),
    )),
    ...(await faultsOf(world, "a meeting", PAGES_MORE, () =>
      textRows(
        world.db.pool,
        sql`select m.id from find_meeting(${organisationId}, ${id}, ${"theirs"}, ${`${DAY}T12:00:00Z`}) m`,
      ),
    )),
  ];
}

async function start(): Promise<void> {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
  ben = await world.person({ name: "Ben" });
  const { data } = await ada.graphql(
    `mutation { saveRecords(records: [{type: Contact, name: "A"}, {type: Contact, name: "B", emails: ["b@x.test"]}]) { id } }`,
  );
  contacts = (data.saveRecords as { id: string }[]).map(({ id }) => id);
  for (const table of ["event", "calendar_entry", "record", "series"])
    await world.sql.query(`alter table ${table} set (autovacuum_enabled = off)`);
}

type Shape = [name: string, filter: Record<string, unknown>, found: number];

/** What the first filter of each finds. */
const filters = (): Shape[] => [
  ["a contact of few", { contactId: Number(contacts[1]) }, FEW],
  ["a contact of everybody once", { contactId: Number(contacts[0]) }, EACH_HALF],
  ["a record", { relatedTo: { type: "Contact", id: contacts[1] } }, FEW],
  ["an address", { attendeeEmail: "Few@x.test" }, FEW],
  ["an address and a contact", { attendeeEmail: "few@x.test", contactId: Number(contacts[0]) }, FEW],
  ["words", { text: "harvest" }, FEW],
  ["a beginning of a word", { text: "harv" }, FEW],
  ["words that nobody has", { text: "東京都 🎉" }, 0],
  ["words and an address", { text: "meeting", attendeeEmail: "few@x.test" }, FEW],
  ["a UID", { iCalUid: "few" }, FEW],
  ["a UID and words", { iCalUid: "few", text: "meeting" }, FEW],
  ["nobody", { attendeeEmail: "nobody@x.test" }, 0],
];
const scopes = (): [string, Record<string, unknown>][] => [
  ["one's own calendar", {}],
  ["a colleague's calendar", { calendarIds: [ada.calendarId] }],
  ["two calendars", { calendarIds: [ada.calendarId, ben.calendarId] }],
  ["the organisation", { scope: "ORGANISATION" }],
];
const windows: [string, Record<string, unknown>][] = [
  ["all time", {}],
  ["from the epoch on", { startAt: "1970-01-01T00:00:00Z" }],
  ["a day", { startAt: `${DAY}T00:00:00Z`, endAt: `${DAY}T23:00:00Z` }],
];
const LIST = `query($f: EventFilter, $o: EventOrder!) {
  first: events(filter: $f, orderBy: $o, first: 10) { edges { node { id } } }
  last: events(filter: $f, orderBy: $o, last: 10) { edges { node { id } } } }`;
const TIMELINES = `{ records(type: Contact, first: 450) { edges { node {
  ${Array.from({ length: 14 }, (_, i) => `a${i}: events(first: 1, filter: { startAt: "197${i % 10}-0${1 + Math.floor(i / 10)}-01T00:00:00Z" }) { edges { node { id } } }`).join(" ")}
} } } }`;

/** An event that is found is looked at: its page, the page of its entry, and some of the index. */
const PAGES_EACH = 6;
const PAGES_MORE = 300;

const shapes = (): { name: string; f: object; o: string; most: number }[] =>
  filters().flatMap(([filter, wish, found]) =>
    scopes().flatMap(([scope, where]) =>
      windows.flatMap(([time, when]) =>
        ["START", "LAST_CHANGE"].map((o) => ({
          name: [filter, scope, time, o].join(", "),
          f: { ...where, ...wish, ...when },
          o,
          most: PAGES_MORE + PAGES_EACH * found,
        })),
      ),
    ),
  );

async function listsOfEveryShape(): Promise<void> {
  const faults: string[] = [];
  const walks = ["one's own calendar", "the organisation"].flatMap((scope) =>
    ["START", "LAST_CHANGE"].map((o) => ({
      name: `no filter, ${scope}, ${o}`,
      f: Object.fromEntries(scopes())[scope] as object,
      o,
      most: PAGES_MORE,
    })),
  );
  for (const { name, f, o, most } of [...shapes(), ...walks]) {
    const asker = most > PAGES_MORE ? ben : ada;
    const ask = async () => expect((await asker.graphql(LIST, { f, o })).errors).toBeUndefined();
    faults.push(...(await faultsOf(world, name, most, ask)));
  }
  expect(faults.slice(0, 5).join("\n\n")).toBe("");
}

async function everythingElse(): Promise<void> {
  const rest: [string, string][] = [
    ["a page", "/events?limit=10"],
    ["a feed page", "/events?since=2026-01-01T00:00:05Z&limit=10"],
    ["a feed page of both kinds", "/events?since=2026-01-01T00:00:05Z&limit=10&showDeleted=true"],
    ["tombstones", "/deletedEvents?since=2026-01-01T00:00:05Z&limit=10"],
    ["a manifest page", "/events/manifest?limit=10"],
    ["records by address", "/records?email=b@x.test"],
  ];
  const faults: string[] = [];
  for (const [name, path] of rest) {
    const ask = async () => expect((await ben.rest("GET", path)).status).toBe(200);
    faults.push(...(await faultsOf(world, name, PAGES_MORE, ask)));
  }
  const counts = `{ events(first: 1, filter: { contactId: ${contacts[1]}, scope: ORGANISATION }) { totalCount } }`;
  faults.push(
    ...(await faultsOf(world, "a count", PAGES_MORE + PAGES_EACH * FEW, async () =>
      expect((await ben.graphql(counts)).errors).toBeUndefined(),
    )),
  );
  // Fourteen statements, each for both contacts: as much as their events, and no more.
  faults.push(
    ...(await faultsOf(world, "timelines", PAGES_MORE + PAGES_EACH * EACH_HALF, async () =>
      expect((await ben.graphql(TIMELINES)).errors).toBeUndefined(),
    )),
  );
  faults.push(...(await oneUidElsewhere()));
  expect(faults.slice(0, 5).join("\n\n")).toBe("");
}

describe("statistics from when there was next to nothing", () => {
  beforeAll(async () => {
    await start();
    for (let n = 0; n < 5; n++) {
      const other = await world.person({ organisationId: await world.organisation() });
      await other.rest("POST", "/events", {
        startTime: "2026-03-02T09:00:00Z",
        endTime: "2026-03-02T10:00:00Z",
      });
    }
    await world.sql.query("analyze");
    await load(0, 2 * EACH_HALF);
    await loadElsewhere();
  });
  afterAll(() => world.close());

  test(
    "lists of every shape read what they answer, searches what their filter finds",
    listsOfEveryShape,
    120_000,
  );
  test("so do feeds, manifests, counts and timelines", everythingElse, 60_000);

  test("with no statistics at all, too", async () => {
    await world.sql.query(
      "delete from pg_statistic where starelid in ('event'::regclass, 'calendar_entry'::regclass, 'record'::regclass)",
    );
    await listsOfEveryShape();
    await everythingElse();
  });
});

describe("statistics from when everybody had the contact", () => {
  beforeAll(async () => {
    await start();
    await load(0, EACH_HALF);
    await world.sql.query("analyze");
    await load(EACH_HALF, EACH_HALF);
    await loadElsewhere();
  });
  afterAll(() => world.close());

  test(
    "lists of every shape read what they answer, searches what their filter finds",
    listsOfEveryShape,
    120_000,
  );
  test("so do feeds, manifests, counts and timelines", everythingElse, 60_000);
});
