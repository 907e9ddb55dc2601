// Changing events, one or many: change, replace, answer; src/event/create.ts and src/event/delete.ts have the rest. Each write is
// one visible transaction: lock, merge, normalise, check the merged result, save what differs. Ticks, entries and tombstones are
// the triggers'.
import { requireScope, type Context } from "../context";
import type { Transaction } from "../database/transaction";
import { notFound } from "../errors";
import { Faults } from "../values/faults";
import type { ReadInput } from "../values/rules";
import type { Status } from "../values/vocabulary";
import { requireBatchSize, sizeAfter } from "./batch-size";
import { beginWith, inTurn, inTurnOf, sizeOf } from "./batch-turns";
import { requireCondition, type Condition } from "./conditions";
import type { EventInput, EventPatch } from "./event.inputs";
import type { Content } from "./fields";
import { lockEvents, requireRole, type Address, type LockedEvent, type Reach } from "./locked";
import { answerInvitation, heldBy, mergeAsked, namesPeople, type Asked } from "./merge";
import {
  accepted,
  answerOf,
  attemptEach,
  isRefused,
  onlyOf,
  refuseIfAtomic,
  refuseRepeated,
  SINGLE,
  type BatchOptions,
  type Done,
  type Given,
  type Outcome,
} from "./outcomes";
import { claimOf } from "./organiser";
import { findParents, holdParents, type Parents } from "./parents";
import { findPeople, namedBy, NOBODY, type KnownPeople } from "./people-of-write";
import type { EventView, RemovedView } from "./projection";
import { askingAgain, namingRooms, needsRooms, updateBooking, type Booking } from "./rooms";
import type { Change } from "./stored";
import { changeTogether, type Merge } from "./together";

/** What to change of an event, or to replace it by, and on which condition. */
export type ChangeItem = Asked & { id: string; condition: Condition };

/**
 * Changes events, answered in order; an id may come once. A write that changes nothing leaves nothing behind. At most 9
 * statements.
 */
export function changeEvents(
  ctx: Context,
  reach: Reach,
  items: readonly Given<ChangeItem>[],
  options: BatchOptions,
): Promise<Outcome[]> {
  return change(ctx, reach, items, options, patching(ctx, reach));
}

const patching = (ctx: Context, reach: Reach): Merging<ChangeItem> => ({
  patchOf: (item) => ("patch" in item ? item.patch : item.whole),
  merge: (item, found, how) => {
    const locked = requireRole(found, reach);
    requireCondition(item.condition, locked.view);
    const { namesVersion } = item.condition;
    const merged = mergeAsked(ctx, reach.calendar, locked, item, { ...how, namesVersion });
    return claimOf(locked, merged, reach.calendar, how.people);
  },
});

/** How a kind of change reads its items. */
interface Merging<Item> {
  /** What of the item names people, and says how large it is. */
  patchOf: (item: Item) => EventPatch;
  /** What it changes of the event; refuses where the item may not change it. */
  merge: (item: Item, found: LockedEvent | undefined, how: Merge) => Partial<Content>;
  /** Who may come to have the event by it, beside those whom it names. */
  invited?: readonly string[];
  /** Whose turn has come already says how to begin; by default it is waited for. */
  inTurn?: typeof inTurnOf;
}

/** Changes one event, together with what others change at the moment, when nobody else of this instance writes it. */
async function changeOne<Item extends { id: string }>(
  ctx: Context,
  address: Address,
  given: ReadInput<Item>,
  merging: Merging<Item>,
): Promise<EventView | RemovedView> {
  requireScope(ctx, "write");
  const { input: item, passedOver } = given;
  const key = { organisationId: ctx.caller.organisationId, id: address.id };
  const done = await ctx.db.inTurnOf(key, () => {
    const merge = (found: LockedEvent, how: Merge): Partial<Content> => merging.merge(item, found, how);
    const alone = async (): Promise<Done<EventView | RemovedView>> =>
      onlyOf(await change(ctx, address, [given], SINGLE, { ...merging, inTurn }));
    return changeTogether({ ctx, address, patch: merging.patchOf(item), passedOver, merge }, alone);
  });
  return answerOf(ctx, done);
}

