// What a series is apart from what its occurrences say: when they are, and how long. Made of what a client gives, of what is
// stored, and of a change of either. Pure.
import type { Rule } from "../ical/rule";
import { dayOf, midnightOf, type WrittenTime } from "../ical/wall";
import { DAY_MS, toInstant, toMs, type Instant } from "../values/instants";
import type { Faults } from "../values/faults";
import { instantToWall } from "../values/timezone";
import { textOfPlace, type GivenPlace, type GivenRecurrence } from "./recurrence-input";
import {
  comesTrue,
  hasPlace,
  isPlace,
  lastWall,
  newBudget,
  type Pattern,
  PLACES_RULE,
  placesOf,
  rising,
  startOf,
  wallAt,
} from "./places";
import { isEnd, parseRule, ruleText, type Refuse } from "./rule-text";

/** When the occurrences of a series are, and how long they last. */
export interface Definition extends Pattern {
  /** Of `rule`, in the client's own spelling. */
  rrule: string;
  /** Milliseconds that an occurrence starts after the second of its place. */
  startMs: number;
  lengthMs: number;
  /** Places whose occurrence was deleted: they are among `exdates` too. */
  deleted: readonly number[];
}

export interface Times {
  startTime: Instant;
  endTime: Instant;
  allDay: boolean;
}

/** When the occurrence in a place is. */
export function timesAt(definition: Definition, wall: number): Times {
  const start = startOf(definition, wall) + definition.startMs;
  return {
    startTime: toInstant(start),
    endTime: toInstant(start + definition.lengthMs),
    allDay: definition.allDay,
  };
}

/** The place, and the rest of a second, of an occurrence that begins then. */
export function placeOf({ startTime, allDay }: Times, timezone: string): { wall: number; startMs: number } {
  const shown = allDay ? toMs(startTime) : instantToWall(toMs(startTime), timezone);
  const startMs = ((shown % 1000) + 1000) % 1000;
  return { wall: shown - startMs, startMs };
}

export const lengthOf = ({ startTime, endTime }: Times): number => toMs(endTime) - toMs(startTime);

const EXDATE_RULE = "must be a place of the rule or of rdates";
/** For looking up places one by one. */
const CHECK_STEPS = 800_000;

/** A new series that begins with these times; undefined after faults were added. */
export function definitionOf(
  times: Times,
  timezone: string,
  given: GivenRecurrence,
  faults: Faults,
): Definition | undefined {
  const { names } = given;
  if (given.rrule === undefined) return faults.add(names.rrule, "is required");
  const rule = readRule(given, faults);
  if (!rule) return undefined;
  const { wall: first, startMs } = placeOf(times, timezone);
  const definition: Definition = {
    first,
    startMs,
    lengthMs: lengthOf(times),
    allDay: times.allDay,
    timezone,
    ...rule,
    rdates: [],
    exdates: [],
    deleted: [],
  };
  return withDates(definition, given, faults);
}

/** The rule as given; undefined after faults were added. */
export function readRule(
  { rrule = "", names }: GivenRecurrence,
  faults: Faults,
): { rule: Rule; rrule: string } | undefined {
  const refuse: Refuse = (message) => faults.add(names.rrule, message);
  const rule = parseRule(rrule, refuse);
  return rule && { rule, rrule: spelled(rrule) };
}

/** As the client wrote it, but for blanks, case and the word before it. */
const spelled = (rrule: string): string =>
  rrule
    .replaceAll(/\s/g, "")
    .toUpperCase()
    .replace(/^RRULE:/, "")
    .replace(/;+$/, "");

/** With the dates that are given, all of it checked; undefined after faults were added. */
export function withDates(
  definition: Definition,
  { rdates, exdates, names }: GivenRecurrence,
  faults: Faults,
): Definition | undefined {
  const { first, deleted } = definition;
  const before = faults.details.length;
  if (!isPlace(first))
    return faults.add("startTime", `${PLACES_RULE} on the clocks of the series' time zone`);
  if (lastWall(definition) < first)
    faults.add(names.rrule, "has an UNTIL before the start of the first occurrence");
  else if (!comesTrue(definition)) faults.add(names.rrule, "never comes true after the first occurrence");
  const next = { ...definition };
  if (!rdates) requirePlaces(next.rdates, names.rdates, faults);
  else
    next.rdates = sorted(
      rdates.map((place, index) => wallOf(place, next, `${names.rdates}[${index}]`, faults)),
    );
  if (exdates) {
    const own = exdatesOf(next, exdates, names.exdates, faults);
    next.exdates = sorted([...own, ...deleted]);
  }
  requirePlaces(next.exdates, names.exdates, faults);
  return faults.details.length > before ? undefined : next;
}

/** A change may move what it keeps to where there are no places. */
function requirePlaces(walls: readonly number[], field: string, faults: Faults): void {
  if (!walls.every(isPlace)) faults.add(field, `${PLACES_RULE} after the move`);
}

const sorted = (walls: readonly (number | undefined)[]): number[] =>
  [...new Set(walls.filter((wall) => wall !== undefined))].sort((a, b) => a - b);

