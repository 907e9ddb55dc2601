// By which time zone data the occurrences of a series were placed, and where that put them: newer data may put them elsewhere.
import { offsetsOf, wallToInstantBy, zoneOrUtc, type Offsets } from "../values/timezone";
import { ZONE_DATA } from "../values/zone-data";

/** For how long clocks are kept, from the year of their data on: beyond what is made ahead, but for the rarest occurrences. */
const YEARS = 12;

/** The clocks of a series' zone as they were when its occurrences were placed. */
export interface Clocks {
  /** The release of the time zone database; "" is older than all. */
  data: string;
  /** Null where nothing is known of them. */
  offsets: Offsets | null;
}

const known = new Map<string, Clocks>();

/** The clocks of a zone as this process reckons them. */
export function clocksOf(timezone: string): Clocks {
  const found = known.get(timezone);
  if (found) return found;
  const year = Number(ZONE_DATA.slice(0, 4));
  const offsets = year > 0 ? offsetsOf(zoneOrUtc(timezone), Date.UTC(year), Date.UTC(year + YEARS)) : null;
  const clocks = { data: ZONE_DATA, offsets };
  known.set(timezone, clocks);
  return clocks;
}

/** Whether clocks go alike, as far as both are known. */
export function goAlike(a: Offsets, b: Offsets): boolean {
  const from = Math.max(a.changes[0]?.[0] ?? 0, b.changes[0]?.[0] ?? 0);
  const until = Math.min(a.until, b.until);
  const within = ({ changes }: Offsets): string =>
    JSON.stringify([
      changes.findLast(([at]) => at <= from)?.[1],
      changes.filter(([at]) => at > from && at < until),
    ]);
  return within(a) === within(b);
}

/** Where these clocks put a place; null where they are not known. */
export const placedBy = ({ offsets }: Clocks, wall: number): number | null =>
  offsets && wallToInstantBy(wall, offsets);

/**
 * The clocks of a series in which this process has placed more: those of before where these are older, so that all is looked at
 * once more, and its own where they were newer, for an instance that has those.
 */
export const clocksGoingOn = (before: Clocks, timezone: string): Clocks =>
  before.data < ZONE_DATA ? before : clocksOf(timezone);
