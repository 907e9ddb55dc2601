// How a repetition is told: "Every 2 weeks on Tuesday and Thursday, until 31 December 2026".
import { Temporal } from "temporal-polyfill";
import { LOCALE } from "../languages/language";
import { many, say } from "../languages/say";
import { dateIn } from "../ui/times";
import { type Day, DAYS, type Every, type Monthly, type Repeat, repeatOf, weekOf, WORKDAYS } from "./repeat";

const NTH: readonly ((weekday: string) => string)[] = [
  (weekday) => say("on the first {weekday}", { weekday }),
  (weekday) => say("on the second {weekday}", { weekday }),
  (weekday) => say("on the third {weekday}", { weekday }),
  (weekday) => say("on the fourth {weekday}", { weekday }),
  (weekday) => say("on the fifth {weekday}", { weekday }),
];

const dateOf = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text);
const listed = new Intl.ListFormat(LOCALE);

/** 2 March 2026 was a Monday. */
export const dayName = (day: Day, weekday: "long" | "short" = "long"): string =>
  dateIn(dateOf("2026-03-02").add({ days: DAYS.indexOf(day) }), { weekday });

export const shortDate = (date: string): string =>
  dateIn(dateOf(date), { weekday: "short", day: "numeric", month: "short", year: "numeric" });

export function monthlyText(monthly: Monthly, start: string): string {
  const date = dateOf(start);
  const weekday = dateIn(date, { weekday: "long" });
  const texts: Record<Monthly, string> = {
    date: say("on day {day}", { day: date.day }),
    weekday: NTH[weekOf(date) - 1]?.(weekday) ?? weekday,
    lastWeekday: say("on the last {weekday}", { weekday }),
    lastDay: say("on the last day"),
  };
  return texts[monthly];
}

const UNITS: Readonly<Record<Every, (interval: number) => string>> = {
  day: (interval) => many(interval, "day", "days"),
  week: (interval) => many(interval, "week", "weeks"),
  month: (interval) => many(interval, "month", "months"),
  year: (interval) => many(interval, "year", "years"),
};

export const unitText = (every: Every, interval: number): string => UNITS[every](interval);

const EVERY: Readonly<Record<Every, (interval: number) => string>> = {
  day: (interval) => many(interval, "Every day", "Every {count} days"),
  week: (interval) => many(interval, "Every week", "Every {count} weeks"),
  month: (interval) => many(interval, "Every month", "Every {count} months"),
  year: (interval) => many(interval, "Every year", "Every {count} years"),
};

const isWorkdays = (days: readonly Day[]): boolean =>
  days.length === WORKDAYS.length && days.every((day) => WORKDAYS.includes(day));

function often({ every, interval, days, monthly }: Repeat, start: string): string {
  if (every === "week" && interval === 1 && isWorkdays(days)) return say("Every weekday");
  const rhythm = EVERY[every](interval);
  if (every === "week")
    return say("{rhythm} on {days}", { rhythm, days: listed.format(days.map((day) => dayName(day))) });
  if (every === "month") return `${rhythm} ${monthlyText(monthly, start)}`;
  if (every === "year")
    return say("{rhythm} on {date}", {
      rhythm,
      date: dateIn(dateOf(start), { day: "numeric", month: "long" }),
    });
  return rhythm;
}

export function repeatText(repeat: Repeat, start: string): string {
  const { ends } = repeat;
  const rhythm = often(repeat, start);
  if (ends.how === "until") {
    const date = dateIn(dateOf(ends.date), { day: "numeric", month: "long", year: "numeric" });
    return say("{rhythm}, until {date}", { rhythm, date });
  }
  return ends.how === "count"
    ? many(ends.count, "{rhythm}, once", "{rhythm}, {count} times", { rhythm })
    : rhythm;
}

/** A rule in words; one that the form could not have made as it is written. */
export function ruleText(rule: string, start: string, zone: string): string {
  if (rule === "") return say("Does not repeat");
  const repeat = repeatOf(rule, start, zone);
  return repeat ? repeatText(repeat, start) : say("By a rule of its own: {rule}", { rule });
}
