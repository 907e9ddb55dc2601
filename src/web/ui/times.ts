/**
 * Instants, wall-clock times and dates, and how they are written for the reader. All arithmetic is Temporal's, so that
 * days of 23 and 25 hours come out right; all-day events are dates, and no zone ever shifts them.
 */
import { Temporal } from "temporal-polyfill";
import { presentName } from "./zones";
import { LOCALE } from "../languages/language";
import { say } from "../languages/say";
import { preferences } from "./preferences";

export const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What is needed to tell when an event is. */
export interface Span {
  startTime: string;
  endTime: string;
  allDay: boolean;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = timeZone + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(LOCALE, { timeZone, ...options });
  formats.set(key, known);
  return known;
}

const LONG_DAY: Intl.DateTimeFormatOptions = {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
};
const SHORT_DAY: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };
/** Whether the reader's clock has 12 hours; "09:00" has two digits on one of 24, everywhere on the pages. */
export const HAS_12_HOURS =
  Intl.DateTimeFormat(LOCALE, { hour: "numeric" }).resolvedOptions().hour12 ?? false;
const TIME: Intl.DateTimeFormatOptions = { hour: HAS_12_HOURS ? "numeric" : "2-digit", minute: "2-digit" };

/** Now, by the browser's clock, as the service writes instants. */
export const nowText = (): string => Temporal.Now.instant().toString({ smallestUnit: "millisecond" });

const atMs = (instant: string): number => Temporal.Instant.from(instant).epochMilliseconds;

/** Such as "Monday, 2 March 2026, 16:00 – 17:00"; an all-day event's last day is named, not the one after. */
export const spanText = (span: Span, zone: string): string => spanWith(LONG_DAY, span, zone);

export const shortSpanText = (span: Span, zone: string): string => spanWith(SHORT_DAY, span, zone);

/** Such as "Mon, 2 Mar 2026, 16:00 – 17:00", of whatever year. */
export const datedSpanText = (span: Span, zone: string): string =>
  spanWith({ ...SHORT_DAY, year: "numeric" }, span, zone);

function spanWith(
  day: Intl.DateTimeFormatOptions,
  { startTime, endTime, allDay }: Span,
  zone: string,
): string {
  if (allDay)
    return formatIn("UTC", day).formatRange(atMs(startTime), Math.max(atMs(startTime), atMs(endTime) - 1));
  return formatIn(zone, { ...day, ...TIME }).formatRange(atMs(startTime), atMs(endTime));
}

export const timeText = (instant: string, zone: string): string => formatIn(zone, TIME).format(atMs(instant));
/** The date that a zone's calendars show at a moment. */
export const dayAt = (moment: Date, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(moment.valueOf()).toZonedDateTimeISO(zone).toPlainDate().toString();

/** Day and time, to tell whether two zones' clocks show the same. */
export const clockText = (instant: string, zone: string): string =>
  formatIn(zone, { ...SHORT_DAY, ...TIME }).format(atMs(instant));
export const timeRangeText = (start: string, end: string, zone: string): string =>
  formatIn(zone, TIME).formatRange(atMs(start), atMs(end));
export const dayText = (instant: string, zone: string): string =>
  formatIn(zone, SHORT_DAY).format(atMs(instant));

export const yearOf = (instant: string, zone: string): string =>
  formatIn(zone, { year: "numeric" }).format(atMs(instant));

/** A moment such as "2 Mar 2026, 16:00". */
export const momentText = (instant: string, zone: string): string =>
  formatIn(zone, { dateStyle: "medium", timeStyle: "short" }).format(atMs(instant));

export const monthText = (date: Temporal.PlainDate): string =>
  dateIn(date, { month: "long", year: "numeric" });
export const dateIn = (date: Temporal.PlainDate, options: Intl.DateTimeFormatOptions): string =>
  formatIn("UTC", options).format(date.toZonedDateTime("UTC").epochMilliseconds);

/** The name of a zone at an instant, as short as it gets: "CET", "GMT+9". */
export function zoneName(zone: string, instant: Temporal.Instant = Temporal.Now.instant()): string {
  const parts = formatIn(zone, { timeZoneName: "short", hour: "numeric" }).formatToParts(
    instant.epochMilliseconds,
  );
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

/** "Europe/Paris" as "Paris". */
export const zoneCity = (zone: string): string =>
  (presentName(zone).split("/").at(-1) ?? zone).replaceAll("_", " ");

/** 0 is Sunday. */
export const firstDayOfWeek = (): number => preferences.firstDay ?? usualDay();

/** The day on which the week begins where the reader is. Where the browser does not know, most of the world begins on Monday. */
export function usualDay(): number {
  const locale = new Intl.Locale(LOCALE) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return (locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: 1 }).firstDay % 7;
}

/** 1 March 2026 was a Sunday. */
export const weekdayName = (day: number): string =>
  dateIn(Temporal.PlainDate.from("2026-03-01").add({ days: day }), { weekday: "long" });

export const todayIn = (zone: string): Temporal.PlainDate => Temporal.Now.plainDateISO(zone);

/** A wall clock's time, as the inputs of a form hold it: "2026-03-02" and "16:00". */
export interface Wall {
  date: string;
  time: string;
}

export function wallOf(instant: string, zone: string): Wall {
  const zoned = Temporal.Instant.from(instant).toZonedDateTimeISO(zone);
  return {
    date: zoned.toPlainDate().toString(),
    time: zoned.toPlainTime().toString({ smallestUnit: "minute" }),
  };
}

const zonedOf = ({ date, time }: Wall, zone: string): Temporal.ZonedDateTime =>
  Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone, { disambiguation: "compatible" });

/** The instant at which a zone's clocks show this. Of two the earlier; of a skipped one, as much after the gap. */
export const instantOf = (wall: Wall, zone: string): string =>
  zonedOf(wall, zone).toInstant().toString({ smallestUnit: "millisecond" });

/** What is odd about a wall-clock time in its zone, in a sentence; null nearly always. */
export function oddityOf(wall: Wall, zone: string): string | null {
  const plain = Temporal.PlainDateTime.from(`${wall.date}T${wall.time}`);
  const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) =>
    plain.toZonedDateTime(zone, { disambiguation }),
  );
  if (!earlier || !later || earlier.epochMilliseconds === later.epochMilliseconds) return null;
  if (earlier.toPlainDateTime().equals(plain)) {
    return say("Clocks go back that night, so {time} comes twice; the first ({zone}) is meant.", {
      time: wall.time,
      zone: zoneName(zone, earlier.toInstant()),
    });
  }
  const shown = zonedOf(wall, zone).toPlainTime().toString({ smallestUnit: "minute" });
  return say("Clocks go forward over {time} that day; it becomes {shown}.", { time: wall.time, shown });
}

export const minutesBetween = (start: string, end: string): number => (atMs(end) - atMs(start)) / 60_000;

export const addMinutes = (instant: string, minutes: number): string =>
  Temporal.Instant.from(instant).add({ minutes }).toString({ smallestUnit: "millisecond" });

export const addDays = (date: string, days: number): string =>
  Temporal.PlainDate.from(date).add({ days }).toString();

export const daysBetween = (from: string, to: string): number =>
  Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days;
