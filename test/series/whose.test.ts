// Whose a series is: its owner's, its organiser's, or nobody's in the organisation; what guests answer; and what hangs under it.
import { extendSeries } from "../../src/series/extend";
import { createLog } from "../../src/telemetry/log";
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;
let root: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co", timezone: "Asia/Tokyo" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
  cleo = await world.person({ name: "Cleo", email: "cleo@x.co" });
  root = await world.person({ name: "Root", role: "admin", timezone: "America/New_York" });
});
afterEach(() => setClock("0"));
afterAll(() => world.close());

const setClock = async (later: string): Promise<void> => {
  await world.sql.query(`
    create or replace function tidemark_now() returns timestamptz language sql volatile
    as $$ select clock_timestamp() + interval '${later}' $$`);
};

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */
async function ask(who: Person, query: string): Promise<any> {
  const reply = await who.graphql(query);
  expect(reply.errors).toBeUndefined();
  return Object.values(reply.data as object)[0];
}

/** The same days all along: a test that begins before midnight may end after it. */
const BEGAN = Date.now();
const day = (days: number): string => new Date(BEGAN + days * 86_400_000).toISOString().slice(0, 10);

interface Made {
  id: string;
  events: string[];
}

async function make(who: Person, more: object = {}, rrule = "FREQ=WEEKLY;COUNT=4"): Promise<Made> {
  const body = {
    ...{ subject: "Pipeline", startTime: `${day(3)}T09:00:00Z`, endTime: `${day(3)}T10:00:00Z` },
    ...{ recurrence: { rrule }, ...more },
  };
  const made = await who.rest("POST", "/series", body);
  expect([made.status, made.body.details]).toEqual([201, undefined]);
  return { id: made.body.id, events: (await stored(made.body.id)).map(({ id }) => id) };
}

interface Stored {
  id: string;
  owner: string;
  people: [string | null, string][];
  says: Record<string, unknown>;
}
const stored = async (seriesId: string): Promise<Stored[]> =>
  (
    await world.sql.query<Stored>(
      `select e.id::text, e.owner_id::text as owner, to_jsonb(e) as says,
         array(select array[a ->> 'userId', a ->> 'status'] from jsonb_array_elements(e.attendees) a) as people
       from event e where e.series_id = $1 order by e.recurrence_id`,
      [seriesId],
    )
  ).rows;

test("timezone: null is the zone of the series' owner, whoever says it, and moves no instant", async () => {
  const made = await make(ada, { timezone: "UTC" });
  const before = await ada.rest("GET", `/events/${made.events[0]}`);
  const after = await ask(
    root,
    `mutation { updateSeries(eventId: ${made.events[0]}, scope: ALL, input: {timezone: null}) { series { timezone } event { timezone startTime } } }`,
  );
  expect(after).toEqual({
    series: { timezone: "Asia/Tokyo" },
    event: { timezone: "Asia/Tokyo", startTime: before.body.startTime },
  });
});

test("an organiser inside the organisation has the series from their first write of it on, and its maker stays on the list", async () => {
  const made = await make(
    ada,
    { organizerEmail: "ben@x.co", attendees: [{ userId: cleo.id }] },
    "FREQ=WEEKLY",
  );
  const reply = await ben.rest("PATCH", `/events/${made.events[1]}?scope=all`, { subject: "Ben's" });
  // It is in no calendar of theirs yet: there it is nothing that they could name.
  expect(reply.status).toBe(404);
  const claimed = await ask(
    ben,
    `mutation { updateSeries(eventId: ${made.events[1]}, scope: ALL, input: {subject: "Ben's"}) { changed series { owner { id } } } }`,
  );
  expect(claimed).toEqual({ changed: made.events.length, series: { owner: { id: ben.id } } });
  await setClock("8 months");
  await extendSeries(world.db, createLog("silent"));
  const all = await stored(made.id);
  expect(all.length).toBeGreaterThan(made.events.length);
  for (const { owner, people, says } of all) {
    expect([owner, says.subject, says.organizer_email, says.overrides]).toEqual([
      ben.id,
      "Ben's",
      "ben@x.co",
      [],
    ]);
    expect(people).toEqual([
      [cleo.id, "NoResponse"],
      [ada.id, "Accepted"],
    ]);
  }
});

