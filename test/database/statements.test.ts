// No query costs a statement a row: what an event, an attendee or a record points at is looked up once a level.
import pg from "pg";
import { statementsOf } from "../support/statements";
import { openWorld, type Person, type World } from "../support/world";

const LEVELS = `{ events(first: 200) { edges { node {
  id owner { id name } parent { id subject owner { name } } children { id }
  attendees { status user { id } contact { id name account { name } } }
  relatedTo { record { id name account { name } events(first: 3) { totalCount edges { node { id owner { name } } } } } }
} } } }`;

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let records: { id: string; type: string }[];

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada" });
  const account = await save([{ type: "Account", name: "Acme" }]);
  records = await save(
    Array.from({ length: 12 }, (_, i) => ({
      type: i % 2 === 0 ? "Contact" : "Lead",
      name: `Record ${String(i).padStart(2, "0")}`,
      emails: [`record${i}@test.test`],
      accountId: account[0]!.id,
    })),
  );
});
afterAll(() => world.close());

async function save(wishes: unknown[]): Promise<{ id: string; type: string }[]> {
  const { data } = await ada.graphql(
    "mutation($records: [RecordInput!]!) { saveRecords(records: $records) { id type } }",
    { records: wishes },
  );
  return data.saveRecords;
}

/** Parents with a child each, colleagues and Contacts invited, linked to records; `from` to `to` of them. */
async function meet(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const colleague = await world.person();
    const contact = records[(i * 2) % 12]!;
    const input = {
      subject: `Meeting ${i}`,
      startTime: `2026-03-02T${String(i).padStart(2, "0")}:00:00Z`,
      endTime: `2026-03-02T${String(i).padStart(2, "0")}:30:00Z`,
      attendees: [{ userId: colleague.id }, { contactId: contact.id }],
      relatedTo: [
        { type: contact.type, id: contact.id },
        { type: "Lead", id: records[(i * 2 + 1) % 12]!.id },
      ],
    };
    const { body } = await ada.rest("POST", "/events", input);
    await ada.rest("POST", "/events", { ...input, subject: `Child ${i}`, parentId: body.id });
  }
}

/** Of three goes the one with the fewest: what the service does beside a request is no part of it. */
async function statements(query: string): Promise<{ count: number; texts: string[]; data: any }> {
  const goes = [await oneGo(query), await oneGo(query), await oneGo(query)];
  return goes.reduce((least, go) => (go.count < least.count ? go : least));
}

async function oneGo(query: string): Promise<{ count: number; texts: string[]; data: any }> {
  let data: any;
  const texts = await statementsOf(async () => {
    const reply = await ada.graphql(query);
    expect(reply.errors).toBeUndefined();
    data = reply.data;
  });
  return { count: texts.length, texts, data };
}

test("a nested query takes one statement a level, for 2 meetings as for 12", async () => {
  await meet(0, 2);
  const few = await statements(LEVELS);
  await meet(2, 12);
  const many = await statements(LEVELS);
  expect(few.data.events.edges).toHaveLength(4);
  expect(many.data.events.edges).toHaveLength(24);
  console.log(
    `${many.count} statements for ${LEVELS}:\n${many.texts.map((text) => text.slice(0, 90)).join("\n")}`,
  );
  expect(many.count).toBe(few.count);
});

