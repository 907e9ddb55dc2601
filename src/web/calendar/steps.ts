// Going through time: a step is as long as what is in view.
import { Temporal } from "temporal-polyfill";
import { firstDayOfWeek, todayIn } from "../ui/times";
import type { Range } from "./shelf";
import type { View } from "./settings";
import { date, view, zone } from "./state";

export const AGENDA_DAYS = 30;

const STEPS: Record<View, Temporal.DurationLike> = {
  month: { months: 1 },
  week: { weeks: 1 },
  day: { days: 1 },
  agenda: { days: AGENDA_DAYS },
};

export function step(direction: 1 | -1): void {
  const from = Temporal.PlainDate.from(date.value);
  // From the first: a month after 31 January is February, whatever day was looked at.
  const base = view.value === "month" ? from.with({ day: 1 }) : from;
  date.value = (direction > 0 ? base.add(STEPS[view.value]) : base.subtract(STEPS[view.value])).toString();
}

export function goToday(): void {
  date.value = todayIn(zone.value).toString();
}

/** The first of six weeks that hold a month: the last first-day-of-the-week that is not after its first day. */
export function firstShown(month: Temporal.PlainYearMonth): Temporal.PlainDate {
  return weekStart(month.toPlainDate({ day: 1 }));
}

const weekStart = (day: Temporal.PlainDate): Temporal.PlainDate =>
  day.subtract({ days: (day.dayOfWeek - firstDayOfWeek() + 7) % 7 });

const SHOWN: Record<View, (day: Temporal.PlainDate) => [Temporal.PlainDate, number]> = {
  month: (day) => [firstShown(day.toPlainYearMonth()), 42],
  week: (day) => [weekStart(day), 7],
  day: (day) => [day, 1],
  agenda: (day) => [day, AGENDA_DAYS],
};

/** What the grid will show, told before it is there, so that its events can be asked for meanwhile. */
export function rangeInView(): Range {
  const [first, days] = SHOWN[view.peek()](Temporal.PlainDate.from(date.peek()));
  const midnight = (day: Temporal.PlainDate): number => day.toZonedDateTime(zone.peek()).epochMilliseconds;
  return { start: midnight(first), end: midnight(first.add({ days })) };
}
