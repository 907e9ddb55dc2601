// The delta sync: a calendar's entries in tick order. What it promises is contract section 2; the triggers keep
// it, and the statements here rely on nothing else.
import type { CalendarRef, Context } from "../context";
import type { ClockReading } from "../database/barrier";
import { textRows, type TextRow } from "../database/text-rows";
import { syncTokenExpired } from "../errors";
import { EPOCH, instantFromDatabase, type Instant } from "../values/instants";
import { EVENT_WIDTH, eventColumns, EventView, RemovedView, type RemovalReason } from "./projection";

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
}

/** Where a page goes on that is not the first. */
export interface FeedPlace {
  /** The page before ended with this tick. */
  after: Instant;
  /** The calendar's clock from before the first page was read. */
  began: Instant;
}

export interface FeedCut {
  /** The first page is read where there is none. */
  place?: FeedPlace;
  /** How many rows are wanted; more come where the last tick has more. */
  limit: number;
  /** The clock as it was read for this answer (readClock); it is read here where none is given. */
  reading?: ClockReading;
}

export interface FeedPage {
  views: (EventView | RemovedView)[];
  /** Covered so far: the clock, or where more follows the last tick of this page. */
  watermark: Instant;
  hasMore: boolean;
  /** For the place of the next page. */
  began: Instant;
  /** The calendar's floor as it stood for this page. */
  floor: Instant;
}

/** The calendar's clock, for a list: after waiting for writers in flight, or (a cursor of our own) at once. */
export function readClock(
  { db, caller }: Context,
  calendar: CalendarRef,
  wait: boolean,
): Promise<ClockReading> {
  const key = { organisationId: caller.organisationId, calendarId: calendar.id };
  return wait ? db.barrier.pass(key) : db.barrier.peek(key);
}

/**
 * Refuses, as `syncToken.expired`, a `since` before the floor. From nothing is always answered, page by page to its end:
 * only what was swept of the time since it began could be missing, an event of an earlier page that went.
 */
function requireComplete(since: Instant, place: FeedPlace | undefined, floor: Instant): void {
  if (positionOf(since, place) >= floor) return;
  if (since <= EPOCH && (place === undefined || place.began >= floor)) return;
  throw syncTokenExpired(floor);
}

/** What the client has is complete up to here. */
const positionOf = (since: Instant, place: FeedPlace | undefined): Instant =>
  place !== undefined && place.after > since ? place.after : since;

/**
 * The entries with `since < tick <= clock`, oldest change first, up to about `limit`: a page never ends inside a
 * tick. Refuses a `since` before the calendar's floor with `syncToken.expired`, but for the epoch. Two statements, or
 * one where nothing is new; it may wait for writers in flight.
 */
export async function readFeed(
  ctx: Context,
  calendar: CalendarRef,
  query: FeedQuery,
  cut: FeedCut,
): Promise<FeedPage> {
  const since = query.since ?? EPOCH;
  const { clock, floor } = cut.reading ?? (await readClock(ctx, calendar, true));
  requireComplete(since, cut.place, floor);
  const began = cut.place?.began ?? clock;
  const after = positionOf(since, cut.place);
  if (clock <= after && !(query.excludeOwn && after > since))
    return noted(ctx, { views: [], watermark: clock, hasMore: false, began, floor });

  const found = await selectEntries(ctx, calendar, query, { after, clock, rows: cut.limit + 1 });
  // As the entries were read: tombstones swept since the clock was read must not go unnoticed.
  requireComplete(since, cut.place, found.floor);
  const { rows } = found;
  const lastTick = rows[cut.limit - 1]?.[TICK];
  // The rows come in the order of their ticks, and a tick has one text.
  const ours =
    lastTick == null ? rows : rows.slice(0, rows.findLastIndex((row) => row[TICK] === lastTick) + 1);
  const watermark = lastTick == null ? clock : instantFromDatabase(lastTick);
  const hasMore =
    ours.length < rows.length ||
    // Everything that was fetched is of one tick, so whether more follows is still open.
    (rows.length > cut.limit &&
      (await selectEntries(ctx, calendar, query, { after: watermark, clock, rows: 1 })).rows.length > 0);
  return noted(
    ctx,
    {
      views: ours.map(toView),
      watermark: hasMore ? watermark : found.clock,
      hasMore,
      began,
      floor: found.floor,
    },
    found.leftOut,
  );
}

