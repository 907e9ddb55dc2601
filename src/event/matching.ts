// One meeting, one event: a create that knows the meeting's UID finds the event that somebody's mailbox has made of it
// already (migrations/functions/organisers.sql), and is a change of that one then.
import type { CalendarRef, Context } from "../context";
import { columns, flag, selectRow, sql, text } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { Problem } from "../errors";
import { always } from "./conditions";
import type { EventInput } from "./event.inputs";
import type { Remember } from "./idempotency";
import { MatchedView, RemovedView, type EventView } from "./projection";
import { findRemoved } from "./read";
import type { ReadInput } from "../values/rules";
import { requireTimes } from "./times";
import { createEvent, updateEvent } from "./write";

/** What names a meeting: its UID, and when it starts. */
interface Meeting {
  iCalUid: string;
  startTime: string;
}

const FOUND = columns({ id: text("found.id"), hasLeft: flag("found.has_left") });

/** The live event that is this meeting for the calendar's user, who owns it, organises it, or is on its list. */
function findMeeting(
  { caller }: Context,
  client: Queryable,
  { userId }: CalendarRef,
  { iCalUid, startTime }: Meeting,
): Promise<{ id: string; hasLeft: boolean } | null> {
  return selectRow(
    client,
    FOUND,
    sql`select ${FOUND} from find_meeting(${caller.organisationId}, ${userId}, ${iCalUid}, ${startTime}) found`,
  );
}

/** Somebody has made an event of the meeting meanwhile. */
class MeetingFound extends Error {}

/** The first statements of the transaction that makes an event of a meeting: nobody else makes one until it ends. */
async function requireNone(
  ctx: Context,
  { client }: Transaction,
  calendar: CalendarRef,
  meeting: Meeting,
): Promise<void> {
  const { organisationId } = ctx.caller;
  await textRow(client, { text: "select lock_meeting($1, $2)", values: [organisationId, meeting.iCalUid] });
  if (await findMeeting(ctx, client, calendar, meeting)) throw new MeetingFound();
}

/** It may be made, deleted or moved while it is looked for. */
const ATTEMPTS = 5;

/**
 * Creates an event, or changes the one that is this meeting already, by its UID and start: that one is a MatchedView. Where
 * the calendar's user has left it they stay so, and the removed row is the answer. Two at the same moment make one event.
 */
export async function createOrMatch(
  ctx: Context,
  calendar: CalendarRef,
  given: ReadInput<EventInput>,
  remember?: Remember,
): Promise<EventView | RemovedView> {
  const { input } = given;
  const { iCalUid } = input;
  if (!iCalUid) return createEvent(ctx, calendar, given, remember);
  const { startTime } = requireTimes(input, ctx.caller.timezone);
  const meeting = { iCalUid, startTime };
  for (let attempt = 1; ; attempt++) {
    try {
      const known = await findMeeting(ctx, ctx.db.pool, calendar, meeting);
      if (known) {
        const { id, hasLeft } = known;
        return await changeMeeting(ctx, calendar, { id, hasLeft, given }, remember);
      }
      return await createEvent(ctx, calendar, given, remember, (tx) =>
        requireNone(ctx, tx, calendar, meeting),
      );
    } catch (error) {
      const isGone = error instanceof Problem && error.code === "not_found";
      if (attempt === ATTEMPTS || !(isGone || error instanceof MeetingFound)) throw error;
    }
  }
}

async function changeMeeting(
  ctx: Context,
  calendar: CalendarRef,
  { id, hasLeft, given }: { id: string; hasLeft: boolean; given: ReadInput<EventInput> },
  remember: Remember | undefined,
): Promise<EventView | RemovedView> {
  const removed = hasLeft ? (await findRemoved(ctx, ctx.db.pool, calendar, [id])).get(id) : undefined;
  if (removed) return removed;
  const { passedOver } = ctx.tally;
  const before = passedOver.length;
  const changed = await updateEvent(ctx, { id, calendar, reach: "meeting" }, given, always);
  if (changed instanceof RemovedView) return changed;
  const view = new MatchedView(changed.stored);
  await remember?.keep(ctx.db.pool, { view, passedOver: passedOver.slice(before) });
  return view;
}
