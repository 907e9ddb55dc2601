// Reading calendar files: what the programs of the world write, what they get wrong, and what nobody should write.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  calendar,
  messages,
  only,
  read,
  sample,
  sampleText,
  START,
  times,
  vevent,
} from "../support/calendar-text";

describe("what programs write", () => {
  test("a colon in a name without quotes ends neither the name nor what follows it", () => {
    const person = "CN=Room: 5;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED";
    expect(only(START, `ATTENDEE;${person}:mailto:a@x.test`).attendees).toEqual([
      { emailAddress: "a@x.test", name: "Room: 5", status: "Accepted", type: "optional" },
    ]);
    const named = only("DTSTART;TZID=(UTC+01:00) Rome;VALUE=DATE:20260302");
    expect([named.allDay, named.startTime]).toEqual([true, "2026-03-02T00:00:00.000Z"]);
  });

  test("a Google series keeps nine o'clock through the change to summer time, with its exceptions and overrides", () => {
    const reading = sample("google.ics");
    expect(times(reading, "standup1@google.com")).toEqual([
      "_20260316T080000Z 2026-03-16T08:00 2026-03-16T08:30 Stand-up",
      "_20260330T070000Z 2026-03-30T12:00 2026-03-30T12:30 Stand-up in the afternoon",
      "_20260413T070000Z 2026-04-13T07:00 2026-04-13T07:30 Stand-up",
    ]);
    expect(reading.counts).toEqual({
      components: 5,
      series: 1,
      cancelled: 1,
      outsideWindow: 0,
      superseded: 0,
    });
    expect(reading.problems).toEqual([]);
  });

  test("a Google event has its people, the organiser among them, and its texts unescaped", () => {
    const event = sample("google.ics").events.find(({ iCalUid }) => iCalUid === "kickoff1@google.com");
    expect(event).toEqual({
      iCalUid: "kickoff1@google.com",
      subject: "Kick-off",
      description: "<b>Agenda</b><br>1, 2; 3\nlast line with a \\ in it",
      location: "Room 4, Floor 2",
      startTime: "2019-06-05T13:00:00.000Z",
      endTime: "2019-06-05T14:00:00.000Z",
      allDay: false,
      private: false,
      timezone: null,
      showAs: null,
      isFree: false,
      status: null,
      type: null,
      conferenceUrl: null,
      properties: null,
      organizer: { emailAddress: "cleo@demo.test", name: "Cleo Demo" },
      attendees: [
        { emailAddress: "ben@demo.test", name: "Ben Demo", status: "Accepted", type: null },
        { emailAddress: "Dora@Demo.test", name: "Dora", status: "Declined", type: null },
        { emailAddress: "eve@demo.test", name: "Eve, the elder", status: "Tentative", type: null },
        { emailAddress: "fay@demo.test", name: null, status: "NoResponse", type: null },
        { emailAddress: "cleo@demo.test", name: "Cleo Demo", status: "Accepted", type: null },
      ],
      line: 75,
    });
  });

  test("an Outlook invitation is read by its Windows zone, its HTML standing in for a missing description", () => {
    const event = sample("outlook.ics").events[0];
    expect(event).toMatchObject({
      startTime: "2026-06-10T10:00:00.000Z",
      timezone: "Europe/Paris",
      private: true,
      description: "<html>\n<body>Numbers, please</body>\n</html>",
      attendees: [
        { emailAddress: "jane@example.test", name: "Doe, Jane", status: "Accepted" },
        { emailAddress: "bob@example.test", name: "Smith, Bob", status: "Accepted" },
      ],
    });
  });

  test("a zone that only the file knows is read by the rules in the file, and is no zone of ours", () => {
    const [summer, winter] = sample("outlook.ics").events.filter(({ iCalUid }) =>
      iCalUid.startsWith("custom"),
    );
    expect([summer?.startTime, summer?.timezone]).toEqual(["2026-07-04T04:30:00.000Z", null]);
    expect(winter?.startTime).toBe("2026-12-04T05:30:00.000Z");
  });

  test("Outlook's midnight to midnight, marked as all day, is dates", () => {
    const event = sample("outlook.ics").events.find(({ iCalUid }) => iCalUid === "off");
    expect(event).toMatchObject({
      allDay: true,
      startTime: "2026-05-01T00:00:00.000Z",
      endTime: "2026-05-03T00:00:00.000Z",
    });
  });

  test("Exchange's midnight as RECURRENCE-ID or EXDATE means the meeting of that day", () => {
    expect(times(sample("outlook.ics"), "weekly")).toEqual([
      "_20260527T060000Z 2026-05-27T06:00 2026-05-27T06:20 Busy",
      "_20260603T060000Z 2026-06-03T08:30 2026-06-03T08:50 Tentative",
      "_20260617T060000Z 2026-06-17T06:00 2026-06-17T06:20 Busy",
    ]);
  });

  test("Exchange ends a series of dates with the instant of its last midnight, and that date is in it", () => {
    expect(times(sample("outlook.ics"), "away")).toEqual([
      "_20261021 2026-10-21T00:00 2026-10-22T00:00 Away",
      "_20261104 2026-11-04T00:00 2026-11-05T00:00 Away",
    ]);
  });

  test("an Apple file names its zone after the events, and its people by EMAIL", () => {
    const { events, counts } = sample("apple.ics");
    expect(
      events.map(({ subject, startTime, endTime, timezone }) => [subject, startTime, endTime, timezone]),
    ).toEqual([
      ["Breakfast", "2026-07-05T16:00:00.000Z", "2026-07-05T17:00:00.000Z", "America/Vancouver"],
      ["Conference", "2026-10-11T00:00:00.000Z", "2026-10-13T00:00:00.000Z", "America/Vancouver"],
      // A day and two hours, over the end of summer time: the day is 25 hours long.
      ["Night shift", "2024-11-03T05:00:00.000Z", "2024-11-04T08:00:00.000Z", "America/Vancouver"],
    ]);
    expect(events[0]?.attendees).toEqual([
      { emailAddress: "gus@demo.test", name: "Gus", status: "NoResponse", type: "required" },
    ]);
    expect(counts.cancelled).toBe(1);
  });

  test("a Thunderbird series: periods, a prefixed zone, an override before its own slot and one for the whole day", () => {
    const reading = sample("thunderbird.ics");
    expect(times(reading, "c0a80001-0000-4000-8000-000000000001")).toEqual([
      "_20260326T030000Z 2026-03-26T03:00 2026-03-26T04:00 Lesson",
      "_20260330T020000Z 2026-03-26T16:00 2026-03-26T20:00 Lesson brought forward",
      "_20260329T020000Z 2026-03-29T02:00 2026-03-29T03:00 Lesson",
      "_20260331T020000Z 2026-03-31T00:00 2026-04-01T00:00 Lesson all day long",
      "_20260420T100000Z 2026-04-20T10:00 2026-04-20T13:00 Lesson",
      "_20260421T100000Z 2026-04-21T10:00 2026-04-21T10:30 Lesson",
      "_20260425T020000Z 2026-04-25T02:00 2026-04-25T03:00 Lesson",
    ]);
    expect(reading.events.find(({ allDay }) => allDay)?.subject).toBe("Lesson all day long");
  });

  test("an override without its series is an event by itself, with the identity it has in the series", () => {
    expect(times(sample("thunderbird.ics"), "c0a80001-0000-4000-8000-000000000002")).toEqual([
      "_20260501T080000Z 2026-05-01T10:00 2026-05-01T11:00 One meeting of many",
    ]);
  });
});

