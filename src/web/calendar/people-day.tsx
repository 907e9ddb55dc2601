/**
 * The day of several people, a column each. The grid has columns for days alone, so a day stands for each person here, the
 * first for oneself; what is in their columns is put there by the clock, and what is done there is read back by it.
 */
import type { EventInput } from "fullcalendar";
import { Temporal } from "temporal-polyfill";
import { addDays, dateIn, daysBetween, instantOf, todayIn, wallOf, zoneCity } from "../ui/times";
import type { Stretch } from "./shown";
import { inputOf, isHidden } from "./inputs";
import { shelfOf } from "./loading";
import { offInputs } from "./off-hours";
import type { Range } from "./shelf";
import { date, type ShownCalendar, shownCalendars, view, zone } from "./state";

export const isPeopleDay = (): boolean => view.value === "day" && shownCalendars.value.length > 1;

/** Long ago, so that none of the days that stand for people is today; where today is looked at, oneself has today. */
const LONG_AGO = "1971-01-04";
const firstColumn = (): string => (todayIn(zone.value).toString() === date.value ? date.value : LONG_AGO);

/** The days that stand for people. */
export function columns(): { start: string; end: string } {
  const start = firstColumn();
  return { start, end: addDays(start, shownCalendars.value.length) };
}

export const dayTitle = (): string =>
  dateIn(Temporal.PlainDate.from(date.value), {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });

/** The day that is looked at. */
export function dayRange(): Range {
  const midnight = Temporal.PlainDate.from(date.value).toZonedDateTime(zone.value);
  return { start: midnight.epochMilliseconds, end: midnight.add({ days: 1 }).epochMilliseconds };
}

/** Everybody's events, and when they do not work, each in their column. */
export const peopleInputs = (): EventInput[] =>
  shownCalendars.value.flatMap((calendar, rank) => {
    const column = addDays(firstColumn(), rank);
    const events = shelfOf(calendar.id)
      .within(dayRange())
      .filter((event) => !isHidden(event, calendar))
      .map((event) => inputOf({ event, calendar, rank }));
    return [...offInputs(calendar.user, dayRange()), ...events].flatMap((input) => placed(input, column));
  });

function placed(input: EventInput, column: string): EventInput[] {
  const [start, end] = [String(input.start), String(input.end)];
  if (input.allDay) {
    const isOn = start <= date.value && (date.value < end || start === end);
    return isOn ? [{ ...input, start: column, end: addDays(column, 1), editable: false }] : [];
  }
  const day = dayRange();
  const [from, to] = [Math.max(Date.parse(start), day.start), Math.min(Date.parse(end), day.end)];
  const wall = (at: number): string =>
    at === day.end
      ? `${addDays(column, 1)}T00:00`
      : `${column}T${wallOf(new Date(at).toISOString(), zone.value).time}`;
  const isWhole = from === Date.parse(start) && to === Date.parse(end);
  return [{ ...input, start: wall(from), end: wall(to), ...(!isWhole && { editable: false }) }];
}

/** What was dragged out or moved within a column, as it is meant; and whose column it was. */
export function meantBy(given: Stretch): { stretch: Stretch; calendar: ShownCalendar | undefined } {
  const column = given.startTime.slice(0, 10);
  const calendar = shownCalendars.value[daysBetween(firstColumn(), column)];
  const { allDay } = given;
  if (allDay)
    return { stretch: { startTime: date.value, endTime: addDays(date.value, 1), allDay }, calendar };
  const instant = (text: string): string =>
    instantOf(
      { date: addDays(date.value, daysBetween(column, text.slice(0, 10))), time: text.slice(11, 16) },
      zone.value,
    );
  return {
    stretch: { startTime: instant(given.startTime), endTime: instant(given.endTime), allDay },
    calendar,
  };
}

/** The head of a column; `day` stands for the person. */
export function PersonHead({ day }: { day: string }) {
  const calendar = shownCalendars.value[daysBetween(firstColumn(), day)];
  if (!calendar) return null;
  const { name, timezone } = calendar.user;
  return (
    <span class={`person-head colour-${calendar.colour}`}>
      <span class="swatch" />
      <span class="name" dir="auto">
        {name}
      </span>
      {timezone !== zone.value && <small class="quiet">{zoneCity(timezone)}</small>}
    </span>
  );
}
