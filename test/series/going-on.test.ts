// What becomes of a series beside what is asked of it: contacts that come later, records that are merged, clocks that governments move.
import { createLog } from "../../src/telemetry/log";
import { clocksOf } from "../../src/series/clocks";
import { extendSeries } from "../../src/series/extend";
import { placeAnew } from "../../src/series/place-anew";
import { ZONE_DATA, zoneDataAt, zoneDataWarning } from "../../src/values/zone-data";
import { instantToWall, offsetsOf, wallToInstant, wallToInstantBy } from "../../src/values/timezone";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
const log = createLog("silent");

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
  ben = await world.person({ name: "Ben" });
});
afterEach(() => setClock("0"));
afterAll(() => world.close());

const setClock = async (later: string): Promise<void> => {
  await world.sql.query(`
    create or replace function tidemark_now() returns timestamptz language sql volatile
    as $$ select clock_timestamp() + interval '${later}' $$`);
};

const DAY_MS = 86_400_000;
/** The same days all along: a test that begins before midnight may end after it. */
const BEGAN = Date.now();
const day = (days: number): string => new Date(BEGAN + days * DAY_MS).toISOString().slice(0, 10);

interface Made {
  id: string;
  events: string[];
}

async function make(more: object): Promise<Made> {
  const body = {
    ...{ subject: "Weekly", startTime: `${day(3)}T09:00:00Z`, endTime: `${day(3)}T10:00:00Z` },
    ...{ timezone: "Europe/Paris", recurrence: { rrule: "FREQ=WEEKLY" }, ...more },
  };
  const made = await ada.rest("POST", "/series", body);
  expect([made.status, made.body.details]).toEqual([201, undefined]);
  return { id: made.body.id, events: (await stored(made.body.id)).map(({ id }) => id) };
}

interface Stored {
  id: string;
  place: string;
  start: Date;
  people: unknown[];
  links: unknown[];
  overrides: string[];
}
const stored = async (seriesId: string): Promise<Stored[]> =>
  (
    await world.sql.query<Stored>(
      `select e.id::text, e.recurrence_id as place, e.start_time as start, e.overrides,
         array(select array[a ->> 'contactId', a ->> 'name'] from jsonb_array_elements(e.attendees) a) as people,
         array(select array[l ->> 'id', l ->> 'name'] from jsonb_array_elements(e.related_to) l) as links
       from event e where e.series_id = $1 order by e.recurrence_id`,
      [seriesId],
    )
  ).rows;

async function contact(name: string, email?: string): Promise<string> {
  const made = await ada.rest("POST", "/contacts", { name, ...(email && { email }) });
  return made.body.id;
}
async function ask(mutation: string): Promise<void> {
  expect((await ada.graphql(`mutation { ${mutation} }`)).errors).toBeUndefined();
}

test("contacts that come later, or get another address, and records that are merged are in occurrences to come as in those of today", async () => {
  const [gone, survivor, moving] = [
    await contact("Gone"),
    await contact("Survivor"),
    await contact("Moving", "old@x.test"),
  ];
  await ask(`archiveRecords(ids: [${await contact("Archived", "archived@x.test")}]) { id }`);
  const made = await make({
    attendees: [
      { emailAddress: "late@x.test" },
      { emailAddress: "new@x.test" },
      { emailAddress: "archived@x.test" },
      { contactId: gone },
    ],
    relatedTo: { contactIds: [gone] },
  });
  const late = await contact("Late", "late@x.test");
  await ask(`saveRecords(records: [{id: ${moving}, emails: ["new@x.test"]}]) { id }`);
  await ask(`mergeRecords(from: [${gone}], into: ${survivor}) { id }`);
  await setClock("8 months");
  expect((await extendSeries(world.db, log)).failed).toBe(0);
  const all = await stored(made.id);
  expect(all.length).toBeGreaterThan(made.events.length);
  for (const { people, links, overrides } of all)
    expect({ people, links, overrides }).toEqual({
      people: [
        [late, "Late"],
        [moving, "Moving"],
        [null, null],
        [survivor, "Gone"],
      ],
      links: [[survivor, "Survivor"]],
      overrides: [],
    });
  const { body } = await ada.rest("GET", `/series/${made.id}`);
  expect(body.relatedTo).toEqual([{ type: "Contact", id: survivor, name: "Survivor" }]);
  expect(body.attendees.map(({ contactId }: { contactId: number | null }) => contactId)).toEqual(
    [late, moving, null, survivor].map((id) => (id === null ? null : Number(id))),
  );
});

