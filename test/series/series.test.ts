// Series at both doors: what is made, what each scope changes, and what nobody loses.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", timezone: "Europe/Paris" });
  ben = await world.person({ name: "Ben" });
  cleo = await world.person({ name: "Cleo" });
});
afterAll(() => world.close());

const RESULT = `changed created deleted detached
  series { id recurrence { rrule rdates exdates } expandedUntil subject timezone startTime endTime attendees { userId status } previous { id } }
  event { id subject startTime endTime recurrenceId seriesId overrides attendees { userId status } lastModifiedAt }`;

const CREATE = `mutation ($input: SeriesInput!, $key: String) { createSeries(input: $input, idempotencyKey: $key) { ${RESULT} } }`;
const UPDATE = `mutation ($id: ID!, $scope: SeriesScope!, $input: SeriesPatch!, $all: Boolean) {
  updateSeries(eventId: $id, scope: $scope, input: $input, overwriteOverrides: $all) { ${RESULT} } }`;
const DELETE = `mutation ($id: ID!, $scope: SeriesScope!) { deleteSeries(eventId: $id, scope: $scope) { ${RESULT} } }`;
const RESPOND = `mutation ($id: ID!, $scope: SeriesScope!, $status: String!) {
  respondToSeries(eventId: $id, scope: $scope, status: $status) { ${RESULT} } }`;

/** The same day all along: a test that begins before midnight may end after it. */
const BEGAN = Date.now();

/** A Monday, some weeks ahead of today. */
function monday(weeks = 4): string {
  const at = new Date(BEGAN);
  at.setUTCDate(at.getUTCDate() + ((8 - at.getUTCDay()) % 7) + weeks * 7);
  return at.toISOString().slice(0, 10);
}

const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);

/* eslint-disable @typescript-eslint/no-explicit-any */
async function ask(who: Person, query: string, variables: object): Promise<any> {
  const reply = await who.graphql(query, variables as Record<string, unknown>);
  expect(reply.errors).toBeUndefined();
  return Object.values(reply.data as object)[0];
}

interface Wish {
  rrule?: string;
  attendees?: object[];
  [field: string]: unknown;
}

const weekly = ({ rrule = "FREQ=WEEKLY;COUNT=6", ...more }: Wish = {}): object => ({
  subject: "Pipeline",
  startTime: `${monday()}T09:00:00Z`,
  endTime: `${monday()}T10:00:00Z`,
  timezone: "UTC",
  recurrence: { rrule },
  ...more,
});

interface Row {
  id: string;
  subject: string;
  startTime: string;
  endTime: string;
  recurrenceId: string;
  seriesId: string;
  overrides: string[];
  lastModifiedAt: string;
  attendees: { userId: string | null; emailAddress: string | null; status: string }[];
}

async function rows(who: Person, seriesId: string, filter = ""): Promise<Row[]> {
  const query = `query ($id: ID!) { series(id: $id) { occurrences(first: 1000${filter}) { edges { node {
    id subject startTime endTime recurrenceId seriesId overrides lastModifiedAt attendees { userId emailAddress status } } } } } }`;
  const found = await ask(who, query, { id: seriesId });
  return found.occurrences.edges.map(({ node }: { node: Row }) => node);
}

const make = async (wish: Wish = {}): Promise<any> => ask(ada, CREATE, { input: weekly(wish) });

test("a series is its occurrences: ordinary events in every list and feed", async () => {
  const since = new Date(Date.now() - 1000).toISOString();
  const made = await make({ attendees: [{ userId: ben.id }] });
  expect(made).toMatchObject({
    created: 6,
    series: {
      recurrence: { rrule: "FREQ=WEEKLY;COUNT=6", rdates: [], exdates: [] },
      expandedUntil: null,
      timezone: "UTC",
    },
    event: {
      subject: "Pipeline",
      recurrenceId: `${monday()}T09:00:00`,
      seriesId: made.series.id,
      overrides: [],
    },
  });
  const found = await rows(ben, made.series.id);
  expect(found.map(({ startTime }) => startTime)).toEqual(
    [0, 7, 14, 21, 28, 35].map((days) => `${dayAfter(monday(), days)}T09:00:00.000Z`),
  );
  const feed = await ben.rest("GET", `/events?since=${since}`);
  const ours = feed.body.records.filter(({ seriesId }: Row) => seriesId === made.series.id);
  expect(ours.map(({ recurrenceId }: Row) => recurrenceId)).toEqual(
    found.map(({ recurrenceId }) => recurrenceId),
  );
});

