// One logic behind two doors: whatever is asked at REST and at GraphQL, the rows are the same and so are the refusals.
import { DOORS, graphql, rest, type Answer, type Door } from "../support/doors";
import { REFUSED_INPUTS, type Known, type RefusedInput } from "../support/refusals";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;
let ben: Person;
let admin: Person;
let stranger: Person;
let known: Known;

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

async function newEvent(who: Person, more: object = {}): Promise<any> {
  const { status, body } = await who.rest("POST", "/events", { ...TIMED, ...more });
  expect(status).toBe(201);
  return body;
}

async function newRecord(who: Person, record: object): Promise<string> {
  const { data } = await who.graphql("mutation($r: [RecordInput!]!) { saveRecords(records: $r) { id } }", {
    r: [record],
  });
  return data.saveRecords[0].id as string;
}

beforeAll(async () => {
  world = await openWorld();
  [ada, ben, admin] = await Promise.all([
    world.person({ name: "Ada", email: "ada@x.co" }),
    world.person({ name: "Ben", email: "ben@x.co" }),
    world.person({ name: "Root", role: "admin" }),
  ]);
  stranger = await world.person({ organisationId: await world.organisation() });
  known = {
    foreignUserId: stranger.id,
    foreignContactId: await newRecord(stranger, { type: "Contact", name: "Foreign" }),
    foreignEventId: (await newEvent(stranger)).id,
    accountId: await newRecord(ada, { type: "Account", name: "Acme" }),
    contactId: await newRecord(ada, { type: "Contact", name: "C. Y.", emails: ["cy@acme.co"] }),
  };
});
afterAll(() => world.close());

/** What both doors say to the same question; they must agree, except on what `ask` itself leaves out. */
async function bothSay(ask: (door: Door) => Promise<Answer>): Promise<Answer> {
  const [fromRest, fromGraphQL] = [await ask(rest), await ask(graphql)];
  expect(fromGraphQL).toEqual(fromRest);
  return fromRest;
}

const VERSION_KEYS = ["id", "createdAt", "lastModifiedAt", "deletedAt"];
const contentOf = ({ value, refusal }: Answer): unknown =>
  refusal ??
  Object.fromEntries(Object.entries(value as object).filter(([key]) => !VERSION_KEYS.includes(key)));

/** Like `bothSay` for writes, each of which makes a version of its own. */
async function bothWrite(ask: (door: Door) => Promise<Answer>): Promise<any> {
  const [fromRest, fromGraphQL] = [await ask(rest), await ask(graphql)];
  expect(contentOf(fromGraphQL)).toEqual(contentOf(fromRest));
  expect(Object.keys(fromGraphQL.value ?? {}).sort()).toEqual(Object.keys(fromRest.value ?? {}).sort());
  return contentOf(fromRest);
}

