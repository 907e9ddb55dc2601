// The hours at the side of the week and day views, in one zone or two, and the heads of a week's days.
import type { AllDayHeaderInfo, SlotHeaderInfo } from "fullcalendar";
import { Temporal } from "temporal-polyfill";
import { timeText, zoneName } from "../ui/times";
import { date } from "./state";

/** The instant of an hour of the day in view. A week in which clocks change is told by its first day. */
function instantAt(hours: number, zone: string): Temporal.Instant {
  const midnight = Temporal.PlainDate.from(date.peek()).toZonedDateTime(zone);
  return midnight.add({ hours }).toInstant();
}

export function slotLabel(zone: string, second: string | null) {
  return ({ time, text }: SlotHeaderInfo) => {
    if (second === null || !time) return text;
    const hours = time.milliseconds / 3_600_000;
    return (
      <span class="two-zones">
        <span class="second-zone">{timeText(instantAt(hours, zone).toString(), second)}</span>
        <span>{text}</span>
      </span>
    );
  };
}

export function zoneCorner(zone: string, second: string | null) {
  return ({ text }: AllDayHeaderInfo) => {
    if (second === null) return text;
    const noon = instantAt(12, zone);
    return (
      <span class="two-zones corner">
        <span class="second-zone">{zoneName(second, noon)}</span>
        <span>{zoneName(zone, noon)}</span>
      </span>
    );
  };
}

interface DayHeadProps {
  /** Its first letter, where the column has room for no more. */
  weekdayText: string;
  dayNumberText: string;
}

/** A day's head: the date stays, and goes beneath, where the column is narrow. */
export function DayHead({ weekdayText, dayNumberText }: DayHeadProps) {
  return (
    <span class="day-head">
      <span>{weekdayText}</span> <span>{dayNumberText}</span>
    </span>
  );
}
