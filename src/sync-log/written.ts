// What the history says of events in a feed: whether the latest change made one, and what a deleted one was called.
import DataLoader from "dataloader";
import { perRequest, type Context } from "../context";
import { columns, instant, orNull, selectRows, text, word, type Selected } from "../database/rows";
import { HistoryKind } from "../event/history.types";
import { eventLoader } from "../event/loaders";
import type { LatestChange } from "./sync.types";

const WRITTEN = columns({
  eventId: text("h.event_id"),
  at: instant("h.at"),
  kind: word<HistoryKind>("h.kind"),
  /** Of a deleted event, what it was at its end. */
  subject: orNull(text("case h.kind when 'deleted' then h.changes ->> 'subject' end")),
});

type Written = Selected<typeof WRITTEN>;

const LAST = `
  select ${WRITTEN.list}
  from unnest($2::bigint[]) as wanted (id)
  cross join lateral (
    select * from event_history h
    where h.organisation_id = $1 and h.event_id = wanted.id order by h.id desc limit 1) h`;

/** The last entry of each event's history, null where it is older than what is kept; one statement for all of an answer. */
const writtenLoader = perRequest(
  ({ db, caller }: Context) =>
    new DataLoader<string, Written | null>(async (ids) => {
      const values = [caller.organisationId, [...ids]];
      const rows = await selectRows(db.pool, WRITTEN, { text: LAST, values });
      const found = new Map(rows.map((row) => [row.eventId, row]));
      return ids.map((id) => found.get(id) ?? null);
    }),
);

/** What was done, as the calendar has it. Somebody's leaving is a change of the event. */
export async function kindOf(ctx: Context, { id, changedAt, reason }: LatestChange): Promise<HistoryKind> {
  if (reason === "deleted") return HistoryKind.deleted;
  if (reason !== null) return HistoryKind.changed;
  const last = await writtenLoader(ctx).load(id);
  const isMade = last?.kind === HistoryKind.created && last.at === changedAt;
  return isMade ? HistoryKind.created : HistoryKind.changed;
}

/**
 * What the event is called, as far as the viewer may see: as it is, masked as anywhere, or, of a deleted one, as it was at
 * its end, for admins and for whoever had it in their calendar until then. Null where that is not known.
 */
export async function subjectOf(
  ctx: Context,
  { id, changedAt, event }: LatestChange,
): Promise<string | null> {
  if (event) return event.subject;
  const still = await eventLoader(ctx).load(id);
  if (still) return still.subject;
  const last = await writtenLoader(ctx).load(id);
  const maySee = ctx.caller.role === "admin" || last?.at === changedAt;
  return maySee ? (last?.subject ?? null) : null;
}
