// Somebody with a grant: what they see and do in another user's calendar, at every door, and that it ends.
import { TRANSPORTS } from "../support/live";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

let world: World;
let boss: Person;
let reader: Person;
let writer: Person;
let other: Person;
let admin: Person;
let secret: any;

const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const SECRET = { ...TIMED, subject: "Layoffs zebra", location: "here", private: true };

beforeAll(async () => {
  world = await openWorld();
  [boss, reader, writer, other] = [
    await world.person({ name: "Boss", email: "boss@x.co" }),
    await world.person({ name: "Reader" }),
    await world.person({ name: "Writer" }),
    await world.person({ name: "Other" }),
  ];
  admin = await world.person({ name: "Admin", role: "admin" });
  await grant(boss, reader, "READ");
  await grant(boss, writer, "WRITE");
  secret = (await boss.rest("POST", "/events", { ...SECRET, attendees: [{ userId: other.id }] })).body;
});
afterAll(() => world.close());

const GRANT = `mutation($of: ID!, $to: ID!, $access: GrantAccess) {
  setCalendarGrant(calendarId: $of, userId: $to, access: $access) { id name access primary kind } }`;
const grant = (by: Person, to: { id: string }, access: unknown, of = boss.calendarId) =>
  by.graphql(GRANT, { of, to: to.id, access });
const codeOf = ({ errors }: { errors?: any[] }): unknown => errors?.[0]?.extensions.code;
const inBoss = (who: Person, method: string, path: string, body?: unknown): Promise<RestReply> =>
  who.rest(method, `${path}${path.includes("?") ? "&" : "?"}calendarId=${boss.calendarId}`, body);
const titles = (reply: RestReply): unknown => reply.body.records.map(({ subject }: any) => subject);

const READS = [
  "/events",
  "/events?since=0",
  "/events?since=0&showDeleted=true",
  "/events?startAt=2026-03-01T00:00:00Z&endAt=2026-03-09T00:00:00Z",
  "/deletedEvents?since=0",
  "/events/manifest",
  "/events/digest?by=month",
];

describe("whoever was granted to read", () => {
  test("reads lists, feeds and ids of the calendar as its user does, private events too", async () => {
    for (const path of READS)
      expect((await inBoss(reader, "GET", path)).body).toMatchObject({
        records: (await boss.rest("GET", path)).body.records,
      });
    expect(titles(await inBoss(reader, "GET", "/events"))).toEqual([SECRET.subject]);
    expect((await inBoss(reader, "GET", `/events/${secret.id}`)).body).toEqual(secret);
    const { data } = await reader.graphql(`{
      event(id: "${secret.id}") { subject location viewer { role masked } }
      changes(calendarId: ${boss.calendarId}) { records { event { subject } } }
      events(filter: { scope: ORGANISATION, text: "zebra" }) { edges { node { subject } } }
    }`);
    expect(data).toEqual({
      event: { subject: SECRET.subject, location: "here", viewer: { role: "COLLEAGUE", masked: false } },
      changes: { records: [{ event: { subject: SECRET.subject } }] },
      events: { edges: [{ node: { subject: SECRET.subject } }] },
    });
  });

  test("writes nothing there, and nothing of theirs is in their own calendar", async () => {
    const path = `/events/${secret.id}`;
    const replies = await Promise.all([
      inBoss(reader, "POST", "/events", TIMED),
      inBoss(reader, "PATCH", path, { subject: "x" }),
      inBoss(reader, "PUT", path, TIMED),
      inBoss(reader, "DELETE", path),
    ]);
    expect(replies.map(({ status, body }) => [status, body.code])).toEqual(
      replies.map(() => [403, "forbidden"]),
    );
    const named = `calendarId: ${boss.calendarId}`;
    for (const mutation of [
      `createEvent(input: { startTime: "${TIMED.startTime}", endTime: "${TIMED.endTime}" }, ${named}) { id }`,
      `createEvents(inputs: [], ${named}) { id }`,
      `updateEvent(id: "${secret.id}", input: {}, ${named}) { id }`,
      `updateEvents(items: [{ id: "${secret.id}", input: {} }], ${named}) { id }`,
      `deleteEvent(id: "${secret.id}", ${named}) { id }`,
      `deleteEvents(ids: ["${secret.id}"], ${named}) { id }`,
    ])
      expect([mutation, codeOf(await reader.graphql(`mutation { ${mutation} }`))]).toEqual([
        mutation,
        "forbidden",
      ]);
    expect((await reader.rest("GET", "/events")).body.records).toEqual([]);
    expect((await reader.rest("GET", path)).status).toBe(404);
    expect((await inBoss(reader, "GET", path)).body).toEqual(secret);
  });

  test("the calendar's user and an admin are told who has been granted it, and nobody else", async () => {
    const document = `{ calendarGrants(calendarId: "${boss.calendarId}") { access userId user { name } } }`;
    const granted = (await boss.graphql("{ calendarGrants { access userId user { name } } }")).data;
    expect(granted.calendarGrants).toContainEqual({
      access: "READ",
      userId: reader.id,
      user: { name: reader.name },
    });
    expect((await admin.graphql(document)).data).toEqual(granted);
    for (const who of [reader, other]) expect(codeOf(await who.graphql(document))).toBe("forbidden");
  });

  test("and who reads where the organisation shows no details reads that calendar all the same", async () => {
    const set = (see: string) =>
      admin.graphql(`mutation { updateOrganisation(input: { colleaguesSee: ${see} }) { id } }`);
    await set("BUSY");
    const open = await boss.rest("POST", "/events", { ...TIMED, subject: "Open" });
    const subjectFor = async (who: Person): Promise<unknown> =>
      (await who.graphql(`{ event(id: "${open.body.id}") { subject } }`)).data.event.subject;
    expect([await subjectFor(reader), await subjectFor(other)]).toEqual(["Open", "Private"]);
    await set("DETAILS");
    await boss.rest("DELETE", `/events/${open.body.id}`);
  });
});