/** The page, told to whoever asks how clients keep up. */
function noted({ tally }: Context, page: FeedPage, leftOut = 0): FeedPage {
  const poll = tally.polls(page.watermark);
  tally.rows += page.views.length;
  poll.rows += page.views.length;
  poll.leftOut += leftOut;
  return page;
}

const EVENT_ID = EVENT_WIDTH;
const TICK = EVENT_WIDTH + 1;
const REASON = EVENT_WIDTH + 2;
const FLOOR = EVENT_WIDTH + 3;
const CLOCK = EVENT_WIDTH + 4;
const LEFT_OUT = EVENT_WIDTH + 5;

/** So far the own changes that a poll leaves out are counted: it must not cost more than the poll. */
const LEFT_OUT_MOST = 1_000;

const instantOf = (row: TextRow): Instant => instantFromDatabase(row[TICK] as string);

function toView(row: TextRow): EventView | RemovedView {
  const reason = row[REASON] as RemovalReason | null;
  return reason ? new RemovedView(row[EVENT_ID] as string, reason, instantOf(row)) : new EventView(row);
}

interface Range {
  after: Instant;
  clock: Instant;
  rows: number;
}

/**
 * The rows, and the clock that covers them. With excludeOwn that is the clock of their own snapshot: a stranger's
 * change that the caller overtakes between the reading of an older clock and this statement would be in no answer,
 * beyond the watermark here and followed by nothing but the caller's own changes in the next.
 */
async function selectEntries(
  { db, caller }: Context,
  calendar: CalendarRef,
  { kind, since, excludeOwn, interval }: FeedQuery,
  { after, clock, rows }: Range,
): Promise<{ rows: TextRow[]; clock: Instant; floor: Instant; leftOut: number }> {
  const bound = excludeOwn ? "infinity" : clock;
  const values: unknown[] = [caller.organisationId, calendar.id, after, bound, rows];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  // Exact: the last change was not the caller's, or one that was not came after `since`.
  const foreign = excludeOwn
    ? ` and (n.changed_by is distinct from ${bind(caller.tokenId)} or n.foreign_tick > ${bind(since ?? EPOCH)})`
    : "";
  const live = overlapSql(interval, bind);
  const entries = (state: string, more: string): string => `
    select n.organisation_id, n.event_id, n.tick, n.reason from calendar_entry n
    where n.organisation_id = $1 and n.calendar_id = $2 and n.tick > $3 and n.tick <= $4
      and n.removed_at is ${state}${foreign}${more}
    order by n.tick fetch first ($5) rows with ties`;
  const source = {
    live: entries("null", live),
    removed: entries("not null", ""),
    both: `(${entries("null", live)}) union all (${entries("not null", "")}) order by tick fetch first ($5) rows with ties`,
  }[kind];
  // Told once a poll, with its first page.
  const own = excludeOwn && after === (since ?? EPOCH) ? ownSql(kind, bind(caller.tokenId)) : "0";
  const found = await textRows(db.pool, {
    text: `
      select ${eventColumns("e")}, n.event_id, n.tick, n.reason, c.floor, c.clock, ${own}
      from calendar c
      left join (${source}) n on true
      left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
      where c.organisation_id = $1 and c.id = $2
      order by n.tick, n.event_id`,
    values,
  });
  return {
    rows: found.filter((row) => row[EVENT_ID] !== null),
    clock: excludeOwn ? instantFromDatabase(found[0]?.[CLOCK] as string) : clock,
    floor: instantFromDatabase(found[0]?.[FLOOR] as string),
    leftOut: Number(found[0]?.[LEFT_OUT]),
  };
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