test("what its owner only keeps goes to the next who takes part, with every scope, and is deleted with the last", async () => {
  const kept = { organizerEmail: "boss@client.test", attendees: [{ userId: ben.id }] };
  const made = await make(ada, kept, "FREQ=WEEKLY");
  const left = await ask(
    ada,
    `mutation { deleteSeries(eventId: ${made.events[0]}, scope: ALL) { changed deleted series { owner { id } } } }`,
  );
  expect(left).toEqual({ changed: made.events.length, deleted: 0, series: { owner: { id: ben.id } } });
  expect((await ada.rest("GET", `/events/${made.events[0]}`)).status).toBe(404);
  await setClock("8 months");
  await extendSeries(world.db, createLog("silent"));
  const all = await stored(made.id);
  expect(all.length).toBeGreaterThan(made.events.length);
  for (const { owner, people, says } of all) {
    expect([owner, says.organizer_email]).toEqual([ben.id, "boss@client.test"]);
    expect(people).toEqual([
      [ben.id, "NoResponse"],
      [ada.id, "Declined"],
    ]);
    expect(says.left_user_ids).toEqual([Number(ada.id)]);
  }
  await setClock("0");
  const last = await ask(
    ben,
    `mutation { deleteSeries(eventId: ${made.events[0]}, scope: ALL) { changed deleted series { id } } }`,
  );
  expect(last).toEqual({ changed: 0, deleted: all.length, series: null });
});

test("whoever has left a series comes back by an answer to it; single occurrences that they have left stay so", async () => {
  const made = await make(ada, { attendees: [{ userId: ben.id }] });
  const [first, second] = made.events;
  const held = async (): Promise<string[]> =>
    (await ben.rest("GET", "/events")).body.records
      .filter(({ seriesId }: any) => seriesId === made.id)
      .map(({ id }: any) => id);
  await ben.rest("DELETE", `/events/${second}`);
  await ask(
    ben,
    `mutation { respondToSeries(eventId: ${first}, scope: ALL, status: "tentative") { changed } }`,
  );
  expect(await held()).toEqual(made.events.filter((id) => id !== second));
  expect((await ben.rest("DELETE", `/events/${first}?scope=all`)).status).toBe(204);
  expect(await held()).toEqual([]);
  const back = await ask(
    ben,
    `mutation { respondToSeries(eventId: ${first}, scope: ALL, status: "accepted") { changed } }`,
  );
  expect(back.changed).toBe(4);
  expect(await held()).toEqual(made.events);
  const undone = await ben.graphql(
    `mutation { respondToSeries(eventId: ${first}, scope: ALL, status: "none") { changed } }`,
  );
  expect(undone.errors?.[0]?.extensions.code).toBe("forbidden");
  const stranger = await cleo.graphql(
    `mutation { respondToSeries(eventId: ${first}, scope: ALL, status: "accepted") { changed } }`,
  );
  expect(stranger.errors?.[0]?.extensions.code).toBe("forbidden");
});

test("what an attendee has answered themselves stays theirs in every occurrence, those to come too", async () => {
  const made = await make(ada, { attendees: [{ userId: ben.id }] }, "FREQ=WEEKLY");
  await ask(
    ben,
    `mutation { respondToSeries(eventId: ${made.events[0]}, scope: ALL, status: "accepted") { changed } }`,
  );
  await ask(
    ada,
    `mutation { updateSeries(eventId: ${made.events[0]}, scope: ALL, input: {attendees: [{userId: ${ben.id}, status: "Declined"}, {userId: ${cleo.id}}]}) { changed } }`,
  );
  await setClock("8 months");
  await extendSeries(world.db, createLog("silent"));
  const all = await stored(made.id);
  expect(all.length).toBeGreaterThan(made.events.length);
  for (const { people, says } of all) {
    expect(people).toEqual([
      [ben.id, "Accepted"],
      [cleo.id, "NoResponse"],
    ]);
    expect(says.own_answers).toEqual({ [ben.id]: "Accepted" });
  }
});

