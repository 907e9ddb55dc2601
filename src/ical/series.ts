// A series as the events it stands for: what its rules and dates give within the window, less what is excepted or
// cancelled, with the overrides in the places they replace.

import { endOf, type ExtraTime, instantOf, type Length, type Moment } from "./moment";
import { type Budget, candidates, isByDay, occurrences } from "./recurrence";
import { type Rule } from "./rule";
import { momentKey, type Series, type Vevent } from "./vevent";
import { compareVersions } from "./version";
import { DAY_MS, MINUTE_MS } from "../values/instants";
import { dayOf, midnightOf } from "./wall";
import { UTC, type Zone } from "./zones";

/** An event with its times fixed, in milliseconds; the end excluded. */
export interface Occurrence {
  /** Its place in the series, as `momentKey` writes it; "" for an event that does not recur. */
  slot: string;
  /** Its place on the wall of the series; null where it is of none. */
  wall: number | null;
  start: number;
  end: number;
  source: Vevent;
}

export interface Span {
  from: number;
  to: number;
}

export interface Expansion {
  occurrences: Occurrence[];
  /** Overrides that lie outside the window. */
  outside: Vevent[];
  /** Whether there were more occurrences than are allowed, or more work than is bearable. */
  cut: boolean;
}

/** Of one series, however often it recurs. */
export const MAX_OCCURRENCES = 5_000;
const SERIES_STEPS = 500_000;

/** A place in a series. `at` is its identity: an instant, or for all-day events the midnight of the date. */
interface Slot {
  at: number;
  wall: number;
  length: Length;
}

/** What an event and its overrides come to within `span`. Takes the steps it needs off the budget of the file. */
export function expandSeries(master: Series, overrides: Vevent[], span: Span, budget: Budget): Expansion {
  const own = { steps: Math.min(SERIES_STEPS, budget.steps) };
  const granted = own.steps;
  const slots = slotsOf(master, span, own);
  const replaced = new Set(overrides.map((override) => slotAt(master, override.replaces)));
  const isExcepted = exceptionsOf(master, span, own);
  budget.steps -= granted - own.steps;
  const lasting = overrides
    .filter((override) => override.andFuture && override.allDay === master.allDay)
    .map((override) => ({ at: slotAt(master, override.replaces), override }))
    .sort((a, b) => a.at - b.at);
  const excluded = new Set(master.recurrence.excluded.map((moment) => slotAt(master, moment)));
  const standing = overrides.filter((override) => !isTakenBack(master, override, excluded));
  const found: Occurrence[] = [];
  let ruling = -1;
  for (const slot of slots.slice(0, MAX_OCCURRENCES)) {
    while ((lasting[ruling + 1]?.at ?? Infinity) <= slot.at) ruling++;
    if (replaced.has(slot.at) || isExcepted(slot)) continue;
    found.push(...placed(master, slot, lasting[ruling]));
  }
  for (const override of standing.filter(({ cancelled }) => !cancelled)) {
    const at = slotAt(master, override.replaces);
    const wall = placeWall(master, override.replaces);
    found.push({ ...occurrenceOf(override, keyed(master, at)), wall });
  }
  const inside = found.filter((occurrence) => overlaps(occurrence, span));
  const present = new Set(inside.map(({ source }) => source));
  return {
    occurrences: inside.sort((a, b) => a.start - b.start),
    outside: standing.filter((override) => !override.cancelled && !present.has(override)),
    cut: slots.length > MAX_OCCURRENCES || own.steps < 0,
  };
}

/** Whether the series says in a newer version that there is no such instance any more. */
export const isTakenBack = (master: Series, override: Vevent, excluded: ReadonlySet<number>): boolean =>
  excluded.has(slotAt(master, override.replaces)) && compareVersions(master.version, override.version) > 0;

/** A VEVENT at its own times. */
export function occurrenceOf(source: Vevent, slot: string): Occurrence {
  const [start, end] = timesOf(source, source.wall, source.length);
  return { slot, wall: null, start, end, source };
}

