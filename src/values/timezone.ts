// Time zones: which names there are, and from the clock on a wall to the instant and back. The rules are those of
// the Intl data Node carries, so nothing here depends on the zone of the process.
import { DAY_MS, SECOND_MS } from "./instants";
import { WINDOWS_ZONES } from "./windows-zones";

/** What a clock on the wall shows. `month` and `day` count from 1. */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

interface Clock {
  face: Intl.DateTimeFormat;
  /** Milliseconds east of UTC at a UTC midnight, by day number. */
  offsets: Map<number, number>;
}

/** In so many days no zone changes its offset twice. */
const STEP_DAYS = 3;
const CACHED_DAYS = 20_000;
const MAX_NAME_LENGTH = 64;
// Before the year 1 the clock face would count backwards; every zone has its earliest offset there anyway.
const EARLIEST_MS = Date.parse("0001-01-03T00:00:00Z");
const FACE = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/;
const LOWER_CASE_WORDS = new Set(["of", "es", "au"]);
const ODD_WORDS = new Map(
  (
    "ACT LHI NSW US GB NZ CHAT W SU IN GMT GMT0 UTC UCT CET EET EST HST MET MST PRC ROC ROK WET CST6CDT EST5EDT " +
    "MST7MDT PST8PDT ComodRivadavia DumontDUrville McMurdo DeNoronha EasterIsland BajaNorte BajaSur"
  )
    .split(" ")
    .map((word) => [word.toLowerCase(), word]),
);

const clocks = new Map<string, Clock>();
const windowsZones = new Map(Object.entries(WINDOWS_ZONES).map(([name, iana]) => [name.toLowerCase(), iana]));

/** Whether this is an IANA name in its own spelling: `Europe/Paris`, not `europe/paris` and not `+01:00`. */
export function isZone(name: string): boolean {
  return spelling(name) === name && findClock(name) !== null;
}

/**
 * The IANA name for an IANA name in any case or for a Windows one (`W. Europe Standard Time`); null when it is
 * neither. A name that is another's alias stays: Asia/Kolkata does not become Asia/Calcutta.
 */
export function toIana(name: string): string | null {
  const asked = name.trim();
  if (asked.length > MAX_NAME_LENGTH) return null;
  const spelled = spelling(asked);
  return findClock(spelled) ? spelled : (windowsZones.get(asked.toLowerCase()) ?? null);
}

/**
 * The zone, or UTC for one that Intl does not know: PostgreSQL, which plain SQL talks to, takes abbreviations and POSIX
 * rules besides.
 */
export const zoneOrUtc = (name: string): string => toIana(name) ?? "UTC";

/**
 * The instant at which the clocks of `zone` show this. A time that a change of the clocks leaves out is moved
 * forward by what was left out; of one that comes twice it is the first. An unknown zone is a RangeError.
 */
export function localToInstant(local: LocalTime, zone: string): Date {
  return new Date(wallToInstant(toWall(local), zone));
}

