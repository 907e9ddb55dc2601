// Wall time as a number: what a clock shows, as the milliseconds that would be in UTC. Recurrence is reckoned in it,
// because "every Monday at nine" means nine on the wall, whatever the zone does.

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../values/instants";
import { toWall } from "../values/timezone";

/** A date or time as written, before anyone asks for its zone. Of a date, `wall` is its midnight. */
export interface WrittenTime {
  wall: number;
  isDate: boolean;
  /** Written with a `Z`, or with an offset, which iCalendar does not have: then `wall` is in UTC. */
  isUtc: boolean;
}

const DATE = /^(\d{4})-?(\d\d)-?(\d\d)/;
const TIME = /^[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?(?:(Z)|([+-])(\d\d):?(\d\d))?$/i;
// As some write a date: a time without its digits.
const NO_TIME = /^T?:*$/i;

export const dayOf = (wall: number): number => Math.floor(wall / DAY_MS);
export const midnightOf = (wall: number): number => dayOf(wall) * DAY_MS;

/**
 * Reads `20260302` or `20260302T150000Z`; null when there is no such date or time. Seconds may be left out, ISO's signs may
 * be there, and 24:00 is the midnight that follows.
 */
export function parseWall(text: string): WrittenTime | null {
  const date = DATE.exec(text);
  const midnight = date && parseDate(date);
  if (!date || midnight === null) return null;
  const rest = text.slice(date[0].length);
  if (NO_TIME.test(rest)) return { wall: midnight, isDate: true, isUtc: false };
  const time = TIME.exec(rest);
  const sinceMidnight = time && timeOfDay(time);
  if (!time || sinceMidnight === null) return null;
  const [, , , , zulu, sign, hours = "0", minutes = "0"] = time;
  const offset = (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS) * (sign === "-" ? -1 : 1);
  const isUtc = zulu !== undefined || sign !== undefined;
  return { wall: midnight + sinceMidnight - offset, isDate: false, isUtc };
}

function timeOfDay([, hours, minutes, seconds]: RegExpExecArray): number | null {
  const [hour = 0, minute = 0, second = 0] = [hours, minutes, seconds ?? "0"].map(Number);
  const isPossible = minute <= 59 && second <= 60 && (hour <= 23 || (hour === 24 && minute + second === 0));
  return isPossible ? hour * HOUR_MS + minute * MINUTE_MS + Math.min(second, 59) * SECOND_MS : null;
}

function parseDate(match: RegExpExecArray): number | null {
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number);
  const midnight = toWall({ year, month, day, hour: 0, minute: 0, second: 0 });
  const date = new Date(midnight);
  // 31 February would come out as a day of March.
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? midnight : null;
}

/** `20260302T150000`. */
export const basicTime = (wall: number): string =>
  new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, "");

/** `20260302`. */
export const basicDate = (wall: number): string => basicTime(wall).slice(0, 8);
