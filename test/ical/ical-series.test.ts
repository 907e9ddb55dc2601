// Series of calendar files: which of their occurrences are imported, and as what.

import fc from "fast-check";
import ical from "ical.js";
import {
  calendar,
  messages,
  read,
  sample,
  START,
  starts,
  times,
  vevent,
  WINDOW,
} from "../support/calendar-text";

test("only what touches the window is imported of a series, but single events of any year", () => {
  const { events, counts } = read(
    calendar(
      vevent("UID:daily", "DTSTART:20000101T230000Z", "DTEND:20000102T010000Z", "RRULE:FREQ=DAILY"),
      vevent(START),
    ),
    { from: new Date("2026-03-10T00:00:00Z"), to: new Date("2026-03-12T00:00:00Z") },
  );
  expect(events.map(({ startTime }) => startTime)).toEqual([
    "2026-03-09T23:00:00.000Z",
    "2026-03-10T23:00:00.000Z",
    "2026-03-11T23:00:00.000Z",
    "2026-03-02T15:00:00.000Z",
  ]);
  expect(counts).toMatchObject({ components: 2, series: 1, outsideWindow: 0 });
});

test("the first one is DTSTART, also where the rule does not give it, and COUNT counts it", () => {
  expect(starts("DTSTART:20260303T091500Z", "RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=MO")).toEqual([
    "2026-03-03T09:15:00.000Z",
    "2026-03-09T09:15:00.000Z",
  ]);
});

test("an override for all future instances moves them and renames them", () => {
  const reading = read(
    calendar(
      vevent(
        "UID:a",
        "DTSTART;TZID=Europe/Paris:20260302T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;COUNT=6",
        "SUMMARY:old",
      ),
      vevent(
        ...["UID:a", "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20260323T090000", "SUMMARY:new"],
        ...["DTSTART;TZID=Europe/Paris:20260324T110000", "DURATION:PT30M"],
      ),
      vevent("UID:a", "RECURRENCE-ID;TZID=Europe/Paris:20260406T090000", "STATUS:CANCELLED", START),
    ),
  );
  expect(times(reading, "a")).toEqual([
    "_20260302T080000Z 2026-03-02T08:00 2026-03-02T09:00 old",
    "_20260309T080000Z 2026-03-09T08:00 2026-03-09T09:00 old",
    "_20260316T080000Z 2026-03-16T08:00 2026-03-16T09:00 old",
    "_20260323T080000Z 2026-03-24T10:00 2026-03-24T10:30 new",
    "_20260330T070000Z 2026-03-31T09:00 2026-03-31T09:30 new",
  ]);
});

test("a cancelled series takes its overrides with it, and METHOD:CANCEL cancels everything", () => {
  const series = vevent("UID:a", START, "RRULE:FREQ=DAILY", "STATUS:CANCELLED");
  const override = vevent("UID:a", START, "RECURRENCE-ID:20260302T150000Z");
  expect(read(calendar(series, override))).toMatchObject({ events: [], counts: { cancelled: 2 } });
  expect(read(calendar("METHOD:CANCEL", override))).toMatchObject({ events: [], counts: { cancelled: 1 } });
});

test("of two versions the higher SEQUENCE counts, then the later change, then the later in the file", () => {
  const version = (name: string, sequence: number, changed: string): string =>
    vevent("UID:a", START, `SUMMARY:${name}`, `SEQUENCE:${sequence}`, `LAST-MODIFIED:${changed}`);
  const old = version("old", 1, "20260101T000000Z");
  for (const [first, second, kept] of [
    [version("new", 2, "20250101T000000Z"), old, "new"],
    [version("new", 1, "20260102T000000Z"), old, "new"],
    [old, version("last", 1, "20260101T000000Z"), "last"],
  ] as const) {
    const { events, counts } = read(calendar(first, second));
    expect(events.map(({ subject }) => subject)).toEqual([kept]);
    expect(counts.superseded).toBe(1);
  }
});

test("the same file read twice gives the same identities, also of events without a UID, and none twice", () => {
  const event = ["DTSTAMP:20260301T000000Z", START, "SUMMARY:Nameless"];
  const { events } = read(calendar(vevent(...event), vevent("DTSTAMP:20260302T000000Z", ...event.slice(1))));
  expect(events.map(({ iCalUid }) => iCalUid)).toEqual([expect.stringMatching(/^import-[0-9a-f]{32}$/)]);
  for (const name of ["google.ics", "outlook.ics", "apple.ics", "thunderbird.ics"]) {
    const uids = sample(name).events.map(({ iCalUid }) => iCalUid);
    expect(new Set(uids).size).toBe(uids.length);
    expect(sample(name).events.map(({ iCalUid }) => iCalUid)).toEqual(uids);
  }
});

