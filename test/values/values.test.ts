// Values on the wire, sentence by sentence: instants, dates, zones, text, status words.
import { EventView } from "../../src/event/projection";
import { STRICT } from "../support/doors";
import { openWorld, type Person, type RestReply, type World } from "../support/world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

let world: World;
let ada: Person;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person({ name: "Ada", email: "ada@x.co", timezone: "Europe/Paris" });
});
afterAll(() => world.close());

const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const post = (more: object): Promise<RestReply> => ada.rest("POST", "/events", { ...TIMED, ...more }, STRICT);

async function create(more: object): Promise<any> {
  const { status, body } = await post(more);
  expect([status, body.message]).toEqual([201, undefined]);
  return body;
}

async function patch(id: string, change: object): Promise<any> {
  const { status, body } = await ada.rest("PATCH", `/events/${id}`, change);
  expect([status, body.message]).toEqual([200, undefined]);
  return body;
}

describe("instants", () => {
  test.each([
    ["2026-03-02T15:00:00Z", "2026-03-02T15:00:00.000Z"],
    ["2026-03-02T15:00:00+00:00", "2026-03-02T15:00:00.000Z"],
    ["2026-03-02T15:00:00-00:00", "2026-03-02T15:00:00.000Z"],
    ["2026-03-02T16:30:00+01:30", "2026-03-02T15:00:00.000Z"],
    ["2026-03-02T11:30:00.5-03:30", "2026-03-02T15:00:00.500Z"],
    ["2026-03-03T00:45:00+09:45", "2026-03-02T15:00:00.000Z"],
    ["2026-03-02T15:00:00.123999999Z", "2026-03-02T15:00:00.123Z"],
    ["2026-03-02T16:00:00 01:00", "2026-03-02T15:00:00.000Z"],
    ["2026-03-02t15:00:00z", "2026-03-02T15:00:00.000Z"],
    [1772463600000, "2026-03-02T15:00:00.000Z"],
    ["1772463600001", "2026-03-02T15:00:00.001Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"],
    [0, "1970-01-01T00:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ])("%p is the instant %s", async (given, expected) => {
    const event = await create({ startTime: given, endTime: "9999-12-31T23:59:59.999Z" });
    expect([event.startTime, event.endTime]).toEqual([expected, "9999-12-31T23:59:59.999Z"]);
  });

  test("in a query too an instant may be epoch milliseconds, or have lost its + to a blank", async () => {
    const mine = await world.person();
    const { body: event } = await mine.rest("POST", "/events", TIMED);
    for (const startAt of ["2026-03-02T16:59:59+02:00", "2026-03-02T16:59:59%2B02:00", "1772463599000"]) {
      const { body } = await mine.rest("GET", `/events?startAt=${startAt}&endAt=2026-03-02T15:00:00.001Z`);
      expect(body.records).toEqual([event]);
    }
  });

  test.each([1, 1772463600, "1772463600", 99_999_999_999])(
    "%p looks like seconds, and is refused",
    async (given) => {
      for (const allDay of [true, false]) {
        const { status, body } = await post({ allDay, startTime: given });
        expect(status).toBe(400);
        expect(body.details[0].field).toBe("startTime");
        expect(body.details[0].message).toMatch(/^startTime looks like seconds/);
      }
      const list = await ada.rest("GET", `/events?startAt=${given}`);
      expect([list.status, list.body.details[0].message]).toEqual([400, expect.stringMatching(/seconds/)]);
    },
  );

  test.each([
    "1969-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00+02:00",
    "-62135596800000",
    "0",
  ])("since %s is from nothing", async (since) => {
    const mine = await world.person();
    const { body: event } = await mine.rest("POST", "/events", TIMED);
    for (const query of [`since=${encodeURIComponent(since)}`, `deltaToken=${encodeURIComponent(since)}`]) {
      const { status, body } = await mine.rest("GET", `/events?${query}`);
      expect([query, status, body.records]).toEqual([query, 200, [event]]);
    }
    const { data } = await mine.graphql(`{ changes(since: "${since}") { records { id } } }`);
    expect(data.changes.records).toEqual([{ id: event.id }]);
    expect((await mine.rest("GET", `/events?startAt=${since}`)).status).toBe(since === "0" ? 200 : 400);
  });

  test("a patch of one time that goes beyond the other is told what is stored", async () => {
    const { id } = await create({});
    const { body } = await ada.rest("PATCH", `/events/${id}`, { startTime: "2026-03-02T17:00:00Z" });
    expect(body.details).toEqual([
      {
        field: "endTime",
        message:
          "endTime must not be before startTime (2026-03-02T17:00:00.000Z); it is 2026-03-02T16:00:00.000Z now.",
      },
    ]);
    const cleared = await ada.rest("PATCH", `/events/${id}`, { endTime: null });
    expect([cleared.status, cleared.body.details[0].field]).toEqual([400, "endTime"]);
  });

  test("events in the past, of no length and of fifty years are fine", async () => {
    await create({ startTime: "1971-01-01T00:00:00Z", endTime: "1971-01-01T00:00:00Z" });
    await create({ startTime: "1990-01-01T00:00:00Z", endTime: "2040-01-01T00:00:00Z" });
  });
});

describe("all-day events", () => {
  const allDay = async (startTime: unknown, endTime?: unknown): Promise<[string, string]> => {
    const event = await create({ allDay: true, startTime, endTime });
    expect(event.allDay).toBe(true);
    return [event.startTime, event.endTime];
  };
  const day = (date: string): string => `${date}T00:00:00.000Z`;

  test.each([
    ["a date", "2026-03-02"],
    ["midnight UTC", "2026-03-02T00:00:00Z"],
    ["a time of day without an offset", "2026-03-02T09:30:00"],
    ["the last moment of the day far in the east", "2026-03-02T23:59:59+14:00"],
    ["the first moment of the day far in the west", "2026-03-02T00:00:00-11:00"],
    ["epoch milliseconds, of which the date in UTC counts", Date.parse("2026-03-02T23:00:00Z")],
  ])("start as %s: the date as written", async (_what, given) => {
    expect(await allDay(given, "2026-03-04")).toEqual([day("2026-03-02"), day("2026-03-04")]);
  });

  test.each([
    ["no end: one day", undefined, "2026-03-03"],
    ["a null end: one day", null, "2026-03-03"],
    ["the end is the start: one day", "2026-03-02", "2026-03-03"],
    ["the end is exclusive", "2026-03-05", "2026-03-05"],
    ["midnight in any offset is the date as written", "2026-03-05T00:00:00+05:30", "2026-03-05"],
    ["a time of day means the midnight after it", "2026-03-05T00:00:00.001Z", "2026-03-06"],
    ["23:59:59 on the day itself: one day", "2026-03-02T23:59:59+01:00", "2026-03-03"],
    ["23:59 of the year's last day", "2026-12-31T23:59", "2027-01-01"],
  ])("end: %s", async (_what, given, end) => {
    expect(await allDay("2026-03-02", given)).toEqual([day("2026-03-02"), day(end)]);
  });

  test("the last possible day is 9999-12-30", async () => {
    expect(await allDay("9999-12-30")).toEqual([day("9999-12-30"), day("9999-12-31")]);
    const { body } = await post({ allDay: true, startTime: "9999-12-30", endTime: "9999-12-31T00:00:01Z" });
    expect(body.details.map((detail: any) => detail.field)).toEqual(["endTime"]);
  });

  test("a patch that clears the end, and a replacement without one, make it one day", async () => {
    const { id } = await create({ allDay: true, startTime: "2026-03-02", endTime: "2026-03-09" });
    const cleared = await patch(id, { endTime: null });
    expect(cleared).toMatchObject({ startTime: day("2026-03-02"), endTime: day("2026-03-03") });
    const timed = await create({ ...TIMED, timezone: "Europe/Paris" });
    const becomes = await patch(timed.id, { allDay: true, endTime: null });
    expect(becomes).toMatchObject({ startTime: day("2026-03-02"), endTime: day("2026-03-03") });
    const { body } = await ada.rest("PUT", `/events/${id}`, { allDay: true, startTime: "2026-03-02" });
    expect(body).toMatchObject({ startTime: day("2026-03-02"), endTime: day("2026-03-03") });
  });

  test("another timezone never shifts the dates", async () => {
    const event = await create({ allDay: true, startTime: "2026-03-02", timezone: "Pacific/Kiritimati" });
    const moved = await patch(event.id, { timezone: "Pacific/Pago_Pago" });
    expect(moved).toMatchObject({ startTime: event.startTime, endTime: event.endTime });
  });

  test("switched on, the dates are those the times have in the event's timezone", async () => {
    const times = { startTime: "2026-03-01T15:00:00Z", endTime: "2026-03-01T16:00:00Z" };
    const tokyo = await create({ ...times, timezone: "Asia/Tokyo" });
    expect(await patch(tokyo.id, { allDay: true })).toMatchObject({
      startTime: day("2026-03-02"),
      endTime: day("2026-03-03"),
    });
    const untilMidnight = await create({ ...times, endTime: "2026-03-01T23:00:00Z" });
    expect(await patch(untilMidnight.id, { allDay: true })).toMatchObject({
      startTime: day("2026-03-01"),
      endTime: day("2026-03-02"),
    });
  });

  test("switched off, it starts and ends at those midnights in the event's timezone", async () => {
    const event = await create({ allDay: true, startTime: "2026-03-28", endTime: "2026-03-30" });
    expect(event.timezone).toBe("Europe/Paris");
    expect(await patch(event.id, { allDay: false })).toMatchObject({
      allDay: false,
      startTime: "2026-03-27T23:00:00.000Z",
      endTime: "2026-03-29T22:00:00.000Z",
    });
  });
});

describe("timezone", () => {
  test.each([
    ["America/New_York", "America/New_York"],
    ["asia/kolkata", "Asia/Kolkata"],
    ["W. Europe Standard Time", "Europe/Berlin"],
    ["Eastern Standard Time", "America/New_York"],
    ["UTC", "UTC"],
  ])("%s is %s, and changes no instant", async (given, expected) => {
    const event = await create({ timezone: given });
    expect(event).toMatchObject({ timezone: expected, startTime: "2026-03-02T15:00:00.000Z" });
  });

  test("absent or null it is the owner's, also when it is cleared later", async () => {
    expect((await create({})).timezone).toBe("Europe/Paris");
    const event = await create({ timezone: "Asia/Tokyo" });
    expect((await patch(event.id, { timezone: null })).timezone).toBe("Europe/Paris");
  });
});

describe("text", () => {
  const ODD = [
    "",
    " ",
    "  both ends  ",
    "\ttab\r\nCRLF\nLF\rCR\n",
    "<b>HTML &amp; &nbsp;</b><script>alert(1)</script>",
    "👩‍👩‍👧‍👦 🇫🇷 é é ﷽ \u202eRTL\u202c",
    "\\u0000 is six characters \\ and quotes ' \" ` $1 %s ${x} --",
    "\u0001\u001f\u007f\u0085\u2028\u2029\ufeff\uffff",
    "null",
  ];

  test.each(["subject", "location", "description"])("%s is kept byte for byte", async (key) => {
    for (const text of ODD) {
      const event = await create({ [key]: text });
      expect(event[key]).toBe(text);
      const { body } = await ada.rest("GET", `/events/${event.id}`);
      expect(body[key]).toBe(text);
    }
  });

  test("names, addresses and iCalUid too, the latter without the blanks around it", async () => {
    for (const text of ODD) {
      const event = await create({ iCalUid: text, attendees: [{ emailAddress: "x@y.z", name: text }] });
      expect([event.iCalUid, event.attendees[0].name]).toEqual([text.trim(), text]);
    }
    const strange = [
      "no at sign",
      " blank@x.co ",
      "Ünï@cöde.example",
      "a,b;c@x.co",
      "x".repeat(320),
      "💌".repeat(320),
    ];
    const event = await create({ attendees: strange.map((emailAddress) => ({ emailAddress })) });
    expect(event.attendees.map((one: any) => one.emailAddress)).toEqual(strange.map((one) => one.trim()));
  });

  test("lengths count code points: a thousand emoji are a subject, two thousand a location", async () => {
    const most = {
      subject: "📅".repeat(1000),
      location: "📅".repeat(2000),
      description: "📅".repeat(100_000),
    };
    expect(await create(most)).toMatchObject(most);
  });

  test("an iCalUid of a thousand wide characters that do not compress is stored and found", async () => {
    const wide = Array.from({ length: 1000 }, (_, at) =>
      String.fromCodePoint(0x10000 + ((at * 7919) % 60000)),
    );
    const event = await create({ iCalUid: wide.join("") });
    const { body } = await ada.rest("GET", `/events?iCalUid=${encodeURIComponent(wide.join(""))}`);
    expect(body.records).toEqual([event]);
  });

  test("null and empty stay apart, but for the subject", async () => {
    const event = await create({ subject: null, location: "", description: null, iCalUid: "" });
    expect(event).toMatchObject({ subject: "", location: "", description: null, iCalUid: "" });
    const turned = await patch(event.id, { location: null, description: "", iCalUid: null });
    expect(turned).toMatchObject({ location: null, description: "", iCalUid: null });
  });

  test("without a word about them, subject is empty and allDay and private are false, like null", async () => {
    const bare = await create({});
    expect(bare).toMatchObject({
      subject: "",
      allDay: false,
      private: false,
      description: null,
      iCalUid: null,
    });
    expect(await create({ allDay: null, private: null })).toMatchObject({ allDay: false, private: false });
    const event = await create({ private: true });
    expect(await patch(event.id, { private: null })).toMatchObject({ private: false });
  });
});

describe("status words", () => {
  const WORDS: Record<string, string[]> = {
    Accepted: ["accepted", "ACCEPTED", " organizer ", "Accept", "YES"],
    Declined: ["Declined", "dEcLiNeD", "decline", "no"],
    Tentative: ["tentative", "tentativelyAccepted", "TENTITIVE", "maybe"],
    NoResponse: [
      ...[
        "NoResponse",
        "needsAction",
        "needs-action",
        "NEEDS_ACTION",
        "none",
        "notResponded",
        "Unknown",
        "",
        " ",
      ],
      ...["noResponseReceived", "noreply", "delegated"],
    ],
  };

  test.each(Object.keys(WORDS))("%s is what its words in any case come to", async (status) => {
    const given = (WORDS[status] ?? []).map((word, at) => ({ emailAddress: `a${at}@x.co`, status: word }));
    const event = await create({ attendees: given });
    expect(event.attendees.map((one: any) => one.status)).toEqual(given.map(() => status));
  });

  test("an unknown one is refused with the words there are", async () => {
    const { body } = await post({ attendees: [{ emailAddress: "a@x.co", status: "perhaps" }] });
    expect(body.details).toEqual([{ field: "attendees[0].status", message: expect.any(String) }]);
    for (const word of Object.keys(WORDS)) expect(body.message).toContain(word);
  });
});

describe("ids", () => {
  test("userId, ownerId and id are text; parentId and contactId numbers; either form is understood", async () => {
    const { body: contact } = await ada.rest("POST", "/contacts", { name: "C", email: "c@acme.co" });
    const parent = await create({});
    for (const form of [String, Number]) {
      const event = await create({
        parentId: form(parent.id),
        attendees: [{ userId: form(ada.id) }, { contactId: form(contact.id) }],
        relatedTo: [{ type: "contact", id: form(contact.id) }],
      });
      expect(event).toMatchObject({
        id: expect.any(String),
        ownerId: ada.id,
        parentId: Number(parent.id),
        attendees: [{ userId: ada.id }, { contactId: Number(contact.id) }],
        relatedTo: [{ type: "Contact", id: contact.id, name: "C" }],
      });
    }
  });
});

test("an event's texts are printed as JSON.stringify prints them, whatever character they hold", () => {
  const wrong = Array.from({ length: 2 ** 16 }, (_, unit) => `a${String.fromCharCode(unit)}b`).filter(
    (subject) => new EventView(["5", subject]).jsonOf(1) !== JSON.stringify(subject),
  );
  expect(wrong).toEqual([]);
});
