// Writing events: create, update, replace, delete (or leave), respond. Each is one visible transaction: lock, merge,
// normalise, stop if nothing changed, check the merged result, save. Ticks, entries and tombstones are the triggers'.
import { requireScope, type CalendarRef, type Context } from "../context";
import { textRow } from "../database/text-rows";
import { inTransaction, type Transaction } from "../database/transaction";
import { forbidden, notFound } from "../errors";
import { instantFromDatabase } from "../values/instants";
import { Faults } from "../values/rules";
import type { Status } from "../values/status";
import { requireCondition, type Condition } from "./conditions";
import { DEFAULTS, type EventInput, type EventPatch } from "./event.inputs";
import { lockCalendarsOf } from "./calendar-locks";
import { findParents, holdParents } from "./parents";
import { findPeople, NOBODY } from "./people-of-write";
import { RemovedView, type EventView } from "./projection";
import { findEntry, eventExists } from "./read";
import {
  answerOf,
  changesOf,
  composeEvent,
  findLocked,
  findLockedForDelete,
  insertEvent,
  isDeletable,
  leaving,
  lockEvent,
  mergePatch,
  namesPeople,
  saveChanges,
  type Address,
  type LockedEvent,
} from "./save";
import { requireTimes } from "./times";
import { touch } from "./touch";

/** A transaction that changes one event, when no other of this instance does. */
const inTurn = <T>(
  { db, caller }: Context,
  { id }: Address,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> => db.inTurnOf({ organisationId: caller.organisationId, id }, () => inTransaction(db, work));

/** Runs last in the transaction of a create. */
export type Remember = (client: Transaction["client"], view: EventView) => Promise<void>;

/** Creates an event owned by the calendar's user. Four statements; four more for one that hangs under another. */
export async function createEvent(
  ctx: Context,
  calendar: CalendarRef,
  input: EventInput,
  remember?: Remember,
): Promise<EventView> {
  requireScope(ctx, "write");
  return inTransaction(ctx.db, async (tx) => {
    const people = await findPeople(tx.client, ctx.caller, input);
    const faults = new Faults();
    const event = composeEvent(ctx, calendar, input, people, faults);
    const parents = await findParents(ctx, tx, calendar, [input]);
    parents.require(input.parentId, faults);
    faults.throwIfAny();
    if (input.parentId != null) {
      parents.hang(input.parentId);
      await lockCalendarsOf(ctx, tx, calendar.userId, [event]);
      await holdParents(ctx, tx, parents);
    }
    if (!remember) return insertEvent(ctx, tx, event, tx.last);
    const view = await insertEvent(ctx, tx, event, tx.client);
    await remember(tx.client, view);
    return view;
  });
}

/**
 * Changes an event: absent keeps. A write that changes nothing leaves nothing behind. Where the write takes the
 * calendar's user off the list, they have left, and the removed row is the answer. Five statements at most, and three more
 * where it comes to hang under another event.
 */
export async function updateEvent(
  ctx: Context,
  address: Address,
  patch: EventPatch,
  condition: Condition,
): Promise<EventView | RemovedView> {
  requireScope(ctx, "write");
  return inTurn(ctx, address, async (tx) => {
    const people = namesPeople(patch) ? await findPeople(tx.client, ctx.caller, patch, [address.id]) : NOBODY;
    const locked = await lockEvent(ctx, tx, address, people.userIds);
    requireCondition(condition, locked.view);
    const faults = new Faults();
    const content = mergePatch(ctx, address.calendar, locked, patch, { people, faults });
    const { parentId } = changesOf(locked.view, { parentId: content.parentId });
    const parents = await findParents(ctx, tx, address.calendar, [{ parentId }]);
    parents.require(parentId, faults);
    parents.requireNoCircle(address.id, parentId, faults);
    faults.throwIfAny();
    parents.hang(parentId);
    await holdParents(ctx, tx, parents);
    return answerOf(await saveChanges(ctx, tx, locked.view, content), locked, address.calendar);
  });
}

/** Replaces every writable field: absent means its default. */
export async function replaceEvent(
  ctx: Context,
  address: Address,
  input: EventInput,
  condition: Condition,
): Promise<EventView | RemovedView> {
  const times = requireTimes(input, ctx.caller.timezone);
  return updateEvent(ctx, address, { ...DEFAULTS, ...input, ...times }, condition);
}

/**
 * Deletes an event for everyone (owner, admin), its children with it; or for an attendee takes it out of their
 * calendar alone: they stay on the list as Declined. Where the calendar's tombstone stands already, that is the answer.
 */
export async function deleteEvent(
  ctx: Context,
  address: Address,
  condition: Condition,
): Promise<RemovedView> {
  requireScope(ctx, "write");
  const buried = await inTurn(ctx, address, async (tx) => {
    const locked = await findLockedForDelete(ctx, tx, address);
    if (!isDeletable(locked, address)) return null;
    requireCondition(condition, locked.view);
    return locked.role === "owner" ? bury(ctx, tx, locked.view) : leave(ctx, tx, address, locked);
  });
  if (buried) return buried;
  const entry = await findEntry(ctx, address.calendar, address.id);
  if (entry instanceof RemovedView) return entry;
  throw address.reach === "organisation" && (await eventExists(ctx, address.id))
    ? forbidden("Only its owner, an attendee or an admin may delete this event.")
    : notFound("This event");
}

/** Sets the caller's own answer. Somebody who is no attendee, or has left, is `forbidden`. */
export async function respondToEvent(ctx: Context, address: Address, status: Status): Promise<EventView> {
  requireScope(ctx, "write");
  return inTurn(ctx, address, async (tx) => {
    const locked = await findLocked(ctx, tx, { ...address, reach: "calendar" });
    if (!locked) throw notFound("This event");
    const { userId } = address.calendar;
    const { attendees } = locked.view;
    if (!locked.role || !attendees.some((attendee) => attendee.userId === userId)) {
      throw forbidden("Only an attendee of this event may respond to it.");
    }
    const answered = attendees.map((attendee) =>
      attendee.userId === userId ? { ...attendee, status } : attendee,
    );
    return saveChanges(ctx, tx, locked.view, { attendees: answered });
  });
}

/** Really deletes the row. The tombstone's tick is read from the owner's calendar, which always held the event. */
async function bury(ctx: Context, tx: Transaction, event: EventView): Promise<RemovedView> {
  const { organisationId } = ctx.caller;
  touch(tx, organisationId, event);
  await textRow(tx.client, {
    text: "delete from event where organisation_id = $1 and id = $2",
    values: [organisationId, event.id],
  });
  const row = await textRow(tx.last, {
    text: `
      select n.tick from calendar c
      join calendar_entry n on n.organisation_id = c.organisation_id and n.calendar_id = c.id
      where c.organisation_id = $1 and c.user_id = $2 and n.event_id = $3`,
    values: [organisationId, event.ownerId, event.id],
  });
  return new RemovedView(event.id, "deleted", instantFromDatabase(row?.[0] as string));
}

async function leave(
  ctx: Context,
  tx: Transaction,
  { calendar }: Address,
  locked: LockedEvent,
): Promise<RemovedView> {
  const view = await saveChanges(ctx, tx, locked.view, leaving(locked, calendar.userId));
  return new RemovedView(view.id, "left", view.lastModifiedAt);
}