test("REST makes the same series, and shows it in Aurinko's words", async () => {
  const body = {
    ...weekly(),
    recurrence: {
      ical: {
        rules: ["RRULE:FREQ=WEEKLY;COUNT=4", `EXDATE:${dayAfter(monday(), 7).replaceAll("-", "")}T090000Z`],
      },
    },
  };
  const made = await ada.rest("POST", "/series", body);
  expect(made.status).toBe(201);
  expect(made.headers.get("Location")).toBe(`/api/v1/series/${made.body.id}`);
  const at = (days: number): object => ({
    dateTime: `${dayAfter(monday(), days)}T09:00:00`,
    timezone: "UTC",
  });
  expect(made.body).toMatchObject({
    recurrence: {
      ical: {
        rules: [
          "RRULE:FREQ=WEEKLY;COUNT=4",
          `EXDATE;TZID=UTC:${dayAfter(monday(), 7).replaceAll("-", "")}T090000`,
        ],
        recurrenceStart: at(0),
      },
    },
    modifiedOccurrences: [],
    deletedOccurrences: [{ masterId: made.body.id, type: "deleted", originalStart: at(7) }],
    expandedUntil: null,
    subject: "Pipeline",
  });
  const again = await ada.rest("GET", `/series/${made.body.id}`);
  expect([again.status, again.body, again.headers.get("ETag")]).toEqual([
    200,
    made.body,
    made.headers.get("ETag"),
  ]);
  const fresh = await ada.rest("GET", `/series/${made.body.id}`, undefined, {
    "If-None-Match": String(made.headers.get("ETag")),
  });
  expect(fresh.status).toBe(304);
  const [first] = await rows(ada, made.body.id);
  await ada.rest("PATCH", `/events/${first?.id}`, {
    startTime: `${monday()}T11:00:00Z`,
    endTime: `${monday()}T12:00:00Z`,
  });
  const changed = await ada.rest("GET", `/series/${made.body.id}`, undefined, {
    "If-None-Match": String(made.headers.get("ETag")),
  });
  expect(changed.body.modifiedOccurrences).toEqual([
    {
      id: first?.id,
      masterId: made.body.id,
      type: "modified",
      originalStart: at(0),
      start: { dateTime: `${monday()}T11:00:00`, timezone: "UTC" },
    },
  ]);
});

test("what an occurrence has for itself is passed over by a later change, field by field, unless it is overwritten", async () => {
  const made = await make();
  const [first, second] = await rows(ada, made.series.id);
  await ada.rest("PATCH", `/events/${second?.id}`, { subject: "Own" });
  await world.sql.query("update event set location = 'Own room' where id = $1", [second?.id]);
  const all = await ask(ada, UPDATE, {
    id: first?.id,
    scope: "ALL",
    input: { subject: "Team", location: "Room" },
  });
  expect(all).toMatchObject({
    changed: 5,
    created: 0,
    deleted: 0,
    detached: 0,
    event: { subject: "Team", overrides: [] },
  });
  const after = await rows(ada, made.series.id);
  expect(after.map(({ subject, overrides }) => [subject, overrides])).toEqual([
    ["Team", []],
    ["Own", ["location", "subject"]],
    ...Array<unknown>(4).fill(["Team", []]),
  ]);
  const again = await ask(ada, UPDATE, {
    id: first?.id,
    scope: "ALL",
    input: { subject: "Team", location: "Room" },
  });
  expect(again.changed).toBe(0);
  expect(await rows(ada, made.series.id)).toEqual(after);
  await ask(ada, UPDATE, { id: first?.id, scope: "ALL", input: { subject: "Team" }, all: true });
  const overwritten = await rows(ada, made.series.id);
  expect(overwritten.map(({ subject }) => subject)).toEqual(Array(6).fill("Team"));
  expect(overwritten[1]?.overrides).toEqual(["location"]);
  expect((await rows(ada, made.series.id, ", overridden: true")).map(({ id }) => id)).toEqual([second?.id]);
});

