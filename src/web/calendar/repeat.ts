/**
 * How often an event comes, as people say it, and the rule (RRULE, RFC 5545) that says the same: from a rule to the
 * form's choices and back, in words, and the dates that come of it. A rule that says more than the form can is left
 * as it is.
 */
import { Temporal } from "temporal-polyfill";

export type Every = "day" | "week" | "month" | "year";
/** Which day of a month: the same number, the same weekday counted from its start or its end, or its last day. */
export type Monthly = "date" | "weekday" | "lastWeekday" | "lastDay";
export type Ends = { how: "never" } | { how: "until"; date: string } | { how: "count"; count: number };

export interface Repeat {
  every: Every;
  interval: number;
  /** Of a week, Monday first. */
  days: readonly Day[];
  monthly: Monthly;
  ends: Ends;
}

export const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Day = (typeof DAYS)[number];
export const WORKDAYS: readonly Day[] = DAYS.slice(0, 5);

export const MAX_INTERVAL = 999;
export const MAX_COUNT = 1_000;

const FREQUENCIES: Readonly<Record<Every, string>> = {
  day: "DAILY",
  week: "WEEKLY",
  month: "MONTHLY",
  year: "YEARLY",
};

const dateOf = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text);

export const dayOf = (date: Temporal.PlainDate): Day => DAYS[date.dayOfWeek - 1] ?? "MO";

/** "The second Tuesday" is 2. */
export const weekOf = ({ day }: Temporal.PlainDate): number => Math.ceil(day / 7);

const isInLastWeek = (date: Temporal.PlainDate): boolean => date.day + 7 > date.daysInMonth;

export const newRepeat = (every: Every, start: string): Repeat => ({
  every,
  interval: 1,
  days: [dayOf(dateOf(start))],
  monthly: "date",
  ends: { how: "never" },
});

/** What of a month may be meant by a date. */
export function monthlyChoices(start: string): Monthly[] {
  const date = dateOf(start);
  return [
    "date",
    ...(weekOf(date) < 5 ? (["weekday"] as const) : []),
    ...(isInLastWeek(date) ? (["lastWeekday"] as const) : []),
    ...(date.day === date.daysInMonth ? (["lastDay"] as const) : []),
  ];
}

/** How a rule names the day of a month that is meant by a date. */
function monthPart(monthly: Monthly, date: Temporal.PlainDate): string {
  const parts: Record<Monthly, string> = {
    date: `BYMONTHDAY=${date.day}`,
    weekday: `BYDAY=${weekOf(date)}${dayOf(date)}`,
    lastWeekday: `BYDAY=-1${dayOf(date)}`,
    lastDay: "BYMONTHDAY=-1",
  };
  return parts[monthly];
}

export function ruleOf({ every, interval, days, monthly, ends }: Repeat, start: string): string {
  return [
    `FREQ=${FREQUENCIES[every]}`,
    ...(interval > 1 ? [`INTERVAL=${interval}`] : []),
    ...(every === "week" ? [`BYDAY=${DAYS.filter((day) => days.includes(day)).join(",")}`] : []),
    ...(every === "month" ? [monthPart(monthly, dateOf(start))] : []),
    ...(ends.how === "count" ? [`COUNT=${ends.count}`] : []),
    ...(ends.how === "until" ? [`UNTIL=${ends.date.replaceAll("-", "")}`] : []),
  ].join(";");
}

/** The choices that a rule comes to for a series that starts on this date; null where it says more than they can. */
export function repeatOf(rule: string, start: string, zone: string): Repeat | null {
  const { FREQ, INTERVAL, COUNT, UNTIL, WKST, ...by } = Object.fromEntries(
    rule.split(";").map((part) => part.split("=") as [string, string]),
  );
  const every = (Object.keys(FREQUENCIES) as Every[]).find((one) => FREQUENCIES[one] === FREQ);
  if (!every || (WKST !== undefined && WKST !== "MO")) return null;
  const days = daysOf(every, by, start);
  const isWeekly = every === "week" || (every === "day" && by.BYDAY !== undefined && INTERVAL === undefined);
  const monthly = every === "month" ? monthlyOf(by, start) : "date";
  if (!days || !monthly) return null;
  return {
    every: isWeekly ? "week" : every,
    interval: Number(INTERVAL ?? 1),
    days,
    monthly,
    ends: endsOf(COUNT, UNTIL, zone),
  };
}

type By = Partial<Record<string, string>>;

