// Rules of series, drawn by chance, and the places that they give.
import fc from "fast-check";
import { parseRecurrenceId, type Pattern, placesOf, recurrenceIdOf } from "../../src/series/places";
import { parseRule } from "../../src/series/rule-text";

/** A rule, or what is wrong with it. */
export const readRule = (text: string): { rule: ReturnType<typeof parseRule>; faults: string[] } => {
  const faults: string[] = [];
  const rule = parseRule(text, (message) => void faults.push(message));
  return { rule, faults };
};

const wallOf = (text: string): number => (parseRecurrenceId(text) as { wall: number }).wall;

/** A series by this rule, from its first place on. */
export function pattern(text: string, first: string, more: Partial<Pattern> = {}): Pattern {
  const { rule, faults } = readRule(text);
  if (!rule) throw new Error(faults.join());
  const allDay = first.length === 10;
  return {
    first: wallOf(first),
    allDay,
    timezone: "America/New_York",
    rule,
    rdates: [],
    exdates: [],
    ...more,
  };
}

export function places(given: Pattern, most = 20, from = given.first): string[] {
  const found: string[] = [];
  for (const wall of placesOf(given, { from })) {
    if (found.push(recurrenceIdOf(wall, given.allDay)) === most) break;
  }
  return found;
}

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const someOf = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const part = (name: string, values: fc.Arbitrary<(string | number)[]>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(""),
    values.map((list) => `;${name}=${list.join(",")}`),
  );
const numbered = fc
  .tuple(fc.constantFrom(-1, 1, 2, 4), fc.constantFrom(...DAYS))
  .map(([nth, day]) => `${nth}${day}`);

/** Rules of every frequency, with every part that series take. */
export const drawnRule = fc
  .constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
  .chain((frequency) => {
    const fine = frequency === "MONTHLY" || frequency === "YEARLY";
    const days = fine
      ? part("BYDAY", fc.oneof(someOf(DAYS), fc.uniqueArray(numbered, { minLength: 1, maxLength: 2 })))
      : part("BYDAY", someOf(DAYS));
    return fc.tuple(
      fc.constant(`FREQ=${frequency}`),
      fc.integer({ min: 1, max: 5 }).map((interval) => `;INTERVAL=${interval}`),
      days,
      frequency === "WEEKLY" ? fc.constant("") : part("BYMONTHDAY", someOf([1, 2, 15, 29, 30, 31, -1, -3])),
      part("BYMONTH", someOf([1, 2, 3, 6, 10, 12])),
      frequency === "YEARLY" ? part("BYYEARDAY", someOf([1, 60, 100, 200, 366, -1])) : fc.constant(""),
      frequency === "YEARLY" ? part("BYWEEKNO", someOf([1, 2, 20, 52, 53, -1])) : fc.constant(""),
      fc.constantFrom("", ";WKST=SU", ";WKST=WE"),
      fc.constantFrom("", ";BYSETPOS=1", ";BYSETPOS=-1,2"),
    );
  })
  .map((parts) => parts.join(""))
  .filter((rule) => readRule(rule).rule !== undefined);

export const drawnFirst = fc
  .integer({ min: 0, max: 4_000 })
  .map((day) => recurrenceIdOf(Date.UTC(2020, 0, 1) + day * 86_400_000, true));
