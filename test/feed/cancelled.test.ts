// A cancelled event is in nobody's calendar, and still there for whoever asks for the event itself. Made confirmed again it
// comes back under its id.
import { DOORS, graphql, type Door } from "../support/doors";
import { entryOf, expectSound, insertEvent, updateEvent } from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let root: Person;
let colleague: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
  root = await world.person({ name: "Root", role: "admin" });
  colleague = await world.person({ name: "Colleague" });
});
afterEach(() => expectSound(world.sql));
afterAll(() => world.close());

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

async function newEvent(more: object = {}): Promise<any> {
  const { status, body } = await ada.rest("POST", "/events", {
    ...TIMED,
    attendees: [{ userId: ben.id }],
    ...more,
  });
  expect([status, body.message]).toEqual([201, undefined]);
  return body;
}
const setStatus = async (id: string, status: string, who = ada): Promise<any> => {
  const { value, refusal } = await graphql.patch(who, id, { status });
  expect(refusal).toBeUndefined();
  return value;
};
const feedOf = async (who: Person, since: string): Promise<any[]> =>
  (await who.rest("GET", `/events?since=${since}&showDeleted=true`)).body.records;

describe.each(DOORS)("cancelled at $name", (door: Door) => {
  test("it goes from every calendar at one tick, as deleted, and every list and feed says so", async () => {
    const made = await newEvent();
    const { value } = await door.patch(ada, made.id, { status: "Canceled" });
    expect(value).toMatchObject({ id: made.id, status: "cancelled", deleted: false });
    const removed = {
      ...{ id: made.id, deleted: true, reason: "deleted" },
      ...{ deletedAt: value.lastModifiedAt, lastModifiedAt: value.lastModifiedAt },
    };
    for (const who of [ada, ben]) {
      expect(await feedOf(who, made.lastModifiedAt)).toEqual([removed]);
      expect((await who.rest("GET", `/events?since=${made.lastModifiedAt}`)).body.records).toEqual([]);
      expect((await who.rest("GET", `/deletedEvents?since=${made.lastModifiedAt}`)).body.records).toEqual([
        removed,
      ]);
      expect((await who.rest("GET", `/events/${made.id}`)).status).toBe(404);
      expect((await who.rest("GET", `/events/${made.id}?showDeleted=true`)).body).toEqual(removed);
      const { records } = (
        await who.rest("GET", "/events?startAt=2026-03-02T00:00:00Z&endAt=2026-03-03T00:00:00Z")
      ).body;
      expect(records.map(({ id }: any) => id)).not.toContain(made.id);
    }
  });

  test("it may be made so, and is known to the calendar as removed", async () => {
    const { value } = await door.create(ada, { ...TIMED, status: "cancelled" });
    expect(value).toMatchObject({ status: "cancelled", deleted: false });
    expect((await ada.rest("GET", `/events/${value.id}`)).status).toBe(404);
    expect((await ada.rest("GET", `/events/${value.id}?showDeleted=true`)).body).toMatchObject({
      ...{ id: value.id, deleted: true, reason: "deleted", lastModifiedAt: value.lastModifiedAt },
    });
  });

  test("a delete really deletes it, and its tombstones stay as they are", async () => {
    const { id, lastModifiedAt } = await newEvent();
    const cancelled = await setStatus(id, "cancelled");
    expect((await door.remove(ben, id)).value).toMatchObject({ reason: "deleted" });
    expect((await graphql.byId(ada, id)).value).toEqual(cancelled);
    const removed = (await door.remove(ada, id)).value;
    expect(removed.lastModifiedAt).toBe(cancelled.lastModifiedAt);
    expect((await door.remove(ada, id)).value).toEqual(removed);
    expect((await graphql.byId(ada, id)).refusal?.code).toBe("not_found");
    expect(await feedOf(ben, lastModifiedAt)).toEqual([removed]);
  });
});