test("who comes or goes does so in every occurrence, and nobody's answer is lost", async () => {
  const made = await make({ attendees: [{ userId: ben.id }, { emailAddress: "out@side.test" }] });
  const [first, second] = await rows(ada, made.series.id);
  await ben.rest("PATCH", `/events/${second?.id}`, { attendees: [{ userId: ben.id, status: "Tentative" }] });
  await ask(ben, RESPOND, { id: first?.id, scope: "ALL", status: "accepted" });
  await ben.graphql(`mutation { respondToEvent(id: ${second?.id}, status: "declined") { id } }`);
  await ask(ada, UPDATE, {
    id: first?.id,
    scope: "ALL",
    input: { attendees: [{ userId: ben.id }, { userId: cleo.id }] },
  });
  const after = await rows(ada, made.series.id);
  expect(after.map(({ attendees }) => attendees.map(({ userId, status }) => [userId, status]))).toEqual(
    [0, 1, 2, 3, 4, 5].map((index) => [
      [ben.id, index === 1 ? "Declined" : "Accepted"],
      [cleo.id, "NoResponse"],
    ]),
  );
});

test("another time for all moves every occurrence that has no time of its own, and keeps ids", async () => {
  const made = await make();
  const before = await rows(ada, made.series.id);
  await ada.rest("PATCH", `/events/${before[2]?.id}`, {
    startTime: `${dayAfter(monday(), 15)}T09:00:00Z`,
    endTime: `${dayAfter(monday(), 15)}T10:00:00Z`,
  });
  const moved = await ask(ada, UPDATE, {
    id: before[1]?.id,
    scope: "ALL",
    input: { startTime: `${dayAfter(monday(), 8)}T13:00:00Z`, endTime: `${dayAfter(monday(), 8)}T14:30:00Z` },
  });
  expect(moved).toMatchObject({ changed: 6, created: 0, deleted: 0, detached: 0 });
  const after = await rows(ada, made.series.id);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(after.map(({ startTime, recurrenceId }) => [startTime.slice(0, 16), recurrenceId])).toEqual(
    [0, 7, 14, 21, 28, 35].map((days, index) => [
      index === 2 ? `${dayAfter(monday(), 15)}T09:00` : `${dayAfter(monday(), days + 1)}T13:00`,
      `${dayAfter(monday(), days + 1)}T13:00:00`,
    ]),
  );
});

test("FOLLOWING splits the series, every occurrence keeps its id, and again it leaves no trace", async () => {
  const made = await make({ rrule: "FREQ=WEEKLY;BYDAY=MO" });
  const before = await rows(ada, made.series.id);
  const third = before[2] as Row;
  const nothing = await ask(ada, UPDATE, {
    id: third.id,
    scope: "FOLLOWING",
    input: { subject: "Pipeline" },
  });
  expect([nothing.changed, nothing.series.id]).toEqual([0, made.series.id]);
  const input = {
    startTime: `${dayAfter(monday(), 14)}T08:00:00Z`,
    endTime: `${dayAfter(monday(), 14)}T08:30:00Z`,
    location: "Hall",
  };
  const split = await ask(ada, UPDATE, { id: third.id, scope: "FOLLOWING", input });
  expect(split.series).toMatchObject({
    previous: { id: made.series.id },
    recurrence: { rrule: "FREQ=WEEKLY;BYDAY=MO" },
  });
  expect(split.event).toMatchObject({
    id: third.id,
    seriesId: split.series.id,
    recurrenceId: `${dayAfter(monday(), 14)}T08:00:00`,
  });
  const [old, following] = [await rows(ada, made.series.id), await rows(ada, split.series.id)];
  expect(old.map(({ id }) => id)).toEqual(before.slice(0, 2).map(({ id }) => id));
  expect(following.map(({ id }) => id)).toEqual(before.slice(2).map(({ id }) => id));
  expect(following.every(({ startTime }) => startTime.endsWith("T08:00:00.000Z"))).toBe(true);
  const again = await ask(ada, UPDATE, { id: third.id, scope: "FOLLOWING", input });
  expect([again.changed, again.series.id]).toEqual([0, split.series.id]);
  expect(await rows(ada, split.series.id)).toEqual(following);
  const rest = await ada.rest("PATCH", `/events/${third.id}?scope=following`, { location: "Hall 2" });
  expect([rest.status, rest.body.location, rest.body.seriesId]).toEqual([200, "Hall 2", split.series.id]);
});