test("what hangs under occurrences goes with those that another rule takes away, where it is the same owner's", async () => {
  const made = await make(ada, {}, "FREQ=DAILY;COUNT=4");
  const under = async (who: Person, parentId: string | undefined): Promise<string> =>
    (
      await who.rest("POST", "/events", {
        ...{ startTime: `${day(9)}T09:00:00Z`, endTime: `${day(9)}T10:00:00Z`, parentId },
      })
    ).body.id;
  await ada.rest("PATCH", `/events/${made.events[2]}`, { attendees: [{ userId: ben.id }] });
  const [gone, stays] = [await under(ada, made.events[1]), await under(ben, made.events[2])];
  const input = `{recurrence: {rrule: "FREQ=DAILY;INTERVAL=3;COUNT=2"}}`;
  const changed = await ask(
    ada,
    `mutation { updateSeries(eventId: ${made.events[0]}, scope: ALL, input: ${input}) { deleted detached } }`,
  );
  expect(changed).toEqual({ deleted: 1, detached: 1 });
  expect((await ada.rest("GET", `/events/${gone}?showDeleted=true`)).body).toMatchObject({
    reason: "deleted",
  });
  expect((await ben.rest("GET", `/events/${stays}`)).body.parentId).toBe(Number(made.events[2]));
});

test("every word of a meeting is a series' too: those that come later have it, and a change says it to all", async () => {
  const said = {
    ...{ showAs: "free", status: "tentative", type: "Pipeline", conferenceUrl: "https://meet.test/x" },
    ...{ guestsCanEdit: true, properties: { stage: 3, tone: "warm" }, private: true, location: "Room" },
  };
  const made = await make(ada, said, "FREQ=WEEKLY");
  const patch = { showAs: "oof", type: null, properties: { stage: 4, tone: null }, guestsCanEdit: false };
  const changed = await ada.rest("PATCH", `/events/${made.events[0]}?scope=all`, patch);
  expect(changed.status).toBe(200);
  await setClock("8 months");
  await extendSeries(world.db, createLog("silent"));
  const all = await stored(made.id);
  expect(all.length).toBeGreaterThan(made.events.length);
  for (const { says } of all)
    expect(says).toMatchObject({
      ...{ show_as: "outOfOffice", status: "tentative", type: null, conference_url: "https://meet.test/x" },
      ...{ guests_can_edit: false, properties: { stage: 4 }, private: true, location: "Room", overrides: [] },
    });
  const shown = await ada.rest("GET", `/series/${made.id}`);
  expect(shown.body).toMatchObject({ showAs: "outOfOffice", type: null, properties: { stage: 4 } });
});

test("an occurrence that has become somebody else's meeting is theirs: a change or a delete of the series leaves it", async () => {
  const made = await make(ada, {});
  await ask(ada, `mutation { transferEvent(id: ${made.events[1]}, to: ${ben.id}) { id } }`);
  const moved = await ask(
    ada,
    `mutation { updateSeries(eventId: ${made.events[0]}, scope: ALL, input: {subject: "Ada's"}) { changed } }`,
  );
  expect(moved.changed).toBe(4);
  expect((await ben.rest("GET", `/events/${made.events[1]}`)).body.subject).toBe("Pipeline");
  const gone = await ask(
    ada,
    `mutation { deleteSeries(eventId: ${made.events[0]}, scope: ALL) { deleted detached series { id } } }`,
  );
  expect(gone).toEqual({ deleted: 3, detached: 1, series: null });
  expect((await ben.rest("GET", `/events/${made.events[1]}`)).body).toMatchObject({ seriesId: null });
});
