// An attendee's answer to a series, from an occurrence on or all of it that is not over. Occurrences to come have it too.
import { isDeepStrictEqual } from "node:util";
import { requireScope, type Context } from "../context";
import { forbidden } from "../errors";
import type { Address, LockedEvent } from "../event/locked";
import { answerInvitation } from "../event/merge";
import { updateEvents, type Change } from "../event/stored";
import { Faults } from "../values/faults";
import type { Status } from "../values/vocabulary";
import { nothingOf, type SeriesOutcome } from "./change";
import { beginningOf, openSeries, SeriesScope, writingSeries } from "./opened";
import { updateSeries, type SeriesState } from "./stored";

export async function respondToSeries(
  ctx: Context,
  address: Address,
  scope: SeriesScope.FOLLOWING | SeriesScope.ALL,
  status: Status,
): Promise<SeriesOutcome> {
  requireScope(ctx, "write");
  const { userId } = address.calendar;
  return writingSeries(ctx, address, async (tx, { seriesId }) => {
    const opened = await openSeries(ctx, tx, { address, seriesId, invited: [userId] });
    const { addressed, live, state, row } = opened;
    const isListed = ({ view }: LockedEvent): boolean =>
      view.attendees.some((attendee) => attendee.userId === userId);
    const hasLeft = ({ leftUserIds }: LockedEvent): boolean => leftUserIds.includes(userId);
    if (!isListed(addressed.locked)) throw forbidden("Only an attendee of this event may respond to it.");
    // An answer to one that they have left brings them back to all; else single ones that they have left stay so.
    const isBack = hasLeft(addressed.locked);
    const isAnswering = (locked: LockedEvent): boolean => isListed(locked) && (isBack || !hasLeft(locked));
    const faults = new Faults(ctx.handling);
    const from = scope === SeriesScope.ALL ? 0 : (beginningOf(opened) ?? Infinity);
    const answering = live.filter(({ wall, locked }) => wall >= from && isAnswering(locked));
    const changes = answering.map(({ locked }): Change => ({
      locked,
      changes: answerInvitation(locked, userId, status, faults),
    }));
    faults.throwIfAny();
    const views = await updateEvents(ctx, tx, tx.client, changes);
    const after = answered(state, userId, status);
    const series =
      isDeepStrictEqual(after, state) || from === Infinity
        ? row
        : await updateSeries(tx.client, ctx.caller.organisationId, row.id, after);
    return { ...nothingOf(series), changed: views.size };
  });
}

/** What occurrences to come say of somebody who has answered the series. */
function answered(state: SeriesState, userId: string, status: Status): SeriesState {
  const { content, leftUserIds } = state;
  if (status === "NoResponse" || !content.attendees.some((one) => one.userId === userId)) return state;
  return {
    ...state,
    content: {
      ...content,
      attendees: content.attendees.map((one) => (one.userId === userId ? { ...one, status } : one)),
      ownAnswers: { ...content.ownAnswers, [userId]: status },
    },
    leftUserIds: status === "Declined" ? leftUserIds : leftUserIds.filter((id) => id !== userId),
  };
}