test("another rule keeps what stays on its date, makes what is new, deletes what has no date, and lets go what was changed", async () => {
  const made = await make({ rrule: "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6" });
  const before = await rows(ada, made.series.id);
  await ada.rest("PATCH", `/events/${before[1]?.id}`, { subject: "Mine" });
  const changed = await ask(ada, UPDATE, {
    id: before[0]?.id,
    scope: "ALL",
    input: { recurrence: { rrule: "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=6" } },
  });
  expect(changed).toMatchObject({ created: 3, deleted: 2, detached: 1, changed: 0 });
  const after = await rows(ada, made.series.id);
  expect(after.map(({ recurrenceId }) => recurrenceId.slice(0, 10))).toEqual(
    [0, 4, 7, 11, 14, 18].map((days) => dayAfter(monday(), days)),
  );
  expect(after.filter((_, index) => index % 2 === 0).map(({ id }) => id)).toEqual(
    before.filter((_, index) => index % 2 === 0).map(({ id }) => id),
  );
  const single = await ada.rest("GET", `/events/${before[1]?.id}`);
  expect(single.body).toMatchObject({ subject: "Mine", seriesId: null, recurrenceId: null });
  expect((await ada.rest("GET", `/events/${before[3]?.id}`)).status).toBe(404);
});

test("a deleted occurrence never comes back, whoever deletes it and whatever the series becomes", async () => {
  const made = await make({ rrule: "FREQ=WEEKLY;COUNT=8" });
  const before = await rows(ada, made.series.id);
  expect((await ada.rest("DELETE", `/events/${before[1]?.id}`)).status).toBe(204);
  await ask(ada, DELETE, { id: before[2]?.id, scope: "THIS" });
  await world.sql.query("delete from event where id = $1", [before[3]?.id]);
  await ask(ada, UPDATE, {
    id: before[0]?.id,
    scope: "ALL",
    input: { startTime: `${monday()}T10:00:00Z`, endTime: `${monday()}T11:00:00Z` },
  });
  await ask(ada, UPDATE, {
    id: before[0]?.id,
    scope: "ALL",
    input: { recurrence: { rrule: "FREQ=WEEKLY;COUNT=9", exdates: [] } },
  });
  const after = await rows(ada, made.series.id);
  expect(after.map(({ recurrenceId }) => recurrenceId)).toEqual(
    [0, 28, 35, 42, 49, 56].map((days) => `${dayAfter(monday(), days)}T10:00:00`),
  );
});

test("deleting from an occurrence on, and all of it, deletes what is not over", async () => {
  const made = await make();
  const before = await rows(ada, made.series.id);
  const following = await ask(ada, DELETE, { id: before[3]?.id, scope: "FOLLOWING" });
  expect(following).toMatchObject({
    deleted: 3,
    event: null,
    series: { id: made.series.id, recurrence: { rrule: "FREQ=WEEKLY;COUNT=3" } },
  });
  expect((await ask(ada, DELETE, { id: before[3]?.id, scope: "FOLLOWING" })).deleted).toBe(0);
  expect((await ada.rest("DELETE", `/events/${before[0]?.id}?scope=all`)).status).toBe(204);
  expect((await ada.rest("DELETE", `/events/${before[0]?.id}?scope=all`)).status).toBe(204);
  expect((await ada.rest("GET", `/series/${made.series.id}`)).status).toBe(404);
  const gone = await ada.rest("GET", `/events?since=2020-01-01T00:00:00Z&showDeleted=true`);
  const ids = new Set(before.map(({ id }) => id));
  expect(
    gone.body.records.filter(({ id, deleted }: { id: string; deleted: boolean }) => ids.has(id) && deleted),
  ).toHaveLength(6);
});

