// Deleting events, or leaving them, one or many, in one transaction.
import { requireScope, type Context } from "../context";
import { inTransactionOnce, type Transaction } from "../database/transaction";
import { forbidden, notFound } from "../errors";
import { alone, type Kind, type Settled } from "../turns/together";
import { beginWith, inTurn, inTurnOf, sizeOf } from "./batch-turns";
import { requireCondition, type Condition } from "./conditions";
import {
  isDeletable,
  lockForDelete,
  lockToDeleteTogether,
  type Address,
  type LockedEvent,
  type Reach,
} from "./locked";
import { leave } from "./merge";
import type { Content } from "./fields";
import { handOn } from "./organiser";
import {
  accepted,
  attemptEach,
  onlyOf,
  refuseIfAtomic,
  refuseRepeated,
  SINGLE,
  type BatchOptions,
  type Given,
  type Outcome,
} from "./outcomes";
import { RemovedView } from "./projection";
import { findRemoved } from "./read";
import { deleteRows, noteTogether, updateEvents } from "./stored";
import { composeEach, isUndone, lineOf, shared } from "./together";

/** What to delete, and on which condition. */
export interface DeleteItem {
  id: string;
  condition: Condition;
}

/**
 * Deletes events for everyone (owner, admin), their children with them; or for an attendee takes them out of their
 * calendar alone: they stay on the list as Declined. What its owner only keeps for an organiser outside goes to the next who
 * takes part, and is deleted with the last. Where the calendar's tombstone stands already, that is the answer. Whose turn has
 * come already says how to `begin`. At most 8 statements.
 */
export async function deleteEvents(
  ctx: Context,
  reach: Reach,
  given: readonly Given<DeleteItem>[],
  options: BatchOptions,
  begin = inTurnOf,
): Promise<Outcome<RemovedView>[]> {
  requireScope(ctx, "write");
  const items = refuseRepeated(given);
  refuseIfAtomic(items, options);
  const ids = accepted(items).map(({ input }) => input.id);
  const size = sizeOf(
    ids.map(() => ({})),
    false,
  );
  return beginWith(options.within, begin)(ctx, reach.calendar, ids, size, async (tx) => {
    await options.first?.(tx);
    const locked = await lockForDelete(ctx, tx, reach, ids);
    const isGoing = (id: string): boolean => isDeletable(locked.get(id), reach);
    const removed = ids.every(isGoing)
      ? new Map<string, RemovedView>()
      : await findRemoved(ctx, tx.client, reach.calendar, ids);
    const found = await attemptEach(items, ({ input }) => requireDeletable(input, locked, removed, reach));
    refuseIfAtomic(found, options);
    const going = accepted(found).flatMap((one) => one.locked ?? []);
    const left = await leavingsOf(ctx, tx, going, reach.calendar.userId);
    const changes = [...left].map(([one, changed]) => ({ locked: one, changes: changed }));
    const views = await updateEvents(ctx, tx, left.size === going.length ? tx.last : tx.client, changes);
    const owned = going.flatMap((one) => (left.has(one) ? [] : [one.view]));
    const tombstones = await deleteRows(ctx, tx, owned);
    return attemptEach(found, ({ id }) => {
      const view = views.get(id);
      const row = view
        ? new RemovedView(id, "left", view.lastModifiedAt)
        : (tombstones.get(id) ?? removed.get(id));
      if (!row) throw new Error("A deleted event has left no tombstone.");
      return { id, view: row, passedOver: [] };
    });
  });
}

/** Those of the events that are left rather than deleted, and what that changes of each. */
export async function leavingsOf(
  ctx: Context,
  { client }: Transaction,
  going: readonly LockedEvent[],
  userId: string,
): Promise<Map<LockedEvent, Partial<Content>>> {
  const invited = going.filter(({ role }) => role === "attendee");
  const left = invited.map((one) => [one, leave(one, userId)] as const);
  const kept = going.filter(({ isKept }) => isKept);
  return new Map<LockedEvent, Partial<Content>>([...left, ...(await handOn(ctx, client, kept))]);
}

/** The event to be deleted; none where its tombstone stands already. */
function requireDeletable(
  { id, condition }: DeleteItem,
  locked: ReadonlyMap<string, LockedEvent>,
  removed: ReadonlyMap<string, RemovedView>,
  reach: Reach,
): { id: string; locked: LockedEvent | null } {
  const event = locked.get(id);
  if (isDeletable(event, reach)) {
    requireCondition(condition, event.view);
    return { id, locked: event };
  }
  if (removed.has(id)) return { id, locked: null };
  if (event && reach.reach === "organisation") {
    throw forbidden("Only its owner, an attendee or an admin may delete this event.");
  }
  throw notFound("This event");
}

interface DeleteOfOne {
  ctx: Context;
  address: Address;
  condition: Condition;
}

/** Deletes one event, or leaves it, together with what others delete at the moment. */
export function deleteEvent(ctx: Context, address: Address, condition: Condition): Promise<RemovedView> {
  requireScope(ctx, "write");
  const { id } = address;
  const byItself = async (): Promise<RemovedView> =>
    onlyOf(await deleteEvents(ctx, address, [{ input: { id, condition } }], SINGLE, inTurn)).view;
  return ctx.db.inTurnOf({ organisationId: ctx.caller.organisationId, id }, () =>
    address.reach === "meeting"
      ? alone("big", byItself)
      : lineOf(ctx).join(DELETES, {
          item: { ctx, address, condition },
          organisationId: ctx.caller.organisationId,
          tokenId: ctx.caller.tokenId,
          weight: 2,
          alone: byItself,
        }),
  );
}

const DELETES: Kind<DeleteOfOne, RemovedView> = {
  mixes: false,
  isUndone,
  go(deletes) {
    const [{ ctx }] = deletes as [DeleteOfOne];
    const { organisationId } = ctx.caller;
    return inTransactionOnce(shared(ctx), async (tx) => {
      const settled = new Map<DeleteOfOne, Settled<RemovedView>>();
      // What is gone already, and what is handed on, is done alone.
      const held = [...(await lockToDeleteTogether(organisationId, tx, deletes))].filter(
        ([{ address }, locked]) => isDeletable(locked, address) && !locked.isKept,
      );
      const going = composeEach(
        held,
        ([one]) => one,
        ([one], refusal) => void settled.set(one, { refusal }),
        ([one, locked]) => {
          requireCondition(one.condition, locked.view);
          return { one, locked };
        },
      );
      if (going.length === 0) return settled;
      const isLeft = ({ locked: { role } }: { locked: LockedEvent }): boolean => role === "attendee";
      const changes = going.filter(isLeft).map(({ one, locked }) => ({
        locked,
        changes: leave(locked, one.address.calendar.userId),
      }));
      const owned = going.flatMap((gone) => (isLeft(gone) ? [] : [gone.locked.view]));
      const tokens = going.map(({ one, locked }) => [locked.view.id, one.ctx.caller.tokenId] as const);
      const [, views] = await Promise.all([
        noteTogether(organisationId, tx, tokens),
        updateEvents(ctx, tx, owned.length === 0 ? tx.last : tx.client, changes),
      ]);
      const buried = await deleteRows(ctx, tx, owned);
      for (const {
        one,
        locked: { view },
      } of going) {
        const row = buried.get(view.id);
        const { lastModifiedAt } = views.get(view.id) ?? view;
        settled.set(one, { answer: row ?? new RemovedView(view.id, "left", lastModifiedAt) });
      }
      return settled;
    });
  },
};
