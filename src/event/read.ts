// Reading single events, from the table and from the calendar they are addressed through.
import type { CalendarRef, Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { textRow, textRows, type Queryable } from "../database/text-rows";
import { instantFromDatabase } from "../values/instants";
import { MAX_PAGE_BYTES } from "../values/pages";
import { EVENT_WIDTH, eventColumns, EventView, RemovedView, type RemovalReason } from "./projection";
import type { FoundEvents } from "./search";
import { visibleSql } from "./visibility";

const ENTRY = `
  select ${eventColumns("e")}, n.event_id, n.tick, n.reason
  from calendar_entry n left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
  where n.organisation_id = $1 and n.calendar_id = $2 and n.event_id = $3`;

/** An entry of the calendar, live or removed; null when the calendar never held the event. Never masked. */
export async function findEntry(
  { db, caller, held }: Context,
  calendar: CalendarRef,
  id: string,
): Promise<EventView | RemovedView | null> {
  const statement = { text: ENTRY, values: [caller.organisationId, calendar.id, id] };
  const bound = { bytes: MAX_PAGE_BYTES, rows: 1, whose: caller.organisationId, held };
  const [row] = (await boundedRows(db.pool, statement, bound)).rows;
  if (!row) return null;
  const [eventId, tick, reason] = row.slice(EVENT_WIDTH) as [string, string, RemovalReason | null];
  return reason ? new RemovedView(eventId, reason, instantFromDatabase(tick)) : new EventView(row);
}

/** Which of these events the calendar held once and holds no longer. One statement. */
export async function findRemoved(
  { caller }: Context,
  client: Queryable,
  calendar: CalendarRef,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await textRows(client, {
    text: `
      select event_id from calendar_entry
      where organisation_id = $1 and calendar_id = $2 and event_id = any ($3) and removed_at is not null`,
    values: [caller.organisationId, calendar.id, ids],
  });
  return new Set(rows.map(([id]) => id as string));
}

/**
 * Events of the organisation by id, as the caller may see them; ids that are none are left out. One statement. For a
 * single id it is one of its own: PostgreSQL would plan that with the list anew each time, at twice the price of running it.
 * Of events that come to more than `most` bytes some are missing, and the bytes say so.
 */
export async function findEvents(
  { db, caller, held }: Context,
  ids: readonly string[],
  most: number,
): Promise<FoundEvents> {
  const [which, given] = ids.length === 1 ? ["= $2", ids[0]] : ["= any ($2)", ids];
  const values: unknown[] = [caller.organisationId, given];
  const visible = visibleSql(caller, (value) => `$${values.push(value)}`);
  const statement = {
    text: `select ${eventColumns("e")}, ${visible} from event e where e.organisation_id = $1 and e.id ${which}`,
    values,
  };
  const bound = { bytes: most, rows: ids.length, whose: caller.organisationId, held };
  const { rows, next, bytes } = await boundedRows(db.pool, statement, bound);
  const views = rows.map((row) => new EventView(row, row[EVENT_WIDTH] === "f"));
  return { views, isCut: next !== null, bytes: next ? most + 1 : bytes };
}

/** How many children of one event are answered. */
export const CHILDREN_MOST = 100;

/**
 * The children of events that the caller sees all of, by start, up to `CHILDREN_MOST` of each: whose child a masked
 * event is, is masked too. One statement. Of children that come to more than `most` bytes some are missing, and the bytes
 * say so.
 */
export async function findChildren(
  { db, caller, held }: Context,
  parentIds: readonly string[],
  most: number,
): Promise<FoundEvents> {
  const values: unknown[] = [caller.organisationId, parentIds];
  const visible = visibleSql(caller, (value) => `$${values.push(value)}`);
  const statement = {
    text: `
      select c.* from unnest($2::bigint[]) with ordinality as p (id, n) cross join lateral (
        select ${eventColumns("e")} from event e
        where e.organisation_id = $1 and e.parent_id = p.id and ${visible}
        order by e.start_time, e.id limit ${CHILDREN_MOST}) c
      order by p.n, c.start_time, c.id`,
    values,
  };
  const bound = { bytes: most, rows: parentIds.length * CHILDREN_MOST, whose: caller.organisationId, held };
  const { rows, next, bytes } = await boundedRows(db.pool, statement, bound);
  return {
    views: rows.map((row) => new EventView(row)),
    isCut: next !== null,
    bytes: next ? most + 1 : bytes,
  };
}

/** Whether the organisation has a live event of this id. */
export async function eventExists({ db, caller }: Context, id: string): Promise<boolean> {
  const row = await textRow(db.pool, {
    text: "select from event where organisation_id = $1 and id = $2",
    values: [caller.organisationId, id],
  });
  return row !== null;
}
