// Places of the caller's series in which nothing stands: an instance that a file has alone is the occurrence there, also
// where none is made yet. Pure.
import { parseWall } from "../ical/wall";
import type { Slot } from "../ical/family";
import { newBudget, placesAmong, placesOf, wallAt, type Pattern } from "../series/places";
import { DAY_MS } from "../values/instants";
import type { KnownSeries } from "./known-series";
import type { Row } from "./places";

/** The place that is meant, however it is written; null where the series has none. What was deleted is a place still. */
export function placeMeant({ state: { definition } }: KnownSeries, { key, date }: Slot): number | null {
  const deleted = new Set(definition.deleted);
  const pattern = { ...definition, exdates: definition.exdates.filter((wall) => !deleted.has(wall)) };
  const written = parseWall(key);
  if (!written) return null;
  const exact = written.isDate ? written.wall : wallAt(definition, written.wall);
  if (placesAmong(pattern, [exact]).has(exact)) return exact;
  return date === null ? null : firstOn(pattern, parseWall(date)?.wall ?? exact);
}

function firstOn(pattern: Pattern, midnight: number): number | null {
  const day = { from: midnight, to: midnight + DAY_MS - 1, budget: newBudget() };
  for (const wall of placesOf(pattern, day)) return wall;
  return null;
}

/** Whether the occurrence in this place is still to be made. */
export const isAhead = ({ state: { until } }: KnownSeries, wall: number): boolean =>
  until !== null && wall > until;

/** The caller's events that stand by themselves in a place of a series, with that place. */
export function standingAlone(rows: Iterable<Row>, definition: Pattern): Map<string, number> {
  const walls = new Map<string, number>();
  for (const { slot, wall, known } of rows) {
    const isAlone = wall === null && known?.isOwn && known.view.seriesId === null;
    const written = isAlone ? parseWall(slot) : null;
    if (written && known)
      walls.set(known.view.id, written.isDate ? written.wall : wallAt(definition, written.wall));
  }
  const places = placesAmong(definition, [...walls.values()]);
  return new Map([...walls].filter(([, wall]) => places.has(wall)));
}
