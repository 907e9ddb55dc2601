// Writing calendar files: what the rules of RFC 5545 ask of one, and that nothing is lost between writing and reading.

import fc from "fast-check";
import ical from "ical.js";
import { timezoneLines } from "../../src/ical/vtimezone";
import { CalendarFile, type ExportedEvent } from "../../src/ical/write";
import { instantToWall, wallToInstant } from "../../src/values/timezone";
import { calendar, read, vevent } from "../support/calendar-text";

const EVENT: ExportedEvent = {
  iCalUid: "kickoff@demo.test",
  id: "1042",
  subject: "Kick-off",
  description: null,
  location: null,
  startTime: "2026-03-02T15:00:00.000Z",
  endTime: "2026-03-02T16:00:00.000Z",
  allDay: false,
  private: false,
  timezone: "Europe/Paris",
  showAs: "busy",
  status: "confirmed",
  type: null,
  conferenceUrl: null,
  properties: {},
  attendees: [],
  organizerEmail: "ada@demo.test",
  organizerName: "Ada Demo",
  createdAt: "2026-01-01T09:00:00.000Z",
  lastModifiedAt: "2026-01-02T09:00:00.123Z",
};

function write(events: ExportedEvent[], calendarName = "Ada"): string {
  const file = new CalendarFile(calendarName);
  return [file.head, ...events.map((event) => file.event(event)), file.foot].join("");
}

const lines = (event: Partial<ExportedEvent>): string[] => write([{ ...EVENT, ...event }]).split("\r\n");

/** Parameters, type and value of DTSTART: on the wall of the zone, but for what that shows again later. */
function startOf({ startTime, allDay, timezone }: ExportedEvent): unknown[] {
  if (allDay) return [{}, "date", startTime.slice(0, 10)];
  const wall = instantToWall(Date.parse(startTime), timezone);
  const isAgain = wallToInstant(wall, timezone) !== Date.parse(startTime);
  if (timezone === "UTC" || isAgain) return [{}, "date-time", startTime.replace(".000Z", "Z")];
  return [{ tzid: timezone }, "date-time", new Date(wall).toISOString().slice(0, 19)];
}

/** What is left of a text in a file: line ends are LF, control characters and lone surrogates are gone. */
const kept = (text: string): string =>
  [...text.replace(/\r\n?/g, "\n")]
    .filter((character) => /[\P{Cc}\t\n\u0080-\u009f]/u.test(character) && !/\p{Surrogate}/u.test(character))
    .join("");

test("an event is written line by line as the standard has it", () => {
  const event: ExportedEvent = {
    ...EVENT,
    description: "a, b; c\\d\ne",
    private: true,
    showAs: "outOfOffice",
    status: "tentative",
    type: "Demo; first",
    conferenceUrl: "https://meet.example.test/a,b;c",
    properties: { stage: "won\\", amount: 4.5, hot: true },
    attendees: [
      { emailAddress: "ben@demo.test", name: 'Ben "the elder", Demo', status: "Tentative", type: "optional" },
      { emailAddress: "cleo@demo.test", name: null, status: "NoResponse", type: "required" },
      { emailAddress: "room4@demo.test", name: null, status: "Accepted", type: "resource" },
      { emailAddress: null, name: "Nobody can write to me", status: "Accepted", type: "required" },
    ],
  };
  const withoutZone = write([event], "Ada, mostly").replace(/BEGIN:VTIMEZONE[^]*END:VTIMEZONE\r\n/, "");
  expect(withoutZone.split("\r\n")).toEqual([
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Tidemark//Tidemark//EN",
    "CALSCALE:GREGORIAN",
    "X-WR-CALNAME:Ada\\, mostly",
    "BEGIN:VEVENT",
    "UID:kickoff@demo.test",
    "DTSTAMP:20260102T090000Z",
    "CREATED:20260101T090000Z",
    "LAST-MODIFIED:20260102T090000Z",
    "SEQUENCE:86400",
    "DTSTART;TZID=Europe/Paris:20260302T160000",
    "DTEND;TZID=Europe/Paris:20260302T170000",
    "SUMMARY:Kick-off",
    "DESCRIPTION:a\\, b\\; c\\\\d\\ne",
    "CLASS:PRIVATE",
    "TRANSP:OPAQUE",
    "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
    "STATUS:TENTATIVE",
    "CONFERENCE;VALUE=URI:https://meet.example.test/a,b;c",
    "X-TIDEMARK-TYPE:Demo\\; first",
    'X-TIDEMARK-PROPERTIES:{"stage":"won\\\\\\\\"\\,"amount":4.5\\,"hot":true}',
    "X-TIDEMARK-TIMEZONE:Europe/Paris",
    "ORGANIZER;CN=Ada Demo:mailto:ada@demo.test",
    `ATTENDEE;CN="Ben ^'the elder^', Demo";ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATI`,
    " VE:mailto:ben@demo.test",
    "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:cleo@demo.test",
    "ATTENDEE;CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:room",
    " 4@demo.test",
    "X-TIDEMARK-EVENT:1042-1767258000000",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ]);
});

