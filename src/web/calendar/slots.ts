// Times that are offered where nobody has chosen one yet.
import { Temporal } from "temporal-polyfill";
import type { Stretch } from "./shown";
import { date, zone } from "./state";

const instant = (zoned: Temporal.ZonedDateTime): string =>
  zoned.toInstant().toString({ smallestUnit: "millisecond" });

/** An hour on the day in view: the next full one if that is today, nine o'clock otherwise. */
export function nextSlot(): Stretch {
  const now = Temporal.Now.zonedDateTimeISO(zone.value);
  const day = Temporal.PlainDate.from(date.value);
  const from = now.toPlainDate().equals(day)
    ? now.round({ smallestUnit: "hour", roundingMode: "ceil" })
    : day.toZonedDateTime({ timeZone: zone.value, plainTime: "09:00" });
  return { startTime: instant(from), endTime: instant(from.add({ hours: 1 })), allDay: false };
}
