// What one VEVENT says, before it is known which of its times there are: its overrides and those of its series are
// other components of the file (see series.ts).

import { createHash } from "node:crypto";
import { type Content, firstText, type Properties, readContent } from "./content";
import { type RawComponent } from "./lines";
import { type ExtraTime, instantOf, type Length, type Moment } from "./moment";
import { readExtraTimes, readLength, readMoment, readMoments } from "./moment";
import { BrokenLine, parameter, readProperties } from "./property";
import { readRule, type Rule } from "./rule";
import { basicDate, basicTime, DAY_MS, dayOf, parseWall } from "./wall";
import { type Zone, type ZoneBook } from "./zones";

export interface Vevent {
  line: number;
  uid: string;
  /** RECURRENCE-ID: which instance of the series `uid` this one replaces; null for a series or a single event. */
  replaces: Moment | null;
  /** Whether it stands for all later instances too. */
  andFuture: boolean;
  cancelled: boolean;
  /** SEQUENCE, and when it was last changed: of two for one thing, the higher counts. */
  sequence: number;
  changed: number;
  allDay: boolean;
  /** The start, in the wall time of `zone`; of an all-day event, the midnight of its date. */
  wall: number;
  zone: Zone;
  length: Length;
  recurrence: Recurrence | null;
  content: Content;
}

/** One that recurs. */
export type Series = Vevent & { recurrence: Recurrence };

export interface Recurrence {
  rules: Rule[];
  exceptRules: Rule[];
  extra: ExtraTime[];
  excluded: Moment[];
}

/** What is needed to read a VEVENT besides itself. */
export interface Surroundings {
  zones: ZoneBook;
  ownEmail: string;
  /** Hears of what does not keep the event from being imported. */
  remark(this: void, message: string, line: number): void;
}

// They say when a copy was made, not what it says.
const FLEETING = /^(DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE)[;:]/i;

/** Reads a VEVENT. One that is not closed, has no start, or a line that cannot be understood, is a BrokenLine. */
export function readVevent(component: RawComponent, { zones, ownEmail, remark }: Surroundings): Vevent {
  if (!component.closed) throw new BrokenLine("This VEVENT has no END", component.line);
  const properties = readProperties(component);
  const { start, ...times } = readTimes(properties, zones, component.line);
  const replaced = properties.get("recurrence-id")?.[0];
  const changed = parseWall(rawOf(properties, "last-modified")) ?? parseWall(rawOf(properties, "dtstamp"));
  return {
    ...times,
    line: component.line,
    uid: firstText(properties, "uid") || contentKey(component),
    replaces: replaced ? readMoment(replaced, zones) : null,
    andFuture: replaced !== undefined && parameter(replaced, "range")?.toUpperCase() === "THISANDFUTURE",
    cancelled: firstText(properties, "status").toUpperCase() === "CANCELLED",
    sequence: Number.parseInt(rawOf(properties, "sequence"), 10) || 0,
    changed: changed?.wall ?? 0,
    recurrence: replaced ? null : readRecurrence(properties, zones),
    content: readContent(properties, start.zone, { ownEmail, remark }),
  };
}

export const isSeries = (vevent: Vevent): vevent is Series => vevent.recurrence !== null;

/** How an instance of a series is told from the others: `20260302T150000Z`, or `20260302` for a date. */
export const momentKey = (instant: number, isDate: boolean): string =>
  isDate ? basicDate(instant) : `${basicTime(instant)}Z`;

type Times = Pick<Vevent, "allDay" | "wall" | "zone" | "length">;

function readTimes(properties: Properties, zones: ZoneBook, line: number): Times & { start: Moment } {
  const [property, ending] = ["dtstart", "dtend"].map((name) => properties.get(name)?.[0]);
  if (!property) throw new BrokenLine("This VEVENT has no DTSTART", line);
  const start = readMoment(property, zones);
  const end = ending ? readMoment(ending, zones) : null;
  const allDay = start.isDate || isOutlookAllDay(properties, start, end);
  const zone = start.zone ?? (allDay ? zones.own() : zones.home);
  const length = end ? lengthUntil(end, start, allDay ? null : zone) : lengthWithoutEnd(properties, allDay);
  if (length.days < 0 || length.ms < 0) {
    throw new BrokenLine("This VEVENT ends before it starts", ending?.line ?? line);
  }
  return { start, allDay, wall: start.wall, zone, length };
}

/** From start to end; `zone` is null for all-day events. An all-day event that ends on its first day is one day long. */
function lengthUntil(end: Moment, start: Moment, zone: Zone | null): Length {
  if (zone) return { days: 0, ms: instantOf(end, zone) - zone.toInstant(start.wall) };
  return { days: Math.ceil(end.wall / DAY_MS) - dayOf(start.wall) || 1, ms: 0 };
}

/** By DURATION; without that a date lasts a day and a time no time. */
function lengthWithoutEnd(properties: Properties, allDay: boolean): Length {
  const property = properties.get("duration")?.[0];
  const { days, ms } = property ? readLength(property) : { days: 0, ms: 0 };
  return allDay ? { days: days + Math.ceil(ms / DAY_MS) || 1, ms: 0 } : { days, ms };
}

/** Outlook can write an all-day event as one from midnight to midnight of its own zone. */
function isOutlookAllDay(properties: Properties, start: Moment, end: Moment | null): boolean {
  const marked = firstText(properties, "x-microsoft-cdo-alldayevent").toUpperCase() === "TRUE";
  return marked && start.wall % DAY_MS === 0 && (end?.wall ?? 0) % DAY_MS === 0;
}

function readRecurrence(properties: Properties, zones: ZoneBook): Recurrence | null {
  const lines = (name: string) => (properties.get(name) ?? []).filter(({ raw }) => raw !== "");
  const rules = lines("rrule").map(readRule);
  const extra = lines("rdate").flatMap((property) => readExtraTimes(property, zones));
  if (rules.length === 0 && extra.length === 0) return null;
  const excluded = lines("exdate").flatMap((property) => readMoments(property, zones));
  return { rules, exceptRules: lines("exrule").map(readRule), extra, excluded };
}

const rawOf = (properties: Properties, name: string): string => properties.get(name)?.[0]?.raw ?? "";

/** A UID for an event that has none, the same at every import of the same event. */
function contentKey(component: RawComponent): string {
  const lasting = component.lines.map(({ text }) => text).filter((text) => !FLEETING.test(text));
  return `import-${createHash("sha256").update(lasting.join("\n")).digest("hex").slice(0, 32)}`;
}
