// When an event is: what `startTime`, `endTime` and `allDay` of a write come to, given what was there before.
import { instantToLocal, localToInstant, zoneOrUtc } from "../values/timezone";
import {
  DATE_RULE,
  dateOf,
  EPOCH,
  instantFault,
  midnight,
  nextDate,
  parseDate,
  parseInstant,
  toInstant,
  type DateOnly,
  type GivenTime,
  type Instant,
} from "../values/instants";
import { Faults } from "../values/faults";

export interface Times {
  startTime: Instant;
  endTime: Instant;
  allDay: boolean;
}

export interface GivenTimes {
  startTime?: GivenTime | null;
  endTime?: GivenTime | null;
  allDay?: boolean;
}

const LAST_DATE = "9999-12-30";

/**
 * The times of an event after a write. `before` is null for a create or a replacement. `zone` matters only where
 * `allDay` is switched: on keeps the dates the times have there, off starts and ends at those midnights there.
 * Null after faults were added.
 */
export function resolveTimes(
  given: GivenTimes,
  before: Times | null,
  zone: string,
  faults: Faults,
): Times | null {
  const times = timesAsked(given, before, zone, faults);
  if (times && times.endTime < times.startTime) {
    const stored = before && given.endTime === undefined ? `; it is ${times.endTime} now` : "";
    faults.add("endTime", `must not be before startTime (${times.startTime})${stored}`);
    return null;
  }
  // Only a switch of allDay gets here from a time in range: the zone moved it over the edge.
  if (times && times.startTime < EPOCH) {
    faults.add("startTime", "must not be before 1970");
    return null;
  }
  return times;
}

/**
 * The times that somebody asks for who may not move the event: what of them differs from it is to be told, and that one of
 * them alone would not go with the other is nothing to them. Null after faults were added.
 */
export function resolveIdleTimes(
  { startTime, endTime, allDay }: GivenTimes,
  before: Times,
  zone: string,
  faults: Faults,
): Times | null {
  if (startTime != null && endTime != null)
    return resolveTimes({ startTime, endTime, allDay }, before, zone, faults);
  const hasNoEnd = endTime === null && !(allDay ?? before.allDay);
  const asked = timesAsked(
    { startTime: startTime ?? undefined, endTime: hasNoEnd ? undefined : endTime, allDay },
    before,
    zone,
    faults,
  );
  // null where there must be a time is none that the event has.
  return (
    asked && {
      ...asked,
      ...(startTime === null && { startTime: EPOCH }),
      ...(hasNoEnd && { endTime: EPOCH }),
    }
  );
}

function timesAsked(given: GivenTimes, before: Times | null, zone: string, faults: Faults): Times | null {
  const allDay = given.allDay ?? before?.allDay ?? false;
  return (allDay ? allDayTimes : timedTimes)(given, before, zoneOrUtc(zone), faults);
}

/** The times of a new event, or of one that is replaced; throws what is wrong with them. */
export function requireTimes(given: GivenTimes, zone: string): Times {
  const faults = new Faults();
  const times = resolveTimes(given, null, zone, faults);
  faults.throwIfAny();
  return times as Times;
}

function timedTimes(given: GivenTimes, before: Times | null, zone: string, faults: Faults): Times | null {
  const read = (field: "startTime" | "endTime"): Instant | undefined => {
    const value = given[field];
    if (value != null) return parseInstant(value) ?? faults.add(field, instantFault(value));
    if (value === null && before)
      return faults.add(field, "cannot be cleared where the event is not all-day");
    if (!before) return faults.add(field, "is required");
    return before.allDay ? midnightIn(zone, dateOf(before[field])) : before[field];
  };
  const [startTime, endTime] = [read("startTime"), read("endTime")];
  return startTime && endTime ? { startTime, endTime, allDay: false } : null;
}

function allDayTimes(given: GivenTimes, before: Times | null, zone: string, faults: Faults): Times | null {
  const start = allDayStart(given, before, zone, faults);
  if (start === undefined) return null;
  const end = allDayEnd(given, before, zone, faults) ?? nextDate(start);
  if (start > LAST_DATE || end > nextDate(LAST_DATE)) {
    faults.add(start > LAST_DATE ? "startTime" : "endTime", `must not go past the day ${LAST_DATE}`);
    return null;
  }
  const endTime = midnight(end === start ? nextDate(start) : end);
  return { startTime: midnight(start), endTime, allDay: true };
}

function allDayStart(
  given: GivenTimes,
  before: Times | null,
  zone: string,
  faults: Faults,
): DateOnly | undefined {
  if (given.startTime != null)
    return (
      parseDate(given.startTime)?.date ?? faults.add("startTime", instantFault(given.startTime, DATE_RULE))
    );
  if (given.startTime === null || !before) return faults.add("startTime", "is required");
  return before.allDay ? dateOf(before.startTime) : localDate(zone, before.startTime).date;
}

/** Undefined: no end was given, or none any more (one day), or it was at fault. */
function allDayEnd(
  given: GivenTimes,
  before: Times | null,
  zone: string,
  faults: Faults,
): DateOnly | undefined {
  if (given.endTime === null || (given.endTime === undefined && !before)) return undefined;
  if (given.endTime !== undefined) {
    const read = parseDate(given.endTime);
    return read ? exclusive(read) : faults.add("endTime", instantFault(given.endTime, DATE_RULE));
  }
  if (!before) return undefined;
  return before.allDay ? dateOf(before.endTime) : exclusive(localDate(zone, before.endTime));
}

/** An end with a time of day means the midnight after it. */
const exclusive = ({ date, hasTime }: { date: DateOnly; hasTime: boolean }): DateOnly =>
  hasTime ? nextDate(date) : date;

const two = (number: number): string => String(number).padStart(2, "0");

/** A day whose midnight the clocks left out begins at its first instant, which is no time of day either. */
function localDate(zone: string, instant: Instant): { date: DateOnly; hasTime: boolean } {
  const at = new Date(instant);
  const { year, month, day, hour, minute, second } = instantToLocal(at, zone);
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const atMidnight = hour + minute + second + at.getUTCMilliseconds() === 0;
  return { date, hasTime: !atMidnight && instant > midnightIn(zone, date) };
}

/** When a date begins in a zone. */
export function midnightIn(zone: string, date: DateOnly): Instant {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return toInstant(localToInstant({ year, month, day, hour: 0, minute: 0, second: 0 }, zone).getTime());
}
