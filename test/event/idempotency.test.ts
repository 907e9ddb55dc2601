import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", role: "admin" });
});
afterAll(() => world.close());

const meeting = { subject: "Once", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const create = (key: string, body: object = meeting, who = ada) =>
  who.rest("POST", "/events", body, { "Idempotency-Key": key });
const countOf = async (subject: string): Promise<number> => {
  const { rows } = await world.sql.query<{ count: string }>("select count(*) from event where subject = $1", [
    subject,
  ]);
  return Number(rows[0]?.count);
};
const CREATE =
  "mutation($input: EventInput!, $key: String) { createEvent(input: $input, idempotencyKey: $key) { id lastModifiedAt } }";

test("a repeated create answers the first event again and says so", async () => {
  const first = await create("again");
  const second = await create("again");
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.text).toBe(first.text);
  expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
  expect(first.headers.get("idempotency-replayed")).toBeNull();
  expect(second.headers.get("idempotency-replayed")).toBe("true");
  expect(await countOf("Once")).toBe(1);
});

test("twenty repeats at the same moment make one event, and all get its id", async () => {
  const other = await world.instance();
  const body = { ...meeting, subject: "Rush" };
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 2 ? create("rush", body) : ada.graphql(CREATE, { input: body, key: "rush" }),
    ),
  );
  const ids = replies.map(
    (reply) => ("data" in reply ? reply.data?.createEvent.id : reply.body.id) as string,
  );
  expect(new Set(ids).size).toBe(1);
  expect(await countOf("Rush")).toBe(1);
  await other.close();
});

test("the same key with other content is refused, at either door", async () => {
  await create("mismatch", { ...meeting, subject: "A" });
  const rest = await create("mismatch", { ...meeting, subject: "B" });
  expect([rest.status, rest.body.code]).toEqual([422, "idempotency.mismatch"]);
  const graphql = await ada.graphql(CREATE, { input: { ...meeting, subject: "B" }, key: "mismatch" });
  expect(graphql.errors?.[0]?.extensions.code).toBe("idempotency.mismatch");
});

test("content that differs in spelling only is the same content", async () => {
  const body = {
    ...meeting,
    attendees: [{ emailAddress: "A@x.co", status: "accepted" }, { emailAddress: "b@x.co" }],
  };
  const first = await create("spelling", body);
  const second = await create("spelling", {
    startTime: "2026-03-02T17:00:00+02:00",
    endTime: 1772467200000,
    subject: "Once",
    private: false,
    description: null,
    unknown: 1,
    attendees: [
      { emailAddress: "b@x.co", status: null },
      { emailAddress: "a@x.co", status: "Accepted" },
    ],
  });
  expect(second.status).toBe(201);
  expect(second.body.id).toBe(first.body.id);
});

test("the same content for another calendar is other content", async () => {
  const ben = await world.person();
  await create("calendar");
  const reply = await ada.rest("POST", `/events?calendarId=${ben.calendarId}`, meeting, {
    "Idempotency-Key": "calendar",
  });
  expect(reply.body.code).toBe("idempotency.mismatch");
});

test("keys belong to a user: another user's same key makes another event", async () => {
  const ben = await world.person();
  const first = await create("mine");
  const second = await create("mine", meeting, ben);
  expect(second.body.id).not.toBe(first.body.id);
});

test("a refused request uses up no key", async () => {
  const refused = await create("refused", { ...meeting, endTime: "2026-03-02T14:00:00Z" });
  expect(refused.status).toBe(400);
  expect((await create("refused")).headers.get("idempotency-replayed")).toBeNull();
});

test("replaying a key of a deleted event answers what was stored and resurrects nothing", async () => {
  const first = await create("deleted");
  await ada.rest("DELETE", `/events/${first.body.id}`);
  const replayed = await create("deleted");
  expect(replayed.text).toBe(first.text);
  expect(replayed.headers.get("idempotency-replayed")).toBe("true");
  expect([first, replayed].map(({ headers }) => headers.get("tidemark-now"))).toEqual([null, "deleted"]);
  expect((await ada.rest("GET", `/events/${first.body.id}`)).status).toBe(404);
});