describe("what is broken", () => {
  test("a broken value is reported by its line, and only an event without its start or its end is left out", () => {
    const reading = sample("broken.ics");
    expect(reading.events.map(({ subject, iCalUid }) => subject || iCalUid)).toEqual([
      "Good before the bad",
      "no-colon",
      "backwards",
      "odd-rule",
      "Good after the bad",
    ]);
    expect(messages(reading)).toEqual([
      "1: This calendar has no END: the file may have been cut",
      '17: "second line was never folded" is not a valid line',
      '22: "20260631T090000" is no date or time (DTSTART)',
      "24: This VEVENT has no DTSTART",
      "31: This VEVENT ends before it starts: its end was left out",
      '36: "FREQ=FORTNIGHTLY" is no rule: FREQ=FORTNIGHTLY is not known',
      "38: This VEVENT has no END",
      '43: The time zone "Nowhere/Special" is not known: its times were read in Europe/Paris',
    ]);
    expect(reading.counts.components).toBe(8);
  });

  test("only a text that is no calendar at all is refused", () => {
    const refusal = "This is no iCalendar file: there is no BEGIN:VCALENDAR in it";
    for (const text of ["", "hello", "<html></html>", "BEGIN:VCARD\nEND:VCARD"])
      expect(() => read(text)).toThrow(refusal);
    expect(read("BEGIN:VCALENDAR\nEND:VCALENDAR").events).toEqual([]);
    expect(read(vevent(START)).events).toHaveLength(1);
  });

  test("line ends, folds by tab, blank lines, small letters and missing seconds do no harm", () => {
    const text =
      "\ufeffbegin:vcalendar\n\nBegin:Vevent\rdtstart:20260302t1500z\r\n\r\nsummary:one\n\n\t two\r\nend:vevent\n";
    expect(read(text).events).toMatchObject([{ subject: "one two", startTime: "2026-03-02T15:00:00.000Z" }]);
  });

  test("a time with an offset, which iCalendar does not have, and one with ISO's signs are what they say", () => {
    for (const time of ["20260302T150000+0100", "2026-03-02T15:00:00+01:00", "2026-03-02T14:00:00.000Z"]) {
      expect(only(`DTSTART:${time}`).startTime).toBe("2026-03-02T14:00:00.000Z");
    }
  });

  test("a zone nobody knows is reported once, read as floating, and not given to the event", () => {
    const event = vevent("DTSTART;TZID=Middle-earth:20260302T150000");
    const { events, problems } = read(calendar(event, vevent("DTSTART;TZID=Middle-earth:20260302T160000")));
    expect(events).toMatchObject([
      { startTime: "2026-03-02T14:00:00.000Z", timezone: null },
      { startTime: "2026-03-02T15:00:00.000Z", timezone: null },
    ]);
    expect(problems).toHaveLength(1);
  });

  test("texts over our limits are cut, between characters, and reported", () => {
    const reading = read(
      calendar(vevent(START, `SUMMARY:${"😀".repeat(1001)}`, `LOCATION:${"x".repeat(2000)}`)),
    );
    expect(reading.events[0]?.subject).toBe("😀".repeat(1000));
    expect(reading.events[0]?.location).toHaveLength(2000);
    expect(messages(reading)).toEqual(["4: The subject was shortened to 1000 characters"]);
  });

  test("what no text of ours may hold is left out of texts", () => {
    expect(only(START, "SUMMARY:a\0bc").subject).toBe("abc");
  });

  test("an event outside of the years 1970 to 9999 is reported", () => {
    expect(messages(read(calendar(vevent("DTSTART;VALUE=DATE:16010101"))))).toEqual([
      "2: This VEVENT is not within the years 1970 to 9999",
    ]);
    expect(only("DTSTART;VALUE=DATE:99991230").endTime).toBe("9999-12-31T00:00:00.000Z");
  });
});

