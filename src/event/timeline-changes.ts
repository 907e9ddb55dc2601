// What changed in the timeline of a record, in the order of the ticks: its events as the caller sees them, and what went
// from it (migrations/functions/timelines.sql). What is masked for the caller is in no timeline of theirs.
//
// A timeline's events lie in many calendars, whose clocks are not one: nothing says that no earlier tick will follow. So a
// reading tells up to where it is complete: a minute ago, which no write of the service lasts, or the start of the oldest
// transaction that writes, where the database lets it be seen. What follows that is told again, rather than missed.
import type { Context } from "../context";
import { boundedRows, type HeldRows } from "../database/bounded-rows";
import {
  columns,
  instant,
  joined,
  orNull,
  raw,
  selectRow,
  sql,
  text,
  value,
  type Sql,
} from "../database/rows";
import { deleteSome } from "../database/deleting";
import type { Transaction } from "../database/transaction";
import type { Caller } from "../entities/caller";
import type { Instant } from "../values/instants";
import { ENTRY_COLUMNS, viewOfEntry } from "./entry-rows";
import { OF_TIMELINE, timelinesSql } from "./found";
import { EVENT_WIDTH, eventColumns, type EventView, type RemovedView } from "./projection";
import type { Position } from "./search-sql";
import { visibleSql } from "./visibility";

export interface TimelineRange {
  /** What follows this is answered. */
  after: Position;
  rows: number;
  bytes: number;
  held: HeldRows;
}

export interface TimelineChange {
  view: EventView | RemovedView;
  /** When it changed, or came to the timeline as it was. */
  tick: Instant;
}

export interface TimelineChanges {
  changes: TimelineChange[];
  /** From here on more follows; null: these are all. */
  next: Position | null;
  /** No change with an earlier tick will follow. */
  complete: Instant;
  bytes: number;
}

const READ = columns(
  {
    ...ENTRY_COLUMNS,
    /** Null where there is none. */
    eventId: orNull(text("n.event_id")),
    complete: instant("c.complete"),
  },
  EVENT_WIDTH,
);

const COMPLETE = sql`(
  select least(tidemark_now() - interval '60 s', (
    select min(a.xact_start) from pg_stat_activity a
    where a.datname = current_database() and a.backend_xid is not null))::timestamptz(3) as complete offset 0)`;

/** The changes of a record's timeline, roll-up included, as the caller sees them. One statement. */
export async function readTimelineChanges(
  ctx: Context,
  recordId: string,
  { after, rows: limit, bytes, held }: TimelineRange,
): Promise<TimelineChanges> {
  const { text: statement, values } = changesSql(ctx, recordId, after, limit);
  const found = await boundedRows(
    ctx.db.pool,
    { text: statement, values, kind: "list" },
    { bytes, rows: limit, whose: ctx.caller.organisationId, held },
  );
  const [first] = found.rows;
  if (!first) throw new Error("A timeline was read without saying up to where it is complete.");
  const changes = found.rows
    .filter((row) => READ.of(row).eventId !== null)
    .map((row) => ({ view: viewOfEntry(row), tick: READ.of(row).tick }));
  const last = changes.at(-1);
  const more = found.next !== null || changes.length === limit;
  return {
    changes,
    next: more && last ? { at: last.tick, id: last.view.id } : null,
    complete: READ.of(first).complete,
    bytes: found.bytes,
  };
}

function changesSql(ctx: Context, recordId: string, after: Position, limit: number): Sql {
  const { caller } = ctx;
  const own = value(caller.organisationId);
  const timeline = timelinesSql(ctx, { recordIds: [recordId], rollUp: true });
  const beyond = (tick: Sql, id: Sql): Sql =>
    sql`(${tick}, ${id}) > (${after.at}::timestamptz, ${after.id}::bigint)`;
  const isNews = [
    sql`e.organisation_id = ${own}`,
    beyond(sql`e.last_modified_at`, sql`e.id`),
    visibleSql(caller),
  ];
  const order = sql`order by tick, event_id limit ${limit}`;
  const lost = sql`${timeline} join timeline_lost l on l.organisation_id = ${own} and l.tick >= ${after.at}::timestamptz`;
  const ofRecord = sql`l.record_ids && array(
    select split_part(key, ':', -1)::bigint from unnest(t.keys) key where left(key, 2) in ('c:', 'r:'))`;
  return sql`
    select ${raw(eventColumns("e"))}, ${READ}
    from ${COMPLETE} c
    left join (
      (select e.id as event_id, e.last_modified_at as tick, null as reason
       from ${timeline} join event e on ${OF_TIMELINE} where (${joined(isNews, " and ")}) is true ${order})
      union all
      (select l.event_id, l.tick, null
       from ${lost} and l.reason = 'came'
       join event e on e.organisation_id = ${own} and e.id = l.event_id and ${OF_TIMELINE}
       where ${ofRecord} and ${beyond(sql`l.tick`, sql`l.event_id`)} and (${visibleSql(caller)}) is true
       ${order})
      union all
      (select l.event_id, l.tick, l.reason
       from ${lost} and l.reason <> 'came'
       where ${ofRecord} and ${beyond(sql`l.tick`, sql`l.event_id`)} and ${wasVisibleSql(caller)}
         and not exists (
           select from event e where e.organisation_id = ${own} and e.id = l.event_id and ${OF_TIMELINE}
             and (${visibleSql(caller)}) is true)
       ${order})
      ${order}) n on true
    left join event e on e.organisation_id = ${own} and e.id = n.event_id and n.reason is null
    order by n.tick, n.event_id`;
}

const FLOOR = columns({ floor: instant("(tidemark_now() - make_interval(days => $1))::timestamptz(3)") });

/** What went from timelines before this may have been forgotten. */
export async function readLostFloor({ db }: Context, retentionDays: number): Promise<Instant> {
  const row = await selectRow(db.pool, FLOOR, { text: `select ${FLOOR.list}`, values: [retentionDays] });
  if (!row) throw new Error("The database does not say what time it is.");
  return row.floor;
}

/** SQL over alias `l` of timeline_lost: true where the caller saw the event before it went. */
const wasVisibleSql = ({ role, organisationId, userId }: Caller): Sql =>
  role === "admin"
    ? sql`true`
    : sql`(l.user_ids is null
        and (select o.colleagues_see <> 'BUSY' from organisation o where o.id = ${organisationId})
      or l.user_ids && (${userId}::bigint || array(
        select c.user_id from calendar_grant g
        join calendar c on c.organisation_id = g.organisation_id and c.id = g.calendar_id
        where g.organisation_id = ${organisationId} and g.user_id = ${userId})))`;

const MAX_AT_ONCE = 20_000;

/** Forgets what went from timelines before the retention period. Whether there may be more. */
export const sweepLost = ({ client }: Transaction, days: number): Promise<boolean> =>
  deleteSome(
    client,
    [
      {
        text: `
        delete from timeline_lost where (organisation_id, id) in (
          select organisation_id, id from timeline_lost
          where tick < tidemark_now() - make_interval(days => $1) order by tick limit ${MAX_AT_ONCE})`,
        values: [days],
      },
    ],
    MAX_AT_ONCE,
  );