test("an attendee has no say in a series, answers it with any scope, and leaves it for good", async () => {
  const made = await make({ rrule: "FREQ=DAILY", attendees: [{ userId: ben.id }] });
  const before = await rows(ada, made.series.id);
  const refused = await ben.graphql(UPDATE, { id: before[0]?.id, scope: "ALL", input: { subject: "x" } });
  expect(refused.errors?.[0]?.extensions.code).toBe("forbidden");
  for (const scope of ["following", "all"])
    expect(
      (await ben.rest("PATCH", `/events/${before[0]?.id}?scope=${scope}`, { subject: "x" })).status,
    ).toBe(403);
  const left = await ask(ben, DELETE, { id: before[2]?.id, scope: "FOLLOWING" });
  expect(left).toMatchObject({ deleted: 0, changed: before.length - 2 });
  const held = await ben.rest("GET", "/events");
  expect(held.body.records.filter(({ seriesId }: Row) => seriesId === made.series.id)).toHaveLength(2);
});

test.each(
  [
    [{ rrule: "FREQ=HOURLY" }, "recurrence.rrule"],
    [{ rrule: "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30" }, "recurrence.rrule"],
    [{ rrule: "FREQ=DAILY;COUNT=1001" }, "recurrence.rrule"],
    [{ rrule: "FREQ=DAILY;UNTIL=20200101" }, "recurrence.rrule"],
    [{ rrule: "FREQ=DAILY", exdates: ["2026-01-01T07:00:00"] }, "recurrence.exdates[0]"],
    [{ rrule: "FREQ=DAILY", exdates: Array(2001).fill("2030-01-01T09:00:00") }, "recurrence.exdates"],
    [{ rrule: "FREQ=DAILY", rdates: Array(501).fill("2030-01-01T09:00:00") }, "recurrence.rdates"],
    [{ rdates: [] }, "recurrence.rrule"],
  ].map(([recurrence, field]) => [JSON.stringify(recurrence).slice(0, 60), recurrence, field] as const),
)("%s is refused at both doors by the name of its part", async (_name, recurrence, field) => {
  const input = { ...weekly(), recurrence };
  const rest = await ada.rest("POST", "/series", input);
  expect([rest.status, rest.body.code, rest.body.details[0].field]).toEqual([400, "bad_request", field]);
  const graphql = await ada.graphql(CREATE, { input });
  expect(graphql.errors?.[0]?.extensions).toMatchObject({ code: "bad_request", details: [{ field }] });
});

test("a scope other than this is refused on an event of no series", async () => {
  const event = await ada.rest("POST", "/events", {
    startTime: `${monday()}T09:00:00Z`,
    endTime: `${monday()}T10:00:00Z`,
  });
  for (const scope of ["following", "all"]) {
    for (const method of ["PATCH", "DELETE"]) {
      const reply = await ada.rest(
        method,
        `/events/${event.body.id}?scope=${scope}`,
        method === "PATCH" ? {} : undefined,
      );
      expect([reply.status, reply.body.details[0].field]).toEqual([400, "scope"]);
    }
  }
  expect((await ada.rest("PATCH", `/events/${event.body.id}?scope=some`, {})).status).toBe(400);
  expect((await ada.rest("PATCH", `/events/${event.body.id}?scope=this`, { subject: "x" })).status).toBe(200);
});

test("a PUT takes no scope wider than this, and writes nothing under one", async () => {
  const { body: series } = await ada.rest("POST", "/series", weekly());
  const [first] = await rows(ada, series.id);
  for (const scope of ["following", "all"]) {
    const reply = await ada.rest("PUT", `/events/${first?.id}?scope=${scope}`, { subject: "Replaced" });
    expect([reply.status, reply.body.details]).toEqual([
      400,
      [{ field: "scope", message: "scope must be this." }],
    ]);
  }
  expect((await rows(ada, series.id)).map(({ subject }) => subject)).not.toContain("Replaced");
});