describe("what is done to files", () => {
  const bits = fc.constantFrom(
    ...[
      "0",
      "-1",
      "T",
      "Z",
      ";",
      ":",
      ",",
      "=",
      "\n",
      "\n ",
      '"',
      "\0",
      "\ud800",
      "__proto__",
      "99991231T235959Z",
    ],
    ...[
      "BEGIN:VEVENT\n",
      "END:VEVENT\n",
      "RRULE:FREQ=SECONDLY\n",
      "DTSTART:99991231T235959Z\n",
      "RDATE:\n",
      "COUNT=0;",
    ],
    ...[
      "RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T150000Z\n",
      "BYSETPOS=-1;",
      "INTERVAL=0;",
      "TZID=X",
      "VALUE=DATE:",
    ],
  );
  const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(40), bit: bits });
  const names = fc.constantFrom("google.ics", "outlook.ics", "apple.ics", "thunderbird.ics", "broken.ics");

  test("whatever is cut out of one or put into it, it is read, each event once and ending after it starts", () => {
    fc.assert(
      fc.property(names, fc.array(change, { minLength: 1, maxLength: 8 }), (name, changes) => {
        const text = changes.reduce(
          (before, { at, cut, bit }) => {
            const place = 14 + Math.floor(at * before.length);
            return before.slice(0, place) + bit + before.slice(place + cut);
          },
          sampleText(name).replace("\ufeff", ""),
        );
        const { events } = read(text);
        expect(new Set(events.map(({ iCalUid }) => iCalUid)).size).toBe(events.length);
        for (const { startTime, endTime } of events) expect(startTime <= endTime).toBe(true);
      }),
    );
  });
});