test("an all-day event is written as dates, the end excluded", () => {
  const times = { allDay: true, startTime: "2026-03-02T00:00:00.000Z", endTime: "2026-03-04T00:00:00.000Z" };
  expect(lines(times)).toEqual(
    expect.arrayContaining(["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304"]),
  );
});

test("an event goes by its iCalUid, else by its id and when it was made, and no two by the same", () => {
  const uids = (...events: Partial<ExportedEvent>[]): string[] =>
    write(events.map((event) => ({ ...EVENT, ...event }))).match(/^UID:.*(?=\r)/gm) ?? [];
  expect(uids({ iCalUid: null, id: "7" }, { iCalUid: " ", id: "8" })).toEqual([
    "UID:7-1767258000000@tidemark",
    "UID:8-1767258000000@tidemark",
  ]);
  expect(uids({ id: "1" }, { id: "2" })).toEqual(["UID:kickoff@demo.test", "UID:2-1767258000000@tidemark"]);
});

test.each([
  "Europe/Paris",
  "America/New_York",
  "Australia/Lord_Howe",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Kolkata",
  "America/Sao_Paulo",
  "Pacific/Apia",
  "Antarctica/Troll",
])("the VTIMEZONE of %s shows what its clocks show, under whatever name", (zone) => {
  const hours = fc.integer({ min: Date.UTC(1971, 0) / 3_600_000, max: Date.UTC(2085, 0) / 3_600_000 });
  const text = timezoneLines(zone).join("\r\n").replace(`TZID:${zone}`, "TZID:Somewhere else");
  fc.assert(
    fc.property(fc.array(hours, { minLength: 5, maxLength: 5 }), (list) => {
      const walls = list.map((hour) => instantToWall(hour * 3_600_000, zone));
      const digits = (wall: number): string => new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, "");
      const events = walls.map((wall, index) =>
        vevent(`UID:${index}`, `DTSTART;TZID=Somewhere else:${digits(wall)}`),
      );
      const { events: found, problems } = read(calendar(text, ...events));
      expect(problems).toEqual([]);
      expect(found.map(({ startTime }) => Date.parse(startTime))).toEqual(
        walls.map((wall) => wallToInstant(wall, zone)),
      );
    }),
    { numRuns: 20 },
  );
});

test("an empty calendar is a calendar", () => {
  expect(read(write([])).events).toEqual([]);
  expect(ical.parse(write([]))).toEqual(["vcalendar", expect.anything(), []]);
});

