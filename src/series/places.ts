// Where the occurrences of a series are: the places its rule and dates give, on the wall of its zone. A place is a wall
// time in milliseconds (src/ical/wall.ts), its recurrenceId the text of it. Pure: nothing here knows events or the database.
import { type Budget, occurrences } from "../ical/recurrence";
import type { Rule } from "../ical/rule";
import { midnightOf } from "../ical/wall";
import { DAY_MS } from "../values/instants";
import { instantToWall, wallToInstant } from "../values/timezone";

/** When a series recurs. */
export interface Pattern {
  /** The first occurrence's place. It is one by definition, whatever the rule says, and counts towards COUNT. */
  first: number;
  allDay: boolean;
  timezone: string;
  rule: Rule;
  /** Places beside those of the rule, rising. */
  rdates: readonly number[];
  /** Places that are none, rising. */
  exdates: readonly number[];
}

/** How much work a rule may make: one step is a day looked at or an occurrence found. */
export const MAX_STEPS = 500_000;

export const newBudget = (steps = MAX_STEPS): Budget => ({ steps });

const LOCAL_DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d))?$/;
/** The last place there is: the day after must be one too. */
export const LAST_PLACE = Date.UTC(9999, 11, 30);

/** A place as it is written: `2026-03-02T09:00:00`, or `2026-03-02` of an all-day series. */
export const recurrenceIdOf = (wall: number, allDay: boolean): string =>
  new Date(wall).toISOString().slice(0, allDay ? 10 : 19);

/** Whether there is such a place: one that is written can be read again. */
export const isPlace = (wall: number): boolean => wall >= 0 && wall < LAST_PLACE + DAY_MS;

export const PLACES_RULE = "must be from 1970-01-01 to 9999-12-30";

/** Reads a LocalDateTime; null where there is no such time or date from 1970 to 9999. */
export function parseRecurrenceId(text: string): { wall: number; isDate: boolean } | null {
  const match = LOCAL_DATE_TIME.exec(text);
  const wall = match ? Date.parse(`${match[1]}T${match[2] ?? "00:00:00"}Z`) : NaN;
  if (!isPlace(wall)) return null;
  // 31 February is no date, but for Date.parse of some engines.
  return new Date(wall).toISOString().startsWith(match?.[1] ?? "-")
    ? { wall, isDate: match?.[2] === undefined }
    : null;
}

/** The place that a text of the database stands for; throws where plain SQL has stored what is none. */
export function wallOf(recurrenceId: string): number {
  const read = parseRecurrenceId(recurrenceId);
  if (!read) throw new Error(`${JSON.stringify(recurrenceId)} is no place of a series.`);
  return read.wall;
}

/** Places in order, each once. */
export const rising = (walls: readonly number[]): number[] => [...new Set(walls)].sort((a, b) => a - b);

/** The instant at which an occurrence in this place starts; of an all-day one its midnight in UTC. */
export const startOf = ({ allDay, timezone }: Pick<Pattern, "allDay" | "timezone">, wall: number): number =>
  allDay ? wall : wallToInstant(wall, timezone);

/** What the wall of the series shows at an instant. */
export const wallAt = (
  { allDay, timezone }: Pick<Pattern, "allDay" | "timezone">,
  instant: number,
): number => (allDay ? midnightOf(instantToWall(instant, timezone)) : instantToWall(instant, timezone));

/** The last wall time that UNTIL allows. */
export function lastWall({ rule: { until }, allDay, timezone }: Pattern): number {
  if (!until) return LAST_PLACE;
  const wall = until.isUtc ? instantToWall(until.wall, timezone) : until.wall;
  if (!allDay) return until.isDate ? until.wall + DAY_MS - 1 : wall;
  // Programs that know instants only end a series of dates at the midnight of the last one.
  return midnightOf(until.wall % DAY_MS === 0 ? until.wall : wall);
}

/** The places of the rule alone, the first one included, from `from` to `to`, rising. */
export function* rulePlaces(pattern: Pattern, from: number, to: number, budget: Budget): Generator<number> {
  const { first, rule } = pattern;
  if (first >= from && first <= to) yield first;
  yield* occurrences(rule, first, { from, to: Math.min(to, lastWall(pattern), LAST_PLACE), budget });
}

/** The places of the series from `from` to `to`, rising: those of the rule and of `rdates`, without `exdates`. */
export function* placesOf(
  pattern: Pattern,
  { from, to = LAST_PLACE, budget = newBudget() }: { from: number; to?: number; budget?: Budget },
): Generator<number> {
  const excluded = new Set(pattern.exdates);
  const extra = pattern.rdates.filter((wall) => wall >= from && wall <= to);
  let next = 0;
  let last = -Infinity;
  function* upTo(wall: number): Generator<number> {
    for (; next < extra.length && (extra[next] as number) <= wall; next++) yield extra[next] as number;
  }
  function* all(): Generator<number> {
    for (const wall of rulePlaces(pattern, from, to, budget)) {
      yield* upTo(wall);
      yield wall;
    }
    yield* upTo(to);
  }
  for (const wall of all()) {
    if (wall > last && !excluded.has(wall)) yield wall;
    last = Math.max(last, wall);
  }
}

/** The first place from `from` on; null where there is none. */
export function firstPlace(pattern: Pattern, from: number): number | null {
  for (const wall of placesOf(pattern, { from })) return wall;
  return null;
}

/** How many places the rule has before this one, the first included. */
export function countBefore(pattern: Pattern, wall: number): number {
  return [...rulePlaces(pattern, pattern.first, wall - 1, newBudget())].length;
}

/** Whether a rule that is to give more than its first occurrence ever does. */
export function comesTrue({ first, rule }: Pick<Pattern, "first" | "rule">): boolean {
  if (rule.count === 1) return true;
  const endless = { ...rule, count: null, until: null };
  const steps = { steps: 40_000 };
  return !occurrences(endless, first, { from: first, to: LAST_PLACE, budget: steps }).next().done;
}

/** Whether the rule, or `rdates`, has this place. */
export function hasPlace(pattern: Pattern, wall: number, budget: Budget): boolean {
  if (pattern.rdates.includes(wall)) return true;
  for (const place of rulePlaces(pattern, wall, wall, budget)) return place === wall;
  return false;
}

/** Those of these walls that are places of the series. */
export function placesAmong(pattern: Pattern, walls: readonly number[], budget = newBudget()): Set<number> {
  const found = new Set<number>();
  if (walls.length === 0) return found;
  const wanted = new Set(walls);
  const [from, to] = [Math.min(...walls), Math.max(...walls)];
  for (const wall of placesOf(pattern, { from, to, budget })) if (wanted.has(wall)) found.add(wall);
  return found;
}