describe("whoever was granted to write", () => {
  test("acts as the calendar's user: what they make is the user's, and so is what they change and delete", async () => {
    const made = await inBoss(writer, "POST", "/events", {
      ...TIMED,
      subject: "Made",
      attendees: [{ userId: other.id }],
    });
    expect([made.status, made.body.ownerId, made.body.organizerEmail]).toEqual([201, boss.id, "boss@x.co"]);
    const location = (made.headers.get("location") ?? "").replace("/api/v1", "");
    expect((await writer.rest("GET", location)).body).toEqual(made.body);
    const changed = await inBoss(writer, "PATCH", `/events/${made.body.id}`, {
      private: true,
      subject: "Changed",
    });
    expect(changed.body).toMatchObject({ private: true, subject: "Changed" });
    expect((await boss.rest("GET", `/events/${made.body.id}`)).body).toEqual(changed.body);
    expect((await inBoss(writer, "DELETE", `/events/${made.body.id}`)).status).toBe(204);
    expect((await other.rest("GET", `/events/${made.body.id}?showDeleted=true`)).body.reason).toBe("deleted");
  });

  test("in an event to which the user is invited they are an attendee, and a delete is leaving", async () => {
    const invited = await other.rest("POST", "/events", { ...TIMED, attendees: [{ userId: boss.id }] });
    const path = `/events/${invited.body.id}`;
    const answered = await inBoss(writer, "PATCH", path, {
      attendees: [{ userId: boss.id, status: "Accepted" }],
      private: true,
    });
    expect(answered.body).toMatchObject({ attendees: [{ status: "Accepted" }], private: false });
    expect((await inBoss(writer, "DELETE", path)).status).toBe(204);
    expect((await other.rest("GET", path)).body.attendees).toMatchObject([
      { userId: boss.id, status: "Declined" },
    ]);
  });

  test("the same holds for GraphQL, batches too, and reaches no other calendar", async () => {
    const named = `calendarId: ${boss.calendarId}`;
    const { data } = await writer.graphql(`mutation {
      createEvents(inputs: [{ startTime: "${TIMED.startTime}", endTime: "${TIMED.endTime}", private: true, subject: "B" }], ${named}) { id event { ownerId subject } }
    }`);
    const [{ id, event }] = data.createEvents;
    expect(event).toEqual({ ownerId: boss.id, subject: "B" });
    const own = await other.rest("POST", "/events", TIMED);
    const batch = await writer.graphql(`mutation {
      updateEvents(items: [{ id: "${id}", input: { subject: "C" } }, { id: "${own.body.id}", input: { subject: "C" } }], ${named}) { event { subject } error { code } }
      deleteEvents(ids: ["${id}", "${own.body.id}"], ${named}) { id error { code } }
    }`);
    expect(batch.data).toEqual({
      updateEvents: [
        { event: { subject: "C" }, error: null },
        { event: null, error: { code: "not_found" } },
      ],
      deleteEvents: [
        { id, error: null },
        { id: own.body.id, error: { code: "not_found" } },
      ],
    });
    expect((await other.rest("GET", `/events/${own.body.id}`)).body.lastModifiedAt).toBe(
      own.body.lastModifiedAt,
    );
    // Without the calendar they are a colleague.
    expect(codeOf(await writer.graphql(`mutation { deleteEvent(id: "${secret.id}") { id } }`))).toBe(
      "forbidden",
    );
  });
});

