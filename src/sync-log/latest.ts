// The end of a calendar's feed, newest first, with who changed what.
import type { CalendarRef, Context } from "../context";
import { textRows } from "../database/text-rows";
import { EVENT_WIDTH, eventColumns, EventView, RemovedView, type RemovalReason } from "../event/projection";
import { instantFromDatabase } from "../values/instants";

export interface LatestChangeView {
  view: EventView | RemovedView;
  /** The token of the last change; null for a program that writes plain SQL, and for the command line. */
  by: { client: string; userId: string } | null;
}

const entries = (state: string): string => `
  (select n.organisation_id, n.event_id, n.tick, n.reason, n.changed_by from calendar_entry n
   where n.organisation_id = $1 and n.calendar_id = $2 and n.removed_at is ${state}
   order by n.tick desc, n.event_id desc limit $3)`;

const LATEST = `
  select ${eventColumns("e")}, n.event_id, n.tick, n.reason, t.name, t.user_id
  from (${entries("null")} union all ${entries("not null")} order by tick desc, event_id desc limit $3) n
  left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
  left join access_token t on t.organisation_id = n.organisation_id and t.id = n.changed_by
  order by n.tick desc, n.event_id desc`;

/** One row for an event: its latest change. Whoever may name the calendar sees all of its events. One statement. */
export async function readLatest(
  { db, caller }: Context,
  calendar: CalendarRef,
  first: number,
): Promise<LatestChangeView[]> {
  const values = [caller.organisationId, calendar.id, first];
  const rows = await textRows(db.pool, { text: LATEST, values });
  return rows.map((row) => {
    const [id, tick, reason, client, userId] = row.slice(EVENT_WIDTH) as [
      string,
      string,
      ...(string | null)[],
    ];
    const at = instantFromDatabase(tick);
    return {
      view: reason ? new RemovedView(id, reason as RemovalReason, at) : new EventView(row),
      by: client && userId ? { client, userId } : null,
    };
  });
}
