// A series of a file as a series of ours: when it recurs, within the bounds that series have, and which of its occurrences
// are made. Pure.
import { Problem } from "../errors";
import { eventSizeOf, MAX_BATCH_BYTES } from "../event/batch-size";
import { basicDate, parseWall } from "../ical/wall";
import type { Family, ImportedEvent, Placed } from "../ical/family";
import type { SaidRecurrence } from "../ical/said";
import { firstAhead, MAX_AHEAD, type Ahead, type Today } from "../series/ahead";
import { timesAt, type Definition } from "../series/definition";
import {
  comesTrue,
  lastWall,
  LAST_PLACE,
  newBudget,
  placesAmong,
  recurrenceIdOf,
  rising,
  startOf,
  wallAt,
} from "../series/places";
import { MAX_EXDATES, MAX_RDATES } from "../series/recurrence-input";
import { parseRule, ruleText } from "../series/rule-text";
import { DAY_MS } from "../values/instants";
import { slotKey, type KnownSeries } from "./known-series";

/** An occurrence that the file gives, in its place. */
export type Occurrence = Placed & { wall: number };

/** What a series of a file comes to. */
export interface Filed {
  /** Its `exdates` are those of the file: what was deleted here is not among them. */
  definition: Definition;
  ahead: Pick<Ahead, "until" | "lookAt">;
  occurrences: Occurrence[];
  /** Places of which the file says nothing. */
  absent: ReadonlySet<number>;
}

/** A series that ends within this time is made whole. */
const WHOLE_DAYS = 731;

/** Why a series cannot be kept as one; nothing is told of one without occurrences. */
export class Unkept extends Error {
  constructor(readonly why: string | null) {
    super(why ?? "");
  }
}

export interface ForFiling {
  now: number;
  horizonDays: number;
  /** The time zone of whose calendar it is. */
  home: string;
  known: KnownSeries | null;
}

/** The series of a family; null where it has none. Throws Unkept. */
export function filedOf(family: Family, given: ForFiling): Filed | null {
  const { series, events } = family;
  if (!series) return null;
  const { recurrence, event } = series;
  if ("why" in recurrence) throw new Unkept(recurrence.why);
  const definition = definitionOf(recurrence, event, events, given);
  const today: Today = {
    now: given.now,
    horizonDays: given.horizonDays,
    participants: 1 + event.attendees.length,
  };
  const more = [...ownWalls(events), ...standingIn(definition, given.known)];
  const ahead = within(() => aheadOf(definition, today, Math.max(-1, ...more)));
  const most = ahead.until ?? Infinity;
  const absent = new Set([...recurrence.absent, ...(given.known?.elsewhere ?? [])]);
  const walls = rising([...ahead.places, ...more.filter((wall) => wall <= most)]).filter(
    (wall) => !absent.has(wall),
  );
  if (walls.length === 0) throw new Unkept(null);
  requireModest(walls.length, event, events);
  const filed: Filed = {
    definition,
    ahead,
    occurrences: occurrencesAt(walls, family, event, definition, new Set(recurrence.own)),
    absent,
  };
  const decided = given.known?.state.until ?? null;
  const isAhead = ({ wall }: Occurrence): boolean => decided !== null && wall > decided;
  // What a series that stays as it is has not made yet comes with its extension.
  if (
    given.known &&
    saysTheSame(filed, given.known.state.definition, new Set()) &&
    !filed.occurrences.some((one) => one.isOwn && isAhead(one))
  )
    filed.occurrences = filed.occurrences.filter((one) => !isAhead(one));
  return filed;
}

/** Refuses a series whose occurrences come to more than one write takes, as a create does: nobody could change it again. */
function requireModest(count: number, event: ImportedEvent, events: readonly Placed[]): void {
  const own = events.filter(({ isOwn }) => isOwn);
  const bytes = own.reduce((sum, one) => sum + storedBytes(one.event), 0);
  if (bytes + (count - own.length) * storedBytes(event) > MAX_BATCH_BYTES)
    throw new Unkept("its occurrences come to over 16 MiB together");
}

