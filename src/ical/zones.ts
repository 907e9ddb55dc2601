// Which zone a TZID means. A name the world knows is worth more than the VTIMEZONE that comes with it, which often
// holds the rules of one year only; the VTIMEZONE counts where the name says nothing ("Customized Time Zone").

import { instantToWall, toIana, wallToInstant, zoneOrUtc } from "../values/timezone";
import { type RawComponent } from "./lines";
import { BrokenLine, type Property, readProperties, textOf } from "./property";
import { occurrences } from "./recurrence";
import { readRule, type Rule } from "./rule";
import { MINUTE_MS, HOUR_MS, parseWall, SECOND_MS } from "./wall";

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

export const UTC: Zone = { name: null, toInstant: (wall) => wall, toWall: (instant) => instant };

/** An instant from which on the clocks are `to` milliseconds east of UTC, and were `from` before. */
interface Change {
  at: number;
  from: number;
  to: number;
}

const OFFSET = /^([+-]?)(\d\d)(\d\d)(\d\d)?$/;
/** Rules of a VTIMEZONE are followed through these years; later times have the last offset. */
const FIRST_CHANGE = Date.UTC(1969, 0, 1);
const LAST_CHANGE = Date.UTC(2150, 0, 1);
const RULE_STEPS = 100_000;
const LONGEST_TZID = 255;

/** The zone of an IANA name. */
export function namedZone(name: string): Zone {
  return {
    name,
    toInstant: (wall) => wallToInstant(wall, name),
    toWall: (instant) => instantToWall(instant, name),
  };
}

/** The zones of a calendar whose floating times belong to `homeName`; `noteUnknown` hears once of each unknown TZID. */
export function openZoneBook(
  timezones: RawComponent[],
  homeName: string,
  noteUnknown: (tzid: string, line: number) => void,
): ZoneBook {
  const home = namedZone(zoneOrUtc(homeName));
  const described = timezones.flatMap(readTimezone);
  const known = new Map<string, Zone>();
  const byName = (tzid: string, line: number): Zone => {
    const name = tzid.trim();
    const found =
      known.get(name) ?? fromName(name) ?? described.findLast((zone) => zone.tzid === name)?.zone();
    if (!found) noteUnknown(name, line);
    // Read as at home, but not taken for it: what the zone is stays unknown.
    const zone = found ?? { ...home, name: null };
    known.set(name, zone);
    return zone;
  };
  return { byName, home, own: () => described.find(({ zone }) => zone() !== null)?.zone() ?? home };
}

/**
 * The IANA zone a TZID names: as such, as Windows names it, or behind the prefix of whoever compiled it, as in
 * `/freeassociation.sourceforge.net/Europe/Berlin` or `tzone://Microsoft/Utc`.
 */
export function fromName(tzid: string): Zone | null {
  const places = tzid.length > LONGEST_TZID ? [] : tzid.replace(/^"|"$/g, "").split("/");
  for (let skipped = 0; skipped < places.length; skipped++) {
    const name = toIana(places.slice(skipped).join("/"));
    if (name !== null) return namedZone(name);
  }
  return null;
}

/** A VTIMEZONE. Its rules are worked out where they are needed: most have a name that says it all. */
interface DescribedZone {
  tzid: string;
  /** The known zone it stands for, else one by its own rules; null when it has none either. */
  zone(this: void): Zone | null;
}

function readTimezone(component: RawComponent): DescribedZone[] {
  const properties = unlessBroken(() => readProperties(component));
  if (!properties) return [];
  const text = (name: string): string => properties.get(name)?.map(textOf)[0]?.trim() ?? "";
  const names = [text("tzid"), text("x-lic-location"), text("tzid-alias-of")];
  let zone: Zone | null | undefined;
  const readZone = (): Zone | null =>
    names.map(fromName).find((known) => known !== null) ?? ruledZone(component.children.flatMap(readChanges));
  return [{ tzid: text("tzid"), zone: () => (zone = zone === undefined ? unlessBroken(readZone) : zone) }];
}

/** A VTIMEZONE with a broken line is as good as none: its events are still read, by the name of their zone. */
function unlessBroken<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BrokenLine) return null;
    throw error;
  }
}

/** The changes one STANDARD or DAYLIGHT describes; none when it lacks what it needs. */
function readChanges(component: RawComponent): Change[] {
  const properties = readProperties(component);
  const from = readOffset(properties.get("tzoffsetfrom")?.[0]);
  const to = readOffset(properties.get("tzoffsetto")?.[0]);
  const start = parseWall(properties.get("dtstart")?.[0]?.raw ?? "")?.wall;
  if (from === null || to === null || start === undefined) return [];
  const dates = (properties.get("rdate") ?? []).flatMap(({ raw }) => raw.split(","));
  const walls = [
    start,
    ...dates.map((text) => parseWall(text)?.wall ?? start),
    ...(properties.get("rrule") ?? []).flatMap((property) => changesByRule(readRule(property), start, from)),
  ];
  return walls.map((wall) => ({ at: wall - from, from, to }));
}

function changesByRule(rule: Rule, start: number, offset: number): number[] {
  const until = rule.until ? rule.until.wall + (rule.until.isUtc ? offset : 0) : Infinity;
  // A rule that has ended may be what the clocks still go by, however long ago that was.
  const from = rule.until ? start : Math.max(start, FIRST_CHANGE);
  const reach = { from, to: Math.min(until, LAST_CHANGE), budget: { steps: RULE_STEPS } };
  return [...occurrences(rule, start, reach)];
}

function readOffset(property: Property | undefined): number | null {
  const match = OFFSET.exec(property?.raw ?? "");
  if (!match) return null;
  const size = Number(match[2]) * HOUR_MS + Number(match[3]) * MINUTE_MS + Number(match[4] ?? 0) * SECOND_MS;
  return match[1] === "-" ? -size : size;
}

function ruledZone(changes: Change[]): Zone | null {
  const sorted = changes.sort((a, b) => a.at - b.at);
  const first = sorted[0];
  if (!first) return null;
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