describe("times", () => {
  test("without an end, a time has no length and a date lasts a day", () => {
    expect(only(START).endTime).toBe("2026-03-02T15:00:00.000Z");
    expect(only("DTSTART;VALUE=DATE:20260302")).toMatchObject({
      allDay: true,
      endTime: "2026-03-03T00:00:00.000Z",
    });
    expect(only("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260302").endTime).toBe(
      "2026-03-03T00:00:00.000Z",
    );
    expect(only("DTSTART;VALUE=DATE:20260302", "DURATION:P1W").endTime).toBe("2026-03-09T00:00:00.000Z");
  });

  test("floating times are those of the window's zone, whatever the zone of this process", () => {
    expect(only("DTSTART:20260302T150000").startTime).toBe("2026-03-02T14:00:00.000Z");
    const kolkata = read(calendar(vevent("DTSTART:20260302T150000")), { zone: "Asia/Kolkata" });
    expect(kolkata.events[0]?.startTime).toBe("2026-03-02T09:30:00.000Z");
  });

  test("the rules a file gives for a name are worth more than the name, from the first change they tell of", () => {
    const rules = ["BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:STANDARD", "DTSTART:20200101T000000"];
    const others = [...rules, "TZOFFSETFROM:+0900", "TZOFFSETTO:+0900", "END:STANDARD", "END:VTIMEZONE"];
    const at = (year: number): string =>
      vevent(`UID:${year}`, `DTSTART;TZID=Europe/Paris:${year}0302T150000`);
    const { events } = read(calendar(...others, at(2019), at(2026)));
    expect(events.map(({ startTime, timezone }) => [startTime, timezone])).toEqual([
      ["2019-03-02T14:00:00.000Z", "Europe/Paris"],
      ["2026-03-02T06:00:00.000Z", "Europe/Paris"],
    ]);
  });

  test("prefixes of those who compile zones, and quotes, do not hide the name", () => {
    for (const tzid of [
      "/mozilla.org/20050126_1/Europe/Berlin",
      '"W. Europe Standard Time"',
      "europe/berlin",
    ]) {
      expect(only(`DTSTART;TZID=${tzid}:20260302T150000`)).toMatchObject({
        startTime: "2026-03-02T14:00:00.000Z",
        timezone: "Europe/Berlin",
      });
    }
    expect(only('DTSTART;TZID="tzone://Microsoft/Utc":20260302T150000').startTime).toBe(
      "2026-03-02T15:00:00.000Z",
    );
  });

  test("the zones of one calendar in a file say nothing about another's", () => {
    const zoned = (offset: string): string =>
      calendar(
        ...[
          "BEGIN:VTIMEZONE",
          "TZID:Ours",
          "BEGIN:STANDARD",
          "DTSTART:19700101T000000",
          `TZOFFSETFROM:${offset}`,
        ],
        ...[
          `TZOFFSETTO:${offset}`,
          "END:STANDARD",
          "END:VTIMEZONE",
          vevent("DTSTART;TZID=Ours:20260302T150000"),
        ],
      );
    const { events } = read(zoned("+0100") + zoned("-053000").replace("SUMMARY", "X"));
    // Without a UID the two are one event: the later counts.
    expect(events.map(({ startTime }) => startTime)).toEqual(["2026-03-02T20:30:00.000Z"]);
  });

  test("the rules of a VTIMEZONE give the same instants as the zone they describe", () => {
    const described = sampleText("google.ics").split("\r\n").slice(7, 25);
    const zone = described
      .filter((line) => !line.startsWith("X-LIC"))
      .map((line) => line.replace(/Europe.*/, "Ours"));
    // Only the past: what countries will decide about their clocks differs from one Node.js to the next.
    const walls = fc.array(
      fc.date({ min: new Date("1997-01-01"), max: new Date("2026-01-01"), noInvalidDate: true }),
    );
    fc.assert(
      fc.property(walls, (dates) => {
        const texts = dates.map((date) => date.toISOString().slice(0, 19).replace(/[-:]/g, ""));
        const instants = (tzid: string): string[] => {
          const vevents = texts.map((text, index) => vevent(`UID:${index}`, `DTSTART;TZID=${tzid}:${text}`));
          return read(calendar(...zone, ...vevents)).events.map(({ startTime }) => startTime);
        };
        expect(instants("Ours")).toEqual(instants("Europe/Paris"));
      }),
      { numRuns: 30 },
    );
  });
});