/** A place on the wall of the series. */
function wallOf(place: GivenPlace, pattern: Pattern, field: string, faults: Faults): number | undefined {
  const wall = shownOn(pattern, place);
  return isPlace(wall) ? wall : faults.add(field, PLACES_RULE);
}

function shownOn(
  pattern: Pick<Pattern, "first" | "allDay" | "timezone">,
  { wall, isDate, isUtc }: GivenPlace,
): number {
  if (pattern.allDay) return midnightOf(isUtc ? wallAt(pattern, wall) : wall);
  // A date alone is the time of day at which the series begins.
  if (isDate) return wall + (pattern.first - midnightOf(pattern.first));
  return isUtc ? instantToWall(wall, pattern.timezone) : wall;
}

/** When a series recurs in one spelling, in whichever form it was given; what is no rule stays as it was written. */
export function spellingOf(
  times: Times,
  timezone: string,
  { rrule = "", rdates = [], exdates = [] }: GivenRecurrence,
): string {
  const rule = parseRule(rrule, () => undefined);
  const pattern = { first: placeOf(times, timezone).wall, allDay: times.allDay, timezone };
  const shown = (places: readonly GivenPlace[]): number[] =>
    rising(places.map((place) => shownOn(pattern, place)));
  return JSON.stringify([rule ? ruleText(rule) : rrule, shown(rdates), shown(exdates)]);
}

/** What comes after the rule's end is none, and not refused. */
function exdatesOf(pattern: Pattern, given: readonly GivenPlace[], field: string, faults: Faults): number[] {
  const budget = newBudget(CHECK_STEPS);
  const counted =
    pattern.rule.count === null ? null : new Set(placesOf({ ...pattern, exdates: [] }, { from: 0 }));
  const end = counted ? Math.max(...counted) : Math.max(lastWall(pattern), pattern.rdates.at(-1) ?? 0);
  return given.flatMap((place, index) => {
    const at = `${field}[${index}]`;
    const wall = wallOf(place, pattern, at, faults);
    if (wall === undefined || wall > end) return [];
    const isPlace = counted?.has(wall) ?? hasPlace(pattern, wall, budget);
    if (isPlace) return [wall];
    if (budget.steps < 0) faults.add(at, "takes too long to look up: give fewer, or a simpler rule");
    else faults.add(at, `${EXDATE_RULE}, which ${textOfPlace(place)} is not`);
    return [];
  });
}

/** How a change moves the places of a series: so many days on, and to another time of day. */
export interface Move {
  days: number;
  /** From one time of day to another; a date has none. */
  from: { timeOfDay: number; allDay: boolean };
  to: { timeOfDay: number; allDay: boolean };
}

export const moveOf = (from: number, wasAllDay: boolean, to: number, allDay: boolean): Move => ({
  days: dayOf(to) - dayOf(from),
  from: { timeOfDay: from - midnightOf(from), allDay: wasAllDay },
  to: { timeOfDay: to - midnightOf(to), allDay },
});

/** Where a place goes. */
export function moved({ days, from, to }: Move, wall: number): number {
  if (to.allDay || from.allDay) return midnightOf(wall) + days * DAY_MS + (to.allDay ? 0 : to.timeOfDay);
  return wall + days * DAY_MS + to.timeOfDay - from.timeOfDay;
}

/** The end of a rule that moves with its places; null where it has none, or none before the last place there is. */
export function movedUntil(definition: Definition, move: Move, timezone: string): Rule["until"] {
  const { until } = definition.rule;
  if (!until) return null;
  const last = lastWall(definition);
  if (move.to.allDay || until.isDate)
    return endAt({ wall: midnightOf(last) + move.days * DAY_MS, isDate: true, isUtc: false }, timezone);
  return endAt({ wall: moved(move, last), isDate: false, isUtc: false }, timezone, until.isUtc);
}

/** The end of a rule at a time on the wall, said as an instant where that can be written; null after the last place. */
export function endAt(end: WrittenTime, timezone: string, asInstant = false): Rule["until"] {
  if (!isEnd(end.wall)) return null;
  const instant = asInstant ? startOf({ allDay: false, timezone }, end.wall) : NaN;
  return isEnd(instant) ? { wall: instant, isDate: false, isUtc: true } : end;
}

/** The rule on other weekdays, so many days on; null where it does not follow from the rule which days are meant. */
export function turned(rule: Rule, days: number): Rule | null {
  const { months, weeks, yearDays, monthDays, weekdays, positions } = rule;
  if (days === 0) return rule;
  const others = [months, weeks, yearDays, monthDays, positions];
  if (weekdays.length + others.flat().length === 0) return rule;
  if (rule.frequency !== "WEEKLY" || others.flat().length > 0) return null;
  return {
    ...rule,
    weekdays: weekdays.map(({ nth, weekday }) => ({ nth, weekday: (((weekday + days) % 7) + 7) % 7 })),
  };
}

/** Whether two series recur alike; another spelling of a rule is no other rule. */
export const recurAlike = (a: Definition, b: Definition): boolean => signature(a) === signature(b);

const signature = (of: Definition): string =>
  JSON.stringify([
    of.first,
    of.startMs,
    of.lengthMs,
    of.allDay,
    of.timezone,
    ruleText(of.rule),
    of.rdates,
    of.exdates,
    of.deleted,
  ]);
