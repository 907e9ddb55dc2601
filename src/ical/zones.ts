// Which zone a TZID means. What the file's VTIMEZONE says counts, where it says something: the name may stand for other
// rules elsewhere (EST with daylight time), or this Node.js may not have heard of new ones. For the time before its first
// change, and where it only shows one year as an example, the name is asked.

import { instantToWall, toIana, wallToInstant, zoneOrUtc } from "../values/timezone";
import { understandZone } from "../values/zone-names";
import { type RawComponent } from "./lines";
import { type Property, readProperties, type Remark, textOf, unlessBroken } from "./property";
import { type Budget, occurrences } from "./recurrence";
import { type Rule } from "./rule";
import { readRule } from "./rule-text";
import { parseWall } from "./wall";
import { DAY_MS, MINUTE_MS, HOUR_MS, SECOND_MS } from "../values/instants";

/** From wall time to instants and back, both in milliseconds. What a change of the clocks leaves out moves forward. */
export interface Zone {
  /** The IANA name; null for UTC, which is a way of writing times and nobody's zone, and for a zone of the file's. */
  name: string | null;
  toInstant(this: void, wall: number): number;
  toWall(this: void, instant: number): number;
}

/** The zones of one calendar. */
export interface ZoneBook {
  /** The zone a TZID means; `home` for one that means nothing, which is noted. */
  byName(this: void, tzid: string, line: number): Zone;
  /** Where floating times are at home. */
  home: Zone;
  /** Where the calendar itself is at home: its first time zone. For what it says of dates in UTC. */
  own(this: void): Zone;
}

export interface ForZones {
  timezones: RawComponent[];
  /** The IANA zone of floating times. */
  home: string;
  /** Whether the file itself says that this is its home (X-WR-TIMEZONE). */
  homeIsSaid: boolean;
  noteUnknown: (tzid: string, line: number) => void;
  remark: Remark;
}

const fixedZone = (name: string | null, offset: number): Zone => ({
  name,
  toInstant: (wall) => wall - offset,
  toWall: (instant) => instant + offset,
});

export const UTC: Zone = fixedZone(null, 0);

/** An instant from which on the clocks are `to` milliseconds east of UTC, and were `from` before. */
interface Change {
  at: number;
  from: number;
  to: number;
}

/** What a VTIMEZONE says; `recurs` where it goes on for ever, or lists its changes. */
interface Described {
  changes: Change[];
  recurs: boolean;
}

const OFFSET = /^([+-]?)(\d\d):?(\d\d):?(\d\d)?$/;
/** Rules of a VTIMEZONE are followed through these years; later times have the last offset. */
const FIRST_CHANGE = Date.UTC(1969, 0, 1);
const LAST_CHANGE = Date.UTC(2150, 0, 1);
/** Of all rules of one VTIMEZONE, and of all of a file. */
const ZONE_STEPS = 50_000;
const FILE_STEPS = 5_000_000;
/** STANDARDs and DAYLIGHTs of one VTIMEZONE: two a year for two centuries. */
const MAX_PARTS = 400;
const YEAR_MS = 366 * DAY_MS;
/** Changes in these years show whether a name means what the file means by it. */
const COMPARED = [Date.UTC(2015, 0, 1), Date.UTC(2035, 0, 1)] as const;

/** The zone of an IANA name. */
export function namedZone(name: string): Zone {
  return {
    name,
    toInstant: (wall) => wallToInstant(wall, name),
    toWall: (instant) => instantToWall(instant, name),
  };
}

/** The zones of a calendar; `noteUnknown` hears once of each unknown TZID. */
export function openZoneBook({
  timezones,
  home: homeName,
  homeIsSaid,
  noteUnknown,
  remark,
}: ForZones): ZoneBook {
  const home = namedZone(zoneOrUtc(homeName));
  const budget = { steps: FILE_STEPS };
  const described = timezones.flatMap((component) => readTimezone(component, budget, remark));
  const byTzid = new Map(described.map((zone) => [plain(zone.tzid), zone]));
  const known = new Map<string, Zone>();
  const byName = (tzid: string, line: number): Zone => {
    const name = plain(tzid);
    const found = known.get(name) ?? byTzid.get(name)?.zone() ?? fromName(tzid);
    if (!found) noteUnknown(tzid.trim(), line);
    // Read as at home, but not taken for it: what the zone is stays unknown.
    const zone = found ?? { ...home, name: null };
    known.set(name, zone);
    return zone;
  };
  const first = (): Zone | null | undefined => described.find(({ zone }) => zone() !== null)?.zone();
  return { byName, home, own: () => (homeIsSaid ? home : (first() ?? home)) };
}

const plain = (tzid: string): string => tzid.trim().replace(/^"|"$/g, "").trim().toLowerCase();

/** The zone a TZID names by itself, in any of the forms there are. */
export function fromName(tzid: string): Zone | null {
  const zone = understandZone(tzid);
  if (!zone) return null;
  return zone.offset === null ? namedZone(zone.name) : fixedZone(zone.name, zone.offset);
}

/** A VTIMEZONE. Its rules are worked out where they are needed. */
interface DescribedZone {
  tzid: string;
  /** Null when it has neither rules nor a name that anybody knows. */
  zone(this: void): Zone | null;
}

