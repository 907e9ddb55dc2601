// How far ahead the occurrences of a series are made: up to a horizon, but always the next one, and never so many that one
// write of them would keep others waiting.
import { badRequest } from "../errors";
import { DAY_MS, HOUR_MS } from "../values/instants";
import type { Definition } from "./definition";
import { newBudget, placesOf, startOf, wallAt } from "./places";

/** How long ago the first one may be that is made. */
const BACK_DAYS = 366;
/** Occurrences of a series that are not over. */
export const MAX_AHEAD = 1_000;
/** Entries in calendars that one write of occurrences comes to. */
const MAX_ENTRIES = 10_000;

export interface Today {
  /** Milliseconds, by the database's clock. */
  now: number;
  horizonDays: number;
  /** In how many calendars each occurrence is. */
  participants: number;
}

/** What is to be made of a series now. */
export interface Ahead {
  /** Rising. */
  places: number[];
  /** Places up to here are decided; null: all are. */
  until: number | null;
  /** When to look again; null: never. */
  lookAt: number | null;
}

const mostOf = ({ participants }: Today): number =>
  Math.max(1, Math.min(MAX_AHEAD, Math.floor(MAX_ENTRIES / Math.max(1, participants))));

const isOver = (definition: Definition, wall: number, now: number): boolean =>
  startOf(definition, wall) + definition.startMs + definition.lengthMs <= now;

/** Of a series that has no occurrences yet. Refuses, as `bad_request`, a rule that takes too long to work out. */
export function firstAhead(definition: Definition, today: Today): Ahead {
  const { now } = today;
  const most = mostOf(today);
  const budget = newBudget();
  const back = wallAt(definition, now - BACK_DAYS * DAY_MS);
  const past: number[] = [];
  const ahead = new Making(definition, today, most);
  let lastOfAll: number | null = null;
  for (const wall of placesOf(definition, { from: 0, budget })) {
    if (isOver(definition, wall, now)) {
      lastOfAll = wall;
      if (wall >= back) past.push(wall);
    } else if (!ahead.take(wall)) break;
  }
  refuseIfSpent(budget.steps);
  const room = most - ahead.places.length;
  const kept = past.slice(Math.max(0, past.length - room));
  // Of a series that ended long ago there is one at least, by which it is known.
  const places = [...kept, ...ahead.places];
  return ahead.answer(places.length > 0 || lastOfAll === null ? places : [lastOfAll]);
}

/** What is made of a series already. */
export interface Made {
  /** Occurrences in places that are decided which are not over. */
  standing: number;
  /** Places that have an occurrence and are not decided: a change has left it there. */
  beyond: ReadonlySet<number>;
}

/**
 * What follows after `decided`: what has become past since included, a part of it where it is much. Where something is made
 * already nothing is made again.
 */
export function nextAhead(
  definition: Definition,
  today: Today,
  decided: number,
  { standing, beyond }: Made,
): Ahead {
  const budget = newBudget();
  const most = mostOf(today);
  const ahead = new Making(definition, today, Math.max(standing === 0 ? 1 : 0, most - standing), standing);
  const places: number[] = [];
  let last = decided;
  for (const wall of placesOf(definition, { from: decided + 1, budget })) {
    if (places.length === most) return { places, until: last, lookAt: today.now };
    if (!isOver(definition, wall, today.now) && !ahead.take(wall)) break;
    if (!beyond.has(wall)) places.push(wall);
    last = wall;
  }
  refuseIfSpent(budget.steps);
  return ahead.answer(places, last);
}

/** The places that are not over, as far as they would be made, and on to `to`. */
export function comingPlaces(
  definition: Definition,
  today: Today,
  to: number,
): { ahead: Ahead; all: number[] } {
  const budget = newBudget();
  const making = new Making(definition, today, mostOf(today));
  const all: number[] = [];
  for (const wall of placesOf(definition, { from: 0, budget })) {
    if (isOver(definition, wall, today.now)) continue;
    const isTaken = making.take(wall);
    if (!isTaken && wall > to) break;
    all.push(wall);
  }
  refuseIfSpent(budget.steps);
  return { ahead: making.answer(making.places), all };
}

class Making {
  readonly places: number[] = [];
  private readonly horizon: number;
  private isCut = false;

  constructor(
    private readonly definition: Definition,
    private readonly today: Today,
    private readonly most: number,
    private readonly standing = 0,
  ) {
    this.horizon = wallAt(definition, today.now + today.horizonDays * DAY_MS);
  }

  /** Whether the occurrence in the next place that is not over is to be made. */
  take(wall: number): boolean {
    const isNext = this.places.length + this.standing === 0;
    if (this.isCut || (!isNext && (this.places.length >= this.most || wall > this.horizon))) {
      this.isCut = true;
      return false;
    }
    this.places.push(wall);
    return true;
  }

  /** Places are decided up to the last of these, or as said. */
  answer(places: number[], last = places.at(-1)): Ahead {
    if (!this.isCut || last === undefined) return { places, until: null, lookAt: null };
    return { places, until: last, lookAt: this.lookAgain(last) };
  }

  /** When a quarter of what is made is used up, in time for the last of it. */
  private lookAgain(last: number): number {
    const { now } = this.today;
    const start = startOf(this.definition, last);
    const quarter = now + Math.max(HOUR_MS, Math.floor((start - now) / 4));
    return Math.min(quarter, Math.max(now + HOUR_MS, start - DAY_MS));
  }
}

function refuseIfSpent(steps: number): void {
  if (steps >= 0) return;
  const field = "recurrence.rrule";
  throw badRequest({
    field,
    message: `${field} takes too long to work out: give a simpler rule, or a later start.`,
  });
}
