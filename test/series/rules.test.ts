// Rules of series: what is refused and how, and where the occurrences come to be. test/series/oracles.test.ts asks others for
// their opinion of drawn ones.
import fc from "fast-check";
import { RRule, rrulestr } from "rrule";
import {
  comesTrue,
  countBefore,
  firstPlace,
  parseRecurrenceId,
  placesOf,
  recurrenceIdOf,
  startOf,
} from "../../src/series/places";
import { ruleText } from "../../src/series/rule-text";
import { drawnFirst, drawnRule, pattern, places, readRule as read } from "../support/drawn-rules";

test.each([
  ["INTERVAL=1", "has no FREQ: FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY"],
  ["FREQ=HOURLY", "has FREQ=HOURLY: FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY"],
  ["FREQ=FORTNIGHTLY", "has FREQ=FORTNIGHTLY: FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY"],
  ["FREQ=DAILY;INTERVAL=0", "has INTERVAL=0: INTERVAL must be a whole number from 1 to 999"],
  ["FREQ=DAILY;INTERVAL=1000", "has INTERVAL=1000: INTERVAL must be a whole number from 1 to 999"],
  ["FREQ=DAILY;COUNT=1001", "has COUNT=1001: COUNT must be a whole number from 1 to 1,000"],
  ["FREQ=DAILY;COUNT=0", "has COUNT=0: COUNT must be a whole number from 1 to 1,000"],
  ["FREQ=DAILY;COUNT=2;UNTIL=20270101", "has COUNT and UNTIL, of which one is allowed"],
  [
    "FREQ=DAILY;UNTIL=20270231",
    "has UNTIL=20270231: UNTIL must be a date such as 20261231, or a time such as 20261231T235959Z, from 1970 to 9999",
  ],
  [
    "FREQ=DAILY;BYHOUR=9",
    "has BYHOUR, which is not allowed; the parts allowed are FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, BYYEARDAY, BYWEEKNO, WKST",
  ],
  [
    "FREQ=DAILY;RSCALE=GREGORIAN",
    "has RSCALE, which is not allowed; the parts allowed are FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS, BYYEARDAY, BYWEEKNO, WKST",
  ],
  [
    "FREQ=WEEKLY;BYDAY=1MO",
    "has BYDAY=1MO: BYDAY must be a list of SU, MO, TU, WE, TH, FR, SA; a number before it is allowed with FREQ=MONTHLY, and YEARLY without BYWEEKNO, only",
  ],
  [
    "FREQ=MONTHLY;BYDAY=6MO",
    "has BYDAY=6MO: BYDAY must be a list of SU, MO, TU, WE, TH, FR, SA, each alone or with a number from 1 to 5 or -5 to -1 before it",
  ],
  [
    "FREQ=WEEKLY;BYDAY=MON",
    "has BYDAY=MON: BYDAY must be a list of SU, MO, TU, WE, TH, FR, SA; a number before it is allowed with FREQ=MONTHLY, and YEARLY without BYWEEKNO, only",
  ],
  [
    "FREQ=MONTHLY;BYMONTHDAY=32",
    "has BYMONTHDAY=32: BYMONTHDAY must be a list of whole numbers from 1 to 31 or -31 to -1",
  ],
  ["FREQ=WEEKLY;BYMONTHDAY=3", "has BYMONTHDAY, which is allowed with FREQ=DAILY, MONTHLY, YEARLY only"],
  ["FREQ=YEARLY;BYMONTH=-1", "has BYMONTH=-1: BYMONTH must be a list of whole numbers from 1 to 12"],
  ["FREQ=MONTHLY;BYWEEKNO=3", "has BYWEEKNO, which is allowed with FREQ=YEARLY only"],
  ["FREQ=MONTHLY;BYYEARDAY=3", "has BYYEARDAY, which is allowed with FREQ=YEARLY only"],
  [
    "FREQ=MONTHLY;BYSETPOS=1",
    "has BYSETPOS alone, which is allowed beside another part that begins with BY only",
  ],
  [
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
    "has BYSETPOS=0: BYSETPOS must be a list of whole numbers from 1 to 366 or -366 to -1",
  ],
  ["FREQ=WEEKLY;WKST=XX", "has WKST=XX: WKST must be one of SU, MO, TU, WE, TH, FR, SA"],
  ["FREQ=DAILY;FREQ=DAILY", "has FREQ twice, which is allowed once"],
  ["every monday", "has EVERYMONDAY, which is no part of a rule such as FREQ=WEEKLY;BYDAY=MO"],
  ["FREQ=DAILY;COUNT", "has COUNT, which is no part of a rule such as FREQ=WEEKLY;BYDAY=MO"],
  ["", "has no FREQ: FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY"],
])("%s is refused, naming the part and what is allowed", (text, fault) => {
  expect(read(text)).toEqual({ rule: undefined, faults: [fault] });
});