test.each([
  ["", "empty"],
  ["x".repeat(256), "too long"],
  ["caf\u00e9", "not printable ASCII"],
])("a key that is %#: refused naming the header", async (key) => {
  const reply = await create(key);
  expect(reply.status).toBe(400);
  expect(reply.body.details[0].field).toBe("Idempotency-Key");
});

test("a key is free again after 48 hours", async () => {
  const first = await create("old");
  await world.sql.query(
    "update idempotency_key set created_at = created_at - interval '48 hours 1 second' where key = 'old'",
  );
  const second = await create("old", { ...meeting, subject: "New" });
  expect(second.status).toBe(201);
  expect(second.body.id).not.toBe(first.body.id);
});

test("a replay names again what was passed over, at both doors, of a meeting that was matched and of a series too", async () => {
  const body = {
    ...{ ...meeting, subject: "Odd", iCalUid: "odd", timezone: "Nowhere/Else" },
    attendees: [{ emailAddress: "a@x.co", status: "perhaps" }],
  };
  const passed = ["timezone", "attendees[0].status"];
  const graphql = async (document: string, variables: object): Promise<unknown> =>
    (await ada.graphql(document, { input: body, ...variables })).extensions?.passedOver;
  const strange = `mutation($input: EventInput!, $key: String, $match: Boolean) {
    createEvent(input: $input, idempotencyKey: $key, matchICalUid: $match, handling: LENIENT) { id } }`;
  const through = {
    "": () => ada.rest("POST", "/events", body, { "Idempotency-Key": "odd" }),
    match: () => ada.rest("POST", "/events?matchICalUid=true", body, { "Idempotency-Key": "odd match" }),
    series: () =>
      ada.rest(
        "POST",
        "/series",
        { ...body, recurrence: { rrule: "FREQ=DAILY;COUNT=2" } },
        { "Idempotency-Key": "odd series" },
      ),
  };
  for (const [name, create] of Object.entries(through)) {
    const [first, again] = [await create(), await create()];
    expect([name, again.headers.get("idempotency-replayed")]).toEqual([name, "true"]);
    for (const { headers } of [first, again]) {
      expect((headers.get("tidemark-passed-over") ?? "").split(", ").sort()).toEqual([...passed].sort());
      expect(headers.get("preference-applied")).toBe("handling=lenient");
    }
  }
  for (const variables of [{ key: "odd" }, { key: "odd match", match: true }])
    expect([...((await graphql(strange, variables)) as string[])].sort()).toEqual([...passed].sort());
});

test("a series in another form of the same words is the same content: the key answers it again", async () => {
  const { subject } = meeting;
  const times = { startTime: "2027-01-04T09:00:00+01:00", endTime: "2027-01-04T10:00:00+01:00" };
  const post = (recurrence: unknown): ReturnType<typeof ada.rest> =>
    ada.rest(
      "POST",
      "/series",
      { subject, ...times, timezone: "Europe/Paris", recurrence },
      { "Idempotency-Key": "forms" },
    );
  const first = await post({ rrule: "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8", exdates: ["2027-01-11T09:00:00"] });
  const forms = [
    { rrule: "RRULE:freq=weekly; count=8; byday=WE,MO;", exdates: ["2027-01-11"], rdates: [] },
    { ical: { rules: ["RRULE:COUNT=8;FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE", "EXDATE:20270111T080000Z"] } },
    ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8", "EXDATE;TZID=Europe/Paris:20270111T090000"],
  ];
  for (const form of forms) {
    const again = await post(form);
    expect([again.status, again.headers.get("idempotency-replayed"), again.text]).toEqual([
      201,
      "true",
      first.text,
    ]);
  }
  expect((await post({ rrule: "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8" })).status).toBe(422);
});