test("whoever was in it reads it by id, in the organisation's lists and on timelines; so does a colleague", async () => {
  const contact = (await ada.rest("POST", "/contacts", { name: "C", email: "c@c.co" })).body;
  const { id } = await newEvent({ relatedTo: [{ type: "Contact", id: contact.id }] });
  const cancelled = await setStatus(id, "cancelled");
  for (const who of [ada, ben, colleague, root]) {
    expect((await graphql.byId(who, id)).value).toEqual(cancelled);
    const { data } = await who.graphql(
      `{ events(filter: { scope: ORGANISATION }, first: 1000) { edges { node { id status } } }
         record(type: Contact, id: ${contact.id}) { events { edges { node { id status } } } } }`,
    );
    const node = { node: { id, status: "cancelled" } };
    expect(data.events.edges).toContainEqual(node);
    expect(data.record.events.edges).toEqual([node]);
  }
  const timeline = (await ada.rest("GET", `/contacts/${contact.id}/events`)).body.records;
  expect(timeline).toEqual([cancelled]);
});

test("a private one is read whole by its owner and those invited, and masked by who left or is not in it", async () => {
  const leaver = await world.person({ name: "Leaver" });
  const { id } = await newEvent({ private: true, attendees: [{ userId: ben.id }, { userId: leaver.id }] });
  await leaver.rest("DELETE", `/events/${id}`);
  await setStatus(id, "cancelled");
  for (const who of [ada, ben, root])
    expect((await graphql.byId(who, id)).value).toMatchObject({ subject: "Kick-off", status: "cancelled" });
  for (const who of [leaver, colleague]) {
    expect((await graphql.byId(who, id)).value).toMatchObject({ subject: "Private", status: null });
    const { data } = await who.graphql(
      `{ events(filter: { scope: ORGANISATION, text: "kick" }) { edges { node { id } } } }`,
    );
    expect(data.events.edges.map(({ node }: any) => node.id)).not.toContain(id);
  }
});

test("made confirmed again it comes back with its id, answers and links, in every calendar", async () => {
  const made = await newEvent({ attendees: [{ userId: ben.id, status: "Accepted", type: "optional" }] });
  const cancelled = await setStatus(made.id, "cancelled");
  const back = await setStatus(made.id, "confirmed");
  expect(back).toEqual({ ...made, lastModifiedAt: back.lastModifiedAt });
  expect(back.lastModifiedAt > cancelled.lastModifiedAt).toBe(true);
  for (const who of [ada, ben]) {
    expect(await feedOf(who, cancelled.lastModifiedAt)).toEqual([back]);
    expect((await who.rest("GET", `/deletedEvents?since=${made.lastModifiedAt}`)).body.records).toEqual([]);
  }
});

test("what is changed of it while it is cancelled shows in no calendar until it comes back", async () => {
  const made = await newEvent();
  const cancelled = await setStatus(made.id, "cancelled");
  const { value } = await graphql.patch(ada, made.id, {
    subject: "Moved",
    attendees: [{ userId: colleague.id }, { userId: ben.id }],
  });
  expect(value.lastModifiedAt > cancelled.lastModifiedAt).toBe(true);
  for (const who of [ada, ben, colleague]) expect(await feedOf(who, cancelled.lastModifiedAt)).toEqual([]);
  const back = await setStatus(made.id, "tentative");
  for (const who of [ada, ben, colleague])
    expect(await feedOf(who, cancelled.lastModifiedAt)).toEqual([back]);
});

test("REST knows it as any removed one: it cannot be changed there", async () => {
  const { id } = await newEvent();
  const cancelled = await setStatus(id, "cancelled");
  for (const [method, body] of [
    ["PATCH", { subject: "x" }],
    ["PATCH", { status: "confirmed" }],
    ["PUT", TIMED],
  ] as const)
    expect((await ada.rest(method, `/events/${id}`, body)).status).toBe(404);
  expect((await graphql.byId(ada, id)).value).toEqual(cancelled);
});

test("an attendee's copy cancels it for nobody", async () => {
  const made = await newEvent();
  await ben.rest("PATCH", `/events/${made.id}`, { status: "cancelled" });
  expect((await graphql.byId(ada, made.id)).value).toEqual(made);
});

test("who had left before hears nothing of it, nor when it comes back", async () => {
  const { id } = await newEvent();
  await ben.rest("DELETE", `/events/${id}`);
  const left = (await ben.rest("GET", `/events/${id}?showDeleted=true`)).body;
  await setStatus(id, "cancelled");
  await setStatus(id, "confirmed");
  expect(await feedOf(ben, left.lastModifiedAt)).toEqual([]);
});

