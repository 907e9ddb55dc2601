// Dates and times as a calendar file writes them: the digits on the wall, and the zone whose wall it is.

import { BrokenLine, parameter, type Property, quote, type Remark, unlessBroken } from "./property";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../values/instants";
import { parseWall } from "./wall";
import { UTC, type Zone, type ZoneBook } from "./zones";

/** A date or a time of day. `wall` is what it would be in UTC, in milliseconds; of a date, its midnight. */
export interface Moment {
  wall: number;
  isDate: boolean;
  /** Null for a date and for a floating time, which is read in the zone of whatever it belongs to. */
  zone: Zone | null;
}

/** How long something lasts: days of the calendar, which a change of the clocks may shorten, then milliseconds. */
export interface Length {
  days: number;
  ms: number;
}

/** One value of RDATE. A PERIOD has a length of its own. */
export interface ExtraTime {
  start: Moment;
  length: Length | null;
}

const MAX_DAYS = 4_000_000;
/** Dates of one property, or of all properties of one name in an event. */
const MAX_DATES = 5_000;

const DURATION = /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** The instant of a moment, in milliseconds. A date is its midnight; what floats is read in `home`. */
export const instantOf = (moment: Moment, home: Zone): number => (moment.zone ?? home).toInstant(moment.wall);

/** When something ends that starts at this wall time of `zone`, in milliseconds. */
export const endOf = (wall: number, zone: Zone, { days, ms }: Length): number =>
  zone.toInstant(wall + days * DAY_MS) + ms;

/** The only value of a property such as DTSTART. An impossible date is a BrokenLine. */
export function readMoment(property: Property, zones: ZoneBook): Moment {
  return parseMoment(property.raw, property, zones);
}

/** The values of EXDATEs; an unusable one is told and left out. */
export const readMoments = (properties: readonly Property[], zones: ZoneBook, remark: Remark): Moment[] =>
  listed(properties, remark).flatMap(
    ({ text, property }) => unlessBroken(() => parseMoment(text, property, zones), remark) ?? [],
  );

/** The values of RDATEs: dates, times or periods; an unusable one is told and left out. */
export const readExtraTimes = (
  properties: readonly Property[],
  zones: ZoneBook,
  remark: Remark,
): ExtraTime[] =>
  listed(properties, remark).flatMap(
    ({ text, property }) => unlessBroken(() => parseExtraTime(text, property, zones), remark) ?? [],
  );

function parseExtraTime(text: string, property: Property, zones: ZoneBook): ExtraTime {
  const [from = "", until] = text.split("/");
  const start = parseMoment(from, property, zones);
  if (until === undefined) return { start, length: null };
  if (/^[+-]?P/i.test(until)) return { start, length: parseLength(until, property).length };
  const end = parseMoment(until, property, zones);
  const home = start.zone ?? zones.home;
  const ms = instantOf(end, home) - instantOf(start, home);
  if (ms < 0) throw new BrokenLine(`${quote(text)} ends before it starts`, property.line);
  return { start, length: { days: 0, ms } };
}

/** A DURATION; `negative` where it was written as one, which no event has: then its amount is meant. */
export const readLength = (property: Property): { length: Length; negative: boolean } =>
  parseLength(property.raw, property);

function parseMoment(text: string, property: Property, zones: ZoneBook): Moment {
  const parsed = parseWall(text);
  const name = property.name.toUpperCase();
  if (!parsed) throw new BrokenLine(`${quote(text)} is no date or time (${name})`, property.line);
  // Of what is called a date, a time of day is believed where it is no midnight.
  const calledDate = parameter(property, "value")?.toUpperCase() === "DATE";
  if (parsed.isDate || (calledDate && parsed.wall % DAY_MS === 0)) {
    return { wall: parsed.wall, isDate: true, zone: null };
  }
  if (parsed.isUtc) return { wall: parsed.wall, isDate: false, zone: UTC };
  const tzid = parameter(property, "tzid");
  return { wall: parsed.wall, isDate: false, zone: tzid === null ? null : zones.byName(tzid, property.line) };
}

function parseLength(text: string, property: Property): { length: Length; negative: boolean } {
  const match = DURATION.exec(text.toUpperCase());
  const part = (index: number): number => Number(match?.[index] ?? 0);
  const length = {
    days: part(2) * 7 + part(3),
    ms: part(4) * HOUR_MS + part(5) * MINUTE_MS + part(6) * SECOND_MS,
  };
  const says = match?.slice(2).some((amount) => amount !== undefined) ?? false;
  if (!says || length.days > MAX_DAYS || length.ms > MAX_DAYS * DAY_MS) {
    throw new BrokenLine(
      `${quote(text)} is no length of time (${property.name.toUpperCase()})`,
      property.line,
    );
  }
  return { length, negative: match?.[1] === "-" && (length.days > 0 || length.ms > 0) };
}

/** The first of them, one by one. Commas are iCalendar's, semicolons vCalendar's. */
function listed(properties: readonly Property[], remark: Remark): { text: string; property: Property }[] {
  const found = properties.flatMap((property) =>
    property.raw
      .split(/[,;]/)
      .map((text) => ({ text: text.trim(), property }))
      .filter(({ text }) => text !== ""),
  );
  const tooMany = found[MAX_DATES]?.property;
  if (tooMany) {
    const name = tooMany.name.toUpperCase();
    remark(`Of ${found.length} dates of ${name} the first ${MAX_DATES} were taken`, tooMany.line);
  }
  return found.slice(0, MAX_DATES);
}
