// When a rule recurs, in wall time. We reckon this ourselves: the iterator of ical.js cannot be stopped inside a rule
// that never comes true (FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30), starts at DTSTART however long ago that was, and
// passes over BYSETPOS and BYWEEKNO in most rules.

import { allowsDay, describeDay, firstOfMonth, firstOfYear, type Frequency, type Rule } from "./rule";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../values/instants";
import { dayOf } from "./wall";

/** How much work may still be done: one step is a day looked at or an occurrence found. */
export interface Budget {
  steps: number;
}

/** The part of a rule's time that is asked for, both ends included, in wall time. */
export interface Reach {
  from: number;
  to: number;
  budget: Budget;
}

/** From the coarse to the fine. */
const UNITS: Frequency[] = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"];
const UNIT_MS = { HOURLY: HOUR_MS, MINUTELY: MINUTE_MS, SECONDLY: SECOND_MS };

/**
 * The rule's occurrences after `start`, which is the first one by definition and counts towards COUNT, in rising
 * order. UNTIL is not looked at: it needs a zone. Ends early, `budget.steps` below zero, when there is too much to do.
 */
export function* occurrences(rule: Rule, start: number, reach: Reach): Generator<number> {
  let left = rule.count === null ? Infinity : rule.count - 1;
  // What COUNT counts has to be gone through from the start.
  const from = rule.count === null ? Math.max(start, reach.from) : start;
  for (const wall of candidates(rule, start, { ...reach, from })) {
    if (wall > reach.to || !spend(reach.budget, 1)) return;
    if (wall <= start) continue;
    if (left-- <= 0) return;
    if (wall >= reach.from) yield wall;
  }
}

/** Whether a rule of this frequency goes from day to day at most, not by hours or less. */
export const isByDay = (frequency: Frequency): boolean => !(frequency in UNIT_MS);

/** What the rule gives from `start` on, whether that is of its own days or not; COUNT and UNTIL are not looked at. */
export function candidates(given: Rule, start: number, reach: Reach): Generator<number> {
  const rule = withDefaults(given, start);
  return isByDay(rule.frequency) ? byDays(rule, start, reach) : withinDays(rule, start, reach);
}

/** What a rule leaves open is as in its first occurrence: the day of the month, the weekday, the time of day. */
function withDefaults(rule: Rule, start: number): Rule {
  const time = new Date(start);
  const own = UNITS.indexOf(rule.frequency);
  const orStart = (list: number[], unit: Frequency, ofStart: number): number[] =>
    list.length === 0 && UNITS.indexOf(unit) > own ? [ofStart] : list;
  return {
    ...rule,
    ...defaultDays(rule, start),
    hours: orStart(rule.hours, "HOURLY", time.getUTCHours()),
    minutes: orStart(rule.minutes, "MINUTELY", time.getUTCMinutes()),
    seconds: orStart(rule.seconds, "SECONDLY", time.getUTCSeconds()),
  };
}

function defaultDays(rule: Rule, start: number): Partial<Rule> {
  if (rule.weekdays.length > 0 || rule.monthDays.length > 0 || rule.yearDays.length > 0) return {};
  const { weekday, date, month } = describeDay(dayOf(start));
  if (rule.frequency === "WEEKLY" || rule.weeks.length > 0) return { weekdays: [{ nth: 0, weekday }] };
  if (rule.frequency === "MONTHLY") return { monthDays: [date] };
  if (rule.frequency !== "YEARLY") return {};
  return { monthDays: [date], months: rule.months.length > 0 ? rule.months : [month] };
}

/** Rules by the day, week, month or year: the days of each period that the rule allows, at each of its times. */
function* byDays(rule: Rule, start: number, { from, to, budget }: Reach): Generator<number> {
  const times = timesOfDay(rule);
  if (!spend(budget, times.length)) return;
  const first = periodOf(rule, dayOf(start));
  const skipped = Math.floor((periodOf(rule, dayOf(from)) - first) / rule.interval);
  for (let period = first + skipped * rule.interval; ; period += rule.interval) {
    const days: number[] = [];
    const spans = spansOf(rule, period);
    if ((spans[0]?.[0] ?? Infinity) * DAY_MS > to) return;
    for (const [firstDay, lastDay] of spans) {
      if (!spend(budget, lastDay - firstDay + 1)) return;
      days.push(...allowedDays(rule, firstDay, lastDay));
    }
    yield* picked(days, times, rule.positions);
  }
}