describe("newer time zone data", () => {
  /** As if older data had Paris an hour further east, for good: what that placed is an hour early. */
  async function placedBefore(seriesId: string, data: string): Promise<void> {
    const { offsets } = clocksOf("Europe/Paris");
    const changes = offsets?.changes.map(([from, offset]) => [from, offset + 3_600_000]);
    await world.sql.query("update series set zone_data = $2, zone_offsets = $3 where id = $1", [
      seriesId,
      data,
      JSON.stringify({ until: offsets?.until, changes }),
    ]);
    await world.sql.query(
      `do $$ begin
         perform write_series(array[${seriesId}]);
         update event set start_time = start_time - interval '1 hour', end_time = end_time - interval '1 hour'
         where series_id = ${seriesId} and not 'startTime' = any (overrides);
       end $$`,
    );
  }

  const starts = async ({ id }: Made): Promise<number[]> =>
    (await stored(id)).map(({ start }) => start.getTime());

  test("moves what it places elsewhere and has no time of its own, once, and tells the feed of it", async () => {
    const made = await make({
      recurrence: { rrule: "FREQ=WEEKLY;COUNT=6" },
      attendees: [{ userId: ben.id }],
    });
    const own = await ada.rest("PATCH", `/events/${made.events[1]}`, {
      ...{ startTime: `${day(10)}T15:00:00Z`, endTime: `${day(10)}T16:00:00Z` },
    });
    expect(own.status).toBe(200);
    const right = await starts(made);
    await placedBefore(made.id, "2020a");
    const feed = await ben.rest("GET", "/events?since=0");
    const since = feed.body.nextDeltaToken ?? feed.body.watermark;
    const looks = await Promise.all([placeAnew(world.db, log), placeAnew(world.db, log)]);
    expect(looks.reduce((sum, { moved }) => sum + moved, 0)).toBe(5);
    expect(await starts(made)).toEqual(right);
    const told = await ben.rest("GET", `/events?deltaToken=${encodeURIComponent(String(since))}`);
    expect(told.body.records.map(({ id }: { id: string }) => id).sort()).toEqual(
      made.events.filter((id) => id !== made.events[1]).sort(),
    );
    expect((await stored(made.id)).map(({ overrides }) => overrides.length > 0)).toEqual([
      ...[false, true, false, false, false, false],
    ]);
    expect((await placeAnew(world.db, log)).moved).toBe(0);
    const history = await ada.graphql(
      `{ event(id: ${made.events[0]}) { history(first: 1) { edges { node { client kind } } } } }`,
    );
    expect(history.data.event.history.edges[0].node).toEqual({ client: "Tidemark", kind: "changed" });
  });

  test("is not undone by an instance with older data, which leaves what newer data has placed to others for a while", async () => {
    const made = await make({});
    await placedBefore(made.id, "2999z");
    const placed = await starts(made);
    expect((await placeAnew(world.db, log)).moved).toBe(0);
    expect(await starts(made)).toEqual(placed);
    const due = (ago: string): Promise<unknown> =>
      world.sql.query(`update series set extend_at = tidemark_now() - interval '${ago}' where id = $1`, [
        made.id,
      ]);
    await setClock("3 months");
    await due("1 hour");
    await extendSeries(world.db, log);
    expect(await starts(made)).toEqual(placed);
    // Nobody else is there.
    await due("7 hours");
    await extendSeries(world.db, log);
    expect((await starts(made)).length).toBeGreaterThan(placed.length);
    expect((await starts(made)).slice(0, placed.length)).toEqual(placed);
  });

  test("moves nothing that another zone of the series has left where it was", async () => {
    const made = await make({ recurrence: { rrule: "FREQ=WEEKLY;COUNT=40" } });
    const before = await starts(made);
    await ask(
      `updateSeries(eventId: ${made.events[0]}, scope: ALL, input: {timezone: "America/Sao_Paulo"}) { changed }`,
    );
    await world.sql.query("update series set zone_data = '2020a', zone_offsets = $2 where id = $1", [
      made.id,
      JSON.stringify(offsetsOf("America/Sao_Paulo", Date.UTC(2018), Date.UTC(2019))),
    ]);
    await placeAnew(world.db, log);
    expect(await starts(made)).toEqual(before);
  });

  test("is told, with a warning and the Node.js that has newer when it is more than a year old", async () => {
    const ready = await fetch(`${world.url}/readyz`);
    expect(await ready.json()).toMatchObject({ status: "ready", timeZoneData: ZONE_DATA });
    expect(zoneDataAt(Date.UTC(2026, 10, 1), "2025c")).toMatchObject({ version: "2025c", isOld: false });
    const old = zoneDataAt(Date.UTC(2027, 0, 1), "2025c");
    expect(old.newer).toBe("Node.js 24.20.0 has 2026c");
    expect(zoneDataWarning(old)).toMatch(
      /^the time zone data 2025c is more than a year old: .*; Node\.js 24\.20\.0 has 2026c$/,
    );
    expect(zoneDataWarning(zoneDataAt(Date.UTC(2027, 0, 1), "2026c"))).toBeNull();
    expect(zoneDataWarning(zoneDataAt(Date.UTC(2028, 1, 1), "2026c"))).toMatch(
      "a newer Node.js has newer data",
    );
  });
});

