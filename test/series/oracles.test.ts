// Two other libraries' opinion of where drawn rules have their occurrences: `rrule` and `rrule-temporal`, each of the rules that
// it reads as RFC 5545 has them. Where it does not is said here.
import fc from "fast-check";
import { RRule, rrulestr } from "rrule";
import { comesTrue, placesOf, recurrenceIdOf } from "../../src/series/places";
import { drawnFirst, drawnRule, pattern } from "../support/drawn-rules";

// An ES module, by its types.
const load = () => import("rrule-temporal");
let temporal: Awaited<ReturnType<typeof load>>;
beforeAll(async () => {
  temporal = await load();
});

const YEARS_MS = 6 * 366 * 86_400_000;
const MOST = 40;

const has = (rule: string, part: string): boolean => rule.includes(`;${part}=`);
const hasOneOf = (rule: string, ...parts: string[]): boolean => parts.some((part) => has(rule, part));

interface Oracle {
  name: string;
  /** Whether it reads the rule as the RFC has it. */
  understands: (rule: string) => boolean;
  /** The days of the rule, as many as there are within the span; of one day that two positions mean it may make two. */
  days: (rule: string, first: string, until: Date) => string[];
}

const ORACLES: Oracle[] = [
  {
    name: "rrule",
    understands: (rule) =>
      // It counts the positions of the week in which the series begins from the series' first day on, not from the week's.
      !(rule.startsWith("FREQ=WEEKLY") && has(rule, "BYSETPOS")) &&
      // Where no weekday is given it takes all days of a week that BYWEEKNO names, not the weekday of the first one; and it
      // counts week 53 of years that have none (its issue 295), so that their week 52 is another too.
      !(
        has(rule, "BYWEEKNO") &&
        (!has(rule, "BYDAY") || has(rule, "BYYEARDAY") || /;BYWEEKNO=[^;]*5[23]/.test(rule))
      ),
    days: (rule, first, until) => {
      const { origOptions } = rrulestr(`RRULE:${rule}`) as RRule;
      const dates = new RRule({ ...origOptions, dtstart: new Date(`${first}T00:00:00Z`), until });
      return dates.all((_, index) => index < 2 * MOST).map((date) => date.toISOString().slice(0, 10));
    },
  },
  {
    name: "rrule-temporal",
    understands: (rule) =>
      // In a year it adds the days of BYYEARDAY to those of another part, and those of a numbered BYDAY to those of
      // BYMONTHDAY, where each part limits the others (RFC 5545, 3.3.10, the table of BYxxx).
      !(has(rule, "BYYEARDAY") && hasOneOf(rule, "BYDAY", "BYMONTHDAY", "BYMONTH", "BYWEEKNO")) &&
      !(/^FREQ=YEARLY.*BYDAY=-?\d/.test(rule) && has(rule, "BYMONTHDAY")) &&
      // It takes a week that lies in two years whole, for the year that counts it; we take the days within the year, as rrule
      // and python-dateutil do. Of the RFC's words both can be had.
      !has(rule, "BYWEEKNO"),
    days: (rule, first, until) => {
      const end = until.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
      const rruleString = `DTSTART:${first.replaceAll("-", "")}T000000Z\nRRULE:${rule};UNTIL=${end}Z`;
      const dates = new temporal.RRuleTemporal({ rruleString });
      return dates.all((_, index) => index < 2 * MOST).map((date) => date.toString().slice(0, 10));
    },
  },
];

test.each(ORACLES)("drawn rules come on the days on which $name has them", ({ understands, days }) => {
  fc.assert(
    fc.property(drawnRule.filter(understands), drawnFirst, (rule, first) => {
      fc.pre(comesTrue(pattern(rule, first)));
      const until = new Date(Date.parse(`${first}T00:00:00Z`) + YEARS_MS);
      // The first one is an occurrence by definition; they leave it out where the rule does not give it.
      const theirs = [...new Set([first, ...days(rule, first, until)])].slice(0, MOST);
      const given = pattern(rule, first);
      const ours: string[] = [];
      for (const wall of placesOf(given, { from: given.first, to: until.getTime() }))
        if (ours.push(recurrenceIdOf(wall, true)) === MOST) break;
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 100 },
  );
});
