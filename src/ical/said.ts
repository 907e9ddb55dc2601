// What a file says of a series where it can be kept as one: a rule, and what is otherwise. What it comes to within a window
// is in series.ts.

import { type Length } from "./moment";
import { isByDay } from "./recurrence";
import { type Rule } from "./rule";
import { isTakenBack, placeWall, slotAt, untilWall } from "./series";
import { type Series, type Vevent } from "./vevent";
import { midnightOf } from "./wall";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../values/instants";
import { type Zone } from "./zones";

/** When a series recurs, on the wall of its zone. */
export interface SaidRecurrence {
  first: number;
  allDay: boolean;
  zone: Zone;
  length: Length;
  rule: Rule;
  /** Places beside those of the rule. */
  rdates: number[];
  /** Places that are none, as far as the rule has them. */
  exdates: number[];
  /** Places that an overriding VEVENT stands in. */
  own: number[];
  /** Places that the calendar of whoever exported it did not have, and the series has. */
  absent: number[];
}

/** Why a series cannot be kept as one. */
export interface Unkept {
  why: string;
}

/** A series with one rule; null where it has none, only dates. */
export function saidRecurrence(master: Series, overrides: readonly Vevent[]): SaidRecurrence | Unkept | null {
  const { rules, exceptRules, extra, excluded, absent } = master.recurrence;
  const [given, ...others] = rules;
  if (!given) return null;
  if (others.length > 0) return { why: "it has more than one RRULE" };
  if (exceptRules.length > 0) return { why: "it has an EXRULE" };
  if (overrides.some(({ andFuture }) => andFuture)) return { why: "it has RANGE=THISANDFUTURE" };
  if (!isByDay(given.frequency)) return { why: `it recurs by FREQ=${given.frequency}` };
  const rule = plainRule(master, given);
  if (!rule) return { why: "its RRULE asks for times of day" };
  if (extra.some(({ length }) => length !== null)) return { why: "it has an RDATE of another length" };
  const wallOf = (moment: Vevent["replaces"]): number => placeWall(master, moment);
  const excludedAt = new Set(excluded.map((moment) => slotAt(master, moment)));
  const standing = overrides.filter((one) => !one.cancelled && !isTakenBack(master, one, excludedAt));
  const own = new Set(standing.map(({ replaces }) => wallOf(replaces)));
  const rdates = [...new Set(extra.map(({ start }) => wallOf(start)))];
  const out = [
    ...excluded.flatMap((moment) => placesOn(master, moment, rdates)),
    ...overrides.filter(({ cancelled }) => cancelled).map(({ replaces }) => wallOf(replaces)),
  ];
  const missing = new Set(absent.map(wallOf));
  return {
    first: master.wall,
    allDay: master.allDay,
    zone: master.zone,
    length: master.length,
    rule,
    rdates,
    exdates: [...new Set(out)].filter((wall) => !own.has(wall) && !missing.has(wall)),
    own: [...own],
    absent: [...missing],
  };
}

/** The places that an EXDATE means: of a date in a series of times, whatever begins on that day. */
function placesOn(master: Series, moment: NonNullable<Vevent["replaces"]>, rdates: number[]): number[] {
  const wall = placeWall(master, moment);
  if (!moment.isDate || master.allDay) return [wall];
  return [wall, ...rdates.filter((one) => midnightOf(one) === midnightOf(moment.wall))];
}

/** The rule in its plain form: without what says nothing, its end as a date or an instant; null where it sets times of day. */
function plainRule(master: Series, given: Rule): Rule | null {
  const { allDay, wall, zone } = master;
  const time = wall - midnightOf(wall);
  const isOwnTime = ([value, ...more]: number[], own: number): boolean =>
    value === undefined || (more.length === 0 && value === own);
  const setsNone =
    isOwnTime(given.hours, Math.floor(time / HOUR_MS)) &&
    isOwnTime(given.minutes, Math.floor(time / MINUTE_MS) % 60) &&
    isOwnTime(given.seconds, Math.floor(time / SECOND_MS) % 60);
  if (!allDay && !setsNone) return null;
  const takesNumbers =
    given.frequency === "MONTHLY" || (given.frequency === "YEARLY" && given.weeks.length === 0);
  return {
    ...given,
    ...{ hours: [], minutes: [], seconds: [] },
    weekdays: takesNumbers ? given.weekdays : given.weekdays.map(({ weekday }) => ({ nth: 0, weekday })),
    until: given.until && plainEnd(untilWall(master, given), { allDay, zone }),
  };
}

/** The end of a rule whose last place is at this wall time at the latest. */
function plainEnd(last: number, { allDay, zone }: { allDay: boolean; zone: Zone }): Rule["until"] {
  if (allDay) return { wall: midnightOf(last), isDate: true, isUtc: false };
  return { wall: Math.floor(zone.toInstant(last) / SECOND_MS) * SECOND_MS, isDate: false, isUtc: true };
}