/** Where an override "and all future ones" puts what stands at a place of its series; null where it says nothing of it. */
export function placeAfter(
  override: Vevent,
  place: { wall: number; isDate: boolean },
): Pick<Occurrence, "start" | "end" | "source"> | null {
  const { replaces, zone } = override;
  if (!replaces || place.isDate !== replaces.isDate || replaces.isDate !== override.allDay) return null;
  const own = replaces.isDate ? replaces.wall : zone.toWall(instantOf(replaces, zone));
  const wall = place.isDate ? place.wall : zone.toWall(place.wall);
  if (wall < own) return null;
  const [start, end] = timesOf(override, wall + (override.wall - own), override.length);
  return { start, end, source: override };
}

/** Half-open, as everywhere: what only touches the window is outside; what has no length counts at its start. */
export const overlaps = ({ start, end }: Occurrence, { from, to }: Span): boolean =>
  start < to && (end > from || (start === end && start >= from));

const keyed = (master: Vevent, at: number): string => momentKey(at, master.allDay);

function timesOf({ allDay, zone }: Vevent, wall: number, length: Length): [start: number, end: number] {
  return allDay ? [wall, wall + length.days * DAY_MS] : [zone.toInstant(wall), endOf(wall, zone, length)];
}

/** The occurrence in a slot, as the last override "and all future ones" before it says; none when that is cancelled. */
function placed(
  master: Series,
  slot: Slot,
  ruling: { at: number; override: Vevent } | undefined,
): Occurrence[] {
  const key = keyed(master, slot.at);
  if (!ruling) {
    const [start, end] = timesOf(master, slot.wall, slot.length);
    return [{ slot: key, wall: slot.wall, start, end, source: master }];
  }
  const { at, override } = ruling;
  if (override.cancelled) return [];
  const moved = wallIn(master, occurrenceOf(override, key).start) - wallIn(master, at);
  const [start, end] = timesOf(master, slot.wall + moved, override.length);
  return [{ slot: key, wall: slot.wall, start, end, source: override }];
}

/** A place on the wall of the series. One that the clocks leave out is named as the rule names it, not by what they show. */
export function placeWall(master: Series, moment: Moment | null): number {
  const isOwn = !master.allDay && moment?.zone === master.zone && moment.wall % DAY_MS !== 0;
  return isOwn ? moment.wall : wallIn(master, slotAt(master, moment));
}

const wallIn = ({ allDay, zone }: Vevent, at: number): number => (allDay ? at : zone.toWall(at));

/** The slots that may reach into the span, rising; one more than allowed when there are too many. */
function slotsOf(master: Series, span: Span, budget: Budget): Slot[] {
  const { rules, extra } = master.recurrence;
  const slots = new Map<number, Slot>();
  const add = (wall: number, length: Length): void => {
    const at = wallSlot(master, wall);
    if (!slots.has(at)) slots.set(at, { at, wall, length });
  };
  const [from, to] = reachOf(master, span);
  if (master.wall >= from && master.wall <= to) add(master.wall, master.length);
  for (const time of extra) {
    const wall = wallIn(master, slotAt(master, time.start));
    if (wall >= from && wall <= to) add(wall, master.allDay ? master.length : (time.length ?? master.length));
  }
  for (const rule of rules) {
    let count = 0;
    for (const wall of ruleWalls(master, rule, span, budget)) {
      add(wall, master.length);
      if (++count > MAX_OCCURRENCES) break;
    }
  }
  return [...slots.values()].sort((a, b) => a.at - b.at);
}

function* ruleWalls(master: Series, given: Rule, span: Span, budget: Budget): Generator<number> {
  const [from, to] = reachOf(master, span);
  const rule = ofDates(master, given);
  yield* occurrences(rule, master.wall, { from, to: Math.min(to, untilWall(master, rule)), budget });
}

/** Whether a rule has the first occurrence among its own. It is one of the series whatever the RRULE says; an EXRULE must say so. */
function givesStart(master: Series, given: Rule, budget: Budget): boolean {
  const { wall } = master;
  if (wall > untilWall(master, given)) return false;
  for (const one of candidates(ofDates(master, given), wall, { from: wall, to: wall, budget }))
    if (one >= wall) return one === wall;
  return false;
}