/** The days of the week that a rule names, the start's where it names none; null where it has other parts. */
function daysOf(every: Every, { BYDAY, ...others }: By, start: string): Day[] | null {
  const own = [dayOf(dateOf(start))];
  if (every === "month") return own;
  if (Object.keys(others).length > 0 || (every === "year" && BYDAY !== undefined)) return null;
  const named = BYDAY?.split(",") ?? own;
  const days = DAYS.filter((day) => named.includes(day));
  return days.length === named.length ? days : null;
}

function monthlyOf(by: By, start: string): Monthly | null {
  const parts = Object.entries(by).map(([name, value]) => `${name}=${value ?? ""}`);
  // The other way to say the same.
  const part = parts.join(";").replace(/^BYDAY=(\w\w);BYSETPOS=(-?\d)$/, "BYDAY=$2$1");
  if (part === "") return "date";
  return monthlyChoices(start).find((monthly) => monthPart(monthly, dateOf(start)) === part) ?? null;
}

function endsOf(count: string | undefined, until: string | undefined, zone: string): Ends {
  if (count !== undefined) return { how: "count", count: Number(count) };
  if (until === undefined) return { how: "never" };
  const [date = "", time = ""] = until.split("T");
  const day = dateOf(date);
  if (!time.endsWith("Z")) return { how: "until", date: day.toString() };
  const instant = day.toZonedDateTime({
    timeZone: "UTC",
    plainTime: Temporal.PlainTime.from(time.slice(0, -1)),
  });
  return { how: "until", date: instant.withTimeZone(zone).toPlainDate().toString() };
}

/** The rule that means the same of another start: on the same weekday of a month, say. */
export function ruleFrom(rule: string, from: string, to: string, zone: string): string {
  const repeat = rule === "" || from === "" || to === "" ? null : repeatOf(rule, from, zone);
  if (!repeat) return rule;
  const [before, after] = [dayOf(dateOf(from)), dayOf(dateOf(to))];
  const isOwn = repeat.every === "week" && repeat.days.length === 1 && repeat.days[0] === before;
  const [fallback = "date"] = monthlyChoices(to);
  const monthly = monthlyChoices(to).includes(repeat.monthly) ? repeat.monthly : fallback;
  return ruleOf({ ...repeat, monthly, days: isOwn ? [after] : repeat.days }, to);
}

/** No rule of the form leaves out more days on end, but for those of the 29th of February. */
const MAX_STEPS = 5_000;

/** The first dates of a series; the start is always one of them. */
export function datesOf(repeat: Repeat, start: string, count: number): string[] {
  const first = dateOf(start);
  const { ends } = repeat;
  const most = ends.how === "count" ? Math.min(count, ends.count) : count;
  const found = [start];
  for (const date of placesOf(repeat, first)) {
    if (found.length >= most || (ends.how === "until" && date.toString() > ends.date)) break;
    found.push(date.toString());
  }
  return found.slice(0, most);
}

function* placesOf(repeat: Repeat, first: Temporal.PlainDate): Generator<Temporal.PlainDate> {
  for (let step = 0; step < MAX_STEPS; step++) {
    for (const date of periodOf(repeat, first, step * repeat.interval)) {
      if (Temporal.PlainDate.compare(date, first) > 0) yield date;
    }
  }
}

/** The places within one day, week, month or year, so many after the one of the start. */
function periodOf(
  { every, days, monthly }: Repeat,
  first: Temporal.PlainDate,
  later: number,
): Temporal.PlainDate[] {
  if (every === "day") return [first.add({ days: later })];
  if (every === "week") {
    const monday = first.subtract({ days: first.dayOfWeek - 1 }).add({ weeks: later });
    return DAYS.flatMap((day, index) => (days.includes(day) ? monday.add({ days: index }) : []));
  }
  if (every === "year") {
    const { year, month, day } = first;
    const there = Temporal.PlainYearMonth.from({ year: year + later, month });
    return day > there.daysInMonth ? [] : [there.toPlainDate({ day })];
  }
  const month = first.toPlainYearMonth().add({ months: later });
  const day = dayInMonth(monthly, first, month);
  return day === null ? [] : [month.toPlainDate({ day })];
}

function dayInMonth(
  monthly: Monthly,
  first: Temporal.PlainDate,
  month: Temporal.PlainYearMonth,
): number | null {
  const { daysInMonth } = month;
  if (monthly === "lastDay") return daysInMonth;
  if (monthly === "date") return first.day <= daysInMonth ? first.day : null;
  const firstSuch = 1 + ((first.dayOfWeek - month.toPlainDate({ day: 1 }).dayOfWeek + 7) % 7);
  if (monthly === "weekday") return firstSuch + 7 * (weekOf(first) - 1);
  return firstSuch + 7 * Math.floor((daysInMonth - firstSuch) / 7);
}