function change<Item extends { id: string }>(
  ctx: Context,
  reach: Reach,
  given: readonly Given<Item>[],
  options: BatchOptions,
  { patchOf, merge, invited = [], inTurn: begin = beginWith(options.within, inTurnOf) }: Merging<Item>,
): Promise<Outcome[]> {
  requireScope(ctx, "write");
  const items = refuseRepeated(given);
  refuseIfAtomic(items, options);
  const inputs = accepted(items).map(({ input }) => input);
  const patches = inputs.map(patchOf);
  const ids = inputs.map(({ id }) => id);
  const work = async (tx: Transaction): Promise<Outcome[]> => {
    const { people, locked } = await lockNamed(ctx, tx, reach, { ids, patches, invited, ...options });
    const merged = await attemptEach(items, ({ input, passedOver }): Merged => {
      const found = locked.get(input.id);
      const faults = new Faults(ctx.handling, passedOver);
      const changes = merge(input, found, { people, faults });
      if (!found) throw notFound("This event");
      if (!needsRooms(patchOf(input))) return { locked: found, changes, faults };
      return { locked: found, changes: askingAgain(changes, found.view), faults, needsRooms: true };
    });
    const moved = accepted(merged).map(({ changes }) => changes);
    const parents = await findParents(ctx, tx, reach.calendar, moved);
    const checked = await attemptEach(merged, (one) => hangChecked(one, parents));
    refuseIfAtomic(checked, options);
    const changes = accepted(checked);
    if (changes.length > 1) {
      const sizes = changes.map((one) => sizeAfter(one.locked.view, one.changes));
      requireBatchSize(ctx, sizes, options.list);
    }
    await holdParents(ctx, tx, parents);
    const views = await updateBooking(ctx, tx, changes, options);
    const outcomes = await attemptEach(checked, (one) => {
      const view = views.get(one.locked.view.id) ?? one.locked.view;
      if (isRefused(view)) return view;
      const { passedOver } = one.faults;
      return { id: view.id, view: heldBy(reach.calendar, view, one.locked), passedOver };
    });
    refuseIfAtomic(outcomes, options);
    return outcomes;
  };
  return namingRooms(ctx, () => begin(ctx, reach.calendar, ids, sizeOf(patches, false), work));
}

interface Naming extends Pick<BatchOptions, "first"> {
  ids: readonly string[];
  patches: readonly EventPatch[];
  invited: readonly string[];
}

/** The events that are to be changed, locked, and all that the write, or their lists, name. */
async function lockNamed(
  ctx: Context,
  tx: Transaction,
  reach: Reach,
  { ids, patches, invited, first }: Naming,
): Promise<{ people: KnownPeople; locked: Map<string, LockedEvent> }> {
  await first?.(tx);
  const own = reach.reach === "meeting" ? [reach.calendar.userId] : [];
  if (!patches.some(namesPeople)) {
    const locked = await lockEvents(ctx, tx, reach, ids, [...own, ...invited]);
    return { people: await withCreators(ctx, tx, NOBODY, locked), locked };
  }
  const people = await findPeople(tx.client, ctx.caller, namedBy(patches), ids);
  const locked = await lockEvents(ctx, tx, reach, ids, [...people.userIds, ...own]);
  // An address that is named alone keeps its contact only where that has it still.
  const listed = ids.flatMap(
    (id, index) => (patches[index]?.attendees && locked.get(id)?.view.attendees) ?? [],
  );
  await people.addContacts(tx.client, ctx.caller.organisationId, listed);
  return { people: await withCreators(ctx, tx, people, locked), locked };
}

/** With whoever made the events that their organiser claims now: they stay on the lists. */
const withCreators = (
  { caller }: Context,
  { client }: Transaction,
  people: KnownPeople,
  locked: ReadonlyMap<string, LockedEvent>,
): Promise<KnownPeople> => {
  const creators = [...locked.values()].flatMap(({ claims, view }) => (claims ? (view.ownerId ?? []) : []));
  return people.withUsers(client, caller.organisationId, creators);
};

type Merged = Change & Booking & { faults: Faults };

/** Refuses an item for all that is wrong with it, its new parent included; counts it as hanging there. */
function hangChecked(merged: Merged, parents: Parents): Merged {
  const { locked, changes, faults } = merged;
  const { id } = locked.view;
  const { parentId, ...others } = changes;
  parents.requireNoCircle(id, parentId, faults);
  const isKept = parentId != null && !parents.accepts(parentId, faults);
  faults.throwIfAny();
  if (isKept) return { ...merged, changes: others };
  parents.link(id, parentId);
  parents.hang(parentId);
  return merged;
}

/** Changes one event. */
export const updateEvent = (
  ctx: Context,
  address: Address,
  { input: patch, passedOver }: ReadInput<EventPatch>,
  condition: Condition,
): Promise<EventView | RemovedView> => {
  const item = { id: address.id, patch, condition };
  return changeOne(ctx, address, { input: item, passedOver }, patching(ctx, address));
};

/** Replaces every writable field of an event: absent means its default. A guest's replacement says what it names. */
export const replaceEvent = (
  ctx: Context,
  address: Address,
  { input: whole, passedOver }: ReadInput<EventInput>,
  condition: Condition,
): Promise<EventView | RemovedView> => {
  const item = { id: address.id, whole, condition };
  return changeOne(ctx, address, { input: item, passedOver }, patching(ctx, address));
};

/** Sets the caller's own answer; whoever has left comes back with it. Somebody who is no attendee is `forbidden`. */
export async function respondToEvent(ctx: Context, address: Address, status: Status): Promise<EventView> {
  const { id, calendar } = address;
  const own: Address = { id, calendar, reach: "calendar" };
  const answered = await changeOne(
    ctx,
    own,
    { input: { id } },
    {
      patchOf: () => ({}),
      merge: (_item, found, { faults }) => answerInvitation(found, calendar.userId, status, faults),
      invited: [calendar.userId],
    },
  );
  return answered as EventView;
}