describe("both doors", () => {
  const shown = async (seriesId: string): Promise<unknown[]> =>
    (await rows(ada, seriesId)).map(
      ({ subject, startTime, endTime, recurrenceId, overrides, attendees }) => ({
        ...{ subject, startTime, endTime, recurrenceId, overrides },
        attendees: attendees.map(({ userId, status }) => [userId, status]),
      }),
    );

  const INPUTS: [string, object][] = [
    [
      "words",
      { subject: "Same", location: "Room", showAs: "free", type: "Pipeline", properties: { stage: 3 } },
    ],
    [
      "a time",
      { startTime: `${dayAfter(monday(), 7)}T12:00:00Z`, endTime: `${dayAfter(monday(), 7)}T12:30:00Z` },
    ],
    [
      "another day",
      { startTime: `${dayAfter(monday(), 9)}T12:00:00Z`, endTime: `${dayAfter(monday(), 9)}T12:30:00Z` },
    ],
    ["people", { attendees: [] }],
    ["all of the day", { allDay: true, startTime: dayAfter(monday(), 7), endTime: null }],
    ["a rule", { recurrence: { rrule: "FREQ=WEEKLY;INTERVAL=2;COUNT=4" } }],
    ["a zone", { timezone: "America/New_York" }],
  ];

  test.each(
    INPUTS.flatMap(([name, input]) => ["following", "all"].map((scope) => [name, scope, input] as const)),
  )("%s changed for %s comes to the same", async (_name, scope, input) => {
    const made = [
      await make({ attendees: [{ userId: ben.id }] }),
      await make({ attendees: [{ userId: ben.id }] }),
    ];
    const outcomes: unknown[] = [];
    for (const [index, { series }] of made.entries()) {
      const second = (await rows(ada, series.id))[1] as Row;
      if (index === 0) {
        const reply = await ada.rest("PATCH", `/events/${second.id}?scope=${scope}`, input);
        expect(reply.status).toBe(200);
      } else await ask(ada, UPDATE, { id: second.id, scope: scope.toUpperCase(), input });
      const after = await world.sql.query<{ id: string }>(
        "select id::text from series where id = $1 or previous_id = $1 order by id",
        [series.id],
      );
      outcomes.push(await Promise.all(after.rows.map(({ id }) => shown(id))));
    }
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  test("a zone alone moves no instant", async () => {
    const made = await make();
    const before = await rows(ada, made.series.id);
    await ask(ada, UPDATE, { id: before[0]?.id, scope: "ALL", input: { timezone: "America/New_York" } });
    const after = await rows(ada, made.series.id);
    expect(after.map(({ id, startTime }) => [id, startTime])).toEqual(
      before.map(({ id, startTime }) => [id, startTime]),
    );
    expect(after.every(({ overrides }) => overrides.length === 0)).toBe(true);
  });

  test("a key makes one series, whichever door repeats it, and other content under it is refused", async () => {
    const input = weekly();
    const first = await ask(ada, CREATE, { input, key: "weekly-1" });
    const again = await ada.rest("POST", "/series", input, { "Idempotency-Key": "weekly-1" });
    expect([again.status, again.headers.get("Idempotency-Replayed"), again.body.id]).toEqual([
      201,
      "true",
      first.series.id,
    ]);
    const other = await ada.rest(
      "POST",
      "/series",
      { ...input, subject: "Other" },
      { "Idempotency-Key": "weekly-1" },
    );
    expect([other.status, other.body.code]).toEqual([422, "idempotency.mismatch"]);
    const event = await ada.rest("POST", "/events", input, { "Idempotency-Key": "weekly-1" });
    expect(event.status).toBe(422);
  });

  test("series=overridden leaves out what says what its series says, in lists and feeds", async () => {
    const made = await make();
    const [first, second] = await rows(ada, made.series.id);
    await ada.rest("PATCH", `/events/${second?.id}`, { subject: "Own" });
    const single = await ada.rest("POST", "/events", {
      startTime: first?.startTime,
      endTime: first?.endTime,
    });
    const ids = async (query: string): Promise<string[]> =>
      (await ada.rest("GET", `/events?${query}&series=overridden`)).body.records
        .filter(({ id, seriesId }: Row) => seriesId === made.series.id || id === single.body.id)
        .map(({ id }: Row) => id);
    expect((await ids(`startAt=${monday()}T00:00:00Z`)).sort()).toEqual([second?.id, single.body.id].sort());
    expect((await ids("since=2020-01-01T00:00:00Z")).sort()).toEqual([second?.id, single.body.id].sort());
    expect((await ada.rest("GET", "/events?series=all")).status).toBe(400);
  });
});
