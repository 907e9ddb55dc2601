// A recurrence rule (RRULE) and the question it asks of a day: is this one of yours?

import { DAY_MS } from "../values/instants";
import { type WrittenTime } from "./wall";

export type Frequency = "YEARLY" | "MONTHLY" | "WEEKLY" | "DAILY" | "HOURLY" | "MINUTELY" | "SECONDLY";

export interface Rule {
  frequency: Frequency;
  interval: number;
  /** How many occurrences there are, the first one (DTSTART) counted in; null for no such end. */
  count: number | null;
  until: WrittenTime | null;
  /** 0 is Sunday, as in every weekday here. */
  weekStart: number;
  months: number[];
  weeks: number[];
  yearDays: number[];
  monthDays: number[];
  weekdays: NthWeekday[];
  hours: number[];
  minutes: number[];
  seconds: number[];
  /** BYSETPOS: which of a period's occurrences are meant, from 1, or from -1 backwards. */
  positions: number[];
}

/** The nth such weekday of its month or year, negative from the end; 0 for every one. */
export interface NthWeekday {
  nth: number;
  weekday: number;
}

export interface Day {
  /** Days since 1970-01-01. */
  number: number;
  year: number;
  month: number;
  date: number;
  weekday: number;
  daysInMonth: number;
  dayOfYear: number;
  daysInYear: number;
}

export const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
/** Days from 1 March of the year 0 to 1970-01-01. */
const MARCH_OF_YEAR_0 = 719_468;

export function describeDay(number: number): Day {
  const at = new Date(number * DAY_MS);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth() + 1];
  const newYear = firstOfYear(year);
  return {
    number,
    year,
    month,
    date: at.getUTCDate(),
    weekday: at.getUTCDay(),
    daysInMonth: firstOfMonth(year, month + 1) - firstOfMonth(year, month),
    dayOfYear: number - newYear + 1,
    daysInYear: firstOfYear(year + 1) - newYear,
  };
}

/**
 * The day number of a month's first day; the month may lie outside of 1 to 12. Plain arithmetic, on years that begin
 * in March so that leap days come last: every day of a rule asks for it several times.
 */
export function firstOfMonth(year: number, month: number): number {
  const sinceMarch = (((month - 3) % 12) + 12) % 12;
  const marchYear = year + (month - 3 - sinceMarch) / 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((153 * sinceMarch + 2) / 5) - MARCH_OF_YEAR_0;
}

export const firstOfYear = (year: number): number => firstOfMonth(year, 1);

/** Whether all of a rule's conditions on the day hold. Those on the time of day are not asked. */
export function allowsDay(rule: Rule, day: Day): boolean {
  return (
    (rule.months.length === 0 || rule.months.includes(day.month)) &&
    allows(rule.monthDays, day.date, day.daysInMonth) &&
    allows(rule.yearDays, day.dayOfYear, day.daysInYear) &&
    (rule.weekdays.length === 0 || rule.weekdays.some((asked) => isNthWeekday(rule, day, asked))) &&
    (rule.weeks.length === 0 || allowsWeek(rule, day))
  );
}

/** Whether the list is empty or holds the value, counted from the front or, negative, from the end. */
const allows = (list: number[], value: number, total: number): boolean =>
  list.length === 0 || list.includes(value) || list.includes(value - total - 1);

function isNthWeekday(rule: Rule, day: Day, { nth, weekday }: NthWeekday): boolean {
  if (day.weekday !== weekday) return false;
  const inMonth = rule.frequency === "MONTHLY" || (rule.frequency === "YEARLY" && rule.months.length > 0);
  const inYear = rule.frequency === "YEARLY" && rule.weeks.length === 0;
  // "The second Monday" has no meaning within a week or a day.
  if (nth === 0 || (!inMonth && !inYear)) return true;
  const [position, total] = inMonth ? [day.date, day.daysInMonth] : [day.dayOfYear, day.daysInYear];
  return nth > 0 ? Math.ceil(position / 7) === nth : Math.ceil((total - position + 1) / 7) === -nth;
}

/** Weeks belong to the year that has four of their days, so that a week of January may begin in December. */
function allowsWeek(rule: Rule, day: Day): boolean {
  const middle = describeDay(day.number - ((day.weekday - rule.weekStart + 7) % 7) + 3);
  const lastMiddle = middle.dayOfYear + Math.floor((middle.daysInYear - middle.dayOfYear) / 7) * 7;
  return allows(rule.weeks, Math.ceil(middle.dayOfYear / 7), Math.ceil(lastMiddle / 7));
}
