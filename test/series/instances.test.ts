// Instances of a series as mailboxes send them: each under the UID of the series, with a start of its own. They are occurrences
// that are there already, and nobody has a meeting twice.
import { openWorld, type Person, type RestReply, type World } from "../support/world";

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

/** The same days all along: a test that begins before midnight may end after it. */
const BEGAN = Date.now();
const day = (days: number): string => new Date(BEGAN + days * 86_400_000).toISOString().slice(0, 10);
const at = (days: number, hour = "09"): { startTime: string; endTime: string } => ({
  startTime: `${day(days)}T${hour}:00:00Z`,
  endTime: `${day(days)}T${hour}:30:00Z`,
});

let uids = 0;

/** Ada's series of four weeks with Ben; its UID, and the ids of its occurrences. */
async function made(more: object = {}): Promise<{ uid: string; ids: string[] }> {
  const uid = `series-${++uids}@mailbox.test`;
  const { status, body } = await ada.rest("POST", "/series", {
    ...{ subject: "Pipeline", ...at(7), timezone: "UTC", iCalUid: uid, attendees: [{ userId: ben.id }] },
    ...{ recurrence: { rrule: "FREQ=WEEKLY;COUNT=4" }, ...more },
  });
  expect(status).toBe(201);
  return { uid, ids: (await rows(body.id)).map(({ id }) => id) };
}

const rows = async (seriesId: string): Promise<{ id: string }[]> =>
  (
    await world.sql.query<{ id: string }>(
      "select id::text from event where series_id = $1 order by recurrence_id",
      [seriesId],
    )
  ).rows;

const match = (who: Person, body: object): Promise<RestReply> =>
  who.rest("POST", "/events?matchICalUid=true", body);

const found = ({ status, body }: RestReply): unknown => [status, body.id];

test("an instance that a mailbox sends under the UID of its series is the occurrence that starts then, and keeps its UID", async () => {
  const { uid, ids } = await made();
  const before = await ada.rest("GET", `/events/${ids[1]}`);
  const same = await match(ada, { subject: "Pipeline", iCalUid: uid, ...at(14) });
  expect([same.status, same.body]).toEqual([200, before.body]);
  const said = await match(ada, { subject: "Q3", iCalUid: uid, ...at(14) });
  expect(found(said)).toEqual([200, ids[1]]);
  expect(said.body).toMatchObject({ subject: "Q3", iCalUid: before.body.iCalUid });
  const { data } = await ben.graphql(
    "mutation ($input: EventInput!) { createEvent(input: $input, matchICalUid: true, handling: LENIENT) { id overrides attendees { status } } }",
    { input: { iCalUid: uid, ...at(21), attendees: [{ userId: ben.id, status: "Accepted" }] } },
  );
  expect(data.createEvent).toEqual({ id: ids[2], overrides: [], attendees: [{ status: "Accepted" }] });
});

test("an instance is found where it has moved to, and under the time that it had before; what starts then comes first", async () => {
  const { uid, ids } = await made();
  await ada.rest("PATCH", `/events/${ids[1]}`, at(15));
  expect(found(await match(ada, { iCalUid: uid, ...at(15) }))).toEqual([200, ids[1]]);
  // A mailbox that has not heard of it yet, or wants it back.
  const back = await match(ada, { iCalUid: uid, ...at(14) });
  expect([found(back), back.body.startTime]).toEqual([[200, ids[1]], at(14).startTime.replace("Z", ".000Z")]);
  await ada.rest("PATCH", `/events/${ids[0]}`, at(21));
  await ada.rest("PATCH", `/events/${ids[2]}`, at(22));
  expect(found(await match(ada, { iCalUid: uid, ...at(21) }))).toEqual([200, ids[0]]);
});

test("an instance of a series of whole days, and of one that was split, is found too", async () => {
  const days = { allDay: true, startTime: day(7), endTime: day(8) };
  const whole = await made(days);
  await ada.rest("PATCH", `/events/${whole.ids[1]}`, { startTime: day(15), endTime: day(16) });
  for (const start of [15, 14]) {
    const instance = { iCalUid: whole.uid, allDay: true, startTime: day(start), endTime: day(start + 1) };
    expect(found(await match(ada, instance))).toEqual([200, whole.ids[1]]);
  }
  const { uid, ids } = await made();
  await ada.rest("PATCH", `/events/${ids[2]}?scope=following`, at(21, "11"));
  expect(found(await match(ada, { iCalUid: uid, ...at(28, "11") }))).toEqual([200, ids[3]]);
  expect(found(await match(ada, { iCalUid: uid, ...at(7) }))).toEqual([200, ids[0]]);
});

test("who has no part in it, another time, and what was deleted or cancelled make an event of their own", async () => {
  const { uid, ids } = await made();
  const elsewhere = await world.person({ organisationId: await world.organisation() });
  for (const who of [cleo, elsewhere]) {
    const own = await match(who, { iCalUid: uid, ...at(14) });
    expect([own.status, own.body.ownerId, own.body.iCalUid]).toEqual([201, who.id, uid]);
  }
  expect((await match(ada, { iCalUid: uid, ...at(14, "10") })).status).toBe(201);
  await ada.rest("DELETE", `/events/${ids[3]}`);
  const again = await match(ada, { iCalUid: uid, ...at(28) });
  expect([again.status, again.body.seriesId]).toEqual([201, null]);
  // From then on this event is the one that has the UID.
  expect(found(await match(ada, { iCalUid: uid, ...at(28) }))).toEqual([200, again.body.id]);
});

test("whoever has left an occurrence stays so when their mailbox sends it", async () => {
  const { uid, ids } = await made();
  await ben.rest("DELETE", `/events/${ids[1]}`);
  const answer = { attendees: [{ userId: ben.id, status: "Accepted" }] };
  const reply = await match(ben, { iCalUid: uid, ...at(14), ...answer });
  expect([reply.status, reply.body]).toMatchObject([200, { id: ids[1], deleted: true, reason: "left" }]);
});