/** About what an event comes to where it stands: with what else is kept of it, and of those who are invited. */
function storedBytes(event: ImportedEvent): number {
  const { bytes, attendees } = eventSizeOf(event);
  return bytes + attendees * 100 + 700;
}

function occurrencesAt(
  walls: readonly number[],
  { whole, events }: Family,
  said: ImportedEvent,
  definition: Definition,
  own: ReadonlySet<number>,
): Occurrence[] {
  const byWall = new Map(events.flatMap((one) => (one.wall === null ? [] : [[one.wall, one] as const])));
  const dateOf = datesIn(definition);
  return walls.flatMap((wall): Occurrence[] => {
    const one = byWall.get(wall);
    const key = slotKey(definition, wall);
    const slot = { key, date: null, dateOf };
    if (one) return [{ ...one, slot, wall }];
    // What the file has for it is outside of what an import takes in.
    if (own.has(wall)) return [];
    const event = { ...said, ...timesAt(definition, wall), iCalUid: uidAt(said.iCalUid, key) };
    const version = whole ?? { sequence: null, changed: null, stamped: null };
    return [{ event, slot, version, mark: null, wall, isOwn: false }];
  });
}

/** The date on the wall of the series of a place, given by its key. */
const datesIn =
  (definition: Definition) =>
  (key: string): string => {
    const place = parseWall(key);
    if (!place) return "";
    return basicDate(place.isDate ? place.wall : wallAt(definition, place.wall));
  };

/** The places of occurrences that are there and stay. */
function standingIn(definition: Definition, known: KnownSeries | null): number[] {
  const walls = [...(known?.members.keys() ?? [])];
  const places = kept(definition, walls);
  return walls.filter((wall) => places.has(wall));
}

const ownWalls = (events: readonly Placed[]): number[] =>
  events.flatMap(({ wall, isOwn }) => (wall !== null && isOwn ? [wall] : []));

/** A rule that takes too long to work out is not kept. */
function within<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Problem) throw new Unkept("its RRULE takes too long to work out");
    throw error;
  }
}

/** Makes occurrences up to the horizon, a series that ends soon whole, and always up to the last that the file changes. */
function aheadOf(definition: Definition, today: Today, lastOwn: number): Ahead {
  const whole = firstAhead(definition, { ...today, horizonDays: Math.max(WHOLE_DAYS, today.horizonDays) });
  if (whole.until === null) return whole;
  const usual = firstAhead(definition, today);
  if (usual.until === null || lastOwn <= usual.until) return usual;
  const places = whole.places.filter((wall) => wall <= lastOwn).slice(-MAX_AHEAD);
  const until = Math.max(usual.until, places.at(-1) ?? 0);
  return { ...usual, places: rising([...usual.places, ...places]), until };
}

const MAX_UID_LENGTH = 1_000;
const uidAt = (uid: string, key: string): string =>
  `${[...uid].slice(0, MAX_UID_LENGTH - key.length - 1).join("")}_${key}`;

function definitionOf(
  said: SaidRecurrence,
  event: ImportedEvent,
  events: readonly Placed[],
  { home, known }: ForFiling,
): Definition {
  const text = ruleText(said.rule);
  const rule = parseRule(text, (message) => {
    throw new Unkept(`its RRULE ${message}`);
  });
  if (!rule) throw new Unkept("its RRULE is none of a series");
  const timezone = zoneOf(said, event, events, [home, ...(known ? [known.row.timezone] : [])]);
  const plain: Definition = {
    first: said.first,
    startMs: 0,
    lengthMs: said.length.days * DAY_MS + said.length.ms,
    allDay: said.allDay,
    timezone,
    rule,
    rrule: text,
    rdates: rising(said.rdates),
    exdates: [],
    deleted: [],
  };
  const walls = [said.first, ...said.rdates, ...said.own];
  if (walls.some((wall) => wall < 0 || wall > LAST_PLACE))
    throw new Unkept("it is not within the years 1970 to 9999");
  if (lastWall(plain) < plain.first) throw new Unkept("its UNTIL is before its start");
  if (!comesTrue(plain)) throw new Unkept("its RRULE never comes true");
  const places = kept(plain, [...said.exdates, ...said.own]);
  const isKept = new Set(
    known && recursAs(plain, known.state.definition) ? known.state.definition.exdates : [],
  );
  const exdates = said.exdates.filter((wall) => places.has(wall) || isKept.has(wall));
  const rdates = rising([...said.rdates, ...said.own.filter((wall) => !places.has(wall))]);
  if (rdates.length > MAX_RDATES) throw new Unkept(`it has over ${MAX_RDATES} dates beside its RRULE`);
  if (exdates.length > MAX_EXDATES) throw new Unkept(`it has over ${MAX_EXDATES} dates excepted`);
  return { ...plain, rdates, exdates: rising(exdates) };
}