test("calendars lists one's own first, then those granted, by name, page by page", async () => {
  const second = await world.person({ name: "Another boss" });
  await grant(second, reader, "WRITE", second.calendarId);
  const row = (of: Person, access: string): object => ({
    ...{ id: of.calendarId, name: of.name, primary: access === "owner", timezone: "Europe/Paris" },
    ...{ userId: of.id, kind: "person", access },
  });
  const all = [row(reader, "owner"), row(second, "write"), row(boss, "read")];
  const reply = await reader.rest("GET", "/calendars");
  expect(reply.body.records).toEqual(all);
  expect(Object.keys(reply.body.records[0])).toEqual([
    "id",
    "name",
    "primary",
    "timezone",
    "userId",
    "kind",
    "access",
  ]);
  const { data } = await reader.graphql("{ calendars { id name primary timezone userId kind access } }");
  expect(data.calendars).toEqual(all);
  const paged = [];
  for (let token: string | undefined = ""; token !== undefined;) {
    const page: RestReply = await reader.rest("GET", `/calendars?limit=1${token && `&pageToken=${token}`}`);
    paged.push(...page.body.records);
    token = page.body.nextPageToken;
  }
  expect(paged).toEqual(all);
  const whole = (await admin.rest("GET", "/calendars?all=true")).body.records;
  const of = (who: Person): object => whole.find(({ userId }: any) => userId === who.id);
  expect([of(admin), of(boss)]).toMatchObject([
    { primary: true, access: "owner" },
    { primary: false, access: "write" },
  ]);
  await grant(second, reader, null, second.calendarId);
});

test("a grant is given and taken by the calendar's user or an admin, and by nobody else", async () => {
  const stranger = await world.person({ role: "admin", organisationId: await world.organisation() });
  for (const who of [other, reader, writer]) {
    expect(codeOf(await grant(who, other, "READ"))).toBe("forbidden");
    expect(codeOf(await grant(who, other, "READ", "999999999"))).toBe("forbidden");
  }
  expect(codeOf(await grant(stranger, other, "READ"))).toBe("not_found");
  expect(codeOf(await grant(boss, stranger, "READ"))).toBe("not_found");
  expect(codeOf(await grant(admin, other, "READ", stranger.calendarId))).toBe("not_found");
  for (const wrong of ["OWNER", "read"]) expect(codeOf(await grant(boss, other, wrong))).toBe("bad_request");
  const toSelf = await grant(boss, boss, "READ");
  expect([codeOf(toSelf), toSelf.errors?.[0]?.extensions.details[0].field]).toEqual([
    "bad_request",
    "userId",
  ]);
  expect((await inBoss(other, "GET", "/events")).status).toBe(403);

  const given = await grant(admin, other, "READ");
  expect(given.data.setCalendarGrant).toEqual({
    ...{ id: boss.calendarId, name: "Boss", access: "write", primary: false, kind: "person" },
  });
  expect((await inBoss(other, "GET", "/events")).status).toBe(200);
  expect((await grant(boss, other, "WRITE", "primary")).data.setCalendarGrant.access).toBe("owner");
  expect((await inBoss(other, "PATCH", `/events/${secret.id}`, {})).status).toBe(200);
  expect((await grant(boss, other, null)).errors).toBeUndefined();
  expect((await grant(boss, other, null)).errors).toBeUndefined();
  expect((await inBoss(other, "GET", "/events")).status).toBe(403);
});

test("nobody is granted more than 200 calendars", async () => {
  const much = await world.person();
  await world.sql.query(
    `with made as (
       insert into app_user (organisation_id, email, name, timezone)
       select $1, 'many' || n || '@x.co', 'Many', 'UTC' from generate_series(1, 200) n returning id)
     select count(*) from made`,
    [world.organisationId],
  );
  await world.sql.query(
    `insert into calendar_grant (organisation_id, user_id, calendar_id, access)
     select c.organisation_id, $1, c.id, 'read' from calendar c join app_user u on u.id = c.user_id where u.name = 'Many'`,
    [much.id],
  );
  expect(codeOf(await grant(boss, much, "READ"))).toBe("conflict");
  expect((await inBoss(much, "GET", "/events")).status).toBe(403);
});

test.each(TRANSPORTS)(
  "whoever follows a granted calendar over %s hears its changes, and is cut within five seconds of losing it",
  async (_, follow) => {
    const follower = await world.person();
    await grant(boss, follower, "READ");
    const heard = await follow(world.url, follower.token, { calendarId: boss.calendarId, since: "0" });
    const own = await follow(world.url, follower.token);
    await heard.until(({ subjects }) => subjects.includes("Layoffs zebra"));
    expect((await inBoss(follower, "GET", "/events")).status).toBe(200);
    await grant(boss, follower, null);
    await heard.until(({ errors }) => errors.length > 0);
    expect(heard.errors[0]?.extensions.code).toBe("forbidden");
    expect(own.errors).toEqual([]);
    await boss.rest("PATCH", `/events/${secret.id}`, { location: "elsewhere" });
    const known = heard.changes.length;
    for (const path of READS) expect((await inBoss(follower, "GET", path)).status).toBe(403);
    const { data } = await follower.graphql(`{ event(id: "${secret.id}") { subject } }`);
    expect(data.event.subject).toBe("Private");
    expect(heard.changes).toHaveLength(known);
    await Promise.all([heard.stop(), own.stop()]);
  },
);
