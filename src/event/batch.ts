// Batches: up to 500 events created, changed or deleted in one transaction and a handful of statements. An item that is
// refused is reported in its place while the others go in; or with `atomic`, nothing does and the request is refused.
import { requireScope, type CalendarRef, type Context } from "../context";
import { textRows } from "../database/text-rows";
import { inTransaction, type Transaction } from "../database/transaction";
import { forbidden, notFound, Problem } from "../errors";
import { mapInPieces } from "../turns/pauses";
import { Faults } from "../values/rules";
import { inTurnOfBatch, sizeOf } from "./batch-turns";
import { lockEvents } from "./batch-locks";
import { noteWritten, requireBatchSize, sizeAfter, eventSizeOf, type Size } from "./batch-size";
import { insertEvents, updateEvents as save, type Saved } from "./bulk";
import { requireCondition, type Condition } from "./conditions";
import type { EventInput, EventPatch } from "./event.inputs";
import { lockCalendarsOf } from "./calendar-locks";
import { findParents, holdParents, type Parents } from "./parents";
import { findPeople, type KnownPeople } from "./people-of-write";
import type { EventView, RemovedView } from "./projection";
import { findRemoved } from "./read";
import {
  answerOf,
  changesOf,
  composeEvent,
  isDeletable,
  leaving,
  mergePatch,
  requireRole,
  type LockedEvent,
  type Reach,
} from "./save";
import { touch } from "./touch";

export const BATCH_MOST = 500;

/** What became of an item: done, with the event as it stands now (null where it is gone), or refused. */
export type Outcome = { id: string; view: EventView | RemovedView | null } | { problem: Problem };

/** An item as it came: read, or refused by the rules of its input already. */
export type Given<T> = { input: T } | { problem: Problem };

export interface BatchOptions {
  atomic: boolean;
  /** The name of the list in the client's request, for the fields of an atomic refusal. */
  list: string;
}

/** Runs one item's step; a refusal becomes its outcome, anything else ends the batch. */
function attempt<T>(step: () => T): T | { problem: Problem } {
  try {
    return step();
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return { problem: error };
    throw error;
  }
}

const isRefused = (value: object): value is { problem: Problem } => "problem" in value;

