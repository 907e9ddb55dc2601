// Instants and windows as queries name them.
import { badRequest } from "../errors";
import { instantFault, parseInstant, parseSince, type GivenTime, type Instant } from "./instants";

/** A window; null is open. */
export interface Interval {
  startAt: Instant | null;
  endAt: Instant | null;
}

/** An optional instant of a query; refuses what is none. */
function readInstant(
  given: GivenTime | null | undefined,
  field: string,
  parse = parseInstant,
): Instant | null {
  if (given == null) return null;
  const instant = parse(given);
  if (instant === null) throw badRequest({ field, message: `${field} ${instantFault(given)}.` });
  return instant;
}

/** The instant from which a feed is read; before 1970 is the epoch. */
export const readSince = (given: GivenTime | null | undefined, field = "since"): Instant | null =>
  readInstant(given, field, parseSince);

/** The bounds of a window; refuses one that is empty or turned round. */
export function readInterval(given: { startAt?: GivenTime | null; endAt?: GivenTime | null }): Interval {
  const interval = {
    startAt: readInstant(given.startAt, "startAt"),
    endAt: readInstant(given.endAt, "endAt"),
  };
  if (interval.startAt && interval.endAt && interval.startAt >= interval.endAt) {
    throw badRequest({ field: "endAt", message: "endAt must be later than startAt." });
  }
  return interval;
}
