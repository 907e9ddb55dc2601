// The order of keys on the wire, whatever order PostgreSQL prints them in.
import fc from "fast-check";
import { inOrder } from "../../src/event/json-lists";
import { openWorld, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const ORDER = ["userId", "emailAddress", "contactId", "name", "status", "type"];
const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

test("attendees and links have their keys in one order at REST, in the row, in a list and in a feed", async () => {
  const ada = await world.person();
  const { data } = await ada.graphql(
    'mutation { saveRecords(records: [{ type: Contact, name: "C", emails: ["c@x.co"] }]) { id } }',
  );
  const { body, text } = await ada.rest("POST", "/events", {
    ...TIMED,
    attendees: [
      { emailAddress: "a@x.co", name: 'Quo "te", "status": "Declined"' },
      { userId: ada.id },
      { contactId: data.saveRecords[0].id },
      { emailAddress: "back\\slash\\" },
    ],
    relatedTo: [{ type: "Contact", id: data.saveRecords[0].id }],
  });
  const ordered = (json: any): void => {
    for (const attendee of json.attendees) expect(Object.keys(attendee as object)).toEqual(ORDER);
    expect(Object.keys(json.relatedTo[0] as object)).toEqual(["type", "id", "name"]);
  };
  ordered(JSON.parse(text));
  expect(body.attendees.map(({ name }: any) => name)).toContain('Quo "te", "status": "Declined"');
  for (const path of [`/events/${body.id}`, "/events", "/events?since=0"]) {
    const { body: answer } = await ada.rest("GET", path);
    ordered(answer.records?.[0] ?? answer);
    expect(answer.records?.[0] ?? answer).toEqual(body);
  }
});

test("whatever PostgreSQL prints of a list is the same list in the wire's order", async () => {
  const value = fc.oneof(fc.constant(null), fc.string({ unit: "binary" }), fc.integer(), fc.boolean());
  const lists = fc.array(fc.record(Object.fromEntries(ORDER.map((key) => [key, value]))), { maxLength: 4 });
  const drawn = fc.sample(lists, 300).map((list) =>
    JSON.parse(
      JSON.stringify(list)
        .replaceAll("\\u0000", "")
        .replaceAll(/\\ud[89a-f]../g, ""),
    ),
  );
  const { rows } = await world.sql.query<{ printed: string }>(
    "select value::text as printed from jsonb_array_elements($1::jsonb) with ordinality as l (value, n) order by n",
    [JSON.stringify(drawn)],
  );
  const print = inOrder(ORDER);
  rows.forEach(({ printed }, index) => {
    const json = print(printed);
    expect(JSON.parse(json)).toEqual(drawn[index]);
    expect(json).toBe(
      JSON.stringify(drawn[index].map((one: any) => Object.fromEntries(ORDER.map((key) => [key, one[key]])))),
    );
  });
});

test("a key that plain SQL left out is null, and one that is not of the wire is not shown", () => {
  expect(inOrder(["b", "a"])('[{"a": 1, "c": 2}, {"a": 1, "b": 2}]')).toBe(
    '[{"b":null,"a":1},{"b":2,"a":1}]',
  );
});
