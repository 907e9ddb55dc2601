// The end of a calendar's feed, newest first, with who changed what.
import type { CalendarRef, Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { columns, orNull, text } from "../database/rows";
import { ENTRY_COLUMNS, viewOfEntry } from "../event/entry-rows";
import { EVENT_WIDTH, eventColumns, type EventView, type RemovedView } from "../event/projection";
import { MAX_PAGE_BYTES } from "../values/pages";

export interface LatestChangeView {
  view: EventView | RemovedView;
  /** The token of the last change; null for a program that writes plain SQL, and for the command line. */
  by: { client: string; userId: string } | null;
}

export interface LatestChanges {
  changes: LatestChangeView[];
  hasMore: boolean;
  bytes: number;
}

const entries = (state: string): string => `
  (select n.organisation_id, n.event_id, n.tick, n.reason, n.changed_by from calendar_entry n
   where by_change(n.organisation_id) = $1 and n.calendar_id = $2 and n.removed_at is ${state}
   order by n.tick desc, n.event_id desc limit $3)`;

const CHANGE = columns(
  { ...ENTRY_COLUMNS, client: orNull(text("t.name")), userId: orNull(text("t.user_id")) },
  EVENT_WIDTH,
);

const LATEST = `
  select ${eventColumns("e")}, ${CHANGE.list}
  from (${entries("null")} union all ${entries("not null")} order by tick desc, event_id desc limit $3) n
  left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
  left join access_token t on t.organisation_id = n.organisation_id and t.id = n.changed_by
  order by n.tick desc, n.event_id desc`;

/** One row for an event: its latest change; as many as fit into a page's bytes. Whoever may name the calendar sees all of its events. One statement. */
export async function readLatest(
  { db, caller, held }: Context,
  calendar: CalendarRef,
  first: number,
): Promise<LatestChanges> {
  const values = [caller.organisationId, calendar.id, first + 1];
  const bound = { bytes: MAX_PAGE_BYTES, rows: first + 1, whose: caller.organisationId, held };
  const statement = { text: LATEST, values, kind: "list" } as const;
  const { rows, next, bytes } = await boundedRows(db.pool, statement, bound);
  const changes = rows.slice(0, first).map((row): LatestChangeView => {
    const { client, userId } = CHANGE.of(row);
    return { view: viewOfEntry(row), by: client && userId ? { client, userId } : null };
  });
  return { changes, hasMore: next !== null || rows.length > first, bytes };
}