/** What is excepted from a series that recurs as before stays so, be it no place any more: own exports have it. */
function recursAs({ first, allDay, rrule }: Definition, stored: Definition): boolean {
  return first === stored.first && allDay === stored.allDay && rrule === ruleText(asWritten(stored).rule);
}

function kept(definition: Definition, walls: readonly number[]): Set<number> {
  const budget = newBudget();
  const found = placesAmong(definition, walls, budget);
  if (budget.steps < 0) throw new Unkept("its RRULE takes too long to work out");
  return found;
}

/** The zone on whose wall the series recurs: one in which its occurrences are when the file says. */
function zoneOf(
  { zone, allDay, first }: SaidRecurrence,
  event: ImportedEvent,
  events: readonly Placed[],
  others: readonly string[],
): string {
  if (allDay) return event.timezone ?? others.at(-1) ?? "UTC";
  const isUtc = zone.name === null && zone.toInstant(first) === first;
  const candidates = zone.name === null ? [...(isUtc ? ["UTC"] : []), ...others] : [zone.name];
  const walls = [first, ...events.flatMap(({ wall, isOwn }) => (wall === null || isOwn ? [] : [wall]))];
  const found = candidates.find((timezone) =>
    walls.every((wall) => zone.toInstant(wall) === startOf({ allDay, timezone }, wall)),
  );
  if (found !== undefined) return found;
  const name = zone.name === null ? "its time zone has no name" : `its file has other rules for ${zone.name}`;
  throw new Unkept(name);
}

/**
 * Whether a file says of when a series recurs what is stored: a file has no milliseconds, and one spelling of a rule. What was
 * deleted here, and has no occurrence again (`settled`), need not be in it.
 */
export function saysTheSame(
  { definition: filed, absent }: Filed,
  stored: Definition,
  settled: ReadonlySet<number>,
): boolean {
  const here = new Set(filed.exdates);
  const there = new Set(stored.exdates);
  const deleted = new Set(stored.deleted.filter((wall) => !settled.has(wall)));
  const isExcepted = (wall: number): boolean => here.has(wall) || absent.has(wall) || deleted.has(wall);
  return (
    textOf(filed) === textOf(asWritten(stored)) &&
    stored.exdates.every(isExcepted) &&
    filed.exdates.every((wall) => there.has(wall))
  );
}

const textOf = ({ first, lengthMs, allDay, timezone, rule, rdates }: Definition): string =>
  JSON.stringify([recurrenceIdOf(first, allDay), lengthMs, allDay, timezone, ruleText(rule), rdates]);

const secondOf = (ms: number): number => Math.floor(ms / 1_000) * 1_000;

/** A series as an export writes it. */
export function asWritten(definition: Definition): Definition {
  const { startMs, lengthMs, rule } = definition;
  return {
    ...definition,
    startMs: 0,
    lengthMs: secondOf(startMs + lengthMs),
    rule: rule.until ? { ...rule, until: writtenEnd(definition) } : rule,
  };
}

/** The end of a rule as a date, or of times as the instant of the last second. */
export function writtenEnd(definition: Definition): Definition["rule"]["until"] {
  const { allDay, rule } = definition;
  if (!rule.until) return null;
  const last = lastWall(definition);
  return allDay
    ? { wall: last, isDate: true, isUtc: false }
    : { wall: secondOf(startOf(definition, last)), isDate: false, isUtc: true };
}
