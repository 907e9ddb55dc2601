// When occurrences will start, reckoned from the rule, for an answer that may ask it of a thousand series.
import { perRequest, type Context } from "../context";
import { badRequest } from "../errors";
import { Pauses } from "../turns/pauses";
import { toInstant, toMs, type Instant } from "../values/instants";
import type { Budget } from "../ical/recurrence";
import { MAX_STEPS, newBudget, placesOf, startOf, wallAt } from "./places";
import { definitionOfRow, type SeriesRow } from "./stored";

/** How much work one answer may make, of however many series. */
const MAX_STEPS_OF_ANSWER = 4 * MAX_STEPS;

const TOO_LONG =
  "upcoming takes too long to work out: ask it of fewer series, for fewer instants, or after an earlier one.";

/** What an answer has reckoned: a thousand occurrences of one series ask the same. */
const reckoned = perRequest(() => ({
  budget: newBudget(MAX_STEPS_OF_ANSWER),
  known: new Map<string, Promise<Instant[]>>(),
  /** One after the other: what is left for the next is known when one is done. */
  line: Promise.resolve<unknown>(undefined),
}));

/** So many starts after an instant, or as many as there are. Refuses, as `bad_request`, what takes too long. */
export function upcomingOf(ctx: Context, row: SeriesRow, after: Instant, most: number): Promise<Instant[]> {
  const own = reckoned(ctx);
  const key = [row.id, after, most].join();
  const known = own.known.get(key);
  if (known) return known;
  const found = own.line.then(() => reckon(own.budget, row, after, most));
  own.line = found.catch(() => undefined);
  own.known.set(key, found);
  return found;
}

async function reckon(budget: Budget, row: SeriesRow, after: Instant, most: number): Promise<Instant[]> {
  const own = newBudget(Math.min(MAX_STEPS, budget.steps));
  const allowed = own.steps;
  const definition = definitionOfRow(row);
  const pauses = new Pauses();
  const found: Instant[] = [];
  for (const wall of placesOf(definition, { from: wallAt(definition, toMs(after)), budget: own })) {
    const start = toInstant(startOf(definition, wall) + definition.startMs);
    if (start > after && found.push(start) === most) break;
    const pause = pauses.take();
    if (pause) await pause;
  }
  budget.steps -= allowed - own.steps;
  if (own.steps < 0) throw badRequest({ field: "upcoming", message: TOO_LONG });
  return found;
}