/** What the clocks of `zone` show at this instant, its milliseconds cut off. An unknown zone is a RangeError. */
export function instantToLocal(date: Date, zone: string): LocalTime {
  const shown = new Date(instantToWall(date.getTime(), zone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
  };
}

/** `localToInstant` for a wall time given as the milliseconds it would be in UTC. */
export function wallToInstant(wall: number, zone: string): number {
  const clock = requireClock(zone);
  const day = Math.floor(wall / DAY_MS);
  const before = midnightOffset(clock, day - 1);
  const after = midnightOffset(clock, day + 2);
  return shownFirst(wall, before, after, (instant) => offsetAt(clock, instant));
}

/** The instant at which clocks show this that are at one offset before and at another after. */
function shownFirst(
  wall: number,
  before: number,
  after: number,
  offset: (instant: number) => number,
): number {
  // No zone has ever changed its offset twice within three days.
  if (before === after) return wall - after;
  const first = Math.min(wall - before, wall - after);
  const last = Math.max(wall - before, wall - after);
  if (first + offset(first) === wall) return first;
  if (last + offset(last) === wall) return last;
  return wall - before;
}

/** How the clocks of a zone go for a while. */
export interface Offsets {
  until: number;
  /** From when on they are so many milliseconds east of UTC, in their order. */
  changes: readonly (readonly [from: number, offset: number])[];
}

/** How the clocks of a zone go from one instant to another. */
export function offsetsOf(zone: string, from: number, to: number): Offsets {
  const clock = requireClock(zone);
  const last = Math.ceil(to / DAY_MS);
  let day = Math.floor(from / DAY_MS);
  const found: [number, number][] = [[day * DAY_MS, midnightOffset(clock, day)]];
  for (; day < last; day += STEP_DAYS) {
    const [before, after] = [midnightOffset(clock, day), midnightOffset(clock, day + STEP_DAYS)];
    if (before === after) continue;
    // It is before `changes` that the clocks are at the old offset, and a second earlier still.
    let [still, changes] = [day * (DAY_MS / SECOND_MS), (day + STEP_DAYS) * (DAY_MS / SECOND_MS)];
    while (changes - still > 1) {
      const middle = Math.floor((still + changes) / 2);
      if (offsetAt(clock, middle * SECOND_MS) === before) still = middle;
      else changes = middle;
    }
    found.push([changes * SECOND_MS, after]);
  }
  return { until: last * DAY_MS, changes: found };
}

/** `wallToInstant` by these offsets; null where they do not reach. */
export function wallToInstantBy(wall: number, { until, changes }: Offsets): number | null {
  const at = (instant: number): number => changes.findLast(([from]) => from <= instant)?.[1] ?? 0;
  const earliest = changes[0]?.[0] ?? Infinity;
  if (wall - 3 * DAY_MS < earliest || wall + 3 * DAY_MS > until) return null;
  const midnight = Math.floor(wall / DAY_MS) * DAY_MS;
  return shownFirst(wall, at(midnight - DAY_MS), at(midnight + 2 * DAY_MS), at);
}

/** What the clocks of `zone` show, as the milliseconds that would be in UTC. */
export function instantToWall(instant: number, zone: string): number {
  const clock = requireClock(zone);
  const day = Math.floor(instant / DAY_MS);
  const before = midnightOffset(clock, day);
  return instant + (before === midnightOffset(clock, day + 1) ? before : offsetAt(clock, instant));
}

/** A wall time as the milliseconds it would be in UTC. Date.UTC would take the years 0 to 99 for 1900 to 1999. */
export function toWall(local: LocalTime): number {
  const date = new Date(0);
  date.setUTCFullYear(local.year, local.month - 1, local.day);
  return date.setUTCHours(local.hour, local.minute, local.second, 0);
}

/** The name as the time zone database writes it: `america/port-au-prince` is America/Port-au-Prince. */
function spelling(name: string): string {
  const places = name.toLowerCase().split("/");
  return places
    .map((place, depth) =>
      place
        .split(/([_+-])/)
        .map((word) => spellWord(word, depth))
        .join(""),
    )
    .join("/");
}

function spellWord(word: string, depth: number): string {
  if (depth > 0 && LOWER_CASE_WORDS.has(word)) return word;
  return ODD_WORDS.get(word) ?? word.charAt(0).toUpperCase() + word.slice(1);
}

function requireClock(zone: string): Clock {
  const clock = clocks.get(zone) ?? findClock(spelling(zone));
  if (!clock) throw new RangeError(`There is no time zone ${JSON.stringify(zone.slice(0, MAX_NAME_LENGTH))}`);
  return clock;
}

/** Only names in their own spelling are kept, so that there cannot be more of them than there are zones. */
function findClock(spelled: string): Clock | null {
  const known = clocks.get(spelled);
  if (known) return known;
  const face = isNameLike(spelled) ? faceOf(spelled) : null;
  if (!face) return null;
  const clock: Clock = { face, offsets: new Map() };
  clocks.set(spelled, clock);
  return clock;
}

/** Intl knows more than the IANA names: offsets such as `+01:00`, and Java's `PST`, `CST`, `IST`, `SystemV/…`. */
function isNameLike(spelled: string): boolean {
  if (spelled.length > MAX_NAME_LENGTH || spelled.startsWith("Systemv/")) return false;
  return /^[A-Z]/.test(spelled) && !/^[A-Z][a-z]{2}$/.test(spelled);
}

function faceOf(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function midnightOffset(clock: Clock, day: number): number {
  const known = clock.offsets.get(day);
  if (known !== undefined) return known;
  if (clock.offsets.size >= CACHED_DAYS) clock.offsets.clear();
  const offset = offsetAt(clock, day * DAY_MS);
  clock.offsets.set(day, offset);
  return offset;
}

function offsetAt(clock: Clock, instant: number): number {
  const asked = Math.max(Math.floor(instant / SECOND_MS) * SECOND_MS, EARLIEST_MS);
  const shown = FACE.exec(clock.face.format(asked));
  if (!shown) throw new RangeError(`${instant} is no instant`);
  const [month, day, year, hour, minute, second] = shown.slice(1).map(Number);
  return toWall({ year, month, day, hour, minute, second } as LocalTime) - asked;
}
