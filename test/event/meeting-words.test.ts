// The words of a meeting: what it makes of the time, whether it takes place, where to join it, what the CRM keeps with it,
// and whose meeting it is. The same at both doors, and for whoever writes in plain SQL.
import { DOORS, graphql, rest, type Door } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co" });
  ben = await world.person({ name: "Ben", email: "ben@x.co" });
});
afterAll(() => world.close());

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

async function newEvent(more: object = {}): Promise<any> {
  const { status, body } = await ada.rest("POST", "/events", { ...TIMED, ...more });
  expect([status, body.message]).toEqual([201, undefined]);
  return body;
}
const insert = async (columns: Record<string, unknown>): Promise<string> => {
  const all = { start_time: TIMED.startTime, end_time: TIMED.endTime, ...columns };
  const { rows } = await world.sql.query<{ id: string }>(
    `insert into event (organisation_id, owner_id, ${Object.keys(all).join(", ")})
     values ($1, $2, ${Object.keys(all)
       .map((_, index) => `$${index + 3}`)
       .join(", ")}) returning id`,
    [world.organisationId, ada.id, ...Object.values(all)],
  );
  return rows[0]!.id;
};

const DEFAULTS = {
  showAs: "busy",
  status: "confirmed",
  type: null,
  conferenceUrl: null,
  properties: {},
  guestsCanEdit: false,
  organizerEmail: "ada@x.co",
  organizerName: "Ada",
};
const FULL = {
  showAs: "outOfOffice",
  status: "tentative",
  type: "Discovery call",
  conferenceUrl: "https://meet.example/a?b=c#d",
  properties: { stage: "won", seats: 5, hot: true, rate: -0.25, empty: "" },
  guestsCanEdit: true,
  organizerEmail: "Boss@Elsewhere.example",
  organizerName: "The Boss",
};

test("the keys of an event, and of its attendees, stand in one order at REST", async () => {
  const { text } = await ada.rest("POST", "/events", { ...TIMED, attendees: [{ emailAddress: "a@x.co" }] });
  const body = JSON.parse(text) as { attendees: [object] };
  const order =
    "id subject description location startTime endTime allDay private timezone showAs status type conferenceUrl properties " +
    "guestsCanEdit attendees parentId relatedTo iCalUid seriesId recurrenceId ownerId organizerEmail organizerName createdAt " +
    "lastModifiedAt deleted";
  expect(Object.keys(body).join(" ")).toBe(order);
  expect(Object.keys(body.attendees[0]).join(" ")).toBe("userId emailAddress contactId name status type");
});

