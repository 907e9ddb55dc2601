// Wall time as a number: what a clock shows, as the milliseconds that would be in UTC. Recurrence is reckoned in it,
// because "every Monday at nine" means nine on the wall, whatever the zone does.

import { toWall } from "../values/timezone";

/** A date or time as written, before anyone asks for its zone. Of a date, `wall` is its midnight. */
export interface WrittenTime {
  wall: number;
  isDate: boolean;
  /** Written with a `Z`. */
  isUtc: boolean;
}

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?$/i;

export const dayOf = (wall: number): number => Math.floor(wall / DAY_MS);
export const midnightOf = (wall: number): number => dayOf(wall) * DAY_MS;

/** Reads `20260302` or `20260302T150000Z`; null when there is no such date or time. Seconds may be left out. */
export function parseWall(text: string): WrittenTime | null {
  const match = TIME.exec(text);
  if (!match) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const midnight = toWall({ year: part(1), month: part(2), day: part(3), hour: 0, minute: 0, second: 0 });
  const date = new Date(midnight);
  // 31 February would come out as a day of March.
  if (date.getUTCMonth() !== part(2) - 1 || date.getUTCDate() !== part(3)) return null;
  if (part(4) > 23 || part(5) > 59 || part(6) > 60) return null;
  const time = part(4) * HOUR_MS + part(5) * MINUTE_MS + Math.min(part(6), 59) * SECOND_MS;
  return { wall: midnight + time, isDate: match[4] === undefined, isUtc: match[7] !== undefined };
}

/** `20260302T150000`. */
export const basicTime = (wall: number): string =>
  new Date(wall).toISOString().slice(0, 19).replace(/[-:]/g, "");

/** `20260302`. */
export const basicDate = (wall: number): string => basicTime(wall).slice(0, 8);