test("all that is wrong with a rule is told at once", () => {
  expect(read("FREQ=WEEKLY;INTERVAL=0;COUNT=x;BYMONTHDAY=40").faults).toHaveLength(4);
});

test.each([
  ["rrule:freq=weekly; byday=mo,we ;interval=1", "FREQ=WEEKLY;BYDAY=MO,WE"],
  ["COUNT=3;FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;INTERVAL=2;COUNT=3"],
  ["FREQ=MONTHLY;BYDAY=-1FR,+2TU;WKST=MO", "FREQ=MONTHLY;BYDAY=-1FR,2TU"],
  ["FREQ=DAILY;UNTIL=2026-12-31T09:00:00Z", "FREQ=DAILY;UNTIL=20261231T090000Z"],
  [
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;WKST=SU;UNTIL=20301231",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;WKST=SU;UNTIL=20301231",
  ],
])("%s is read as %s", (given, text) => {
  const { rule } = read(given);
  expect(rule && ruleText(rule)).toBe(text);
  expect(rule && read(ruleText(rule)).rule).toEqual(rule);
});

// RFC 5545, 3.8.5.3, as far as series go.
test.each([
  ["FREQ=DAILY;COUNT=10", "1997-09-02", "09-02 09-03 09-04 09-05 09-06 09-07 09-08 09-09 09-10 09-11"],
  ["FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", "09-02 09-12 09-22 10-02 10-12"],
  ["FREQ=WEEKLY;COUNT=10", "1997-09-02", "09-02 09-09 09-16 09-23 09-30 10-07 10-14 10-21 10-28 11-04"],
  [
    "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
    "1997-09-02",
    "09-02 09-04 09-09 09-11 09-16 09-18 09-23 09-25 09-30 10-02",
  ],
  [
    "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
    "1997-09-02",
    "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16",
  ],
  [
    "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
    "1997-09-05",
    "09-05 10-03 11-07 12-05 01-02 02-06 03-06 04-03 05-01 06-05",
  ],
  [
    "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
    "1997-09-07",
    "09-07 09-28 11-02 11-30 01-04 01-25 03-01 03-29 05-03 05-31",
  ],
  ["FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997-09-22", "09-22 10-20 11-17 12-22 01-19 02-16"],
  ["FREQ=MONTHLY;COUNT=4;BYMONTHDAY=-3", "1997-09-28", "09-28 10-29 11-28 12-29"],
  [
    "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
    "1997-09-02",
    "09-02 09-15 10-02 10-15 11-02 11-15 12-02 12-15 01-02 01-15",
  ],
  [
    "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
    "1997-06-10",
    "06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10 06-10 07-10",
  ],
  [
    "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
    "1997-01-01",
    "01-01 04-10 07-19 01-01 04-09 07-18 01-01 04-10 07-19 01-01",
  ],
  ["FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05-19", "05-19 05-18 05-17"],
  ["FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "1997-05-12", "05-12 05-11 05-17"],
  ["FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4", "1998-02-13", "02-13 03-13 11-13 08-13"],
  ["FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "09-04 10-07 11-06"],
  [
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=7",
    "1997-09-29",
    "09-29 10-30 11-27 12-30 01-29 02-26 03-30",
  ],
  ["FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05", "08-05 08-10 08-19 08-24"],
  ["FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05", "08-05 08-17 08-19 08-31"],
  ["FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01-15", "01-15 01-30 02-15 03-15 03-30"],
  ["FREQ=DAILY;UNTIL=19970905T130000Z", "1997-09-02T09:00:00", "09-02 09-03 09-04 09-05"],
  ["FREQ=DAILY;UNTIL=19970905T125959Z", "1997-09-02T09:00:00", "09-02 09-03 09-04"],
  ["FREQ=DAILY;UNTIL=19970905", "1997-09-02T09:00:00", "09-02 09-03 09-04 09-05"],
  ["FREQ=DAILY;UNTIL=19970905", "1997-09-02", "09-02 09-03 09-04 09-05"],
])("%s from %s comes on %s", (rule, first, dates) => {
  expect(
    places(pattern(rule, first))
      .map((place) => place.slice(5, 10))
      .join(" "),
  ).toBe(dates);
});

test("what is asked from a later place on is the end of the whole, with COUNT and with dates of its own", () => {
  fc.assert(
    fc.property(
      drawnRule,
      drawnFirst,
      fc.integer({ min: 1, max: 60 }),
      fc.nat(2_000),
      (rule, first, count, later) => {
        fc.pre(comesTrue(pattern(rule, first)));
        const given = pattern(`${rule};COUNT=${count}`, first);
        const some = [...placesOf(given, { from: given.first, budget: { steps: 100_000 } })];
        const rdates = [given.first + 3 * 86_400_000, given.first + 40 * 86_400_000];
        const whole = { ...given, rdates, exdates: some.filter((_, index) => index % 3 === 1) };
        const from = given.first + later * 86_400_000;
        const all = [...placesOf(whole, { from: whole.first })];
        expect([...all]).toEqual([...new Set(all)].sort((a, b) => a - b));
        expect([...placesOf(whole, { from })]).toEqual(all.filter((wall) => wall >= from));
        expect(all.some((wall) => whole.exdates.includes(wall))).toBe(false);
        for (const wall of rdates) expect(all.includes(wall)).toBe(!whole.exdates.includes(wall));
        expect(countBefore(given, from)).toBe(some.filter((wall) => wall < from).length);
      },
    ),
    { numRuns: 60 },
  );
});

test("a time that the clocks leave out moves on by the gap, and one that comes twice is the first", () => {
  const at = (zone: string, first: string, most = 3): string[] => {
    const given = pattern("FREQ=DAILY", first, { timezone: zone });
    return [...placesOf(given, { from: given.first, to: given.first + (most - 1) * 86_400_000 })].map(
      (wall) => new Date(startOf(given, wall)).toISOString().slice(5, 16),
    );
  };
  expect(at("Europe/Paris", "2026-03-28T02:30:00")).toEqual(["03-28T01:30", "03-29T01:30", "03-30T00:30"]);
  expect(at("Europe/Paris", "2026-10-24T02:30:00")).toEqual(["10-24T00:30", "10-25T00:30", "10-26T01:30"]);
  expect(at("Australia/Lord_Howe", "2026-10-03T02:15:00")).toEqual([
    "10-02T15:45",
    "10-03T15:45",
    "10-04T15:15",
  ]);
  expect(at("America/New_York", "2026-03-07T09:00:00")).toEqual([
    "03-07T14:00",
    "03-08T13:00",
    "03-09T13:00",
  ]);
});

/** Forty, with those among them whose clocks do what others' do not. */
const ZONES = [
  ...[
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Antarctica/Troll",
    "Asia/Gaza",
  ],
  ...["America/St_Johns", "Pacific/Chatham", "Asia/Tehran", "Africa/Casablanca", "America/Santiago", "UTC"],
  ...Intl.supportedValuesOf("timeZone").filter((_, index) => index % 15 === 0),
].slice(0, 40);

/** What a clock shows in a zone, as the milliseconds that would be in UTC. */
function clockOf(timeZone: string): (instant: number) => number {
  const parts = ["year", "month", "day", "hour", "minute", "second"] as const;
  const numeric = Object.fromEntries(parts.map((name) => [name, "numeric"]));
  const format = new Intl.DateTimeFormat("en", { ...numeric, timeZone, hourCycle: "h23" });
  return (instant) => {
    const shown = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 0, ...rest] = parts.map((name) => shown.get(name) ?? 0);
    return Date.UTC(year, month - 1, ...rest);
  };
}

test.each(ZONES)(
  "over three years in %s, occurrences are on rrule's days, when the clock shows their time first",
  (timezone) => {
    const clock = clockOf(timezone);
    const [year, hour] = [365 * 86_400_000, 3_600_000];
    for (const [text, time] of [
      ["FREQ=DAILY", "02:30:00"],
      ["FREQ=DAILY;INTERVAL=2", "00:00:00"],
      ["FREQ=WEEKLY;BYDAY=SU,MO", "01:15:00"],
      ["FREQ=MONTHLY;BYDAY=-1SU", "02:00:00"],
      ["FREQ=MONTHLY;BYMONTHDAY=-1", "23:45:00"],
      ["FREQ=YEARLY;BYMONTH=3,10;BYDAY=SU", "03:00:00"],
    ] as const) {
      const first = `2026-03-01T${time}`;
      const given = pattern(text, first, { timezone });
      const walls = [...placesOf(given, { from: given.first, to: given.first + 3 * year })];
      const { origOptions } = rrulestr(`RRULE:${text}`) as RRule;
      const until = new Date(given.first + 3 * year);
      const theirs = new RRule({ ...origOptions, dtstart: new Date(given.first), until }).all();
      expect(walls).toEqual([...new Set([given.first, ...theirs.map(Number)])]);
      const wrong = walls.filter((wall) => {
        const start = startOf(given, wall);
        const gap = clock(start) - wall;
        // What the clocks leave out they show nowhere near, and leave out once; what comes twice has not come before.
        const isShown = [-2, -1, -0.5, 0.5, 1, 2].some((hours) => clock(start + hours * hour) === wall);
        return (
          gap < 0 ||
          gap > 24 * hour ||
          (gap === 0 ? clock(start - hour) === wall || clock(start - hour / 2) === wall : isShown)
        );
      });
      expect(wrong.map((wall) => recurrenceIdOf(wall, false))).toEqual([]);
    }
  },
);

test("a rule that never comes true is known in time, one that seldom does is taken", () => {
  for (const text of [
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTH=2;BYDAY=5MO;BYMONTHDAY=30",
    "FREQ=YEARLY;BYYEARDAY=1;BYMONTH=12",
  ])
    expect([text, comesTrue(pattern(text, "2026-03-02"))]).toEqual([text, false]);
  for (const text of [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=3",
    "FREQ=DAILY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
    "FREQ=YEARLY;INTERVAL=999",
  ])
    expect([text, comesTrue(pattern(text, "2026-03-02"))]).toEqual([text, true]);
});

test("a place is written as RFC 8984 has it, and nothing else is read as one", () => {
  for (const text of ["2026-03-02T09:00:00", "2026-03-02"]) {
    const read = parseRecurrenceId(text);
    expect(read && recurrenceIdOf(read.wall, read.isDate)).toBe(text);
  }
  for (const text of [
    "2026-02-31",
    "2026-03-02T09:00",
    "2026-03-02T09:00:00Z",
    "2026-03-02T24:00:00",
    "20260302",
    "1969-12-31",
    "x",
  ])
    expect([text, parseRecurrenceId(text)]).toEqual([text, null]);
});

test("the last places are those that an event can have", () => {
  const given = pattern("FREQ=YEARLY;INTERVAL=999", "2026-03-02");
  expect(places(given)).toEqual([
    "2026-03-02",
    "3025-03-02",
    "4024-03-02",
    "5023-03-02",
    "6022-03-02",
    "7021-03-02",
    "8020-03-02",
    "9019-03-02",
  ]);
  expect(firstPlace(given, Date.UTC(9500, 0, 1))).toBeNull();
});
