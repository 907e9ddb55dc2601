// What one VEVENT says, before it is known which of its times there are: its overrides and those of its series are
// other components of the file (see series.ts).

import { createHash } from "node:crypto";
import { type Content, readContent } from "./content";
import { type RawComponent } from "./lines";
import { type ExtraTime, instantOf, type Length, type Moment } from "./moment";
import { readExtraTimes, readLength, readMoment, readMoments } from "./moment";
import {
  BrokenLine,
  firstText,
  parameter,
  type Properties,
  quote,
  readProperties,
  type Remark,
  unlessBroken,
} from "./property";
import { type Rule } from "./rule";
import { readRule } from "./rule-text";
import { markIn } from "./mark";
import { readVersion, type Version } from "./version";
import { DAY_MS } from "../values/instants";
import { basicDate, basicTime, dayOf } from "./wall";
import { type Zone, type ZoneBook } from "./zones";

export interface Vevent {
  line: number;
  /** METHOD of its calendar, in capitals; "" where it has none. */
  method: string;
  uid: string;
  /** RECURRENCE-ID: which instance of the series `uid` this one replaces; null for a series or a single event. */
  replaces: Moment | null;
  /** Whether it stands for all later instances too. */
  andFuture: boolean;
  cancelled: boolean;
  /** The event of ours that an export of ours wrote here: X-TIDEMARK-EVENT, or a UID that was made up; else null. */
  mark: string | null;
  /** Of two for one thing, the newer counts. */
  version: Version;
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
  /** Of `excluded`, what only the calendar of whoever exported it did not have (X-TIDEMARK-ABSENT). */
  absent: Moment[];
  /** The series of ours that an export of ours wrote here (X-TIDEMARK-SERIES); null elsewhere. */
  mark: string | null;
}

/** What is needed to read a VEVENT besides itself. */
export interface Surroundings {
  zones: ZoneBook;
  ownEmails: readonly string[];
  method: string;
  /** Hears of what does not keep the event from being imported. */
  remark: Remark;
}

