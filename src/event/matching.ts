// One meeting, one event: a create that knows the meeting's UID finds the event that somebody's mailbox has made of it
// already (migrations/functions/organisers.sql), and is a change of that one then.
import type { CalendarRef, Context } from "../context";
import { columns, flag, selectRow, sql, text, value, type Selected } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { Problem } from "../errors";
import { inTurnOf } from "./batch-turns";
import { always } from "./conditions";
import type { EventInput } from "./event.inputs";
import type { Remember } from "./idempotency";
import { lockEvents } from "./locked";
import { eventColumns, EventView, MatchedView, RemovedView } from "./projection";
import { findRemoved } from "./read";
import type { ReadInput } from "../values/rules";
import { requireTimes } from "./times";
import { touch } from "./touch";
import { updateEvent } from "./change";
import { createEvent } from "./create";

/** What names a meeting: its UID, and when it starts. */
interface Meeting {
  iCalUid: string;
  startTime: string;
}

const FOUND = columns({
  id: text("found.id"),
  hasLeft: flag("found.has_left"),
  /** It is an occurrence of the series that has the UID. */
  isInstance: flag("found.is_instance"),
  /** The list has them by no more than an address of theirs. */
  isUnnamed: flag("named <> e.attendees"),
});
type Found = Selected<typeof FOUND>;

/** The live event that is this meeting for the calendar's user, who owns it, organises it, or is on its list. */
function findMeeting(
  { caller }: Context,
  client: Queryable,
  { userId }: CalendarRef,
  { iCalUid, startTime }: Meeting,
): Promise<Found | null> {
  const [own, user] = [value(caller.organisationId), value(userId)];
  return selectRow(
    client,
    FOUND,
    sql`
      select ${FOUND} from find_meeting(${own}, ${user}, ${iCalUid}, ${startTime}) found
      join event e on e.organisation_id = ${own} and e.id = found.id
      cross join lateral naming(e, ${user}) named`,
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
const MAX_ATTEMPTS = 5;

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
      if (known) return await changeMeeting(ctx, calendar, { known, given }, remember);
      return await createEvent(ctx, calendar, given, remember, (tx) =>
        requireNone(ctx, tx, calendar, meeting),
      );
    } catch (error) {
      const isGone = error instanceof Problem && error.code === "not_found";
      if (attempt === MAX_ATTEMPTS || !(isGone || error instanceof MeetingFound)) throw error;
    }
  }
}

async function changeMeeting(
  ctx: Context,
  calendar: CalendarRef,
  { known, given }: { known: Found; given: ReadInput<EventInput> },
  remember: Remember | undefined,
): Promise<EventView | RemovedView> {
  const { id, hasLeft, isInstance, isUnnamed } = known;
  const removed = hasLeft ? (await findRemoved(ctx, ctx.db.pool, calendar, [id])).get(id) : undefined;
  if (removed) return removed;
  if (isUnnamed) await nameOnList(ctx, calendar, id);
  const { passedOver } = ctx.tally;
  const before = passedOver.length;
  const changed = await updateEvent(
    ctx,
    { id, calendar, reach: "meeting" },
    isInstance ? withoutUid(given) : given,
    always,
  );
  if (changed instanceof RemovedView) return changed;
  const view = new MatchedView(changed.stored);
  await remember?.keep(ctx.db.pool, { view, passedOver: passedOver.slice(before) });
  return view;
}

/** An occurrence keeps a UID of its own: that of its series, under which mailboxes send it, would be all occurrences'. */
function withoutUid({ input, ...rest }: ReadInput<EventInput>): ReadInput<EventInput> {
  const others = { ...input };
  delete others.iCalUid;
  return { ...rest, input: others };
}

const NAME = `
  update event e set attendees = naming(e, $3)
  where e.organisation_id = $1 and e.id = $2 and naming(e, $3) <> e.attendees returning ${eventColumns("e")}`;

/** Whom the list has by no more than an address of theirs is known on it from now on. Three statements. */
function nameOnList(ctx: Context, calendar: CalendarRef, id: string): Promise<void> {
  const { organisationId } = ctx.caller;
  const { userId } = calendar;
  return inTurnOf(ctx, calendar, [id], 1, async (tx) => {
    const reach = { calendar, reach: "organisation" } as const;
    if (!(await lockEvents(ctx, tx, reach, [id], [userId])).has(id)) return;
    const row = await textRow(tx.last, { text: NAME, values: [organisationId, id, userId] });
    if (row) touch(tx, organisationId, new EventView(row));
  });
}
