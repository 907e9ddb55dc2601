// What becomes of the items of a write. One that is refused is reported in its place while the others go in; with
// `atomic`, nothing does and the request is refused.
import type { Context } from "../context";
import type { Transaction } from "../database/transaction";
import { Problem } from "../errors";
import { mapInPieces } from "../turns/pauses";
import type { ReadInput } from "../values/rules";
import type { NewEvent } from "./merge";
import type { EventView, RemovedView } from "./projection";

/** What a write came to, and where what was passed over of it stood. */
export interface Done<View> {
  view: View;
  passedOver: readonly string[];
}

/** Done, with the event as it stands now, or refused. */
export type Outcome<View = EventView | RemovedView> = ({ id: string } & Done<View>) | { problem: Problem };

/** An item as it came: read, or refused by the rules of its input already. */
export type Given<T> = ReadInput<T> | { problem: Problem };

export interface BatchOptions {
  atomic: boolean;
  /** The name of the list in the client's request, for the fields of a refusal of all. */
  list: string;
  /** The transaction that the write is a part of; by default it has one of its own, when it is its turn. */
  within?: Transaction;
  /** Comes first in the transaction; what it throws is the end of it. */
  first?: (tx: Transaction) => Promise<void>;
  /** Comes before new events are inserted, the calendars being locked: puts what was composed into its place, or refuses it. */
  place?: (tx: Transaction, composed: ({ event: NewEvent } | { problem: Problem })[]) => Promise<void>;
}

/** A write of one event, whose refusal is that of the request. */
export const SINGLE: BatchOptions = { atomic: false, list: "input" };

export const isSingle = ({ list }: BatchOptions): boolean => list === SINGLE.list;

export const isRefused = (value: object): value is { problem: Problem } => "problem" in value;

/** Those that are not refused, in order. */
export const accepted = <T extends object>(items: readonly (T | { problem: Problem })[]): T[] =>
  items.flatMap((item) => (isRefused(item) ? [] : [item]));

/** Takes a step with each item that is not refused yet; a refusal becomes its outcome, anything else ends the write. */
export const attemptEach = <T extends object, R extends object>(
  items: readonly (T | { problem: Problem })[],
  step: (item: T) => R,
): Promise<(R | { problem: Problem })[]> =>
  mapInPieces(items, (item) => {
    if (isRefused(item)) return item;
    try {
      return step(item);
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return { problem: error };
      throw error;
    }
  });

/** The outcome of a write of one event: what it came to, or its refusal thrown. */
export function onlyOf<View>([outcome]: readonly Outcome<View>[]): Done<View> {
  if (!outcome) throw new Error("A write of one event has no outcome.");
  if (isRefused(outcome)) throw outcome.problem;
  return outcome;
}

/** The answer of a write of one event that is done. */
export function answerOf<View>({ tally }: Context, { view, passedOver }: Done<View>): View {
  tally.passedOver.push(...passedOver);
  return view;
}

/** Notes what was passed over of the items of a batch that are done, each field with its place in the list. */
export function notePassedOver({ tally }: Context, outcomes: readonly Outcome[], list: string): void {
  outcomes.forEach((outcome, index) => {
    if (isRefused(outcome)) return;
    for (const field of outcome.passedOver) tally.passedOver.push(`${list}[${index}].${field}`);
  });
}

/** With `atomic`, the refusals of all items as one, each field named with its place in the list. */
export function refuseIfAtomic(outcomes: readonly object[], { atomic, list }: BatchOptions): void {
  if (!atomic) return;
  const refused = outcomes.flatMap((outcome, index) => (isRefused(outcome) ? [{ index, ...outcome }] : []));
  const [first] = refused;
  if (!first) return;
  const details = refused.flatMap(({ index, problem }) => {
    const place = `${list}[${index}]`;
    if (problem.details.length === 0) return [{ field: place, message: problem.message }];
    return problem.details.map(({ field, message }) => ({ field: `${place}.${field}`, message }));
  });
  const { code, status } = first.problem;
  throw new Problem(code, status, `Nothing was changed: ${details.map(({ message }) => message).join(" ")}`, {
    details,
  });
}

/** Two changes of one event in one batch would have to see each other; a client merges them itself. */
export function refuseRepeated<T extends { id: string }>(items: readonly Given<T>[]): Given<T>[] {
  const seen = new Set<string>();
  return items.map((item) => {
    if (isRefused(item) || !seen.has(item.input.id)) {
      if (!isRefused(item)) seen.add(item.input.id);
      return item;
    }
    const message = "id must not come twice in one batch.";
    return { problem: new Problem("bad_request", 400, message, { details: [{ field: "id", message }] }) };
  });
}