describe.each(DOORS)("$name", (door: Door) => {
  test("has the defaults where nothing is said, and where null is", async () => {
    expect((await door.create(ada, TIMED)).value).toMatchObject({
      ...DEFAULTS,
      seriesId: null,
      recurrenceId: null,
    });
    const nulls = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, null]));
    expect((await door.create(ada, { ...TIMED, ...nulls })).value).toMatchObject(DEFAULTS);
    const { id } = (await door.create(ada, { ...TIMED, ...FULL })).value;
    expect((await door.patch(ada, id, nulls)).value).toMatchObject(DEFAULTS);
  });

  test("keeps what is given, and leaves no version behind where it is given again", async () => {
    const made = (await door.create(ada, { ...TIMED, ...FULL })).value;
    expect(made).toMatchObject(FULL);
    expect((await door.patch(ada, made.id, FULL)).value).toEqual(made);
    expect((await door.patch(ada, made.id, { showAs: "OOF", status: "TENTATIVE" })).value).toEqual(made);
    expect((await door.patch(ada, made.id, { properties: {} })).value).toEqual(made);
    expect((await door.byId(ada, made.id)).value).toEqual(made);
  });

  test.each([
    ["showAs", "busy", ["busy", "BUSY", "opaque", "unknown", "Unknown", "", " busy "]],
    [
      "showAs",
      "free",
      ["free", "Free", "transparent", "TRANSPARENT", "workingElsewhere", "workingelsewhere"],
    ],
    ["showAs", "tentative", ["tentative", "Tentative"]],
    ["showAs", "outOfOffice", ["outOfOffice", "outofoffice", "oof", "OOF"]],
    ["status", "confirmed", ["confirmed", "CONFIRMED"]],
    ["status", "tentative", ["tentative", "TENTATIVE"]],
  ])("understands %s %s in every spelling", async (field, word, spellings) => {
    for (const spelling of spellings) {
      const { value } = await door.create(ada, { ...TIMED, [field]: spelling });
      expect([spelling, value?.[field]]).toEqual([spelling, word]);
    }
  });

  test.each([
    ["required", ["required", "REQ-PARTICIPANT", "req-participant"]],
    ["optional", ["optional", "OPT-PARTICIPANT"]],
    ["resource", ["resource", "room", "ROOM", "NON-PARTICIPANT"]],
  ])("understands an attendee's type %s in every spelling", async (word, spellings) => {
    for (const type of spellings) {
      const { value } = await door.create(ada, { ...TIMED, attendees: [{ emailAddress: "a@x.co", type }] });
      expect([type, value?.attendees[0].type]).toEqual([type, word]);
    }
  });

  test("an attendee keeps the type that a later list leaves out", async () => {
    const attendees = [
      { userId: ben.id, type: "optional" },
      { emailAddress: "room@x.co", type: "resource" },
    ];
    const { id } = (await door.create(ada, { ...TIMED, attendees })).value;
    const again = [
      { emailAddress: "room@x.co", type: null },
      { emailAddress: "ben@x.co" },
      { emailAddress: "n@x.co" },
    ];
    const { value } = await door.patch(ada, id, { attendees: again });
    expect(value.attendees.map(({ type }: any) => type)).toEqual(["optional", "resource", "required"]);
  });

  test("a patch writes properties key by key, null takes one away, and null for all takes all", async () => {
    const { id } = (await door.create(ada, { ...TIMED, properties: { a: 1, b: "x", none: null } })).value;
    const patched = await door.patch(ada, id, { properties: { b: null, c: false, d: null } });
    expect(patched.value.properties).toEqual({ a: 1, c: false });
    expect((await door.patch(ada, id, { subject: "Other" })).value.properties).toEqual({ a: 1, c: false });
    expect((await door.patch(ada, id, { properties: null })).value.properties).toEqual({});
  });

  test("a patch is refused where the properties it leads to are too many or too large", async () => {
    const fifty = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`p${index}`, index]));
    const many = (await door.create(ada, { ...TIMED, properties: fifty })).value;
    expect((await door.patch(ada, many.id, { properties: { one: 1 } })).refusal).toMatchObject({
      code: "bad_request",
      fields: ["properties"],
    });
    expect((await door.patch(ada, many.id, { properties: { one: 1, p0: null } })).value.properties.one).toBe(
      1,
    );
    const eight = Object.fromEntries([..."abcdefgh"].map((name) => [name, "x".repeat(1000)]));
    const large = (await door.create(ada, { ...TIMED, properties: eight })).value;
    expect((await door.patch(ada, large.id, { properties: { i: "x".repeat(200) } })).refusal?.fields).toEqual(
      ["properties"],
    );
    expect((await door.byId(ada, large.id)).value).toEqual(large);
  });

  test("numbers as large and small as a double can be are kept", async () => {
    const properties = { large: 1e308, small: 5e-324, exact: 9007199254740991, cut: 0.1, zero: 0 };
    const made = (await door.create(ada, { ...TIMED, properties })).value;
    expect(made.properties).toEqual(properties);
    expect((await door.patch(ada, made.id, { properties })).value).toEqual(made);
  });

  test("an attendee's copy has no say in what the owner's calendar says of the time and of whose meeting it is", async () => {
    const made = await newEvent({ attendees: [{ userId: ben.id }] });
    const { showAs, status, guestsCanEdit, organizerEmail, organizerName } = FULL;
    for (const one of [{ showAs }, { status }, { guestsCanEdit }, { organizerEmail, organizerName }]) {
      await door.patch(ben, made.id, one);
      expect((await rest.byId(ada, made.id)).value).toEqual(made);
    }
  });

  test("another organiser has the name that comes along, or none", async () => {
    const { id } = (await door.create(ada, { ...TIMED, organizerEmail: "boss@y.co" })).value;
    const organiserOf = ({ value }: any): unknown[] => [value.organizerEmail, value.organizerName];
    expect(organiserOf(await door.byId(ada, id))).toEqual(["boss@y.co", null]);
    expect(organiserOf(await door.patch(ada, id, { organizerName: "Boss" }))).toEqual(["boss@y.co", "Boss"]);
    expect(organiserOf(await door.patch(ada, id, { organizerEmail: "BOSS@y.co" }))).toEqual([
      "boss@y.co",
      "Boss",
    ]);
    expect(organiserOf(await door.patch(ada, id, { organizerEmail: "head@y.co" }))).toEqual([
      "head@y.co",
      null,
    ]);
    expect(organiserOf(await door.patch(ada, id, { organizerEmail: null }))).toEqual(["ada@x.co", "Ada"]);
  });
});

