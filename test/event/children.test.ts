// Children: who may hang an event under another, and how many.
import { randomUUID } from "node:crypto";
import { MAX_ANCESTORS, MAX_CHILDREN } from "../../src/errors";
import { STRICT } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const NOT_THERE = 4_000_000_000_000;

let world: World;
let ada: Person;
let ben: Person;
let admin: Person;
/** Somebody whose private event has a thousand children: they are made once for all who ask. */
let zoe: Person;
let full: string;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  zoe = await world.person();
  full = await make(zoe, { private: true });
  await hang(full, MAX_CHILDREN, zoe);
});
beforeEach(async () => {
  ada = await world.person();
  ben = await world.person({ organisationId: ada.organisationId });
  admin = await world.person({ organisationId: ada.organisationId, role: "admin" });
});
afterAll(() => world.close());

async function make(who: Person, more: object = {}): Promise<string> {
  const { status, body } = await who.rest("POST", "/events", { ...MEETING, ...more });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.id as string;
}

/** Hangs children by plain SQL, in one statement. */
async function hang(parent: string, count: number, owner = ada): Promise<void> {
  await world.sql.query(
    `insert into event (organisation_id, owner_id, parent_id, start_time, end_time)
     select $1, $2, $3, now(), now() from generate_series(1, $4)`,
    [owner.organisationId, owner.id, parent, count],
  );
}

const childrenOf = async (parent: string): Promise<number> => {
  const { rows } = await world.sql.query("select count(*)::int n from event where parent_id = $1", [parent]);
  return (rows[0] as { n: number }).n;
};

interface Refusal {
  code: string;
  message: string;
  details: { field: string; message: string }[];
}

/** Every way of hanging an event of `who` under `parent`; each answers the refusal, or null. */
const WAYS: Record<string, (who: Person, parent: string) => Promise<Refusal | null>> = {
  "POST /events": async (who, parent) =>
    ofRest(await who.rest("POST", "/events", { ...MEETING, parentId: Number(parent) }, STRICT)),
  "PATCH /events": async (who, parent) =>
    ofRest(await who.rest("PATCH", `/events/${await make(who)}`, { parentId: Number(parent) }, STRICT)),
  "PUT /events": async (who, parent) =>
    ofRest(
      await who.rest("PUT", `/events/${await make(who)}`, { ...MEETING, parentId: Number(parent) }, STRICT),
    ),
  createEvent: (who, parent) =>
    mutate(who, "createEvent(input: $input) { id }", "EventInput!", under(parent)),
  "createEvent with a key": (who, parent) =>
    mutate(
      who,
      `createEvent(input: $input, idempotencyKey: "${randomUUID()}") { id }`,
      "EventInput!",
      under(parent),
    ),
  updateEvent: async (who, parent) =>
    mutate(who, `updateEvent(id: ${await make(who)}, input: $input) { id }`, "EventPatch!", {
      parentId: Number(parent),
    }),
  createEvents: (who, parent) =>
    mutate(who, `createEvents(inputs: $input) ${RESULT}`, "[EventInput!]!", [under(parent)]),
  updateEvents: async (who, parent) =>
    mutate(who, `updateEvents(items: $input) ${RESULT}`, "[EventPatchItem!]!", [
      { id: await make(who), input: { parentId: Number(parent) } },
    ]),
};
const RESULT = "{ id error { code message details { field message } } }";
const under = (parent: string): object => ({ ...MEETING, parentId: Number(parent) });

const ofRest = ({ status, body }: { status: number; body: any }): Refusal | null =>
  status < 300 ? null : { code: body.code, message: body.message, details: body.details };

async function mutate(who: Person, field: string, type: string, input: unknown): Promise<Refusal | null> {
  const { data, errors } = await who.graphql(`mutation ($input: ${type}) { done: ${field} }`, { input });
  const [error] = errors ?? [];
  if (error) return { ...(error.extensions as unknown as Refusal), message: error.message };
  return Array.isArray(data.done) ? (data.done[0].error as Refusal | null) : null;
}

const told = (refusal: Refusal | null): object | null =>
  refusal && { code: refusal.code, message: refusal.message, details: refusal.details };