describe("the same rows at both doors", () => {
  const RICH = {
    subject: " Kick-off 📅 ",
    description: "<p>Agenda</p>\r\n",
    location: "",
    startTime: "2026-03-02T16:00:00.1239999999999999999999999999999999999999+01:00",
    endTime: 1772467200000.9,
    private: true,
    timezone: "W. Europe Standard Time",
    attendees: [{ emailAddress: "BEN@x.co", status: "tentitive" }, { emailAddress: "cy@acme.co" }],
    iCalUid: "uid-1",
  };

  test("an event that is created looks the same, whichever door it came through", async () => {
    const relatedTo = [{ type: "Account", id: known.accountId }];
    const event = await bothWrite((door) => door.create(ada, { ...RICH, relatedTo }));
    expect(event).toMatchObject({
      subject: " Kick-off 📅 ",
      location: "",
      startTime: "2026-03-02T15:00:00.123Z",
      endTime: "2026-03-02T16:00:00.000Z",
      timezone: "Europe/Berlin",
      ownerId: ada.id,
      deleted: false,
    });
    expect(event.attendees).toEqual([
      {
        userId: ben.id,
        emailAddress: "BEN@x.co",
        contactId: null,
        name: "Ben",
        status: "Tentative",
        type: "required",
      },
      {
        userId: null,
        emailAddress: "cy@acme.co",
        contactId: Number(known.contactId),
        name: "C. Y.",
        status: "NoResponse",
        type: "required",
      },
    ]);
    expect(event.relatedTo).toEqual([{ type: "Account", id: known.accountId, name: "Acme" }]);
  });

  test("keys that nobody knows or may set are passed over at REST, and are no part of GraphQL's schema", async () => {
    const more = { id: "1", deleted: true, lastModifiedAt: "x", ownerId: ben.id, etag: "y", colour: "red" };
    const event = (await rest.create(ada, { ...TIMED, ...more })).value;
    expect(event).toMatchObject({ subject: "Kick-off", ownerId: ada.id, deleted: false });
    expect((await graphql.create(ada, { ...TIMED, colour: "red" })).refusal?.code).toBe("bad_request");
  });

  test("an admin creates in a colleague's calendar: the colleague owns the event", async () => {
    const event = await bothWrite((door) => door.create(admin, TIMED, ben.calendarId));
    expect(event).toMatchObject({ ownerId: ben.id, organizerEmail: "ben@x.co", organizerName: "Ben" });
  });

  test("a patch comes to the same, and so does the event when it is read again", async () => {
    const patch = { subject: null, location: "Room 1", allDay: true, attendees: [{ userId: ben.id }] };
    const event = await bothWrite(async (door) => {
      const { id } = await newEvent(ada);
      const patched = await door.patch(ada, id, patch);
      expect(await bothSay((other) => other.byId(ada, id))).toEqual(patched);
      return patched;
    });
    expect(event).toMatchObject({ subject: "", location: "Room 1", endTime: "2026-03-03T00:00:00.000Z" });
  });

  test("a delete comes to the same removed row, also when it is repeated", async () => {
    const removed = await bothWrite(async (door) => {
      const { id } = await newEvent(ada);
      const first = await door.remove(ada, id);
      expect(await door.remove(ada, id)).toEqual(first);
      expect(await bothSay((other) => other.remove(ada, id))).toEqual(first);
      return first;
    });
    expect(removed).toEqual({ deleted: true, reason: "deleted" });
  });

  test("an attendee who deletes has left, at both doors", async () => {
    const removed = await bothWrite(async (door) => {
      const { id } = await newEvent(ada, { attendees: [{ userId: ben.id }] });
      return door.remove(ben, id);
    });
    expect(removed).toEqual({ deleted: true, reason: "left" });
  });

  test("lists by interval, by iCalUid, the feed and the removed entries have the same rows in the same order", async () => {
    const cleo = await world.person();
    const made = [];
    for (const hour of [9, 11, 10]) {
      const day = `2026-05-04T${String(hour).padStart(2, "0")}`;
      const times = { startTime: `${day}:00:00Z`, endTime: `${day}:30:00Z` };
      made.push(await newEvent(cleo, { ...times, iCalUid: `uid-${hour}`, attendees: [{ userId: ben.id }] }));
    }
    const gone = await newEvent(cleo);
    await cleo.rest("DELETE", `/events/${gone.id}`);
    const [nine, eleven, ten] = made;
    const window = { startAt: "2026-05-04T09:30:00Z", endAt: "2026-05-05T00:00:00+02:00" };

    expect(await bothSay((door) => door.interval(cleo, {}))).toEqual({ value: [nine, ten, eleven] });
    expect((await bothSay((door) => door.interval(cleo, window))).value).toEqual([ten, eleven]);
    expect((await bothSay((door) => door.byUid(cleo, "uid-10"))).value).toEqual([ten]);
    const feed = (await bothSay((door) => door.feed(cleo, {}))).value;
    expect(feed.slice(0, 3)).toEqual(made);
    expect(feed[3]).toMatchObject({ id: gone.id, deleted: true, reason: "deleted" });
    const since = nine.lastModifiedAt;
    expect((await bothSay((door) => door.feed(cleo, { since }))).value).toEqual(feed.slice(1));
    expect((await bothSay((door) => door.deleted(cleo, {}))).value).toEqual([feed[3]]);
    expect((await bothSay((door) => door.deleted(cleo, { since: Date.parse(since) }))).value).toEqual([
      feed[3],
    ]);
    const { calendarId } = cleo;
    expect((await bothSay((door) => door.feed(admin, { calendarId }))).value).toEqual(feed);
    expect((await bothSay((door) => door.interval(admin, { calendarId, ...window }))).value).toEqual([
      ten,
      eleven,
    ]);
  });

  test("a record's timeline is the same, by window and without what an Account's rolls up", async () => {
    const { accountId } = known;
    const [made] = await Promise.all([
      newRecord(ada, { type: "Contact", name: "T", emails: ["t@t.co"], accountId }),
    ]);
    const one = await newEvent(ada, { attendees: [{ emailAddress: "T@t.co" }] });
    const read = (await bothSay((door) => door.timeline(ada, "Contact", made))).value;
    expect(read.map(({ id }: { id: string }) => id)).toEqual([one.id]);
    expect(
      (await bothSay((door) => door.timeline(ada, "Account", accountId))).value.map(({ id }: any) => id),
    ).toContain(one.id);
    expect(
      (await bothSay((door) => door.timeline(ada, "Account", accountId, { rollUp: false }))).value,
    ).not.toContainEqual(expect.objectContaining({ id: one.id }));
    const later = { startAt: "2030-01-01T00:00:00Z" };
    expect((await bothSay((door) => door.timeline(ada, "Contact", made, later))).value).toEqual([]);
  });

  test("people, calendars and records are the same", async () => {
    expect((await bothSay((door) => door.me(ada))).value).toMatchObject({ userId: ada.id, role: "member" });
    const found = (await bothSay((door) => door.users(ada, ["BEN@X.CO", "nobody@x.co", "ada@x.co"]))).value;
    expect(found.map((one: { name: string }) => one.name)).toEqual(["Ada", "Ben"]);
    expect((await bothSay((door) => door.users(ada))).value.length).toBeGreaterThanOrEqual(3);
    expect(
      (await bothSay((door) => door.records(ada, { type: "Contact", emails: ["CY@acme.co"] }))).value,
    ).toEqual([
      { id: known.contactId, type: "Contact", name: "C. Y.", emails: ["cy@acme.co"], accountId: null },
    ]);
    expect((await bothSay((door) => door.records(ada, { q: "cm" }))).value).toHaveLength(1);
    expect((await bothSay((door) => door.records(ada, { q: "%" }))).value).toEqual([]);
    expect((await bothSay((door) => door.calendars(ada, false))).value).toEqual([
      {
        ...{ id: ada.calendarId, name: "Ada", primary: true, timezone: "Europe/Paris", userId: ada.id },
        ...{ kind: "person", access: "owner" },
      },
    ]);
    const all = (await bothSay((door) => door.calendars(admin, true))).value;
    expect(all.map((calendar: { id: string }) => calendar.id)).toContain(ben.calendarId);
  });

  test("whoever was granted a calendar for writing reads and writes there, at both doors", async () => {
    const cleo = await world.person();
    const set = (access: string) =>
      cleo.graphql(
        `mutation { setCalendarGrant(calendarId: primary, userId: "${ada.id}", access: ${access}) { id } }`.replace(
          "primary",
          '"primary"',
        ),
      );
    const { calendarId } = cleo;
    await set("READ");
    expect((await bothSay((door) => door.create(ada, TIMED, calendarId))).refusal?.code).toBe("forbidden");
    await set("WRITE");
    const event = await bothWrite((door) => door.create(ada, { ...TIMED, private: true }, calendarId));
    expect(event).toMatchObject({ ownerId: cleo.id, private: true });
    const listed = (
      await bothSay((door) => door.interval(ada, { calendarId, startAt: "2026-03-02T00:00:00Z" }))
    ).value;
    expect(listed.map(({ subject }: { subject: string }) => subject)).toEqual(["Kick-off", "Kick-off"]);
    expect((await bothSay((door) => door.feed(ada, { calendarId }))).value).toHaveLength(2);
    expect((await bothSay((door) => door.calendars(ada, false))).value.at(-1)).toMatchObject({
      ...{ id: calendarId, primary: false, access: "write" },
    });
    await set("null");
    expect((await bothSay((door) => door.feed(ada, { calendarId }))).refusal?.code).toBe("forbidden");
  });
});

