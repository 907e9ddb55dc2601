// The statements of the feed: entries of a calendar in the order of their ticks.
import type { CalendarRef, Context } from "../context";
import { boundedRows, type BoundedRows } from "../database/bounded-rows";
import { textRow } from "../database/text-rows";
import { EPOCH, instantFromDatabase, type Instant } from "../values/instants";
import { EVENT_WIDTH, eventColumns, shortColumns } from "./projection";

export type FeedKind = "live" | "removed" | "both";

export interface Interval {
  startAt: Instant | null;
  endAt: Instant | null;
}

export interface FeedQuery {
  kind: FeedKind;
  /** Entries with a later tick are answered; null is from nothing. */
  since: Instant | null;
  /** Leaves out entries all of whose changes after `since` came through the caller's own token. */
  excludeOwn?: boolean | null;
  /** Live entries are answered only where they overlap. */
  interval?: Interval;
  /** Nobody looks at LONG_FIELDS of the events: they are not read. */
  isShort?: boolean;
}

export const EVENT_ID = EVENT_WIDTH;
export const TICK = EVENT_WIDTH + 1;
export const REASON = EVENT_WIDTH + 2;
const FLOOR = EVENT_WIDTH + 3;
const CLOCK = EVENT_WIDTH + 4;
const LEFT_OUT = EVENT_WIDTH + 5;

/** About how many entries a tick has at most. */
const MAX_TICK = 500;
/** So far the own changes that a poll leaves out are counted: it must not cost more than the poll. */
const LEFT_OUT_MOST = 1_000;

/** An event in a tick: those of one tick are in the order of their ids. */
export interface TickPlace {
  tick: Instant;
  eventId: string;
}

export interface Range {
  after: Instant;
  /** Instead of what follows `after`: what follows this. */
  within?: TickPlace | null;
  upTo: Instant;
  rows: number;
  bytes: number;
}

export interface Found extends BoundedRows {
  /** The clock that covers them. */
  clock: Instant;
  /** The calendar's floor, of the same moment. */
  floor: Instant;
  leftOut: number;
}

/**
 * The rows, and the clock that covers them. With excludeOwn that is the clock of their own snapshot: a stranger's
 * change that the caller overtakes between the reading of an older clock and this statement would be in no answer,
 * beyond the watermark here and followed by nothing but the caller's own changes in the next.
 */
export async function selectEntries(
  ctx: Context,
  calendar: CalendarRef,
  query: FeedQuery,
  range: Range,
): Promise<Found> {
  const { kind, since, excludeOwn } = query;
  const { after, within, upTo, rows, bytes } = range;
  const { source, values, bind } = entriesSql(ctx, calendar, query, range);
  // Told once a poll, with its first page.
  const isFirst = !within && after === (since ?? EPOCH);
  const own = excludeOwn && isFirst ? ownSql(kind, bind(ctx.caller.tokenId)) : "0";
  const statement = {
    text: `
      select ${query.isShort ? shortColumns("e") : eventColumns("e")}, n.event_id, n.tick, n.reason, c.floor, c.clock, ${own}
      from calendar c
      left join (${source}) n on true
      left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
      where c.organisation_id = $1 and c.id = $2
      order by n.tick, n.event_id`,
    values,
  };
  const { held, caller } = ctx;
  const whose = query.isShort ? `short ${caller.organisationId}` : caller.organisationId;
  const found = await boundedRows(
    ctx.db.pool,
    { ...statement, kind: "list" },
    { bytes, rows: rows + MAX_TICK, whose, held },
  );
  const [first] = found.rows;
  return {
    ...found,
    rows: found.rows.filter((row) => row[EVENT_ID] !== null),
    clock: excludeOwn && !within ? instantFromDatabase(first?.[CLOCK] as string) : upTo,
    floor: instantFromDatabase(first?.[FLOOR] as string),
    leftOut: Number(first?.[LEFT_OUT]),
  };
}

/** Whether there is an entry in a range of ticks. One statement. */
export async function hasEntries(
  ctx: Context,
  calendar: CalendarRef,
  query: FeedQuery,
  range: Pick<Range, "after" | "upTo">,
): Promise<boolean> {
  const { source, values } = entriesSql(ctx, calendar, query, { ...range, rows: 1 });
  return (await textRow(ctx.db.pool, { text: `select from (${source}) n limit 1`, values })) !== null;
}

interface EntriesSql {
  /** A subquery of entries, from the first tick on, whole ticks. */
  source: string;
  values: unknown[];
  bind: (value: unknown) => string;
}

function entriesSql(
  { caller }: Context,
  calendar: CalendarRef,
  { kind, since, excludeOwn, interval }: FeedQuery,
  { after, within, upTo, rows }: Omit<Range, "bytes">,
): EntriesSql {
  const bound = excludeOwn && !within ? "infinity" : upTo;
  const values: unknown[] = [caller.organisationId, calendar.id, within?.tick ?? after, bound, rows];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const beyond = within ? `(n.tick, n.event_id) > ($3, ${bind(within.eventId)}::bigint)` : "n.tick > $3";
  // Exact: the last change was not the caller's, or one that was not came after `since`.
  const foreign = excludeOwn
    ? ` and (n.changed_by is distinct from ${bind(caller.tokenId)} or n.foreign_tick > ${bind(since ?? EPOCH)})`
    : "";
  const live = overlapSql(interval, bind);
  const entries = (state: string, more: string): string => `
    select n.organisation_id, n.event_id, n.tick, n.reason from calendar_entry n
    where n.organisation_id = $1 and n.calendar_id = $2 and ${beyond} and n.tick <= $4
      and n.removed_at is ${state}${foreign}${more}
    order by n.tick fetch first ($5) rows with ties`;
  const source = {
    live: entries("null", live),
    removed: entries("not null", ""),
    both: `(${entries("null", live)}) union all (${entries("not null", "")}) order by tick fetch first ($5) rows with ties`,
  }[kind];
  return { source, values, bind };
}

/** How many of the entries after `$3` the token alone has changed since. */
function ownSql(kind: FeedKind, token: string): string {
  const entries = (state: string): string => `
    (select n.changed_by, n.foreign_tick from calendar_entry n
     where n.organisation_id = $1 and n.calendar_id = $2 and n.tick > $3 and n.removed_at is ${state}
     order by n.tick limit ${LEFT_OUT_MOST})`;
  const source = { live: ["null"], removed: ["not null"], both: ["null", "not null"] }[kind].map(entries);
  return `(select count(*) from (${source.join(" union all ")}) own
    where own.changed_by = ${token} and coalesce(own.foreign_tick <= $3, true))`;
}

/** SQL over alias `n` of calendar_entry: the half-open overlap with a window. */
export function overlapSql(interval: Interval | undefined, bind: (value: unknown) => string): string {
  let sql = "";
  if (interval?.endAt) sql += ` and n.start_time < ${bind(interval.endAt)}`;
  if (interval?.startAt) {
    const startAt = bind(interval.startAt);
    sql += ` and (n.end_time > ${startAt} or n.start_time >= ${startAt})`;
  }
  return sql;
}