describe.each(Object.entries(WAYS))("%s", (name, way) => {
  const isRest = /^(POST|PATCH|PUT)/.test(name);

  test("hangs an event under one that the user owns or is invited to, and under no other", async () => {
    const open = await make(ada);
    const invited = await make(ada, { attendees: [{ userId: ben.id }] });
    const left = await make(ada, { attendees: [{ userId: ben.id }] });
    await ben.rest("DELETE", `/events/${left}`);
    expect(await way(ada, open)).toBeNull();
    expect(await way(ben, invited)).toBeNull();
    for (const parent of [open, left]) {
      expect(await way(ben, parent)).toMatchObject({ code: "bad_request", details: [{ field: "parentId" }] });
    }
    expect([await childrenOf(open), await childrenOf(left)]).toEqual([1, 0]);
  });

  test("does not tell a private event from one that is not there, or is another organisation's", async () => {
    const stranger = await world.person({ organisationId: await world.organisation() });
    const answers = [full, String(NOT_THERE), await make(stranger)].map((parent) => way(ben, parent));
    const [first, ...others] = (await Promise.all(answers)).map(told);
    expect(first).toMatchObject({ code: "bad_request" });
    expect(others).toEqual([first, first]);
  });

  test("for an admin: any event of the organisation through GraphQL, at REST what their calendar holds", async () => {
    const secret = await make(ada, { private: true });
    const refusal = await way(admin, secret);
    if (isRest) expect(refusal).toMatchObject({ code: "bad_request", details: [{ field: "parentId" }] });
    else expect(refusal).toBeNull();
  });

  test("hangs the thousandth child, and not one more", async () => {
    await world.sql.query("delete from event where id = (select max(id) from event where parent_id = $1)", [
      full,
    ]);
    expect(await childrenOf(full)).toBe(MAX_CHILDREN - 1);
    expect(await way(zoe, full)).toBeNull();
    expect(await way(zoe, full)).toMatchObject({ code: "bad_request", details: [{ field: "parentId" }] });
    expect(await childrenOf(full)).toBe(MAX_CHILDREN);
  });
});

test("an admin's mailbox hangs nothing under what a colleague it writes for is not in", async () => {
  const parent = await make(ada);
  const event = await make(ben);
  const path = `/events/${event}?calendarId=${ben.calendarId}`;
  expect((await admin.rest("PATCH", path, { parentId: Number(parent) }, STRICT)).status).toBe(400);
  await ada.rest("PATCH", `/events/${parent}`, { attendees: [{ userId: ben.id }] });
  expect((await admin.rest("PATCH", path, { parentId: Number(parent) }, STRICT)).status).toBe(200);
});

test("what is stored may be sent back, also by somebody who has left the parent, and by an owner since a transfer", async () => {
  const parent = await make(ada, { attendees: [{ userId: ben.id }] });
  const child = await make(ben, { parentId: Number(parent) });
  await ben.rest("DELETE", `/events/${parent}`);
  const change = { parentId: Number(parent), subject: "Kept" };
  expect((await ben.rest("PATCH", `/events/${child}`, change)).body).toMatchObject(change);
  const cleo = await world.person({ organisationId: ada.organisationId });
  const transfer = "mutation ($from: ID!, $to: ID!) { transferEvents(from: $from, to: $to) }";
  expect((await admin.graphql(transfer, { from: ben.id, to: cleo.id })).data.transferEvents).toBe(1);
  const again = { ...change, subject: "Taken over" };
  expect((await cleo.rest("PATCH", `/events/${child}`, again)).body).toMatchObject(again);
});

test("of many at the same moment, through both doors and in batches, no more than fit come through", async () => {
  const parent = await make(ada, { attendees: [{ userId: ben.id }] });
  await hang(parent, MAX_CHILDREN - 20);
  const input = under(parent);
  const batch = async (who: Person): Promise<number> => {
    const { data } = await who.graphql(
      "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { error { code } } }",
      { inputs: Array(5).fill(input) },
    );
    const errors = (data.createEvents as { error: { code: string } | null }[]).map(
      ({ error }) => error?.code,
    );
    expect(new Set(errors.filter(Boolean))).toEqual(
      errors.some(Boolean) ? new Set(["bad_request"]) : new Set(),
    );
    return errors.filter((code) => code === undefined).length;
  };
  const single = async (who: Person): Promise<number> => {
    const { status } = await who.rest("POST", "/events", input, STRICT);
    expect([201, 400]).toContain(status);
    return status === 201 ? 1 : 0;
  };
  const moved = await Promise.all(Array.from({ length: 6 }, () => make(ben)));
  const move = async (id: string): Promise<number> => {
    const { status } = await ben.rest("PATCH", `/events/${id}`, { parentId: Number(parent) }, STRICT);
    expect([200, 400]).toContain(status);
    return status === 200 ? 1 : 0;
  };
  const came = await Promise.all([
    ...[ada, ben, ada, ben].map(batch),
    ...[ada, ben, ada, ben, ada, ben].map(single),
    ...moved.map(move),
  ]);
  expect(came.reduce((sum, one) => sum + one)).toBe(20);
  expect(await childrenOf(parent)).toBe(MAX_CHILDREN);
});