test("nothing new is hung under it, and what hangs there stays", async () => {
  const parent = await newEvent();
  const child = await newEvent({ parentId: Number(parent.id) });
  await setStatus(parent.id, "cancelled");
  const hung = { ...TIMED, parentId: Number(parent.id) };
  expect((await ada.rest("POST", "/events", hung, { Prefer: "handling=strict" })).body).toMatchObject({
    code: "bad_request",
    details: [{ field: "parentId" }],
  });
  expect((await ada.rest("GET", `/events/${child.id}`)).body).toEqual(child);
});

test("it makes nobody busy, and its history tells who cancelled it", async () => {
  const [startAt, endAt] = ["2027-05-01T00:00:00Z", "2027-05-02T00:00:00Z"];
  const { id } = await newEvent({ startTime: "2027-05-01T10:00:00Z", endTime: "2027-05-01T11:00:00Z" });
  const busy = async (): Promise<number> =>
    (
      await ada.graphql(
        `{ freeBusy(userIds: [${ada.id}], startAt: "${startAt}", endAt: "${endAt}") { busy { startAt } } }`,
      )
    ).data.freeBusy[0].busy.length;
  expect(await busy()).toBe(1);
  await setStatus(id, "cancelled");
  expect(await busy()).toBe(0);
  const { data } = await root.graphql(
    `{ event(id: ${id}) { history(first: 1) { edges { node { userId fields { field before after } } } } } }`,
  );
  expect(data.event.history.edges[0].node).toEqual({
    ...{ userId: ada.id, fields: [{ field: "status", before: "confirmed", after: "cancelled" }] },
  });
});

test("transferEvents takes it along", async () => {
  const heir = await world.person();
  const owner = await world.person();
  const { id } = (await graphql.create(owner, { ...TIMED, status: "cancelled" })).value;
  const { data } = await root.graphql(`mutation { transferEvents(from: ${owner.id}, to: ${heir.id}) }`);
  expect(data.transferEvents).toBe(1);
  expect((await setStatus(id, "confirmed", heir)).ownerId).toBe(heir.id);
});

test("plain SQL keeps all of it: cancelled, changed, confirmed again, deleted", async () => {
  const { id, tick } = await insertEvent(world.sql, ada, { attendees: [ben] });
  const cancelled = await updateEvent(world.sql, id, "status = 'cancelled'");
  const gone = { eventId: id, tick: cancelled.tick, reason: "deleted" };
  for (const who of [ada, ben]) expect(await entryOf(world.sql, who, id)).toEqual(gone);
  const changed = await updateEvent(world.sql, id, "subject = 'x', attendees = '[]'");
  expect(changed.tick).toBeGreaterThan(cancelled.tick);
  for (const who of [ada, ben]) expect(await entryOf(world.sql, who, id)).toEqual(gone);
  const back = await updateEvent(world.sql, id, "status = 'confirmed'");
  expect(back.tick).toBeGreaterThan(tick);
  expect(await entryOf(world.sql, ada, id)).toEqual({ eventId: id, tick: back.tick, reason: null });
  expect(await entryOf(world.sql, ben, id)).toEqual(gone);
  const again = await updateEvent(world.sql, id, "status = 'cancelled', subject = 'y'");
  await world.sql.query("delete from event where id = $1", [id]);
  expect(await entryOf(world.sql, ada, id)).toEqual({ ...gone, tick: again.tick });
});

test("its ticks increase also where the database's clock steps back", async () => {
  const { id, tick } = await insertEvent(world.sql, ada);
  await world.sql.query(
    `create or replace function tidemark_now() returns timestamptz language sql volatile
     as 'select clock_timestamp() - interval ''1 hour'''`,
  );
  const cancelled = await updateEvent(world.sql, id, "status = 'cancelled'");
  const changed = await updateEvent(world.sql, id, "subject = 'x'");
  await world.sql.query(
    "create or replace function tidemark_now() returns timestamptz language sql volatile as 'select clock_timestamp()'",
  );
  expect(cancelled.tick).toBeGreaterThan(tick);
  expect(changed.tick).toBeGreaterThan(cancelled.tick);
});