describe("people", () => {
  test("addresses lose their mailto in any case; who has none is left out; of two for one person the later counts", () => {
    const { attendees } = only(
      START,
      'ATTENDEE;CN="O\'Neil; Shaquille";PARTSTAT=accepted:MAILTO:Shaq@Demo.test',
      "ATTENDEE;PARTSTAT=TENTATIVE:mailto:shaq@demo.test",
      "ATTENDEE:invalid:nomail",
      "ATTENDEE:mailto:",
      `ATTENDEE:mailto:${"x".repeat(321)}`,
      "ATTENDEE;CN=Line^nbreak ^'quoted^' ^^:mailto:b@demo.test",
      "ORGANIZER:mailto:ADA@demo.test",
    );
    expect(attendees).toEqual([
      { emailAddress: "shaq@demo.test", name: null, status: "Tentative", type: null },
      { emailAddress: "b@demo.test", name: 'Line\nbreak "quoted" ^', status: "NoResponse", type: null },
    ]);
  });

  test("more attendees than an event may have are cut and reported", () => {
    const lines = Array.from({ length: 1001 }, (_, index) => `ATTENDEE:mailto:p${index}@demo.test`);
    const reading = read(calendar(vevent(START, ...lines)));
    expect(reading.events[0]?.attendees).toHaveLength(1000);
    expect(messages(reading)).toEqual(["4: Of 1001 attendees the first 1000 were taken"]);
  });
});

describe("real files", () => {
  const folder = process.env.SAMPLE_ICS_DIR;
  const names = folder ? readdirSync(folder).filter((name) => name.endsWith(".ics")) : [];

  if (!folder) test.skip("every file in SAMPLE_ICS_DIR is read in full (not set)", () => undefined);

  for (const name of names) {
    test(`${name}: every VEVENT in it is imported or accounted for`, () => {
      const text = readFileSync(join(folder ?? "", name), "utf8");
      const chunks = text
        .replace(/\r?\n[ \t]/g, "")
        .split(/^BEGIN:VEVENT\s*$/m)
        .slice(1);
      const vevents = chunks.map((chunk) => chunk.slice(0, chunk.search(/^END:VEVENT/m)));
      const cancelled = vevents.filter((lines) => /^STATUS:CANCELLED/m.test(lines));
      const overrides = vevents.filter((lines) => /^RECURRENCE-ID/m.test(lines));
      const recurring = vevents.filter((lines) => /^(RRULE|RDATE)/m.test(lines));
      const series = recurring.filter((lines) => !overrides.includes(lines) && !cancelled.includes(lines));
      const single = vevents.filter((lines) => ![...recurring, ...overrides, ...cancelled].includes(lines));
      const { events, problems, counts } = read(text);
      expect(problems).toEqual([]);
      expect(counts).toMatchObject({
        components: vevents.length,
        series: series.length,
        cancelled: cancelled.length,
        superseded: 0,
      });
      const imported = new Set(events.map(({ line }) => line)).size;
      expect(imported + counts.cancelled + counts.outsideWindow).toBe(vevents.length);
      expect(events.filter(({ iCalUid }) => !/_\d{8}(T\d{6}Z)?$/.test(iCalUid))).toHaveLength(single.length);
      expect(read(text).events).toEqual(events);
    });
  }
});