/** The wall times at which an occurrence can begin that overlaps the span, with a day to spare for any zone. */
function reachOf(master: Vevent, { from, to }: Span): [from: number, to: number] {
  const longest = (master.length.days + 1) * DAY_MS + master.length.ms;
  return [from - longest - DAY_MS, to + DAY_MS];
}

/** The last wall time UNTIL allows. */
export function untilWall({ allDay, zone }: Vevent, { until }: Rule): number {
  if (!until) return Infinity;
  const local = until.isUtc ? zone.toWall(until.wall) : until.wall;
  if (!allDay) return until.isDate ? until.wall + DAY_MS - 1 : local;
  // Some end a series of dates at an instant: the first or the last moment of the last date where the mailbox is at home
  // (Exchange), or a time of day that means nothing, on the date as written.
  const time = local - midnightOf(local);
  const isHome = until.wall % DAY_MS !== 0 && (time < MINUTE_MS || time >= DAY_MS - MINUTE_MS);
  return midnightOf(isHome ? local : until.wall);
}

/** Dates have no time of day that a rule could ask for. */
const ofDates = ({ allDay }: Vevent, rule: Rule): Rule =>
  allDay ? { ...rule, hours: [], minutes: [], seconds: [] } : rule;

function exceptionsOf(master: Series, span: Span, budget: Budget): (slot: Slot) => boolean {
  const { exceptRules, excluded } = master.recurrence;
  const slots = new Set(
    excluded.filter(({ isDate }) => !isDate || master.allDay).map((moment) => slotAt(master, moment)),
  );
  // A date among the exceptions of a timed series means whatever begins on that day.
  const days = new Set(excluded.filter(({ isDate }) => isDate).map(({ wall }) => dayOf(wall)));
  for (const rule of exceptRules) {
    if (givesStart(master, rule, budget)) slots.add(wallSlot(master, master.wall));
    for (const wall of ruleWalls(master, rule, span, budget)) slots.add(wallSlot(master, wall));
  }
  return ({ at, wall }) => slots.has(at) || days.has(dayOf(wall));
}

const wallSlot = ({ allDay, zone }: Vevent, wall: number): number =>
  allDay ? midnightOf(wall) : zone.toInstant(wall);

/** The slot a RECURRENCE-ID, EXDATE or RDATE means, whichever way it is written. */
export function slotAt(master: Series, moment: Moment | null): number {
  if (!moment) return wallSlot(master, master.wall);
  if (!master.allDay) {
    const at = instantOf(moment, master.zone);
    const date = moment.isDate ? moment.wall : midnightWall(master, at);
    return date === null ? at : master.zone.toInstant(date + master.wall - midnightOf(master.wall));
  }
  const isUtcTime = !moment.isDate && moment.zone === UTC && moment.wall % DAY_MS !== 0;
  return midnightOf(isUtcTime ? master.zone.toWall(moment.wall) : moment.wall);
}

/**
 * Exchange can write midnight where it means whatever begins on that day. The midnight in wall time if `at` is one
 * at which nothing of the series can begin; else null.
 */
function midnightWall({ wall, zone, recurrence }: Series, at: number): number | null {
  const asked = zone.toWall(at);
  if (asked % DAY_MS !== 0 || wall % DAY_MS === 0) return null;
  const atOwnTime = recurrence.rules.every(
    ({ frequency, hours }) => hours.length === 0 && isByDay(frequency),
  );
  return atOwnTime && !extraTimes(recurrence.extra, zone).has(at) ? asked : null;
}

const reckoned = new WeakMap<readonly ExtraTime[], ReadonlySet<number>>();

/** The instants among the extra dates of a series. */
function extraTimes(extra: readonly ExtraTime[], zone: Zone): ReadonlySet<number> {
  const known = reckoned.get(extra);
  if (known) return known;
  const times = extra.filter(({ start }) => !start.isDate).map(({ start }) => instantOf(start, zone));
  const set = new Set(times);
  reckoned.set(extra, set);
  return set;
}