function allowedDays(rule: Rule, first: number, last: number): number[] {
  const days: number[] = [];
  for (let day = first; day <= last; day++) if (allowsDay(rule, describeDay(day))) days.push(day);
  return days;
}

/** The number of the period a day is in: years and months since year 0, weeks and days since 1970. */
export function periodOf(rule: Pick<Rule, "frequency" | "weekStart">, number: number): number {
  const day = describeDay(number);
  switch (rule.frequency) {
    case "YEARLY":
      return day.year;
    case "MONTHLY":
      return day.year * 12 + day.month - 1;
    case "WEEKLY":
      // Day 0 was a Thursday.
      return Math.floor((number + 4 - rule.weekStart) / 7);
    default:
      return number;
  }
}

/** The days of a period, first and last, in the months the rule names. */
function spansOf(rule: Rule, period: number): [first: number, last: number][] {
  switch (rule.frequency) {
    case "YEARLY":
      if (rule.months.length === 0) return [[firstOfYear(period), firstOfYear(period + 1) - 1]];
      return rule.months.map((month) => [firstOfMonth(period, month), firstOfMonth(period, month + 1) - 1]);
    case "MONTHLY":
      return [[firstOfMonth(0, period + 1), firstOfMonth(0, period + 2) - 1]];
    case "WEEKLY":
      return [[period * 7 - 4 + rule.weekStart, period * 7 + 2 + rule.weekStart]];
    default:
      return [[period, period]];
  }
}

/** Rules by the hour, minute or second. What a day or an hour rules out is stepped over in one go. */
function* withinDays(rule: Rule, start: number, { from, to, budget }: Reach): Generator<number> {
  const unit = UNIT_MS[rule.frequency as keyof typeof UNIT_MS];
  const step = rule.interval * unit;
  const base = Math.floor(start / unit) * unit;
  const offsets = timesOfDay({
    ...rule,
    hours: [0],
    minutes: rule.frequency === "HOURLY" ? rule.minutes : [0],
    seconds: rule.frequency === "SECONDLY" ? [0] : rule.seconds,
  });
  if (!spend(budget, offsets.length)) return;
  for (let at = base + Math.floor((from - base) / step) * step; at <= to && spend(budget, 1);) {
    const allowedFrom = nextAllowed(rule, at);
    if (allowedFrom > at) {
      at += Math.ceil((allowedFrom - at) / step) * step;
      continue;
    }
    const picks = picked([0], offsets, rule.positions);
    for (const offset of picks) yield at + offset;
    at += step;
  }
}

/** The same time when the rule allows it; else the earliest later one that it could allow. */
function nextAllowed(rule: Rule, at: number): number {
  const day = dayOf(at);
  if (!allowsDay(rule, describeDay(day))) return (day + 1) * DAY_MS;
  const time = new Date(at);
  if (rule.hours.length > 0 && !rule.hours.includes(time.getUTCHours())) return nextMultiple(at, HOUR_MS);
  if (rule.frequency === "HOURLY") return at;
  if (rule.minutes.length > 0 && !rule.minutes.includes(time.getUTCMinutes()))
    return nextMultiple(at, MINUTE_MS);
  if (rule.frequency === "MINUTELY") return at;
  return rule.seconds.length > 0 && !rule.seconds.includes(time.getUTCSeconds()) ? at + SECOND_MS : at;
}

const nextMultiple = (at: number, unit: number): number => (Math.floor(at / unit) + 1) * unit;

/** Milliseconds since midnight, rising. */
const timesOfDay = ({ hours, minutes, seconds }: Rule): number[] =>
  hours.flatMap((hour) =>
    minutes.flatMap((minute) =>
      seconds.map((second) => hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS),
    ),
  );

/** Each day at each time, or of these the ones at the positions asked for, without ever listing them all. */
function* picked(days: number[], times: number[], positions: number[]): Generator<number> {
  const total = days.length * times.length;
  const at = (index: number): number =>
    (days[Math.floor(index / times.length)] ?? 0) * DAY_MS + (times[index % times.length] ?? 0);
  if (positions.length === 0) {
    for (let index = 0; index < total; index++) yield at(index);
    return;
  }
  const indices = new Set(positions.map((position) => (position > 0 ? position - 1 : total + position)));
  for (const index of [...indices].sort((a, b) => a - b)) if (index >= 0 && index < total) yield at(index);
}

/** Takes steps off the budget; false when it is used up. */
function spend(budget: Budget, steps: number): boolean {
  budget.steps -= steps;
  return budget.steps >= 0;
}