const STARTLESS = new Set(["REPLY", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"]);
// They say when a copy was made, not what it says.
const FLEETING = /^(DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE)[;:]/i;

/** Reads a VEVENT. One that is not closed, has no start or a RECURRENCE-ID that is no time, is a BrokenLine. */
export function readVevent(component: RawComponent, surroundings: Surroundings): Vevent {
  if (!component.closed) throw new BrokenLine("This VEVENT has no END", component.line);
  const { zones, method, remark } = surroundings;
  const properties = readProperties(component, remark);
  const replaced = properties.get("recurrence-id")?.[0];
  const replaces = replaced ? readMoment(replaced, zones) : null;
  const cancelled = firstText(properties, "status").toUpperCase() === "CANCELLED";
  // An answer or a cancellation need not say when it is.
  const needsStart = !STARTLESS.has(method) && !(cancelled && replaces);
  const { start, ...times } = readTimes(
    properties,
    { ...surroundings, needsStart, replaces },
    component.line,
  );
  const recurrence = replaces ? null : readRecurrence(properties, zones, remark);
  const uid = firstText(properties, "uid");
  // The UID of a series of ours looks like one that an event of ours has.
  const isOfSeries = replaces !== null || Boolean(recurrence?.mark);
  return {
    ...times,
    method,
    line: component.line,
    uid: uid || contentKey(component),
    replaces,
    andFuture: replaced !== undefined && parameter(replaced, "range")?.toUpperCase() === "THISANDFUTURE",
    cancelled: cancelled || method === "CANCEL",
    mark: markOf(properties, isOfSeries),
    version: readVersion(properties),
    recurrence,
    content: readContent(properties, start.zone, surroundings),
  };
}

const markOf = (properties: Properties, isOfSeries: boolean): string | null =>
  firstText(properties, "x-tidemark-event") ||
  (isOfSeries ? null : markIn(firstText(properties, "uid"))) ||
  null;

export const isSeries = (vevent: Vevent): vevent is Series => vevent.recurrence !== null;

/** How an instance of a series is told from the others: `20260302T150000Z`, or `20260302` for a date. */
export const momentKey = (instant: number, isDate: boolean): string =>
  isDate ? basicDate(instant) : `${basicTime(instant)}Z`;

type Times = Pick<Vevent, "allDay" | "wall" | "zone" | "length">;
type ForTimes = Surroundings & { needsStart: boolean; replaces: Moment | null };

function readTimes(properties: Properties, given: ForTimes, line: number): Times & { start: Moment } {
  const { zones, remark } = given;
  const start = readStart(properties, given, line);
  const ending = properties.get("dtend")?.[0];
  const end = ending ? unlessBroken(() => readMoment(ending, zones), remark) : null;
  const allDay = start.isDate || isOutlookAllDay(properties, start, end);
  const zone = start.zone ?? (allDay ? zones.own() : zones.home);
  const untilEnd = end && lengthUntil(end, start, allDay ? null : zone);
  const isBackwards = untilEnd !== null && Math.min(untilEnd.days, untilEnd.ms) < 0;
  if (isBackwards) remark("This VEVENT ends before it starts: its end was left out", ending?.line ?? line);
  const length = untilEnd && !isBackwards ? untilEnd : lengthWithoutEnd(properties, allDay, remark);
  return { start, allDay, wall: start.wall, zone, length };
}

function readStart(properties: Properties, { zones, needsStart, replaces }: ForTimes, line: number): Moment {
  const property = properties.get("dtstart")?.[0];
  if (property) return readMoment(property, zones);
  if (needsStart) throw new BrokenLine("This VEVENT has no DTSTART", line);
  return replaces ?? { wall: 0, isDate: true, zone: null };
}

/** From start to end; `zone` is null for all-day events. An all-day event that ends on its first day is one day long. */
function lengthUntil(end: Moment, start: Moment, zone: Zone | null): Length {
  if (!zone) return { days: Math.ceil(end.wall / DAY_MS) - dayOf(start.wall) || 1, ms: 0 };
  const ms = instantOf(end, zone) - zone.toInstant(start.wall);
  // Of an hour that the clocks leave out, the end can come to lie before the start.
  const isOnlyMoved = ms < 0 && (end.zone ?? zone) === zone && end.wall >= start.wall;
  return { days: 0, ms: isOnlyMoved ? 0 : ms };
}

/** By DURATION; without that a date lasts a day and a time no time. */
function lengthWithoutEnd(properties: Properties, allDay: boolean, remark: Remark): Length {
  const property = properties.get("duration")?.[0];
  const read = property ? unlessBroken(() => readLength(property), remark) : null;
  if (property && read?.negative) {
    remark(`${quote(property.raw)} is less than nothing: it was read without its sign`, property.line);
  }
  const { days, ms } = read?.length ?? { days: 0, ms: 0 };
  return allDay ? { days: days + Math.ceil(ms / DAY_MS) || 1, ms: 0 } : { days, ms };
}

/** Outlook can write an all-day event as one from midnight to midnight of its own zone. */
function isOutlookAllDay(properties: Properties, start: Moment, end: Moment | null): boolean {
  const marked = firstText(properties, "x-microsoft-cdo-alldayevent").toUpperCase() === "TRUE";
  return marked && start.wall % DAY_MS === 0 && (end?.wall ?? 0) % DAY_MS === 0;
}

/** An unusable rule is told; the first occurrence remains, and what others give. */
function readRecurrence(properties: Properties, zones: ZoneBook, remark: Remark): Recurrence | null {
  const lines = (name: string) => (properties.get(name) ?? []).filter(({ raw }) => raw !== "");
  const rulesOf = (name: string): Rule[] =>
    lines(name).flatMap((property) => unlessBroken(() => readRule(property), remark) ?? []);
  const rules = rulesOf("rrule");
  const extra = readExtraTimes(lines("rdate"), zones, remark);
  if (rules.length === 0 && extra.length === 0) return null;
  return {
    rules,
    exceptRules: rulesOf("exrule"),
    extra,
    excluded: readMoments(lines("exdate"), zones, remark),
    absent: readMoments(lines("x-tidemark-absent"), zones, remark),
    mark: firstText(properties, "x-tidemark-series") || null,
  };
}

/** A UID for an event that has none, the same at every import of the same event. */
export function contentKey(component: RawComponent): string {
  const lasting = component.lines.map(({ text }) => text).filter((text) => !FLEETING.test(text));
  return `import-${createHash("sha256").update(lasting.join("\n")).digest("hex").slice(0, 32)}`;
}