test.each([
  [
    "the events alone: the calendar's clock and the page",
    "{ events { edges { node { id subject attendees { name } relatedTo { name } } } } }",
    2,
  ],
  ["owners: one more", "{ events { edges { node { owner { name } } } } }", 3],
  ["parents: one more", "{ events { edges { node { parent { subject } } } } }", 3],
  ["parents and their owners: two more", "{ events { edges { node { parent { owner { name } } } } } }", 4],
  ["children: one more", "{ events { edges { node { children { subject } } } } }", 3],
  ["attendees' users: one more", "{ events { edges { node { attendees { user { name } } } } } }", 3],
  ["attendees' Contacts: one more", "{ events { edges { node { attendees { contact { name } } } } } }", 3],
  [
    "owners and attendees' users together: one more",
    "{ events { edges { node { ownerId owner { name } attendees { userId user { name } } } } } }",
    3,
  ],
  ["linked records: one more", "{ events { edges { node { relatedTo { record { name } } } } } }", 3],
  [
    "linked records and their accounts: two more",
    "{ events { edges { node { relatedTo { record { account { name } } } } } } }",
    4,
  ],
  ["totalCount costs a statement where it is selected", "{ events { totalCount edges { node { id } } } }", 3],
  ["and the page is all that is read otherwise", "{ events { pageInfo { hasNextPage } } }", 2],
  ["records: one", "{ records { edges { node { name emails } } } }", 1],
  [
    "the timelines of all records on a page: one",
    "{ records { edges { node { events(first: 2) { edges { node { subject } } } } } } }",
    2,
  ],
  [
    "with their counts: one more",
    "{ records { edges { node { events(first: 2) { totalCount edges { node { subject } } } } } } }",
    3,
  ],
  [
    "timelines of two kinds: one each",
    `{ records { edges { node { name
      a: events(first: 2) { edges { node { subject } } }
      b: events(first: 2, orderBy: LAST_CHANGE) { edges { node { subject } } } } } } }`,
    3,
  ],
  [
    "one event by many aliases: one",
    "{ a: event(id: 1) { id } b: event(id: 2) { id } c: event(id: 1) { subject } }",
    1,
  ],
  ["calendars and their users: two", "{ calendars { user { name } } }", 2],
])("%s", async (_, query, expected) => {
  const { texts } = await statements(query);
  expect(texts).toHaveLength(expected);
});

