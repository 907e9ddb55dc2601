// Going through time: a step is as long as what is in view.
import { Temporal } from "temporal-polyfill";
import { todayIn } from "../ui/times";
import { date, type View, view, zone } from "./state";

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