test("PUT replaces them all: what it leaves out has its default, and properties it does not name go", async () => {
  const { id } = await newEvent(FULL);
  const put = await ada.rest("PUT", `/events/${id}`, { ...TIMED, properties: { seats: 6, hot: null } });
  expect(put.body).toMatchObject({ ...DEFAULTS, properties: { seats: 6 } });
  await ada.rest("PATCH", `/events/${id}`, FULL);
  expect((await ada.rest("PUT", `/events/${id}`, TIMED)).body).toMatchObject(DEFAULTS);
});

test("all that was read may be put back, and is no change", async () => {
  const made = await newEvent({ ...FULL, attendees: [{ userId: ben.id, type: "optional" }] });
  for (const method of ["PUT", "PATCH"])
    expect((await ada.rest(method, `/events/${made.id}`, made)).body).toEqual(made);
});

test("the same key with the same words is the same meeting, whatever the order of its properties", async () => {
  const post = (more: object): Promise<any> =>
    ada.rest("POST", "/events", { ...TIMED, ...more }, { "Idempotency-Key": "words" });
  const first = await post({ showAs: "oof", properties: { a: 1, b: 2, c: null } });
  const again = await post({ showAs: "outOfOffice", properties: { b: 2, a: 1 } });
  expect([again.status, again.body.id]).toEqual([201, first.body.id]);
  expect((await post({ showAs: "outOfOffice", properties: { b: 2 } })).body.code).toBe(
    "idempotency.mismatch",
  );
});

test("history has each of them, before and after", async () => {
  const root = await world.person({ role: "admin" });
  const { id } = await newEvent({ properties: { a: 1 } });
  await ada.rest("PATCH", `/events/${id}`, { ...FULL, properties: { b: 2 } });
  const { data } = await root.graphql(
    `{ event(id: ${id}) { history(first: 1) { edges { node { fields { field before after } } } } } }`,
  );
  const { fields } = data.event.history.edges[0].node;
  const expected = { ...FULL, properties: { a: 1, b: 2 } };
  expect(fields).toHaveLength(Object.keys(FULL).length);
  for (const [field, after] of Object.entries(expected)) {
    const before = field === "properties" ? { a: 1 } : DEFAULTS[field as keyof typeof DEFAULTS];
    expect(fields).toContainEqual({ field, before, after });
  }
});

describe("plain SQL", () => {
  test("may leave them out, and attendees without a type are required", async () => {
    const id = await insert({ attendees: '[{"emailAddress": "a@x.co"}]' });
    const { value } = await graphql.byId(ada, id);
    expect(value).toMatchObject({ ...DEFAULTS, attendees: [{ emailAddress: "a@x.co", type: "required" }] });
    expect((await rest.byId(ada, id)).value).toEqual(value);
  });

  test.each([
    ["show_as", "away"],
    ["show_as", "BUSY"],
    ["status", "canceled"],
    ["type", "x".repeat(101)],
    ["conference_url", "javascript:alert(1)"],
    ["properties", "[]"],
    ["properties", '{"1st": 1}'],
    ["properties", '{"a": null}'],
    ["properties", '{"a": {"b": 1}}'],
    ["properties", `{"a": "${"x".repeat(1001)}"}`],
    ["properties", '{"a": 1e400}'],
    [
      "properties",
      JSON.stringify(Object.fromEntries([..."abcdefghi"].map((name) => [name, "x".repeat(1000)]))),
    ],
    [
      "properties",
      JSON.stringify(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`p${index}`, 1]))),
    ],
    ["attendees", '[{"emailAddress": "a@x.co", "type": "room"}]'],
  ])("is refused a %s of %s", async (column, value) => {
    await expect(insert({ [column]: value })).rejects.toMatchObject({ code: "23514" });
  });

  test("changes of each reach the feed, and a change to the same value does not", async () => {
    const id = await insert({});
    let { lastModifiedAt } = (await rest.byId(ada, id)).value;
    for (const change of [
      "show_as = 'free'",
      "status = 'tentative'",
      "type = 'call'",
      "conference_url = 'https://x.co'",
      `properties = '{"a": 1}'`,
      "guests_can_edit = true",
      "organizer_name = 'A.'",
    ]) {
      await world.sql.query(`update event set ${change} where id = $1`, [id]);
      const { records } = (await ada.rest("GET", `/events?since=${lastModifiedAt}`)).body;
      expect([change, records.map((row: any) => row.id)]).toEqual([change, [id]]);
      await world.sql.query(`update event set ${change} where id = $1`, [id]);
      const after = (await rest.byId(ada, id)).value.lastModifiedAt;
      expect([change, after]).toEqual([change, records[0].lastModifiedAt]);
      lastModifiedAt = after;
    }
  });
});