function readTimezone(component: RawComponent, budget: Budget, remark: Remark): DescribedZone[] {
  const properties = readProperties(component, remark);
  const text = (name: string): string => properties.get(name)?.map(textOf)[0]?.trim() ?? "";
  if (text("tzid") === "") return [];
  let zone: Zone | null | undefined;
  const readZone = (): Zone | null => {
    const names = [text("tzid"), text("x-lic-location"), text("tzid-alias-of")];
    const known = names.map(fromName).find((one) => one !== null) ?? null;
    const own = { steps: Math.min(ZONE_STEPS, budget.steps) };
    const granted = own.steps;
    const parts = component.children.slice(0, MAX_PARTS).map((child) => readChanges(child, own, remark));
    budget.steps -= granted - Math.max(0, own.steps);
    return describedZone(parts, known);
  };
  return [{ tzid: text("tzid"), zone: () => (zone = zone === undefined ? readZone() : zone) }];
}

/** The changes one STANDARD or DAYLIGHT describes; none when it lacks what it needs. */
function readChanges(component: RawComponent, budget: Budget, remark: Remark): Described {
  const properties = readProperties(component, remark);
  const from = readOffset(properties.get("tzoffsetfrom")?.[0]);
  const to = readOffset(properties.get("tzoffsetto")?.[0]);
  const start = parseWall(properties.get("dtstart")?.[0]?.raw ?? "")?.wall;
  if (from === null || to === null || start === undefined) return { changes: [], recurs: false };
  const dates = (properties.get("rdate") ?? []).flatMap(({ raw }) => raw.split(","));
  const rules = (properties.get("rrule") ?? []).flatMap(
    (property) => unlessBroken(() => readRule(property), remark) ?? [],
  );
  const walls = [
    start,
    ...dates.flatMap((text) => parseWall(text)?.wall ?? []),
    ...rules.flatMap((rule) => changesByRule(rule, { start, offset: from, budget })),
  ];
  const changes = walls.map((wall) => ({ at: wall - from, from, to }));
  return { changes, recurs: rules.length > 0 || dates.length > 0 };
}

interface Beginning {
  start: number;
  offset: number;
  budget: Budget;
}

function changesByRule(rule: Rule, { start, offset, budget }: Beginning): number[] {
  const until = rule.until ? rule.until.wall + (rule.until.isUtc ? offset : 0) : Infinity;
  // A rule that has ended may be what the clocks still go by, however long ago that was.
  const from = rule.until ? start : Math.max(start, FIRST_CHANGE);
  const reach = { from, to: Math.min(until, LAST_CHANGE), budget };
  return [...occurrences(rule, start, reach)];
}

function readOffset(property: Property | undefined): number | null {
  const match = OFFSET.exec(property?.raw ?? "");
  if (!match) return null;
  const size = Number(match[2]) * HOUR_MS + Number(match[3]) * MINUTE_MS + Number(match[4] ?? 0) * SECOND_MS;
  return match[1] === "-" ? -size : size;
}

/** What the file says, with the zone of its name, where that is known, for what it leaves open. */
function describedZone(parts: Described[], known: Zone | null): Zone | null {
  const sorted = parts.flatMap(({ changes }) => changes).sort((a, b) => a.at - b.at);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last) return known;
  const said = ruledZone(sorted, first);
  if (!known) return said;
  // One summer and one winter, without a rule, are an example of what the name means.
  const isExample =
    sorted.length === 2 && !parts.some(({ recurs }) => recurs) && last.at - first.at < YEAR_MS;
  const until = isExample
    ? first.at + YEAR_MS
    : sorted.length > 2 && last.at > LAST_CHANGE - YEAR_MS
      ? last.at
      : Infinity;
  const isSaid = (at: number): boolean => at >= first.at && at < until;
  return {
    name: isSameOrPlace(known, sorted) ? known.name : null,
    toInstant: (wall) => {
      const instant = said.toInstant(wall);
      return isSaid(instant) ? instant : known.toInstant(wall);
    },
    toWall: (instant) => (isSaid(instant) ? said : known).toWall(instant),
  };
}

/** A place stays the place, whatever its clocks do; a name such as EST is only as good as its rules. */
function isSameOrPlace(known: Zone, changes: Change[]): boolean {
  if (known.name !== null && /^(?!Etc\/)[^/]+\//.test(known.name)) return true;
  const [from, to] = COMPARED;
  const compared = changes.filter(({ at }) => at >= from && at < to);
  const last = changes.at(-1);
  const seen = compared.length > 0 || !last ? compared : [last];
  return seen.every(({ at, to: offset }) => known.toWall(at + DAY_MS) === at + DAY_MS + offset);
}

function ruledZone(sorted: Change[], first: Change): Zone {
  /** The offset after the last change that `passed` finds passed. */
  const offset = (passed: (change: Change) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const change = sorted[middle];
      if (change && passed(change)) low = middle + 1;
      else high = middle;
    }
    return sorted[low - 1]?.to ?? first.from;
  };
  return {
    name: null,
    // On the wall a change is over when both the old and the new time of it are reached: so what comes twice is its
    // first, and what is left out moves forward.
    toInstant: (wall) => wall - offset((change) => wall >= change.at + Math.max(change.from, change.to)),
    toWall: (instant) => instant + offset((change) => instant >= change.at),
  };
}

/** The IANA name behind a zone of the file's property, such as X-WR-TIMEZONE; null where nobody knows it. */
export const ianaOf = (text: string): string | null => toIana(text) ?? fromName(text)?.name ?? null;