/** With `atomic`, the refusals of all items as one, each field named with its place in the list. */
function refuseIfAtomic(outcomes: readonly object[], { atomic, list }: BatchOptions): void {
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

/** Everybody and everything that the items name. */
const namedBy = (inputs: readonly EventPatch[]): Pick<EventPatch, "attendees" | "relatedTo"> => ({
  attendees: inputs.flatMap(({ attendees }) => attendees ?? []),
  relatedTo: inputs.flatMap(({ relatedTo }) => relatedTo ?? []),
});

const inBatch = <T>(
  { db, caller }: Context,
  size: number,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> => inTurnOfBatch(caller, size, () => inTransaction(db, work));

/** Creates events of the calendar's user, answered in order. At most 8 statements. */
export async function createEvents(
  ctx: Context,
  calendar: CalendarRef,
  items: readonly Given<EventInput>[],
  options: BatchOptions,
): Promise<Outcome[]> {
  requireScope(ctx, "write");
  refuseIfAtomic(items, options);
  const inputs = items.flatMap((item) => (isRefused(item) ? [] : [item.input]));
  let bytes = 0;
  const outcomes = await inBatch(ctx, sizeOf(inputs, true), async (tx) => {
    const people = await findPeople(tx.client, ctx.caller, namedBy(inputs));
    const parents = await findParents(ctx, tx, calendar, inputs);
    const composed = await mapInPieces(items, (item) =>
      isRefused(item)
        ? item
        : attempt(() => ({ event: compose(ctx, calendar, item.input, { people, parents }) })),
    );
    refuseIfAtomic(composed, options);
    const events = composed.flatMap((one) => ("event" in one ? [one.event] : []));
    bytes = requireBatchSize(ctx, events.map(eventSizeOf), options.list);
    await lockCalendarsOf(ctx, tx, calendar.userId, events);
    await holdParents(ctx, tx, parents);
    const views = await insertEvents(ctx, tx, calendar.userId, events);
    return composed.map((one): Outcome => {
      if (isRefused(one)) return one;
      const view = views.shift();
      if (!view) throw new Error("Fewer events were inserted than composed.");
      return { id: view.id, view };
    });
  });
  noteWritten(ctx, bytes);
  return outcomes;
}

function compose(
  ctx: Context,
  calendar: CalendarRef,
  input: EventInput,
  { people, parents }: { people: KnownPeople; parents: Parents },
): ReturnType<typeof composeEvent> {
  const faults = new Faults();
  const event = composeEvent(ctx, calendar, input, people, faults);
  parents.require(input.parentId, faults);
  faults.throwIfAny();
  parents.hang(input.parentId);
  return event;
}

export interface PatchItem {
  id: string;
  patch: EventPatch;
  condition: Condition;
}

/** Changes events, answered in order; an id may come once. At most 9 statements. */
export async function updateEvents(
  ctx: Context,
  reach: Reach,
  given: readonly Given<PatchItem>[],
  options: BatchOptions,
): Promise<Outcome[]> {
  requireScope(ctx, "write");
  const items = refuseRepeated(given);
  refuseIfAtomic(items, options);
  const inputs = items.flatMap((item) => (isRefused(item) ? [] : [item.input]));
  const patches = inputs.map(({ patch }) => patch);
  let bytes = 0;
  const outcomes = await inBatch(ctx, sizeOf(patches, false), async (tx) => {
    const ids = inputs.map(({ id }) => id);
    const people = await findPeople(tx.client, ctx.caller, namedBy(patches), ids);
    const locked = await lockEvents(ctx, tx, reach, ["lock_events($1, $2, $3, $4)", ids, people.userIds]);
    const parents = await findParents(ctx, tx, reach.calendar, patches);
    const merged = await mapInPieces(items, (item) =>
      isRefused(item)
        ? item
        : attempt(() => merge(ctx, reach, locked.get(item.input.id), item.input, { people, parents })),
    );
    refuseIfAtomic(merged, options);
    await holdParents(ctx, tx, parents);
    const saved = merged.flatMap((one) =>
      !isRefused(one) && Object.keys(one.changes).length > 0 ? [one] : [],
    );
    bytes = requireBatchSize(
      ctx,
      merged.flatMap((one) => (isRefused(one) ? [] : [one.size])),
      options.list,
    );
    const views = await save(ctx, tx, saved);
    return merged.map((one): Outcome => {
      if (isRefused(one)) return one;
      const view = views.get(one.before.id) ?? one.before;
      return { id: view.id, view: answerOf(view, one.locked, reach.calendar) };
    });
  });
  noteWritten(ctx, bytes);
  return outcomes;
}

type Merged = Saved & { locked: LockedEvent; size: Size };

function merge(
  ctx: Context,
  reach: Reach,
  found: LockedEvent | undefined,
  { id, patch, condition }: PatchItem,
  { people, parents }: { people: KnownPeople; parents: Parents },
): Merged {
  const locked = requireRole(found, reach);
  requireCondition(condition, locked.view);
  const faults = new Faults();
  const content = mergePatch(ctx, reach.calendar, locked, patch, { people, faults });
  const { view: before, leftUserIds } = locked;
  const changes = changesOf(before, content);
  parents.require(changes.parentId, faults);
  parents.requireNoCircle(id, changes.parentId, faults);
  faults.throwIfAny();
  parents.link(id, changes.parentId);
  parents.hang(changes.parentId);
  return { before, leftUserIds, locked, changes, size: sizeAfter(before, changes) };
}

/** Two changes of one event in one batch would have to see each other; a client merges them itself. */
function refuseRepeated<T extends { id: string }>(items: readonly Given<T>[]): Given<T>[] {
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

/** Deletes events, or leaves them, each as `deleteEvent` would. At most 7 statements. */
export async function deleteEvents(
  ctx: Context,
  reach: Reach,
  given: readonly Given<{ id: string }>[],
  options: BatchOptions,
): Promise<Outcome[]> {
  requireScope(ctx, "write");
  const items = refuseRepeated(given);
  refuseIfAtomic(items, options);
  const ids = items.flatMap((item) => (isRefused(item) ? [] : [item.input.id]));
  return inBatch(
    ctx,
    sizeOf(
      ids.map(() => ({})),
      false,
    ),
    async (tx) => {
      const locked = await lockEvents(ctx, tx, reach, ["lock_for_delete($1, $2, $3)", ids]);
      const removed = await findRemoved(ctx, tx.client, reach.calendar, ids);
      const found = items.map((item) =>
        isRefused(item) ? item : attempt(() => requireDeletable(item.input.id, locked, removed, reach)),
      );
      refuseIfAtomic(found, options);
      const going = found.flatMap((one) => (!isRefused(one) && one.locked ? [one.locked] : []));
      await bury(
        ctx,
        tx,
        going.filter(({ role }) => role === "owner"),
      );
      const left = going.filter(({ role }) => role === "attendee");
      const { userId } = reach.calendar;
      await save(
        ctx,
        tx,
        left.map((one) => ({ before: one.view, leftUserIds: [], changes: leaving(one, userId) })),
      );
      return found.map((one): Outcome => (isRefused(one) ? one : { id: one.id, view: null }));
    },
  );
}

/** The event to be deleted; none where its tombstone stands already. */
function requireDeletable(
  id: string,
  locked: ReadonlyMap<string, LockedEvent>,
  removed: ReadonlySet<string>,
  reach: Reach,
): { id: string; locked: LockedEvent | null } {
  const event = locked.get(id);
  if (isDeletable(event, reach)) return { id, locked: event };
  if (removed.has(id)) return { id, locked: null };
  if (event && reach.reach === "organisation") {
    throw forbidden("Only its owner, an attendee or an admin may delete this event.");
  }
  throw notFound("This event");
}

async function bury(ctx: Context, tx: Transaction, events: readonly LockedEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { organisationId } = ctx.caller;
  const views = events.map(({ view }) => view);
  await textRows(tx.client, {
    text: "delete from event where organisation_id = $1 and id = any ($2)",
    values: [organisationId, views.map(({ id }) => id)],
  });
  touch(tx, organisationId, ...views);
}
