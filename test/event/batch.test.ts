// Batch mutations: many events in one transaction and a handful of statements.
import { statementsOf } from "../support/statements";
import { openWorld, type GraphQLReply, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let admin: Person;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.person({ name: "Admin", role: "admin" });
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
});
afterAll(() => world.close());

const RESULT =
  "{ id event { id subject lastModifiedAt } error { code message retrySafe details { field } } }";
const create = (who: Person, inputs: object[], atomic = false): Promise<GraphQLReply> =>
  who.graphql(
    `mutation($i: [EventInput!]!, $a: Boolean) { createEvents(inputs: $i, atomic: $a) ${RESULT} }`,
    {
      i: inputs,
      a: atomic,
    },
  );
const update = (who: Person, items: object[], atomic = false): Promise<GraphQLReply> =>
  who.graphql(
    `mutation($i: [EventPatchItem!]!, $a: Boolean) { updateEvents(items: $i, atomic: $a) ${RESULT} }`,
    {
      i: items,
      a: atomic,
    },
  );
const remove = (who: Person, ids: string[], atomic = false): Promise<GraphQLReply> =>
  who.graphql(`mutation($i: [ID!]!, $a: Boolean) { deleteEvents(ids: $i, atomic: $a) ${RESULT} }`, {
    i: ids,
    a: atomic,
  });
const meeting = (subject: string, more: object = {}): object => ({
  subject,
  startTime: "2026-03-02T15:00:00Z",
  endTime: "2026-03-02T16:00:00Z",
  ...more,
});
const idsOf = (reply: GraphQLReply, mutation: string): string[] =>
  (reply.data[mutation] as { id: string }[]).map(({ id }) => id);
const countOf = async (who: Person): Promise<number> =>
  ((await who.rest("GET", "/events")).body.records as unknown[]).length;

test("500 events go in with one call, in order, and stand in every calendar they invite", async () => {
  const before = await countOf(ben);
  const inputs = Array.from({ length: 500 }, (_, i) =>
    meeting(`No ${i}`, { attendees: [{ emailAddress: ben.email }] }),
  );
  const reply = await create(ada, inputs);
  const results = reply.data.createEvents as { id: string; event: { subject: string } }[];
  expect(results.map(({ event }) => event.subject)).toEqual(inputs.map((_, i) => `No ${i}`));
  expect(new Set(results.map(({ id }) => id)).size).toBe(500);
  expect(await countOf(ben)).toBe(before + 500);
  expect((await create(ada, [...inputs, meeting("one too many")])).errors?.[0]?.extensions).toMatchObject({
    code: "bad_request",
    details: [{ field: "inputs" }],
  });
});

test("an item at fault is reported in its place while the others go in", async () => {
  const reply = await create(ada, [
    meeting("good"),
    meeting("bad", { endTime: "2026-03-02T14:00:00Z" }),
    meeting("worse", { attendees: [{ userId: "999999" }], parentId: 999999 }),
    meeting("good too"),
  ]);
  const results = reply.data.createEvents;
  expect(results.map((result: { error: unknown }) => result.error === null)).toEqual([
    true,
    false,
    false,
    true,
  ]);
  expect(results[1].error).toMatchObject({
    code: "bad_request",
    retrySafe: false,
    details: [{ field: "endTime" }],
  });
  expect(results[2].error.details).toEqual([{ field: "attendees[0].userId" }, { field: "parentId" }]);
});

test("a failed atomic batch is one error that names the item, and changes nothing", async () => {
  const before = await countOf(ada);
  const reply = await create(
    ada,
    [meeting("a"), meeting("b"), meeting("c", { endTime: "2026-03-01" })],
    true,
  );
  expect(reply.errors?.[0]?.extensions).toMatchObject({
    code: "bad_request",
    details: [{ field: "inputs[2].endTime" }],
  });
  expect(await countOf(ada)).toBe(before);
});