test("a batch that hangs more than fit is told which do not; with atomic, nothing comes", async () => {
  const parent = await make(ada);
  await hang(parent, MAX_CHILDREN - 2);
  const mutation = `mutation ($inputs: [EventInput!]!, $atomic: Boolean) { createEvents(inputs: $inputs, atomic: $atomic) ${RESULT} }`;
  // An item that is refused for something else takes nobody's place.
  const inputs = [
    { ...under(parent), startTime: "2027-01-01T00:00:00Z" },
    ...Array<object>(3).fill(under(parent)),
  ];
  const refused = await ada.graphql(mutation, { inputs: inputs.slice(1), atomic: true });
  expect(refused.errors?.[0]?.extensions).toMatchObject({
    code: "bad_request",
    details: [{ field: "inputs[2].parentId" }],
  });
  expect(await childrenOf(parent)).toBe(MAX_CHILDREN - 2);
  const { data } = await ada.graphql(mutation, { inputs });
  expect((data.createEvents as any[]).map(({ error }) => error?.details[0].field ?? null)).toEqual([
    "endTime",
    null,
    null,
    "parentId",
  ]);
});

test("plain SQL cannot pass it either, whatever comes at once", async () => {
  const parent = await make(ada);
  await hang(parent, MAX_CHILDREN - 5);
  await expect(hang(parent, 6)).rejects.toMatchObject({ constraint: "event_children" });
  const came = await Promise.allSettled(Array.from({ length: 8 }, () => hang(parent, 1)));
  expect(came.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  const loose = await make(ada);
  const move = world.sql.query("update event set parent_id = $1 where id = $2", [parent, loose]);
  await expect(move).rejects.toMatchObject({ constraint: "event_children" });
  expect(await childrenOf(parent)).toBe(MAX_CHILDREN);
});

test("an owner deletes an event with a thousand children in one go, and each has its tombstone", async () => {
  const parent = await make(ada);
  await hang(parent, MAX_CHILDREN);
  const { status } = await ada.rest("DELETE", `/events/${parent}`);
  expect(status).toBe(204);
  expect(await childrenOf(parent)).toBe(0);
  expect((await ada.rest("GET", "/deletedEvents")).body.records).toHaveLength(MAX_CHILDREN + 1);
});

describe("a line of events, each below the one before,", () => {
  /** The last of a line of so many, made by plain SQL. */
  async function line(count: number): Promise<string> {
    let parent: string | null = null;
    for (let n = 0; n < count; n++) {
      const { rows }: { rows: { id: string }[] } = await world.sql.query(
        `insert into event (organisation_id, owner_id, parent_id, start_time, end_time)
         values ($1, $2, $3, now(), now()) returning id`,
        [ada.organisationId, ada.id, parent],
      );
      parent = rows[0]!.id;
    }
    return parent!;
  }

  test.each(Object.keys(WAYS))("has at most 50 events above one, through %s", async (way) => {
    expect(await WAYS[way]!(ada, await line(50))).toBeNull();
    expect(await WAYS[way]!(ada, await line(51))).toMatchObject({
      code: "bad_request",
      details: [
        {
          field: expect.stringMatching(/parentId$/) as string,
          message: expect.stringContaining("50") as string,
        },
      ],
    });
  });

  test("and so by plain SQL, whether one is made or moved", async () => {
    await expect(line(52)).rejects.toMatchObject({ constraint: "event_ancestors" });
    const last = await line(51);
    const more = await make(ada);
    await expect(
      world.sql.query("update event set parent_id = $1 where id = $2", [last, more]),
    ).rejects.toMatchObject({ constraint: "event_ancestors" });
  });
});

test("the bounds that refusals name are those that the database keeps", async () => {
  const { rows } = await world.sql.query<{ children: string; ancestors: number }>(
    "select most_children() as children, most_ancestors() as ancestors",
  );
  expect(rows).toEqual([{ children: String(MAX_CHILDREN), ancestors: MAX_ANCESTORS }]);
});
