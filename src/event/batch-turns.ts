// Large batches take turns: one of an organisation at a time, since it may hold hundreds of calendars, or all of them, for
// a second or more. Those who wait hold no connection; small batches pass.
import type { CalendarRef, Context } from "../context";
import { goingOn, inTransaction, type Transaction } from "../database/transaction";
import { rateLimited } from "../errors";
import { FairTurns } from "../turns/fair-turns";
import { counts } from "../telemetry/counts";

/** Events and their attendees, together, beyond which a batch is large. */
const MAX_SMALL = 1_000;
/** Of a token. */
const MAX_WAITING = 16;
const PATIENCE_MS = 30_000;
const RETRY_MS = 5_000;

const large = new FairTurns({
  line: "batches",
  organisation: 1,
  token: 1,
  waiting: MAX_WAITING,
  patienceMs: PATIENCE_MS,
  tooLong: () => {
    counts.limited.line++;
    return rateLimited("This access token has large batches in line and", RETRY_MS);
  },
});

interface Invitation {
  attendees?: readonly unknown[] | null;
}

/** How large a batch of these is. Of what is changed or deleted it is not known yet whom it concerns: each counts for ten. */
export const sizeOf = (items: readonly Invitation[], known: boolean): number =>
  items.reduce((size, { attendees }) => size + (attendees?.length ?? 0), items.length * (known ? 1 : 10));

/**
 * Does the work of a batch when it is its turn; refuses with `rate_limited` where that does not come. Who waits is not among
 * the requests at work.
 */
export async function inTurnOfBatch<T>(
  { caller, tally }: Pick<Context, "caller" | "tally">,
  size: number,
  work: () => Promise<T>,
): Promise<T> {
  if (size <= MAX_SMALL) return work();
  const wait = large.take(caller);
  const comeBack = wait && tally.stepAside();
  await wait?.turn;
  try {
    await comeBack?.();
    return await work();
  } finally {
    large.give(caller);
  }
}

/** Runs a transaction that writes for this calendar: behind those who wait for its lock. */
export function writing<T>(
  { db, caller }: Pick<Context, "db" | "caller">,
  { id }: CalendarRef,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return inTransaction(db, work, db.lineOf({ organisationId: caller.organisationId, calendarId: id }));
}

/** Runs a transaction that changes an event whose turn has come. */
export const inTurn: typeof inTurnOf = (ctx, calendar, _ids, _size, work) => writing(ctx, calendar, work);

/** Where a write begins: in the transaction that it is a part of, or when it is its turn. */
export const beginWith = (within: Transaction | undefined, otherwise: typeof inTurnOf): typeof inTurnOf =>
  within ? (_ctx, _calendar, _ids, _size, work) => work(goingOn(within)) : otherwise;

/** Runs a transaction that changes these events: one event when no other of this instance does, many when it is their turn. */
export function inTurnOf<T>(
  ctx: Context,
  calendar: CalendarRef,
  ids: readonly string[],
  size: number,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const [id] = ids;
  const once = (): Promise<T> => writing(ctx, calendar, work);
  if (id === undefined || ids.length > 1) return inTurnOfBatch(ctx, size, once);
  return ctx.db.inTurnOf({ organisationId: ctx.caller.organisationId, id }, once);
}
