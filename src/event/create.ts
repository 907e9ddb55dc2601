// Creating events, one or many: in one visible transaction each is composed, normalised and checked, then all are inserted. Ticks
// and entries are the triggers'.
import { requireScope, type CalendarRef, type Context } from "../context";
import type { Transaction } from "../database/transaction";
import { Faults } from "../values/faults";
import type { ReadInput } from "../values/rules";
import { eventSizeOf, requireBatchSize } from "./batch-size";
import { beginWith, inTurnOf, sizeOf } from "./batch-turns";
import { lockCalendarsOf } from "./calendar-locks";
import type { EventInput } from "./event.inputs";
import type { Remember } from "./idempotency";
import { composeEvent, type NewEvent } from "./merge";
import {
  accepted,
  answerOf,
  attemptEach,
  isRefused,
  isSingle,
  onlyOf,
  refuseIfAtomic,
  SINGLE,
  type BatchOptions,
  type Done,
  type Given,
  type Outcome,
} from "./outcomes";
import { findParents, holdParents, type Parents } from "./parents";
import { findPeople, namedBy, type KnownPeople } from "./people-of-write";
import type { EventView } from "./projection";
import { insertBooking, namingRooms, needsRooms, type Booking } from "./rooms";
import { createTogether } from "./together";

/**
 * Creates events of the calendar's user, answered in order. At most 8 statements; two for one event without parent and
 * people. `remember` is for one event.
 */
export async function createEvents(
  ctx: Context,
  calendar: CalendarRef,
  items: readonly Given<EventInput>[],
  options: BatchOptions,
  remember?: Remember,
): Promise<Outcome<EventView>[]> {
  requireScope(ctx, "write");
  refuseIfAtomic(items, options);
  const inputs = accepted(items).map(({ input }) => input);
  const begin = beginWith(options.within, inTurnOf);
  const write = (work: (tx: Transaction) => Promise<Outcome<EventView>[]>): Promise<Outcome<EventView>[]> =>
    namingRooms(ctx, () => begin(ctx, calendar, [], sizeOf(inputs, true), work));
  return write(async (tx) => {
    await options.first?.(tx);
    const people = await findPeople(tx.client, ctx.caller, namedBy(inputs));
    const parents = await findParents(ctx, tx, calendar, inputs);
    const composed = await attemptEach(items, (item) =>
      composeChecked(ctx, calendar, item, { people, parents }),
    );
    refuseIfAtomic(composed, options);
    const events = accepted(composed).map(({ event }) => event);
    if (events.length > 1) requireBatchSize(ctx, events.map(eventSizeOf), options.list);
    // A batch books rooms in parts of the transaction, which must take no locks of their own.
    const isBooking = !isSingle(options) && inputs.some(needsRooms);
    if (events.length > 1 || parents.arrivals.length > 0 || options.place || isBooking) {
      await lockCalendarsOf(ctx, tx, calendar.userId, events);
      await holdParents(ctx, tx, parents);
    }
    await options.place?.(tx, composed);
    const on = remember ? tx.client : tx.last;
    const made = await insertBooking(ctx, tx, calendar, accepted(composed), { on, options });
    const outcomes = await attemptEach(composed, ({ passedOver }) => {
      const view = made.shift();
      if (!view) throw new Error("Fewer events were inserted than composed.");
      return isRefused(view) ? view : { id: view.id, view, passedOver };
    });
    if (remember) for (const one of accepted(outcomes)) await remember.keep(tx.client, one);
    refuseIfAtomic(outcomes, options);
    return outcomes;
  });
}

type Composed = Booking & { event: NewEvent; passedOver: readonly string[] };

/** A new event of an item, refused for all that is wrong with it, its parent included; counts it as hanging there. */
function composeChecked(
  ctx: Context,
  calendar: CalendarRef,
  { input, passedOver }: ReadInput<EventInput>,
  { people, parents }: { people: KnownPeople; parents: Parents },
): Composed {
  const faults = new Faults(ctx.handling, passedOver);
  const event = composeEvent(ctx, calendar, input, people, faults);
  if (event.parentId != null && !parents.accepts(event.parentId, faults)) event.parentId = null;
  faults.throwIfAny();
  parents.hang(event.parentId);
  return { event, passedOver: faults.passedOver, needsRooms: needsRooms(input) };
}

/** Creates one event, together with what others create at the moment; alone, where something comes `first`. */
export async function createEvent(
  ctx: Context,
  calendar: CalendarRef,
  given: ReadInput<EventInput>,
  remember?: Remember,
  first?: BatchOptions["first"],
): Promise<EventView> {
  requireScope(ctx, "write");
  const options = { ...SINGLE, ...(first && { first }) };
  const alone = async (): Promise<Done<EventView>> =>
    onlyOf(await createEvents(ctx, calendar, [given], options, remember));
  const done = first ? alone() : createTogether({ ctx, calendar, ...given, remember }, alone);
  return answerOf(ctx, await done);
}