describe("the same refusals at both doors", () => {
  const inputOf = ({ input }: RefusedInput): object => (typeof input === "function" ? input(known) : input);

  test.each(DOORS)(
    "$name refuses to create each event of the table, with the fields to blame",
    async (door) => {
      const answers = [];
      for (const row of REFUSED_INPUTS) {
        const { refusal } = await door.create(ada, { ...TIMED, ...inputOf(row) });
        answers.push([row.what, refusal?.code, refusal?.fields]);
      }
      expect(answers).toEqual(REFUSED_INPUTS.map(({ what, fields }) => [what, "bad_request", fields]));
    },
  );

  test.each(DOORS)(
    "$name refuses to patch an event into each of the table, and leaves it alone",
    async (door) => {
      const event = await newEvent(ada);
      // A patch keeps what is left out, so these are no refusals there.
      const rows = REFUSED_INPUTS.filter(({ what }) => !what.startsWith("no "));
      const answers = [];
      for (const row of rows) {
        const { refusal } = await door.patch(ada, event.id, inputOf(row));
        answers.push([row.what, refusal?.code, refusal?.fields]);
      }
      expect(answers).toEqual(rows.map(({ what, fields }) => [what, "bad_request", fields]));
      expect((await door.byId(ada, event.id)).value).toEqual(event);
    },
  );

  test("the merged result of a patch is what is checked", async () => {
    const { id } = await newEvent(ada);
    const field = (name: string): object => ({ refusal: { code: "bad_request", fields: [name] } });
    expect(await bothSay((door) => door.patch(ada, id, { startTime: "2026-03-02T16:00:00.001Z" }))).toEqual(
      field("endTime"),
    );
    expect(await bothSay((door) => door.patch(ada, id, { startTime: null }))).toEqual(field("startTime"));
    expect(await bothSay((door) => door.patch(ada, id, { endTime: null }))).toEqual(field("endTime"));
  });

  test("an event is neither its own parent nor its own ancestor", async () => {
    const top = await newEvent(ada);
    const middle = await newEvent(ada, { parentId: Number(top.id) });
    const leaf = await newEvent(ada, { parentId: middle.id });
    for (const parentId of [top.id, middle.id, leaf.id].map(Number)) {
      const { refusal } = await bothSay((door) => door.patch(ada, top.id, { parentId }));
      expect(refusal).toEqual({ code: "bad_request", fields: ["parentId"] });
    }
  });

  test("a deleted event is no parent", async () => {
    const { id } = await newEvent(ada);
    await ada.rest("DELETE", `/events/${id}`);
    const { refusal } = await bothSay((door) => door.create(ada, { ...TIMED, parentId: Number(id) }));
    expect(refusal).toEqual({ code: "bad_request", fields: ["parentId"] });
  });

  test("an id that never was, one that was deleted and another organisation's read alike: not_found", async () => {
    const gone = await newEvent(ada);
    await ada.rest("DELETE", `/events/${gone.id}`);
    const notFound = { refusal: { code: "not_found", fields: [] } };
    for (const id of ["999999", "9007199254740991", gone.id, known.foreignEventId]) {
      expect(await bothSay((door) => door.byId(ada, id))).toEqual(notFound);
      expect(await bothSay((door) => door.patch(ada, id, { subject: "x" }))).toEqual(notFound);
    }
    for (const id of ["999999", known.foreignEventId]) {
      expect(await bothSay((door) => door.remove(ada, id))).toEqual(notFound);
    }
  });

  test("a malformed id in a path is not_found; as an argument it is bad_request", async () => {
    for (const id of ["abc", "0", "-1", "1.5", "9007199254740992", "18446744073709551616", "1e3"]) {
      expect((await rest.byId(ada, id)).refusal?.code).toBe("not_found");
      expect((await rest.patch(ada, id, {})).refusal?.code).toBe("not_found");
      expect((await rest.remove(ada, id)).refusal?.code).toBe("not_found");
      for (const ask of [graphql.byId(ada, id), graphql.patch(ada, id, {}), graphql.remove(ada, id)]) {
        expect((await ask).refusal?.code).toBe("bad_request");
      }
    }
  });

  test("a write meant for another version is refused with the event as it stands", async () => {
    const event = await newEvent(ada);
    const stale = { id: event.id, at: "2020-01-01T00:00:00.000Z" };
    const refusal = { code: "precondition_failed", fields: [], current: event };
    expect(await bothSay((door) => door.patch(ada, event.id, { subject: "x" }, stale))).toEqual({ refusal });
    expect(await bothSay((door) => door.remove(ada, event.id, stale))).toEqual({ refusal });
    const fresh = { id: event.id, at: event.lastModifiedAt };
    expect(
      (await bothSay((door) => door.patch(ada, event.id, { subject: "Kick-off" }, fresh))).value,
    ).toEqual(event);
  });

  const REFUSED_LISTS: [string, (door: Door) => Promise<Answer>, string, string[]][] = [
    [
      "a window of no length",
      (d) => d.interval(ada, { startAt: 1767225600000, endAt: 1767225600000 }),
      "bad_request",
      ["endAt"],
    ],
    [
      "a window turned round",
      (d) => d.interval(ada, { startAt: "2026-01-02T00:00:00Z", endAt: "2026-01-01T00:00:00Z" }),
      "bad_request",
      ["endAt"],
    ],
    [
      "a bound without an offset",
      (d) => d.interval(ada, { startAt: "2026-01-02T00:00:00" }),
      "bad_request",
      ["startAt"],
    ],
    ["a bound that is a date", (d) => d.interval(ada, { endAt: "2026-01-02" }), "bad_request", ["endAt"]],
    ["a bound with U+0000", (d) => d.interval(ada, { endAt: "2026\u0000" }), "bad_request", ["endAt"]],
    ["since that is a word", (d) => d.feed(ada, { since: "yesterday" }), "bad_request", ["since"]],
    ["a since in seconds", (d) => d.deleted(ada, { since: 1767225600 }), "bad_request", ["since"]],
    ["a page of nothing", (d) => d.interval(ada, { limit: 0 }), "bad_request", ["limit"]],
    ["a page of 1,001", (d) => d.feed(ada, { limit: 1001 }), "bad_request", ["limit"]],
    ["a page of less than nothing", (d) => d.deleted(ada, { limit: -1 }), "bad_request", ["limit"]],
    ["a page of one and a half", (d) => d.interval(ada, { limit: 1.5 }), "bad_request", ["limit"]],
    ["a colleague's feed", (d) => d.feed(ada, { calendarId: ben.calendarId }), "forbidden", []],
    ["a colleague's removed entries", (d) => d.deleted(ada, { calendarId: ben.calendarId }), "forbidden", []],
    ["a colleague's calendar to create in", (d) => d.create(ada, TIMED, ben.calendarId), "forbidden", []],
    ["all calendars, for a member", (d) => d.calendars(ada, true), "forbidden", []],
    ["an unknown calendar", (d) => d.feed(admin, { calendarId: "999999" }), "not_found", []],
    [
      "another organisation's calendar",
      (d) => d.interval(admin, { calendarId: stranger.calendarId }),
      "not_found",
      [],
    ],
    [
      "another organisation's calendar to create in",
      (d) => d.create(admin, TIMED, stranger.calendarId),
      "not_found",
      [],
    ],
    ["a calendar that is no id", (d) => d.feed(admin, { calendarId: "mine" }), "bad_request", ["calendarId"]],
    [
      "101 addresses of users",
      (d) =>
        d.users(
          ada,
          Array.from({ length: 101 }, (_, index) => `a${index}@x.co`),
        ),
      "bad_request",
      ["email"],
    ],
    [
      "101 addresses of records",
      (d) => d.records(ada, { emails: Array.from({ length: 101 }, (_, index) => `a${index}@x.co`) }),
      "bad_request",
      ["email"],
    ],
    ["an address with U+0000", (d) => d.users(ada, ["a\u0000"]), "bad_request", ["email"]],
    ["a record type that is none", (d) => d.records(ada, { type: "Invoice" }), "bad_request", ["type"]],
    [
      "a timeline of a record of another type",
      (d) => d.timeline(ada, "Lead", known.contactId),
      "not_found",
      [],
    ],
    [
      "a timeline of another organisation's record",
      (d) => d.timeline(ada, "Contact", known.foreignContactId),
      "not_found",
      [],
    ],
    [
      "a timeline from seconds",
      (d) => d.timeline(ada, "Contact", known.contactId, { startAt: "1772463600" }),
      "bad_request",
      ["startAt"],
    ],
    ["a search with U+0000", (d) => d.records(ada, { q: "a\u0000" }), "bad_request", ["q"]],
  ];

  test.each(REFUSED_LISTS)("%s: the same code and field", async (_what, ask, code, fields) => {
    const { refusal } = await bothSay(ask);
    expect(refusal).toEqual({ code, fields });
  });

  test("a token without the scope is forbidden what it lacks, and no more", async () => {
    const reader = await ada.through("reader", ["read"] as never);
    const writer = await ada.through("writer", ["write"] as never);
    const { id } = await newEvent(ada);
    const forbidden = { refusal: { code: "forbidden", fields: [] } };
    expect(await bothSay((door) => door.create(reader, TIMED))).toEqual(forbidden);
    expect(await bothSay((door) => door.patch(reader, id, { subject: "x" }))).toEqual(forbidden);
    expect(await bothSay((door) => door.remove(reader, id))).toEqual(forbidden);
    for (const ask of [
      (door: Door) => door.me(writer),
      (door: Door) => door.byId(writer, id),
      (door: Door) => door.interval(writer, {}),
      (door: Door) => door.feed(writer, {}),
      (door: Door) => door.deleted(writer, {}),
      (door: Door) => door.users(writer),
      (door: Door) => door.records(writer, {}),
      (door: Door) => door.calendars(writer, false),
    ]) {
      expect(await bothSay(ask)).toEqual(forbidden);
    }
    expect((await bothSay((door) => door.byId(reader, id))).value).toMatchObject({ id });
    expect(await bothWrite((door) => door.create(writer, TIMED))).toMatchObject({ subject: "Kick-off" });
  });
});
