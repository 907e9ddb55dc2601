// A series that is taken apart: its occurrences go on as single events, and its row goes.
import type { CalendarRef, Context } from "../context";
import type { Transaction } from "../database/transaction";
import { writing } from "../event/batch-turns";
import { inFittingPieces, isTooMuch } from "../event/fitting";
import { lockEvents } from "../event/locked";
import { findPeople } from "../event/people-of-write";
import { updateEvents, type Change } from "../event/stored";
import { hold, membersOf, reachOf } from "./held-for-file";
import { deleteSeriesRow, writeAsSeries } from "./stored";

/** What makes a single event of an occurrence. */
export const ALONE = { seriesId: null, recurrenceId: null, overrides: [] };

/**
 * Takes a series apart: what is left of its occurrences goes on as single events. One that is too large to be written at once
 * loses them piece by piece, where it is no part of the transaction `within`.
 */
export async function dissolveSeries(
  ctx: Context,
  calendar: CalendarRef,
  seriesId: string,
  within?: Transaction,
): Promise<void> {
  if (within) return takeApart(ctx, within, calendar, seriesId);
  const whole = (): Promise<void> => writing(ctx, calendar, (tx) => takeApart(ctx, tx, calendar, seriesId));
  try {
    await whole();
  } catch (error) {
    if (!isTooMuch(error)) throw error;
    const ids = await membersOf(ctx, ctx.db.pool, seriesId);
    await inFittingPieces(ids, (piece) => takeOut(ctx, calendar, seriesId, piece));
    await whole();
  }
}

/** Makes single events of some of its occurrences. */
const takeOut = (
  ctx: Context,
  calendar: CalendarRef,
  seriesId: string,
  ids: readonly string[],
): Promise<object[]> =>
  writing(ctx, calendar, async (tx) => {
    await findPeople(tx.client, ctx.caller, {});
    const events = await lockEvents(ctx, tx, reachOf(calendar), ids, [calendar.userId]);
    await writeAsSeries(tx.client, [seriesId]);
    const members = [...events.values()].filter(({ view }) => view.seriesId === seriesId);
    const changes = members.map((locked): Change => ({ locked, changes: ALONE }));
    await updateEvents(ctx, tx, tx.client, changes);
    return [];
  });

async function takeApart(
  ctx: Context,
  tx: Transaction,
  calendar: CalendarRef,
  seriesId: string,
): Promise<void> {
  await findPeople(tx.client, ctx.caller, {});
  const { id, events } = await hold(ctx, tx, calendar, { seriesId, ids: [] });
  if (id === null) return;
  await writeAsSeries(tx.client, [id]);
  const changes = [...events.values()].map((locked): Change => ({ locked, changes: ALONE }));
  await updateEvents(ctx, tx, tx.client, changes);
  await deleteSeriesRow(tx.client, ctx.caller.organisationId, id);
}
