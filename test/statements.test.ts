// No query costs a statement a row: what an event, an attendee or a record points at is looked up once a level.
import { statementsOf } from "./support/statements";
import { openWorld, type Person, type World } from "./support/world";

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

async function statements(query: string): Promise<{ count: number; texts: string[]; data: any }> {
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