describe("of any texts", () => {
  const special = fc.constantFrom(
    ...[
      "😀",
      "👩‍👩‍👧",
      "שלום",
      "مرحبا",
      "é",
      "\n",
      "\r\n",
      "\r",
      "\t",
      ",",
      ";",
      ":",
      "\\",
      "\\n",
      '"',
      "^",
      "^n",
      "^'",
    ],
    ...[
      " ",
      "=",
      "\u0000",
      "\u0007",
      "\ud800",
      "\udc00",
      "\u2028",
      "\u0085",
      "\ufeff",
      "END:VEVENT",
      "BEGIN:VEVENT",
    ],
  );
  const text = fc
    .array(fc.oneof(special, fc.string({ unit: "binary", maxLength: 8 })), { maxLength: 30 })
    .map((parts) => parts.join(""));
  const instant = fc
    .integer({ min: 0, max: Date.UTC(9999, 11, 30) / 1000 })
    .map((seconds) => new Date(seconds * 1000).toISOString());
  const address = fc
    .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 })
    .map((local) => `${local}@demo.test`.trim());
  const attendee = fc.record({
    emailAddress: address,
    name: fc.option(text),
    status: fc.constantFrom("Accepted", "Declined", "Tentative", "NoResponse"),
    type: fc.constantFrom("required", "optional", "resource"),
  });

  const timed = fc.tuple(instant, instant).map((times) => {
    const [startTime, endTime] = times.sort();
    return { startTime, endTime, allDay: false };
  });
  const allDay = fc.tuple(instant, fc.integer({ min: 1, max: 400 })).map(([start, days]) => {
    const from = Math.floor(Date.parse(start) / 86_400_000) - 400;
    const date = (day: number): string => new Date(Math.max(day, 0) * 86_400_000).toISOString();
    return { startTime: date(from), endTime: date(Math.max(from, 0) + days), allDay: true };
  });
  const event = fc
    .record({
      id: fc.integer({ min: 1 }).map(String),
      iCalUid: fc.option(text),
      subject: text,
      description: fc.option(text),
      location: fc.option(text),
      private: fc.boolean(),
      timezone: fc.constantFrom("Europe/Paris", "Asia/Kolkata", "UTC"),
      showAs: fc.constantFrom("busy", "free", "tentative", "outOfOffice"),
      status: fc.constantFrom("confirmed", "tentative"),
      type: fc.option(text.map((one) => one.slice(0, 90))),
      conferenceUrl: fc.option(fc.webUrl({ withFragments: true, withQueryParameters: true })),
      properties: fc.dictionary(
        fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,9}$/),
        fc.oneof(
          fc.string({ unit: "grapheme", maxLength: 20 }).filter((one) => !one.includes("\0")),
          fc.boolean(),
          fc.integer(),
        ),
        { maxKeys: 4, noNullPrototype: true },
      ),
      attendees: fc.uniqueArray(attendee, {
        maxLength: 4,
        selector: ({ emailAddress }) => emailAddress.toLowerCase(),
      }),
      organizerName: fc.option(text),
      createdAt: instant,
      lastModifiedAt: instant,
    })
    .chain((rest) => fc.oneof(timed, allDay).map((times) => ({ ...EVENT, ...rest, ...times })));
  const events = fc.uniqueArray(event, { maxLength: 4, selector: ({ id }) => id });

  test("every line has at most 75 octets, ends in CRLF and is whole UTF-8", () => {
    fc.assert(
      fc.property(events, text, (list, name) => {
        const written = write(list, name);
        expect(written.replace(/\r\n/g, "")).not.toMatch(/[\r\n]/);
        for (const line of written.split("\r\n")) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
          expect(Buffer.from(line).toString()).toBe(line);
        }
      }),
    );
  });

  test("what is written is read back as the same events", () => {
    fc.assert(
      fc.property(events, (list) => {
        const { events: back, problems, counts } = read(write(list), { ownEmails: [EVENT.organizerEmail] });
        expect(problems).toEqual([]);
        expect(counts.components).toBe(list.length);
        const expected = list.map((one) => ({
          subject: kept(one.subject),
          description: kept(one.description ?? "") || null,
          location: kept(one.location ?? "") || null,
          startTime: one.startTime,
          endTime: one.endTime,
          allDay: one.allDay,
          private: one.private,
          timezone: one.timezone,
          showAs: one.showAs,
          isFree: one.showAs === "free",
          status: one.status,
          type: kept(one.type ?? "").trim() || null,
          conferenceUrl: one.conferenceUrl,
          properties: Object.keys(one.properties).length > 0 ? one.properties : null,
          organizer: { emailAddress: one.organizerEmail, name: kept(one.organizerName ?? "").trim() || null },
          attendees: one.attendees.map((person) => ({
            ...person,
            name: kept(person.name ?? "").trim() || null,
          })),
        }));
        expect(back.map(({ iCalUid: _uid, line: _line, ...rest }) => rest)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("ical.js alone reads the same texts, times and people", () => {
    fc.assert(
      fc.property(events, (list) => {
        // It takes a backslash in a parameter for an escape, which there are none of (RFC 5545, 3.1).
        fc.pre(list.every(({ attendees }) => attendees.every(({ name }) => !name?.includes("\\"))));
        const [, , components] = ical.parse(write(list)) as [string, unknown, [string, unknown[][]][]];
        const vevents = components.filter(([name]) => name === "vevent");
        const found = vevents.map(([, properties]) => ({
          values: ["summary", "description", "location"].map(
            (name) => properties.find((line) => line[0] === name)?.[3] ?? null,
          ),
          start: properties.find((line) => line[0] === "dtstart")?.slice(1),
          people: properties.filter((line) => line[0] === "attendee").map((line) => [line[1], line[3]]),
        }));
        const expected = list.map((one) => ({
          values: [kept(one.subject), kept(one.description ?? "") || null, kept(one.location ?? "") || null],
          start: startOf(one),
          people: one.attendees.map(({ emailAddress, name, status }) => [
            expect.objectContaining({
              ...(kept(name ?? "") && { cn: kept(name ?? "") }),
              partstat: status === "NoResponse" ? "NEEDS-ACTION" : status.toUpperCase(),
            }),
            `mailto:${emailAddress}`,
          ]),
        }));
        expect(found).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