test("rules nobody can follow to the end are cut and reported, rules without a result give their first event", () => {
  const endless = read(calendar(vevent("UID:a", START, "RRULE:FREQ=SECONDLY")));
  expect(endless.events).toHaveLength(5000);
  expect(messages(endless)).toEqual([
    "2: This series was imported in part only: it has over 5000 occurrences or takes too long to work out",
  ]);
  for (const rule of [
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTH=2;BYDAY=5MO;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=2000000000",
  ]) {
    expect(starts(START, `RRULE:${rule}`)).toEqual(["2026-03-02T15:00:00.000Z"]);
  }
});

test("a file full of series stays within bounds and says so once", () => {
  const many = Array.from({ length: 45 }, (_, index) => vevent(`UID:${index}`, START, "RRULE:FREQ=MINUTELY"));
  const { events, problems, counts } = read(calendar(...many));
  expect(events).toHaveLength(200_000);
  expect(problems.at(-1)?.message).toMatch(/^The series of this file have over 200000 occurrences/);
  expect(counts.series).toBe(45);
});

test.each([
  ["FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", ["2025-12-29", "2027-01-04", "2028-01-03"], "20241230"],
  [
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=4",
    ["2026-03-02", "2026-03-31", "2026-04-30", "2026-05-29"],
    "20260302",
  ],
  ["FREQ=MONTHLY;COUNT=4", ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"], "20260131"],
  ["FREQ=YEARLY;COUNT=2", ["2024-02-29", "2028-02-29"], "20240229"],
  ["FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", ["2026-01-31", "2026-02-28", "2026-03-31"], "20260131"],
  ["FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=2", ["2025-11-27", "2026-11-26"], "20251127"],
  [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=4",
    ["2026-03-03", "2026-03-15", "2026-03-17", "2026-03-29"],
    "20260303",
  ],
  [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO;COUNT=4",
    ["2026-03-03", "2026-03-08", "2026-03-17", "2026-03-22"],
    "20260303",
  ],
])("%s", (rule, dates, start) => {
  const all = starts(`DTSTART;VALUE=DATE:${start}`, `RRULE:${rule}`);
  const from = WINDOW.from.toISOString();
  const expected = dates.map((date) => `${date}T00:00:00.000Z`).filter((date) => date >= from);
  // DTSTART need not follow the rule; it is the first all the same.
  expect(all.filter((date) => date !== "2026-03-02T00:00:00.000Z" || dates.includes("2026-03-02"))).toEqual(
    expected,
  );
});

/** The part of ical.js that our own reckoning can be held against. */
interface Oracle {
  Recur: {
    fromString(text: string): { iterator(start: unknown): { next(): { toString(): string } | null } };
  };
  Time: { fromString(text: string): unknown };
}

test("plain rules give what ical.js gives", () => {
  const oracle = ical as unknown as Oracle;
  const weekdays = fc.uniqueArray(fc.constantFrom("MO", "TU", "WE", "TH", "FR", "SA", "SU"), {
    minLength: 1,
    maxLength: 4,
  });
  const rules = fc.oneof(
    fc.constantFrom("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=HOURLY", "FREQ=MINUTELY"),
    weekdays.map((days) => `FREQ=WEEKLY;BYDAY=${days.join(",")}`),
    weekdays.map((days) => `FREQ=DAILY;BYDAY=${days.join(",")}`),
    fc
      .tuple(fc.constantFrom(1, 2, 3, 4, -1), weekdays)
      .map(([nth, [day]]) => `FREQ=MONTHLY;BYDAY=${nth}${day}`),
  );
  const first = fc
    .integer({ min: 0, max: 400 })
    .map((days) => new Date(Date.UTC(2026, 0, 1, 9) + days * 86_400_000));
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 5 }), first, (rule, interval, date) => {
      fc.pre(date.getUTCDate() <= 28);
      const start = date.toISOString().slice(0, 19);
      const text = `${rule};INTERVAL=${interval};COUNT=12`;
      const iterator = oracle.Recur.fromString(text).iterator(oracle.Time.fromString(start));
      const expected = Array.from({ length: 12 }, () => `${String(iterator.next())}.000Z`);
      fc.pre(expected[0] === `${start}.000Z`);
      const got = starts(`DTSTART:${start.replace(/[-:]/g, "")}Z`, `RRULE:${text}`);
      const to = WINDOW.to.toISOString();
      expect(got).toEqual(expected.filter((instant) => instant < to));
    }),
    { numRuns: 200 },
  );
});

test.each([
  ["FREQ=DAILY;INTERVAL=2", ["03"]],
  ["FREQ=DAILY;COUNT=1", ["03", "04"]],
  ["FREQ=WEEKLY;BYDAY=TU,WE", ["02"]],
  ["FREQ=DAILY;UNTIL=20260301T000000Z", ["02", "03", "04"]],
])("an EXRULE that has the first occurrence among its own takes it away: %s", (rule, days) => {
  const found = starts("DTSTART:20260302T150000Z", "RRULE:FREQ=DAILY;COUNT=3", `EXRULE:${rule}`);
  expect(found.map((start) => start.slice(8, 10))).toEqual(days);
});
