// Every mailbox keeps a copy of a meeting, and each copy is partial. The owner's copy is the meeting; a guest's is their own
// part in it: their answer, and the people they add.
import { EVENT } from "../support/doors";
import { openWorld, type Person, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let owner: Person;
let guest: Person;
let other: Person;
let admin: Person;

const TIMED = { subject: "Kick-off", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const STRICT = { Prefer: "handling=strict" };
const LENIENT = { Prefer: "handling=lenient" };

beforeAll(async () => {
  world = await openWorld();
  [owner, guest, other, admin] = await Promise.all([
    world.person({ name: "Ada", email: "ada@x.co" }),
    world.person({ name: "Ben", email: "ben@x.co" }),
    world.person({ name: "Cleo", email: "cleo@x.co" }),
    world.person({ name: "Root", email: "root@x.co", role: "admin" }),
  ]);
});
afterAll(() => world.close());

let made = 0;

async function rich(more: object = {}): Promise<any> {
  const { data } = await owner.graphql(
    `mutation { saveRecords(records: [{ type: Contact, name: "Dana", emails: ["dana${++made}@globex.co"] }]) { id } }`,
  );
  const contactId = data.saveRecords[0].id as string;
  const parent = await owner.rest("POST", "/events", TIMED);
  const { status, body } = await owner.rest("POST", "/events", {
    ...TIMED,
    description: "<p>Agenda</p>\r\n",
    location: "Room 1",
    private: true,
    timezone: "Asia/Tokyo",
    parentId: parent.body.id,
    relatedTo: [{ type: "Contact", id: contactId }],
    iCalUid: "uid-1@x.co",
    attendees: [
      { userId: guest.id, status: "Tentative" },
      { userId: other.id, status: "Accepted" },
      { contactId },
      { emailAddress: "eve@else.co", name: "Eve", status: "Declined" },
    ],
    ...more,
  });
  expect(status).toBe(201);
  return body;
}

const seen = async (id: string): Promise<any> => (await owner.rest("GET", `/events/${id}`)).body;

/** The keys of GraphQL's input that its output has too. */
const asInput = ({ relatedTo, ...event }: any): object => {
  const output = "id ownerId createdAt lastModifiedAt deleted seriesId recurrenceId".split(" ");
  const kept = Object.entries(event).filter(([key]) => !output.includes(key));
  return { ...Object.fromEntries(kept), relatedTo: relatedTo.map(({ type, id }: any) => ({ type, id })) };
};

const UPDATE = `mutation($id: ID!, $input: EventPatch!, $calendarId: ID, $handling: Handling) {
  updateEvent(id: $id, input: $input, calendarId: $calendarId, handling: $handling) { ${EVENT} } }`;

describe("what one reads may be sent back", () => {
  const roles = { owner: () => owner, guest: () => guest };

  test.each(Object.keys(roles) as (keyof typeof roles)[])(
    "as a whole, by the %s, through both doors, strict or not: neither a refusal nor a change",
    async (role) => {
      const who = roles[role]();
      const event = await rich();
      for (const method of ["PUT", "PATCH"]) {
        for (const headers of [STRICT, LENIENT]) {
          const read = await who.rest("GET", `/events/${event.id}`);
          const answer = await who.rest(method, `/events/${event.id}`, read.body, headers);
          expect([method, answer.status, answer.headers.get("tidemark-passed-over"), answer.body]).toEqual([
            method,
            200,
            null,
            event,
          ]);
        }
      }
      for (const handling of ["STRICT", "LENIENT"]) {
        const answer = await who.graphql(UPDATE, { id: event.id, input: asInput(event), handling });
        expect(answer.errors).toBeUndefined();
        expect(answer.extensions).toBeUndefined();
        expect(answer.data.updateEvent.lastModifiedAt).toBe(event.lastModifiedAt);
      }
      expect(await seen(event.id)).toEqual(event);
    },
  );

  test("by an admin through the calendar of the owner, and of a guest", async () => {
    const event = await rich();
    for (const { calendarId } of [owner, guest]) {
      const path = `/events/${event.id}?calendarId=${calendarId}`;
      for (const method of ["PUT", "PATCH"]) {
        const answer = await admin.rest(method, path, (await admin.rest("GET", path)).body, STRICT);
        expect([answer.status, answer.body]).toEqual([200, event]);
      }
      const input = asInput(event);
      const answer = await admin.graphql(UPDATE, { id: event.id, input, calendarId });
      expect(answer.data.updateEvent.lastModifiedAt).toBe(event.lastModifiedAt);
    }
  });

  test("by an admin who is nobody in it, without naming a calendar", async () => {
    const event = await rich();
    const answer = await admin.graphql(UPDATE, { id: event.id, input: asInput(event) });
    expect(answer.data.updateEvent.lastModifiedAt).toBe(event.lastModifiedAt);
  });

  test("an all-day event too", async () => {
    const event = await rich({ allDay: true, startTime: "2026-03-02", endTime: "2026-03-04" });
    for (const who of [owner, guest]) {
      for (const method of ["PUT", "PATCH"]) {
        const answer = await who.rest(method, `/events/${event.id}`, event, STRICT);
        expect([answer.status, answer.body]).toEqual([200, event]);
      }
    }
  });

  test("a link and a contact that were archived since stay while they are sent back as they are", async () => {
    const event = await rich();
    const { contactId, emailAddress } = event.attendees[2];
    await admin.graphql("mutation($ids: [ID!]!) { archiveRecords(ids: $ids) { id } }", {
      ids: [String(contactId)],
    });
    for (const who of [owner, guest]) {
      const answer = await who.rest("PUT", `/events/${event.id}`, event, STRICT);
      expect([answer.status, answer.body]).toEqual([200, event]);
    }
    const attendees = [{ emailAddress }];
    const named = await owner.rest("PATCH", `/events/${event.id}`, { attendees }, STRICT);
    expect(named.body.attendees).toMatchObject([{ emailAddress, contactId: null }]);
  });
});

describe("a guest's list", () => {
  test("that lacks people takes nobody off, neither the others nor the guest", async () => {
    const event = await rich();
    for (const attendees of [
      [{ userId: guest.id, status: "Tentative" }],
      [{ emailAddress: "EVE@else.co" }],
      [],
      null,
    ]) {
      for (const method of ["PUT", "PATCH"]) {
        const answer = await guest.rest(method, `/events/${event.id}`, { attendees }, STRICT);
        expect([answer.status, answer.body]).toEqual([200, event]);
      }
    }
  });

  test("sets the guest's own answer and adds people, at both doors", async () => {
    const event = await rich();
    const attendees = [{ emailAddress: "ben@x.co", status: "accepted" }, { emailAddress: "new@else.co" }];
    const over = await guest.rest("PATCH", `/events/${event.id}`, { attendees }, STRICT);
    expect(over.body.attendees).toEqual([
      { ...event.attendees[0], status: "Accepted" },
      ...event.attendees.slice(1),
      expect.objectContaining({ emailAddress: "new@else.co", status: "NoResponse" }),
    ]);
    const input = { attendees: [{ userId: guest.id, status: "Declined" }, { emailAddress: "two@else.co" }] };
    const { data } = await guest.graphql(UPDATE, { id: event.id, input });
    expect(data.updateEvent.attendees.map((one: any) => one.status)).toEqual([
      "Declined",
      "Accepted",
      "NoResponse",
      "Declined",
      "NoResponse",
      "NoResponse",
    ]);
  });

  test("says nothing of the others: their names, addresses, contacts and answers stay", async () => {
    const event = await rich();
    const attendees = [
      { userId: other.id, name: "Cleopatra", status: "Declined" },
      {
        emailAddress: "eve@else.co",
        name: "E.",
        status: "Accepted",
        contactId: event.attendees[2].contactId,
      },
      { userId: guest.id, name: "Benjamin", emailAddress: "ben@home.co", status: "Accepted" },
    ];
    const refused = await guest.rest("PATCH", `/events/${event.id}`, { attendees }, STRICT);
    expect([refused.status, refused.body.code]).toEqual([403, "forbidden"]);
    const fields = [
      "attendees[0].name",
      "attendees[0].status",
      "attendees[1].contactId",
      "attendees[1].name",
      "attendees[1].status",
      "attendees[2].emailAddress",
      "attendees[2].name",
    ];
    expect(refused.body.details.map((one: any) => one.field).sort()).toEqual(fields);
    const done = await guest.rest("PATCH", `/events/${event.id}`, { attendees }, LENIENT);
    expect(done.headers.get("tidemark-passed-over")).toBe(fields.join(", "));
    expect(done.body.attendees).toEqual([
      { ...event.attendees[0], status: "Accepted" },
      ...event.attendees.slice(1),
    ]);
  });

  test("is no way for somebody who was added to answer before they were asked", async () => {
    const event = await rich();
    const attendees = [
      { userId: admin.id, status: "Accepted" },
      { emailAddress: "fay@else.co", status: "Accepted" },
    ];
    const done = await guest.rest("PATCH", `/events/${event.id}`, { attendees });
    expect(done.headers.get("tidemark-passed-over")).toBe("attendees[0].status");
    expect(done.body.attendees.slice(4)).toMatchObject([
      { userId: admin.id, status: "NoResponse" },
      { emailAddress: "fay@else.co", status: "Accepted" },
    ]);
  });
});

describe("a guest's write", () => {
  /** What a mailbox makes of a meeting that it keeps as a guest's. */
  const PARTIAL = {
    subject: "RE: Kick-off",
    description: "<html><body><p>Agenda</p></body></html>",
    location: null,
    startTime: "2026-03-02T18:00:00Z",
    private: false,
    timezone: null,
    parentId: null,
    relatedTo: null,
    iCalUid: "other-uid",
  };
  const FIELDS = "description, iCalUid, location, parentId, private, relatedTo, startTime, subject, timezone";

  test("changes no field that the owner says, by PATCH or PUT: a version is made by neither", async () => {
    const event = await rich();
    for (const method of ["PUT", "PATCH"]) {
      const refused = await guest.rest(method, `/events/${event.id}`, PARTIAL, STRICT);
      expect([
        refused.status,
        refused.body.details
          .map((one: any) => one.field)
          .sort()
          .join(", "),
      ]).toEqual([403, FIELDS]);
      const done = await guest.rest(method, `/events/${event.id}`, PARTIAL);
      expect([done.status, done.headers.get("tidemark-passed-over"), done.body]).toEqual([
        200,
        FIELDS,
        event,
      ]);
    }
    const { extensions, data } = await guest.graphql(UPDATE, {
      id: event.id,
      input: PARTIAL,
      handling: "LENIENT",
    });
    expect([...extensions.passedOver].sort().join(", ")).toBe(FIELDS);
    expect(data.updateEvent.lastModifiedAt).toBe(event.lastModifiedAt);
  });

  test("in a batch too, each field with its place", async () => {
    const [one, two] = [await rich(), await rich()];
    const items = [
      { id: one.id, input: { subject: "x", attendees: [{ userId: guest.id, status: "Accepted" }] } },
      { id: two.id, input: { attendees: [{ userId: guest.id, status: "Accepted" }] } },
    ];
    const mutation = `mutation($items: [EventPatchItem!]!, $handling: Handling, $atomic: Boolean) {
      updateEvents(items: $items, handling: $handling, atomic: $atomic) { event { subject } error { code details { field } } } }`;
    const strict = await guest.graphql(mutation, { items });
    expect(strict.data.updateEvents).toEqual([
      { event: null, error: { code: "forbidden", details: [{ field: "subject" }] } },
      { event: { subject: "Kick-off" }, error: null },
    ]);
    const atomic = await guest.graphql(mutation, { items, atomic: true });
    expect(atomic.errors?.[0]?.extensions).toMatchObject({
      code: "forbidden",
      details: [{ field: "items[0].subject" }],
    });
    const lenient = await guest.graphql(mutation, { items, handling: "LENIENT" });
    expect(lenient.data.updateEvents.map(({ error }: any) => error)).toEqual([null, null]);
    expect(lenient.extensions).toEqual({ passedOver: ["items[0].subject"] });
    expect((await seen(one.id)).attendees[0].status).toBe("Accepted");
  });

  test("that says a time alone, later than the end, is passed over like any other", async () => {
    const event = await rich();
    const done = await guest.rest("PATCH", `/events/${event.id}`, { startTime: "2026-03-02T20:00:00Z" });
    expect([done.status, done.headers.get("tidemark-passed-over")]).toEqual([200, "startTime"]);
    const allDay = await guest.rest("PATCH", `/events/${event.id}`, { allDay: true, endTime: null });
    expect([allDay.status, allDay.headers.get("tidemark-passed-over")]).toEqual([200, "allDay, endTime"]);
    const unreadable = await guest.rest("PATCH", `/events/${event.id}`, { startTime: "soon" });
    expect([unreadable.status, unreadable.body.details[0].field]).toEqual([400, "startTime"]);
  });

  test("is an admin's where one names no calendar: an admin says everything, invited or not", async () => {
    const event = await rich({ attendees: [{ userId: admin.id }, { userId: other.id }] });
    const input = { subject: "By an admin", attendees: [{ userId: admin.id }] };
    const { data } = await admin.graphql(UPDATE, { id: event.id, input });
    expect(data.updateEvent).toMatchObject({ subject: "By an admin", attendees: [{ userId: admin.id }] });
    const through = await admin.rest("PATCH", `/events/${event.id}`, { subject: "As a guest" }, STRICT);
    expect(through.status).toBe(403);
  });
});

describe("where the owner lets guests edit", () => {
  const EDITS = {
    subject: "Kick-off, moved",
    description: "Agenda",
    location: "Room 2",
    startTime: "2026-03-02T18:00:00.000Z",
    endTime: "2026-03-02T19:00:00.000Z",
    timezone: "Europe/Berlin",
    conferenceUrl: "https://meet.example/abc",
    type: "Demo",
    properties: { stage: "won" },
    relatedTo: [],
  };
  const NEVER = {
    private: false,
    parentId: null,
    showAs: "free",
    status: "tentative",
    organizerEmail: "ben@x.co",
    guestsCanEdit: false,
    iCalUid: "another",
  };

  test("they change texts, times, where to join, its type, its properties and links, at both doors", async () => {
    const event = await rich({ guestsCanEdit: true });
    const over = await guest.rest("PATCH", `/events/${event.id}`, EDITS, STRICT);
    expect([over.status, over.body]).toMatchObject([200, EDITS]);
    const { data, errors } = await guest.graphql(UPDATE, { id: event.id, input: { location: "Room 3" } });
    expect(errors).toBeUndefined();
    expect(data.updateEvent.location).toBe("Room 3");
    const moved = await guest.rest("PATCH", `/events/${event.id}`, { startTime: "2026-03-02T20:00:00Z" });
    expect([moved.status, moved.body.details[0].field]).toEqual([400, "endTime"]);
  });

  test("a replacement by a guest leaves alone what it leaves out", async () => {
    const event = await rich({ guestsCanEdit: true, conferenceUrl: "https://meet.example/abc" });
    const { body } = await guest.rest("PUT", `/events/${event.id}`, { ...TIMED, subject: "Named" }, STRICT);
    expect(body).toEqual({ ...event, subject: "Named", lastModifiedAt: body.lastModifiedAt });
  });

  test("whom the event is hidden from, what it makes of the time, whose it is: never", async () => {
    const event = await rich({ guestsCanEdit: true });
    const fields = Object.keys(NEVER).sort();
    const refused = await guest.rest("PATCH", `/events/${event.id}`, NEVER, STRICT);
    expect([refused.status, refused.body.details.map((one: any) => one.field).sort()]).toEqual([403, fields]);
    const done = await guest.rest("PATCH", `/events/${event.id}`, { ...NEVER, location: "Room 2" });
    expect(done.headers.get("tidemark-passed-over")).toBe(fields.join(", "));
    expect(done.body).toEqual({ ...event, location: "Room 2", lastModifiedAt: done.body.lastModifiedAt });
    // Nor is another person taken off the list, or answered for.
    const attendees = [{ userId: other.id, status: "Declined" }];
    const listed = await guest.rest("PATCH", `/events/${event.id}`, { attendees });
    expect(listed.headers.get("tidemark-passed-over")).toBe("attendees[0].status");
    expect(listed.body.attendees).toEqual(event.attendees);
  });
});
