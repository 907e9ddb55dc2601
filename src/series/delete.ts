// Deleting a series, from an occurrence on or all of it that is not over; or for an attendee, leaving it.
import { requireScope, type Context } from "../context";
import { goingOn } from "../database/transaction";
import { requireCondition, type Condition } from "../event/conditions";
import { requireRole, type Address } from "../event/locked";
import { leave } from "../event/merge";
import { leavingsOf } from "../event/delete";
import { handOn } from "../event/organiser";
import { deleteRows, updateEvents } from "../event/stored";
import { nothingOf, type SeriesOutcome } from "./change";
import { beginningOf, openSeries, SeriesScope, writingSeries, type Opened } from "./opened";
import { endedBefore, isBeginning, lastBefore, without } from "./split";
import { requireWholeSeries } from "./whole";
import { deleteSeriesRow, updateSeries, type SeriesRow, type SeriesState } from "./stored";

export interface SeriesDelete {
  address: Address;
  scope: SeriesScope.FOLLOWING | SeriesScope.ALL;
  condition: Condition;
}

export async function deleteSeries(
  ctx: Context,
  { address, scope, condition }: SeriesDelete,
): Promise<SeriesOutcome> {
  requireScope(ctx, "write");
  return writingSeries(ctx, address, async (tx, { seriesId }) => {
    const opened = await openSeries(ctx, tx, { address, seriesId, invited: [], forDelete: true });
    const { userId } = address.calendar;
    const { locked } = opened.addressed;
    // Who has left this one may be in others.
    const hasLeft = locked.leftUserIds.includes(userId);
    const own = hasLeft ? locked : requireRole(locked, address);
    // They know no version of what they have left, and are told of none.
    if (!hasLeft) requireCondition(condition, own.view);
    const from = scope === SeriesScope.ALL ? 0 : beginningOf(opened);
    if (from === null) return nothingOf(opened.row);
    if (hasLeft || own.role === "attendee") return leaveSeries(ctx, tx, userId, opened, from);
    requireWholeSeries(opened, own);
    return own.isKept ? handSeriesOn(ctx, tx, opened, from) : endSeries(ctx, tx, opened, from);
  });
}

type Tx = Parameters<typeof openSeries>[1];

/** Deletes what there is from a place on. What has become somebody else's meeting is left, and goes on as a single event. */
async function endSeries(ctx: Context, tx: Tx, opened: Opened, from: number): Promise<SeriesOutcome> {
  const going = opened.live.filter(({ wall }) => wall >= from).map(({ locked }) => locked);
  const own = going.filter(({ hasWholeSay }) => hasWholeSay);
  const others = going.filter(({ hasWholeSay }) => !hasWholeSay);
  const left = await leavingsOf(ctx, tx, others, opened.calendar.userId);
  const alone = { seriesId: null, recurrenceId: null, overrides: [] };
  const changes = others.map((locked) => ({ locked, changes: { ...left.get(locked), ...alone } }));
  await updateEvents(ctx, tx, tx.client, changes);
  const views = own.map(({ view }) => view);
  const tombstones = await deleteRows(ctx, goingOn(tx), views);
  const series = await endRow(ctx, tx, opened, from);
  return { series, changed: 0, created: 0, deleted: tombstones.size, detached: others.length };
}

/** The series without what is deleted from a place on; none where nothing of it is left. */
async function endRow(ctx: Context, tx: Tx, opened: Opened, from: number): Promise<SeriesRow | null> {
  const { organisationId } = ctx.caller;
  const { state, row } = opened;
  const { definition } = state;
  const stays = [...opened.over, ...opened.live.filter(({ wall }) => wall < from).map(({ wall }) => wall)];
  if (stays.length === 0) {
    await deleteSeriesRow(tx.client, organisationId, row.id);
    return null;
  }
  const last = Math.max(...stays);
  const end = from === 0 ? last + 1 : from;
  const ended: SeriesState = { ...state, until: null, lookAt: null };
  if (!isBeginning(definition, end) && lastBefore(definition, end) !== null)
    ended.definition = endedBefore(definition, end);
  return updateSeries(tx.client, organisationId, row.id, ended);
}

/**
 * What its owner only keeps for an organiser outside goes to the next who takes part, the series too; with the last one it is
 * deleted.
 */
async function handSeriesOn(ctx: Context, tx: Tx, opened: Opened, from: number): Promise<SeriesOutcome> {
  const { state, row } = opened;
  const { ownerId, content, leftUserIds } = state;
  const meeting = { view: { ownerId, attendees: content.attendees }, leftUserIds };
  const handed = (await handOn(ctx, tx.client, [meeting])).get(meeting);
  if (!handed) return endSeries(ctx, tx, opened, from);
  const kept = opened.live.filter(({ wall, locked }) => wall >= from && locked.isKept);
  const left = await handOn(
    ctx,
    tx.client,
    kept.map(({ locked }) => locked),
  );
  const changes = [...left].map(([locked, changed]) => ({ locked, changes: changed }));
  const views = await updateEvents(ctx, tx, tx.client, changes);
  // Single ones that everybody else has left go with the last.
  const lonely = kept.filter(({ locked }) => !left.has(locked));
  const gone = await deleteRows(
    ctx,
    goingOn(tx),
    lonely.map(({ locked }) => locked.view),
  );
  const series = await updateSeries(tx.client, ctx.caller.organisationId, row.id, {
    ...state,
    ownerId: handed.ownerId,
    leftUserIds: handed.leftUserIds,
    content: { ...content, attendees: handed.attendees },
    definition: without(
      state.definition,
      lonely.map(({ wall }) => wall),
    ),
  });
  return { series, changed: views.size, created: 0, deleted: gone.size, detached: 0 };
}

async function leaveSeries(
  ctx: Context,
  tx: Tx,
  userId: string,
  { row, state, live }: Opened,
  from: number,
): Promise<SeriesOutcome> {
  const leaving = live.filter(({ wall, locked }) => wall >= from && locked.role === "attendee");
  const views = await updateEvents(
    ctx,
    tx,
    tx.client,
    leaving.map(({ locked }) => ({ locked, changes: leave(locked, userId) })),
  );
  const isKnown = state.content.attendees.some((attendee) => attendee.userId === userId);
  if (!isKnown || state.leftUserIds.includes(userId)) return { ...nothingOf(row), changed: views.size };
  const attendees = state.content.attendees.map((attendee) =>
    attendee.userId === userId ? { ...attendee, status: "Declined" as const } : attendee,
  );
  const left = {
    ...state,
    content: { ...state.content, attendees },
    leftUserIds: [...state.leftUserIds, userId],
  };
  const series = await updateSeries(tx.client, ctx.caller.organisationId, row.id, left);
  return { ...nothingOf(series), changed: views.size };
}