test("changes and deletes keep the rules of single ones: conditions, roles, no-ops, leaving", async () => {
  const ids = idsOf(
    await create(
      ada,
      ["a", "b", "c"].map((subject) => meeting(subject, { attendees: [{ userId: ben.id }] })),
    ),
    "createEvents",
  );
  const stranger = idsOf(await create(ada, [meeting("not for Ben")]), "createEvents")[0];
  const before = (await ada.rest("GET", `/events/${ids[0]}`)).body;
  const reply = await update(ben, [
    { id: ids[0], input: { subject: "a" } },
    { id: ids[1], input: { subject: "B", private: true } },
    { id: ids[2], input: { subject: "C" }, ifLastModifiedAt: "2020-01-01T00:00:00Z" },
    { id: stranger, input: { subject: "mine" } },
    { id: "999999", input: {} },
    { id: ids[1], input: { subject: "twice" } },
  ]);
  const results = reply.data.updateEvents;
  expect(results.map((result: { error: { code: string } | null }) => result.error?.code ?? null)).toEqual([
    null,
    "forbidden",
    "precondition_failed",
    "forbidden",
    "not_found",
    "bad_request",
  ]);
  expect(results[0].event.lastModifiedAt).toBe(before.lastModifiedAt);
  expect((await ada.rest("GET", `/events/${ids[1]}`)).body).toMatchObject({ subject: "b", private: false });

  const left = await remove(ben, [ids[0]!, stranger!]);
  expect(
    left.data.deleteEvents.map((result: { error: { code: string } | null }) => result.error?.code ?? null),
  ).toEqual([null, "forbidden"]);
  expect((await ada.rest("GET", `/events/${ids[0]}`)).body.attendees[0].status).toBe("Declined");
  expect((await ben.rest("GET", `/events/${ids[0]}?showDeleted=true`)).body.reason).toBe("left");
  const again = await remove(ben, [ids[0]!]);
  expect(again.data.deleteEvents[0]).toMatchObject({ id: ids[0], error: null });
  await remove(ada, ids);
  expect((await ben.rest("GET", `/events/${ids[1]}?showDeleted=true`)).body.reason).toBe("deleted");
});

test("a parent deleted in a batch takes its children along, each with its tombstone", async () => {
  const [parent] = idsOf(await create(ada, [meeting("parent")]), "createEvents");
  const [child] = idsOf(await create(ada, [meeting("child", { parentId: Number(parent) })]), "createEvents");
  await remove(ada, [parent!]);
  const gone = (await ada.rest("GET", "/deletedEvents")).body.records as { id: string }[];
  expect(gone.map(({ id }) => id)).toEqual(expect.arrayContaining([parent, child]));
});

test("an admin who was taken off an event's list deletes it, in a batch as alone", async () => {
  const [id] = idsOf(
    await create(ada, [meeting("theirs", { attendees: [{ userId: admin.id }] })]),
    "createEvents",
  );
  await update(ada, [{ id, input: { attendees: [] } }]);
  expect((await remove(admin, [id!])).data.deleteEvents[0]).toMatchObject({ id, error: null });
  expect((await ada.rest("GET", `/events/${id}`)).status).toBe(404);
});

test("an admin who has left an event and repeats the call does not cancel it for the others", async () => {
  const [id] = idsOf(
    await create(ada, [meeting("theirs", { attendees: [{ userId: admin.id }] })]),
    "createEvents",
  );
  for (let i = 0; i < 2; i++) {
    expect((await remove(admin, [id!])).data.deleteEvents[0]).toMatchObject({ id, error: null });
  }
  expect((await ada.rest("GET", `/events/${id}`)).status).toBe(200);
});

describe("events that would become their own ancestors", () => {
  const family = async (): Promise<string[]> => {
    const [top] = idsOf(await create(ada, [meeting("top")]), "createEvents");
    const [below] = idsOf(await create(ada, [meeting("below", { parentId: Number(top) })]), "createEvents");
    return [top!, below!, ...idsOf(await create(ada, [meeting("a"), meeting("b")]), "createEvents")];
  };
  const under = (id?: string, parent?: string): object => ({ id, input: { parentId: Number(parent) } });

  test("are refused in their place, by what is stored and by what the batch itself does", async () => {
    const [top, below, a, b] = await family();
    const reply = await update(ada, [under(a, b), under(top, below), under(b, a), under(below, a)]);
    const errors = reply.data.updateEvents.map(
      ({ error }: { error: { details: object[] } | null }) => error?.details ?? null,
    );
    expect(errors).toEqual([null, [{ field: "parentId" }], [{ field: "parentId" }], null]);
    expect((await ada.rest("GET", `/events/${a}`)).body.parentId).toBe(Number(b));
  });

  test("are named with their place in an atomic batch", async () => {
    const [top, below, a] = await family();
    const reply = await update(ada, [{ id: a, input: { subject: "no" } }, under(top, below)], true);
    expect(reply.errors?.[0]?.extensions).toMatchObject({ details: [{ field: "items[1].parentId" }] });
  });
});

