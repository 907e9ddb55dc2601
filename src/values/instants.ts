// Instants and dates as they come in and go out. Inside, an instant is its wire form: RFC 3339 in UTC with
// three decimals. For the years 1970 to 9999 that form sorts like the instants themselves.
import type { Schema } from "./schema";

/** `2026-03-02T15:00:00.000Z`. */
export type Instant = string;

/** `2026-03-02`. */
export type DateOnly = string;

/** A time as a client gave it: text, or epoch milliseconds. What it means depends on `allDay`. */
export type GivenTime = string | number;

export const EPOCH: Instant = "1970-01-01T00:00:00.000Z";
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

// Seconds may be left out: java.time prints whole minutes so. The blank before an offset is a `+` that was not
// escaped in a URL.
const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?([Zz]|[+\- ]\d\d:?\d\d)?)?$/;
const EPOCH_MS = /^-?\d{1,15}$/;
/** Fewer milliseconds than these (of March 1973) are seconds that somebody took for them. */
const MIN_MS = 100_000_000_000;

export const INSTANT_RULE =
  "must be an RFC 3339 instant with an offset, such as 2026-03-02T15:00:00Z, or epoch milliseconds, from 1970 to 9999";
/** A client that sends seconds would put everything into January 1970, and hear of no fault. */
export const SECONDS_RULE =
  "looks like seconds; epoch milliseconds have three digits more (0, and 100000000000 and later, are taken)";
export const DATE_RULE =
  "must be a date such as 2026-03-02 (or a date-time, whose date counts), from 1970 to 9999";

/** An instant as it goes out. */
export const INSTANT_SCHEMA: Schema = {
  type: "string",
  format: "date-time",
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
};

interface Parts {
  date: DateOnly;
  /** Milliseconds since that date's midnight, in its own offset. */
  timeMs: number | null;
  /** Minutes east of UTC; null when none was written. */
  offset: number | null;
}

/** Reads an instant; null when it is none. Finer than a millisecond is cut off. */
export function parseInstant(given: GivenTime): Instant | null {
  const ms = msOf(given);
  return ms === null || Number.isNaN(ms) || ms < 0 || ms > LATEST_MS ? null : toInstant(ms);
}

/** As `parseInstant`; what was before 1970, as clients have it that never polled, is the epoch. */
export function parseSince(given: GivenTime): Instant | null {
  const ms = msOf(given);
  return ms !== null && ms < 0 ? EPOCH : parseInstant(given);
}

/** What is wrong with a time that is no instant, or no date where that is asked for. */
export const instantFault = (given: GivenTime, rule: string = INSTANT_RULE): string =>
  looksLikeSeconds(given) ? SECONDS_RULE : rule;

const isNumber = (given: GivenTime): boolean => typeof given === "number" || EPOCH_MS.test(given);

const looksLikeSeconds = (given: GivenTime): boolean =>
  isNumber(given) && Number(given) > 0 && Number(given) < MIN_MS;

function msOf(given: GivenTime): number | null {
  if (looksLikeSeconds(given)) return null;
  return isNumber(given) ? Math.floor(Number(given)) : writtenMs(String(given));
}

function writtenMs(given: string): number | null {
  const parts = readParts(given);
  if (!parts || parts.timeMs === null || parts.offset === null) return null;
  return Date.parse(parts.date) + parts.timeMs - parts.offset * 60_000;
}

/** The date as written, and whether a time of day other than midnight was written with it; null when it is none. */
export function parseDate(given: GivenTime): { date: DateOnly; hasTime: boolean } | null {
  if (typeof given === "number" || EPOCH_MS.test(given)) {
    const instant = parseInstant(given);
    return instant === null
      ? null
      : { date: dateOf(instant), hasTime: instant !== midnight(dateOf(instant)) };
  }
  const parts = readParts(given);
  if (!parts || parts.date < "1970") return null;
  return { date: parts.date, hasTime: parts.timeMs !== null && parts.timeMs !== 0 };
}

function readParts(given: string): Parts | null {
  const match = DATE_TIME.exec(given);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = `${match[1]}-${match[2]}-${match[3]}`;
  // 31 February would be 2 or 3 March.
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  if (utc.getUTCMonth() !== month - 1 || utc.getUTCDate() !== day) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  const offset = match[8] === undefined ? null : readOffset(match[8]);
  if (Number.isNaN(offset)) return null;
  const timeMs =
    ((hour * 60 + minute) * 60 + second) * 1000 + Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  return { date, timeMs: match[4] === undefined ? null : timeMs, offset };
}

function readOffset(text: string): number {
  if (text === "Z" || text === "z") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(-2));
  if (hours > 23 || minutes > 59) return NaN;
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

export const toInstant = (ms: number): Instant => new Date(ms).toISOString();

export const toMs = (instant: Instant): number => Date.parse(instant);

export const midnight = (date: DateOnly): Instant => `${date}T00:00:00.000Z`;

export const dateOf = (instant: Instant): DateOnly => instant.slice(0, 10);

/** The next date; past 9999-12-31 there is none, and the answer does not parse as one. */
export const nextDate = (date: DateOnly): DateOnly => {
  const ms = Date.parse(date) + DAY_MS;
  return ms > LATEST_MS ? "10000-01-01" : dateOf(toInstant(ms));
};

/**
 * PostgreSQL's text of a timestamptz(3) in a session whose time zone is UTC (`2026-03-02 15:00:00.12+00`) as an
 * instant. Plain slicing, because a page of events has three hundred of them.
 */
export function instantFromDatabase(text: string): Instant {
  const fraction = text.length === 22 ? "000" : text.slice(20, -3).padEnd(3, "0");
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}