test("clocks that are kept say for every hour of three years what the zone says", () => {
  for (const zone of [
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Antarctica/Troll",
  ]) {
    const from = Date.UTC(2026);
    const kept = offsetsOf(zone, from - 10 * DAY_MS, Date.UTC(2029) + 10 * DAY_MS);
    for (let wall = from; wall < Date.UTC(2029); wall += 3_600_000 * 1.5) {
      const instant = wallToInstantBy(wall, kept);
      if (instant !== wallToInstant(wall, zone)) throw new Error(`${zone} ${new Date(wall).toISOString()}`);
    }
    expect(instantToWall(from, zone)).toBeGreaterThan(0);
  }
});

describe("a series is written only so that it can be read again", () => {
  const at = `${day(3)}T09:00:00Z`;
  const all = (id: string, patch: object): ReturnType<Person["rest"]> =>
    ada.rest("PATCH", `/events/${id}?scope=all`, patch);
  const rulesOf = async (seriesId: string): Promise<string[]> => {
    const read = await ada.rest("GET", `/series/${seriesId}`);
    expect(read.status).toBe(200);
    return read.body.recurrence.ical.rules;
  };

  test.each([
    ["FREQ=MONTHLY;UNTIL=99991231T235959Z", { startTime: `${day(3)}T10:00:00Z` }, "FREQ=MONTHLY"],
    [
      "FREQ=DAILY;INTERVAL=30;UNTIL=99991231",
      { startTime: `${day(4)}T09:00:00Z`, endTime: `${day(4)}T10:00:00Z` },
      "FREQ=DAILY;INTERVAL=30",
    ],
    [
      "FREQ=MONTHLY;UNTIL=99991231T220000Z",
      { startTime: `${day(3)}T10:00:00Z` },
      "FREQ=MONTHLY;UNTIL=99991231T230000Z",
    ],
  ])("%s that moves on has no end past the last year", async (rrule, patch, after) => {
    const made = await make({ timezone: "UTC", recurrence: { rrule } });
    const changed = await all(made.events[0] ?? "", patch);
    expect([changed.status, changed.body.details]).toEqual([200, undefined]);
    expect(await rulesOf(made.id)).toEqual([`RRULE:${after}`]);
    expect((await ada.rest("GET", "/events.ics")).status).toBe(200);
  });

  test.each([
    [{ ical: { rules: ["RRULE:FREQ=DAILY;COUNT=3", "RDATE:99991231T090000"] } }, "recurrence.ical.rules"],
    [{ rrule: "FREQ=DAILY;COUNT=3", rdates: ["9999-12-31"] }, "recurrence.rdates[0]"],
  ])("%j is refused, naming where it says that", async (recurrence, field) => {
    const body = { subject: "Late", startTime: at, endTime: at, timezone: "UTC", recurrence };
    const refused = await ada.rest("POST", "/series", body);
    expect([refused.status, refused.body.details]).toMatchObject([
      400,
      [{ field: expect.stringContaining(field) }],
    ]);
  });

  test("a date before 1970 is refused for whole days, and so is a start that is one on the clocks of its zone", async () => {
    const days = { startTime: day(3), endTime: day(4), allDay: true };
    const refused = await ada.rest("POST", "/series", {
      ...{ subject: "Early", ...days, timezone: "UTC" },
      recurrence: ["RRULE:FREQ=DAILY;COUNT=3", "RDATE;VALUE=DATE:19690101"],
    });
    expect([refused.status, refused.body.details]).toMatchObject([
      400,
      [{ message: expect.stringContaining("must be from 1970-01-01 to 9999-12-30") }],
    ]);
    const early = await ada.rest("POST", "/series", {
      ...{ subject: "Early", startTime: "1970-01-01T02:00:00Z", endTime: "1970-01-01T03:00:00Z" },
      ...{ timezone: "America/New_York", recurrence: { rrule: "FREQ=DAILY;COUNT=3" } },
    });
    expect([early.status, early.body.details]).toMatchObject([400, [{ field: "startTime" }]]);
  });

  test("a date beside the rule is not moved to where it could not be read", async () => {
    const rdates = ["9999-12-30T23:30:00"];
    const made = await make({ timezone: "UTC", recurrence: { rrule: "FREQ=DAILY;COUNT=3", rdates } });
    const moved = await all(made.events[0] ?? "", { startTime: `${day(3)}T10:00:00Z` });
    expect([moved.status, moved.body.details]).toMatchObject([400, [{ field: "recurrence.rdates" }]]);
    expect(await rulesOf(made.id)).toContainEqual(expect.stringMatching(/^RDATE.*99991230T233000$/));
  });
});