test.each([
  ["live events", "/events?", 3],
  ["a feed", "/events?since=2020-01-01T00:00:00Z&", 3],
  ["a feed's window", "/events?since=2020-01-01T00:00:00Z&startAt=2026-03-02T00:00:00Z&", 3],
  ["removed rows", "/deletedEvents?", 3],
  ["a manifest", "/events/manifest?", 3],
  ["a digest", "/events/digest?", 3],
])(
  "REST, %s of a calendar that an admin names: one for the calendar, one for its clock, one for the rows",
  async (_, path, expected) => {
    const [admin, owner] = [await world.person({ role: "admin" }), await world.person()];
    const event = { startTime: "2026-03-02T10:00:00Z", endTime: "2026-03-02T11:00:00Z" };
    const { body } = await owner.rest("POST", "/events", event);
    if (path.startsWith("/deleted")) await owner.rest("DELETE", `/events/${body.id}`);
    await admin.rest("GET", "/me");
    const texts = await statementsOf(async () => {
      const reply = await admin.rest("GET", `${path}calendarId=${owner.calendarId}`);
      expect([reply.status, reply.body.length]).toEqual([200, 1]);
    });
    // Whether a feed goes on after its last row is asked apart.
    expect(texts.filter((text) => !/^\s*select from \(/.test(text))).toHaveLength(expected);
  },
);

test("the timelines read in one statement are those read one by one", async () => {
  const page = `events(first: 2, filter: $filter, orderBy: $orderBy, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id subject } } }`;
  const head = "$filter: EventFilter, $orderBy: EventOrder!, $after: String";
  for (const orderBy of ["START", "LAST_CHANGE"]) {
    for (const filter of [
      {},
      { text: "Child" },
      { startAt: "2026-03-02T05:00:00Z" },
      { calendarIds: [ada.calendarId] },
    ]) {
      const together = await ada.graphql(
        `query(${head}) { records { edges { node { id type ${page} } } } }`,
        { orderBy, filter },
      );
      expect(together.errors).toBeUndefined();
      let found = 0;
      for (const { node } of together.data.records.edges) {
        const { type, id, events } = node;
        const alone = await ada.graphql(
          `query($type: RecordType!, $id: ID!, ${head}) { record(type: $type, id: $id) { ${page} } }`,
          { type, id, orderBy, filter },
        );
        expect(alone.data.record.events).toEqual(events);
        found += events.totalCount;
      }
      expect(found).toBeGreaterThan(0);
    }
  }
});

describe("children without end", () => {
  let parentId: string;
  beforeAll(async () => {
    const times = { startTime: "2027-03-02T15:00:00Z", endTime: "2027-03-02T16:00:00Z" };
    parentId = (await ada.rest("POST", "/events", { ...times, subject: "Family" })).body.id;
    const inputs = Array.from({ length: 500 }, (_, i) => ({
      ...times,
      startTime: `2027-03-02T14:00:00.${String(999 - i).padStart(3, "0")}Z`,
      subject: `No ${i}`,
      parentId: Number(parentId),
    }));
    for (let i = 0; i < 4; i++) {
      const { errors } = await ada.graphql(
        "mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }",
        { inputs },
      );
      expect(errors).toBeUndefined();
    }
  });
  const of = (selection: string): string => `{ event(id: ${parentId}) { ${selection} } }`;

  test("are answered up to 100, the earliest", async () => {
    const { data } = await ada.graphql(of("children { subject }"));
    expect(data.event.children).toHaveLength(100);
    expect(data.event.children[0].subject).toBe("No 499");
  });

  test("within children are refused once they are too many, with one error", async () => {
    const fair = await ada.graphql(of("children { parent { children { id } } }"));
    expect(fair.errors).toBeUndefined();
    expect(fair.data.event.children[99].parent.children).toHaveLength(100);
    const { errors } = await ada.graphql(
      of("children { parent { children { parent { children { id } } } } }"),
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["bad_request"]);
  });
});

test("what one mutation of a request looked up is looked up anew for the next", async () => {
  const times = { startTime: "2027-04-02T15:00:00Z", endTime: "2027-04-02T16:00:00Z" };
  const parent = (await ada.rest("POST", "/events", { ...times, subject: "Before" })).body.id;
  const input = { ...times, parentId: Number(parent) };
  const child = (await ada.rest("POST", "/events", input)).body.id;
  const { data } = await ada.graphql(`mutation {
    a: updateEvent(id: ${child}, input: { location: "a" }) { parent { subject } }
    b: updateEvent(id: ${parent}, input: { subject: "After" }) { id }
    c: updateEvent(id: ${child}, input: { location: "c" }) { parent { subject } } }`);
  expect([data.a.parent.subject, data.c.parent.subject]).toEqual(["Before", "After"]);
});

test("of the many sets of columns a write may change, a hundred at most are kept as prepared statements", async () => {
  const times = { startTime: "2027-04-03T15:00:00Z", endTime: "2027-04-03T16:00:00Z" };
  const { id } = (await ada.rest("POST", "/events", times)).body;
  const columns = [
    "subject",
    "location",
    "description",
    "iCalUid",
    "timezone",
    "private",
    "endTime",
  ] as const;
  const value = (column: (typeof columns)[number], turn: number): unknown => {
    if (column === "private") return turn % 2 === 0;
    if (column === "timezone") return turn % 2 === 0 ? "Europe/Paris" : "Europe/Rome";
    if (column === "endTime") return new Date(Date.parse(times.endTime) + turn * 60_000).toISOString();
    return `${column} ${turn}`;
  };
  const listener = jest.spyOn(pg.Client.prototype, "query");
  for (let turn = 1; turn < 2 ** columns.length; turn++) {
    const chosen = columns.filter((_, bit) => (turn >> bit) % 2 === 1);
    const patch = Object.fromEntries(chosen.map((column) => [column, value(column, turn)]));
    expect((await ada.rest("PATCH", `/events/${id}`, patch)).status).toBe(200);
  }
  const given = (listener.mock.calls as unknown[][]).map(([one]) => one as { text?: string; name?: string });
  listener.mockRestore();
  const names = given
    .filter(({ text }) => text && /^\s*(with noted .*)?update event/s.test(text))
    .map(({ name }) => name);
  expect(new Set(names.filter((name) => name !== undefined)).size).toBeLessThanOrEqual(100);
  expect(names).toContain(undefined);
});

test("the timeline of a record is the organisation's, for a scope of null too", async () => {
  const times = { startTime: "2027-04-04T15:00:00Z", endTime: "2027-04-04T16:00:00Z" };
  await ada.rest("POST", "/events", { ...times, relatedTo: [records[0]] });
  const ben = await world.person({ name: "Ben" });
  const [{ type, id }] = records as [{ type: string; id: string }];
  const count = async (filter: string): Promise<number> =>
    (await ben.graphql(`{ record(type: ${type}, id: ${id}) { events(filter: ${filter}) { totalCount } } }`))
      .data.record.events.totalCount;
  expect(await count("{ scope: null }")).toBeGreaterThan(0);
  expect(await count("{ scope: null }")).toBe(await count("{}"));
});