test("retrySafe tells a refusal of the moment from one of the item", async () => {
  const [id] = idsOf(await create(ada, [meeting("once")]), "createEvents");
  const stale = { input: { subject: "late" }, ifLastModifiedAt: "2020-01-01T00:00:00Z" };
  const reply = await update(ada, [
    { id, ...stale },
    { id: "999999", input: {} },
  ]);
  expect(reply.data.updateEvents.map(({ error }: { error: object }) => error)).toMatchObject([
    { code: "precondition_failed", retrySafe: true },
    { code: "not_found", retrySafe: false },
  ]);
});

test("concurrent batches over the same events and calendars all go through", async () => {
  const ids = idsOf(
    await create(
      ada,
      Array.from({ length: 30 }, (_, i) => meeting(String(i), { attendees: [{ userId: ben.id }] })),
    ),
    "createEvents",
  );
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, round) => {
      const mixed = [...ids].sort(() => (round % 2 ? -1 : 1));
      const who = round % 2 ? ada : ben;
      return update(
        who,
        mixed.map((id) => ({
          id,
          input:
            who === ada
              ? { location: `round ${round}` }
              : { attendees: [{ userId: ben.id, status: round % 4 ? "Accepted" : "Declined" }] },
        })),
        true,
      );
    }),
  );
  for (const reply of replies) expect(reply.errors).toBeUndefined();
});

test("a batch of 500 takes at most 12 statements of its own", async () => {
  const { length } = await statementsOf(() =>
    create(
      ada,
      Array.from({ length: 500 }, (_, i) => meeting(`Counted ${i}`, { attendees: [{ userId: ben.id }] })),
    ),
  );
  expect(length).toBeGreaterThanOrEqual(3);
  expect(length).toBeLessThanOrEqual(12);
});

test("of a batch with one acceptable item it is this one that is refused for its room, and no other", async () => {
  const make = "mutation($input: UserInput!) { createUser(input: $input) { id } }";
  const input = { name: "Hall", email: "hall@test.test", timezone: "UTC", kind: "room" };
  const { data: made } = await admin.graphql(make, { input });
  const room = { attendees: [{ userId: made.createUser.id }] };
  await create(ben, [meeting("Has it", room)]);
  const wish = meeting("Wants it", { ...room, requireRooms: true });
  const endless = { subject: "No end", startTime: "2026-03-02T15:00:00Z" };
  const outcomes = (reply: GraphQLReply, mutation: string): unknown =>
    reply.data[mutation].map((one: { error: { code: string; details: { field: string }[] } | null }) => [
      one.error?.code,
      one.error?.details[0]?.field,
    ]);
  expect(outcomes(await create(ada, [endless, wish]), "createEvents")).toEqual([
    ["bad_request", "endTime"],
    ["conflict", "attendees"],
  ]);
  expect(outcomes(await create(ada, [wish]), "createEvents")).toEqual([["conflict", "attendees"]]);
  const atomic = await create(ada, [wish], true);
  expect(atomic.errors?.[0]?.extensions).toMatchObject({
    code: "conflict",
    details: [{ field: "inputs[0].attendees" }],
  });
  const [id] = idsOf(await create(ada, [meeting("Elsewhere")]), "createEvents");
  const change = { id, input: { ...room, requireRooms: true } };
  const absent = { id: "999999", input: { subject: "None" } };
  expect(outcomes(await update(ada, [change]), "updateEvents")).toEqual([["conflict", "attendees"]]);
  expect(outcomes(await update(ada, [absent, change]), "updateEvents")).toEqual([
    ["not_found", undefined],
    ["conflict", "attendees"],
  ]);
  const all = await update(ada, [change], true);
  expect(all.errors?.[0]?.extensions.details).toMatchObject([{ field: "items[0].attendees" }]);
  expect((await ada.rest("GET", `/events/${id}`)).body).toMatchObject({
    subject: "Elsewhere",
    attendees: [],
  });
});
