// When somebody works, as instants: hours on the wall of their own zone, through every change of its clocks.
import { Temporal } from "temporal-polyfill";
import { DAYS } from "./repeat";
import type { User } from "./state";

/** Without the end. */
export interface Block {
  startAt: string;
  endAt: string;
}

const ms = (instant: string): number => Date.parse(instant);

/** The stretches of a window within which a user works, in order. */
export function workingHours({ workHours, timezone }: User, { startAt, endAt }: Block): Block[] {
  const dayOf = (instant: string): Temporal.PlainDate =>
    Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).toPlainDate();
  const last = dayOf(endAt);
  const found: Block[] = [];
  for (let day = dayOf(startAt); Temporal.PlainDate.compare(day, last) <= 0; day = day.add({ days: 1 })) {
    const at = (time: string): number =>
      day.toZonedDateTime({ timeZone: timezone, plainTime: Temporal.PlainTime.from(time) }).epochMilliseconds;
    const name = DAYS[day.dayOfWeek - 1];
    for (const { days, from, to } of workHours) {
      const [start, end] = [Math.max(at(from), ms(startAt)), Math.min(at(to), ms(endAt))];
      if (days.some((one) => one === name) && start < end)
        found.push({ startAt: new Date(start).toISOString(), endAt: new Date(end).toISOString() });
    }
  }
  return found.sort((a, b) => ms(a.startAt) - ms(b.startAt));
}

/** What of a window is not within the stretches, which are in order. */
export function outside(stretches: readonly Block[], { startAt, endAt }: Block): Block[] {
  const left: Block[] = [];
  let from = startAt;
  for (const stretch of stretches) {
    if (ms(from) < ms(stretch.startAt)) left.push({ startAt: from, endAt: stretch.startAt });
    if (ms(from) < ms(stretch.endAt)) from = stretch.endAt;
  }
  return ms(from) < ms(endAt) ? [...left, { startAt: from, endAt }] : left;
}
