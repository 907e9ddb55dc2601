// Reading single events, from the table and from the calendar they are addressed through.
import type { CalendarRef, Context } from "../context";
import { boundedRows, type BoundedRows } from "../database/bounded-rows";
import { columns, flag, instant, raw, selectRows, sql, text, value, word } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { MAX_PAGE_BYTES } from "../values/pages";
import { ENTRY, viewOfEntry, viewOfVisible } from "./entry-rows";
import { eventColumns, EventView, RemovedView, type RemovalReason } from "./projection";
import type { FoundEvents } from "./search";
import { visibleSql } from "./visibility";

const FIND = `
  select ${eventColumns("e")}, ${ENTRY.list}
  from calendar_entry n left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
  where n.organisation_id = $1 and n.calendar_id = $2 and n.event_id = $3`;

/** An entry of the calendar, live or removed; null when the calendar never held the event. Never masked. */
export async function findEntry(
  { db, caller, held }: Context,
  calendar: CalendarRef,
  id: string,
): Promise<EventView | RemovedView | null> {
  const statement = { text: FIND, values: [caller.organisationId, calendar.id, id] };
  const bound = { bytes: MAX_PAGE_BYTES, rows: 1, whose: caller.organisationId, held };
  const [row] = (await boundedRows(db.pool, statement, bound)).rows;
  return row ? viewOfEntry(row) : null;
}

const TOMBSTONE = columns({
  id: text("event_id"),
  tick: instant("tick"),
  reason: word<RemovalReason>("reason"),
});

/** The tombstones of those of these events that the calendar held once and holds no longer, by id. One statement. */
export async function findRemoved(
  { caller }: Context,
  client: Queryable,
  calendar: CalendarRef,
  ids: readonly string[],
): Promise<Map<string, RemovedView>> {
  const rows = await selectRows(
    client,
    TOMBSTONE,
    sql`
      select ${TOMBSTONE} from calendar_entry
      where organisation_id = ${caller.organisationId} and calendar_id = ${calendar.id} and event_id = any (${ids})
        and removed_at is not null`,
  );
  return new Map(rows.map(({ id, tick, reason }) => [id, new RemovedView(id, reason, tick)]));
}

/**
 * Events of the organisation by id, as the caller may see them; ids that are none are left out. One statement. For a
 * single id it is one of its own: PostgreSQL would plan that with the list anew each time, at twice the price of running it.
 * Of events that come to more than `most` bytes some are missing, and the bytes say so.
 */
export const findEvents = (ctx: Context, ids: readonly string[], most: number): Promise<FoundEvents> =>
  findEventsOn(ctx.db.pool, ctx, { ids, most });

/** The same as a transaction sees them. */
export async function findEventsOn(
  on: Queryable,
  { caller, held }: Context,
  { ids, most }: { ids: readonly string[]; most: number },
): Promise<FoundEvents> {
  const which = ids.length === 1 ? sql`= ${ids[0]}` : sql`= any (${ids})`;
  const statement = sql`
    select ${raw(eventColumns("e"))}, ${visibleSql(caller)} from event e
    where e.organisation_id = ${caller.organisationId} and e.id ${which}`;
  const bound = { bytes: most, rows: ids.length, whose: caller.organisationId, held };
  const { rows, next, bytes } = await boundedRows(on, statement, bound);
  const views = rows.map(viewOfVisible);
  return { views, isCut: next !== null, bytes: next ? most + 1 : bytes };
}

/**
 * Of these events those that a calendar holds, never masked. One statement. Of events that come to more than `most` bytes
 * some are missing, and the bytes say so.
 */
export async function findHeld(
  { db, caller, held }: Context,
  calendar: Pick<CalendarRef, "id">,
  { ids, most }: { ids: readonly string[]; most: number },
): Promise<FoundEvents> {
  const which = ids.length === 1 ? sql`= ${ids[0]}` : sql`= any (${ids})`;
  const statement = sql`
    select ${raw(eventColumns("e"))}
    from calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
    where n.organisation_id = ${caller.organisationId} and n.calendar_id = ${calendar.id} and n.event_id ${which}
      and n.removed_at is null`;
  const bound = { bytes: most, rows: ids.length, whose: caller.organisationId, held };
  return unmasked(await boundedRows(db.pool, statement, bound), most);
}

const unmasked = ({ rows, next, bytes }: BoundedRows, most: number): FoundEvents => ({
  views: rows.map((row) => new EventView(row)),
  isCut: next !== null,
  bytes: next ? most + 1 : bytes,
});

/** What somebody is in an event beside what its list says. */
export interface PartIn {
  hasLeft: boolean;
  /** It is their meeting, whoever made the event of it. */
  organises: boolean;
}

const PART = columns({ id: text("e.id"), hasLeft: flag("has_left"), organises: flag("organises") });

/** What the caller is in those of these events that they have left, or organise. One statement. */
export async function findParts(
  { db, caller }: Context,
  ids: readonly string[],
): Promise<Map<string, PartIn>> {
  const self = value(caller.userId);
  const rows = await selectRows(
    db.pool,
    PART,
    sql`
      select ${PART} from event e
      cross join lateral (
        select ${self}::bigint = any (e.left_user_ids) as has_left,
          coalesce(organised_by(e) = ${self}, false) as organises offset 0) part
      where e.organisation_id = ${caller.organisationId} and e.id = any (${ids}) and (has_left or organises)`,
  );
  return new Map(rows.map(({ id, hasLeft, organises }) => [id, { hasLeft, organises }]));
}

/** How many children of one event are answered. */
export const MAX_CHILDREN_SHOWN = 100;

/**
 * The children of events that the caller sees all of, by start, up to `MAX_CHILDREN_SHOWN` of each: whose child a masked
 * event is, is masked too. One statement. Of children that come to more than `most` bytes some are missing, and the bytes
 * say so.
 */
export async function findChildren(
  { db, caller, held }: Context,
  parentIds: readonly string[],
  most: number,
): Promise<FoundEvents> {
  const statement = sql`
    select c.* from unnest(${parentIds}::bigint[]) with ordinality as p (id, n) cross join lateral (
      select ${raw(eventColumns("e"))} from event e
      where e.parent_id = p.id and (e.organisation_id = ${caller.organisationId} and ${visibleSql(caller)}) is true
      order by e.start_time, e.id limit ${MAX_CHILDREN_SHOWN}) c
    order by p.n, c.start_time, c.id`;
  const bound = {
    bytes: most,
    rows: parentIds.length * MAX_CHILDREN_SHOWN,
    whose: caller.organisationId,
    held,
  };
  return unmasked(await boundedRows(db.pool, statement, bound), most);
}
