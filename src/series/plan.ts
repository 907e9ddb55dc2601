// Which occurrence goes where when a series recurs otherwise: they are matched by date, so that those whose date stays keep
// their ids and all that is their own. Pure.
import { dayOf } from "../ical/wall";
import type { Ahead, Today } from "./ahead";
import { comingPlaces } from "./ahead";
import { moved, type Definition, type Move } from "./definition";
import type { Occurrence } from "./opened";

export interface Plan {
  /** The place of each occurrence that stays. */
  kept: Map<Occurrence, number>;
  /** Without a place, and nothing of their own: they go. */
  gone: Occurrence[];
  /** Without a place, and changed for themselves: they go on as single events. */
  detached: Occurrence[];
  /** Places that have no occurrence yet. */
  come: number[];
  ahead: Pick<Ahead, "until" | "lookAt">;
}

interface Before {
  /** Those that are not over. */
  live: readonly Occurrence[];
  /** The places of those that are: theirs stay as they are, and nothing is made on their dates. */
  over: readonly number[];
}

/** Where every occurrence keeps its place. */
export const keeping = (live: readonly Occurrence[]): Plan => ({
  kept: new Map(live.map((one) => [one, one.wall])),
  gone: [],
  detached: [],
  come: [],
  ahead: { until: null, lookAt: null },
});

export function planOf({ live, over }: Before, definition: Definition, move: Move, today: Today): Plan {
  const wanted = live.map((one) => moved(move, one.wall));
  const { ahead, all } = comingPlaces(definition, today, Math.max(0, ...wanted));
  // What is over keeps its place, and stands for its date.
  const held = new Set(over);
  const free = new Places(all.filter((wall) => !held.has(wall)));
  for (const wall of over) free.take(moved(move, wall));
  const kept = new Map<Occurrence, number>();
  const others: [Occurrence, number][] = [];
  live.forEach((one, index) => {
    const wall = wanted[index] as number;
    if (free.takeExactly(wall)) kept.set(one, wall);
    else others.push([one, wall]);
  });
  const left = others.flatMap(([one, wall]): Occurrence[] => {
    const place = free.take(wall);
    if (place === null) return [one];
    kept.set(one, place);
    return [];
  });
  const isChanged = ({ locked }: Occurrence): boolean => locked.overrides.length > 0 || !locked.hasWholeSay;
  const made = new Set(ahead.places);
  return {
    kept,
    gone: left.filter((one) => !isChanged(one)),
    detached: left.filter(isChanged),
    come: free.rest().filter((wall) => made.has(wall)),
    ahead: { until: ahead.until, lookAt: ahead.lookAt },
  };
}

/** Places that are free, by date. */
class Places {
  private readonly byDay = new Map<number, Set<number>>();

  constructor(walls: readonly number[]) {
    for (const wall of walls) {
      const day = this.byDay.get(dayOf(wall)) ?? new Set();
      this.byDay.set(dayOf(wall), day.add(wall));
    }
  }

  takeExactly(wall: number): boolean {
    return this.byDay.get(dayOf(wall))?.delete(wall) ?? false;
  }

  /** The place itself, or another of its date; null where there is none. */
  take(wall: number): number | null {
    if (this.takeExactly(wall)) return wall;
    const day = this.byDay.get(dayOf(wall));
    for (const other of day ?? []) {
      day?.delete(other);
      return other;
    }
    return null;
  }

  rest(): number[] {
    return [...this.byDay.values()].flatMap((day) => [...day]).sort((a, b) => a - b);
  }
}
