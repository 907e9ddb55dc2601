// The statements of the feed: entries of a calendar in the order of their ticks.
import type { CalendarRef, Context, TickPlace } from "../context";
import { boundedRows, type BoundedRows, type HeldRows } from "../database/bounded-rows";
import {
  columns,
  instant,
  joined,
  NOTHING,
  number,
  orNull,
  raw,
  sql,
  text,
  value,
  type Sql,
  type Value,
} from "../database/rows";
import { textRow } from "../database/text-rows";
import { EPOCH, type Instant } from "../values/instants";
import type { Interval } from "../values/interval";
import { ENTRY_COLUMNS } from "./entry-rows";
import { EVENT_WIDTH, eventColumns, shortColumns } from "./projection";

export type FeedKind = "live" | "removed" | "both";

export interface FeedQuery {
  kind: FeedKind;
  /** Entries with a later tick are answered; null is from nothing. */
  since: Instant | null;
  /** Leaves out entries all of whose changes after `since` came through the caller's own token. */
  excludeOwn?: boolean | null;
  /** Live entries are answered only where they overlap. */
  interval?: Interval;
  /** Only events that the calendar's user owns: so each of an organisation's is in one calendar. */
  owned?: boolean;
  /** Nobody looks at LONG_FIELDS of the events: they are not read. */
  isShort?: boolean;
}

const FED = columns(
  {
    ...ENTRY_COLUMNS,
    /** Null where there is no entry. */
    eventId: orNull(text("n.event_id")),
    floor: instant("c.floor"),
    clock: instant("c.clock"),
  },
  EVENT_WIDTH,
);
const LEFT_OUT = columns({ leftOut: number("left_out") }, EVENT_WIDTH + FED.width);

const [WHOLE, SHORT] = [raw(eventColumns("e")), raw(shortColumns("e"))];

/** About how many entries a tick has at most. */
const MAX_TICK = 500;
/** So far the own changes that a poll leaves out are counted: it must not cost more than the poll. */
const MAX_LEFT_OUT = 1_000;

export interface Range {
  after: Instant;
  /** Instead of what follows `after`: what follows this. */
  within?: TickPlace | null;
  upTo: Instant;
  rows: number;
  bytes: number;
  /** Where its rows are counted; with the answer where nothing is said. */
  held?: HeldRows;
}

export interface Found extends BoundedRows {
  /** The clock that covers them. */
  clock: Instant;
  /** The calendar's clock, of the moment when they were read. */
  stood: Instant;
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
  const place = placeOf(ctx, calendar, range);
  // Told once a poll, with its first page.
  const isFirst = !within && after === (since ?? EPOCH);
  const own = excludeOwn && isFirst ? ownSql(kind, place, ctx.caller.tokenId) : sql`0`;
  const { text: statement, values } = sql`
    select ${query.isShort ? SHORT : WHOLE}, ${FED}, ${own} as left_out
    from calendar c
    left join (${entriesSql(ctx, query, range, place)}) n on true
    left join event e on e.organisation_id = n.organisation_id and e.id = n.event_id
    where c.organisation_id = ${place.own} and c.id = ${place.calendar}
    order by n.tick, n.event_id`;
  const { caller } = ctx;
  const whose = query.isShort ? `short ${caller.organisationId}` : caller.organisationId;
  const found = await boundedRows(
    ctx.db.pool,
    { text: statement, values, kind: "list" },
    { bytes, rows: rows + MAX_TICK, whose, held: range.held ?? ctx.held },
  );
  const [first] = found.rows;
  if (!first) throw new Error("The calendar of a request is gone; calendars are never deleted.");
  const { clock, floor } = FED.of(first);
  return {
    ...found,
    rows: found.rows.filter((row) => FED.of(row).eventId !== null),
    clock: excludeOwn && !within ? clock : upTo,
    stood: clock,
    floor,
    leftOut: LEFT_OUT.of(first).leftOut,
  };
}

/** Whether there is an entry in a range of ticks. One statement. */
export async function hasEntries(
  ctx: Context,
  calendar: CalendarRef,
  query: FeedQuery,
  range: Pick<Range, "after" | "upTo">,
): Promise<boolean> {
  const few = { ...range, rows: 1 };
  const source = entriesSql(ctx, query, few, placeOf(ctx, calendar, few));
  return (await textRow(ctx.db.pool, sql`select from (${source}) n limit 1`)) !== null;
}

/** Whose entries, and from where on: what stands in several places of a statement. */
interface Place {
  own: Value;
  calendar: Value;
  after: Value;
}

type Wanted = Pick<Range, "after" | "within" | "upTo" | "rows">;

const placeOf = ({ caller }: Context, { id }: CalendarRef, { within, after }: Wanted): Place => ({
  own: value(caller.organisationId),
  calendar: value(id),
  after: value(within?.tick ?? after),
});

/** A query of entries, from the first tick on, whole ticks. */
function entriesSql(
  { caller }: Context,
  { kind, since, excludeOwn, interval, owned }: FeedQuery,
  { within, upTo, rows }: Wanted,
  { own, calendar, after }: Place,
): Sql {
  const [bound, count] = [value(excludeOwn && !within ? "infinity" : upTo), value(rows)];
  const beyond = within
    ? sql`(n.tick, n.event_id) > (${after}, ${value(within.eventId)}::bigint)`
    : sql`n.tick > ${after}`;
  // Exact: the last change was not the caller's, or one that was not came after `since`.
  const foreign = excludeOwn
    ? sql` and (n.changed_by is distinct from ${value(caller.tokenId)} or n.foreign_tick > ${value(since ?? EPOCH)})`
    : NOTHING;
  const entries = (state: string, more: Sql): Sql => sql`
    select n.organisation_id, n.event_id, n.tick, n.reason from calendar_entry n
    where by_change(n.organisation_id) = ${own} and n.calendar_id = ${calendar} and ${beyond} and n.tick <= ${bound}
      and n.removed_at is ${raw(state)}${foreign}${owned ? sql` and n.owned` : NOTHING}${more}
    order by n.tick fetch first (${count}) rows with ties`;
  const live = (): Sql => entries("null", overlapSql(interval));
  const removed = (): Sql => entries("not null", NOTHING);
  if (kind === "live") return live();
  if (kind === "removed") return removed();
  return sql`(${live()}) union all (${removed()}) order by tick fetch first (${count}) rows with ties`;
}

/** How many of the entries after the place the token alone has changed since. */
function ownSql(kind: FeedKind, { own, calendar, after }: Place, tokenId: string | null): Sql {
  const entries = (state: string): Sql => sql`
    (select n.changed_by, n.foreign_tick from calendar_entry n
     where by_change(n.organisation_id) = ${own} and n.calendar_id = ${calendar} and n.tick > ${after}
       and n.removed_at is ${raw(state)}
     order by n.tick limit ${raw(String(MAX_LEFT_OUT))})`;
  const states = { live: ["null"], removed: ["not null"], both: ["null", "not null"] }[kind];
  return sql`(select count(*) from (${joined(states.map(entries), " union all ")}) own
    where own.changed_by = ${tokenId} and coalesce(own.foreign_tick <= ${after}, true))`;
}

/** SQL over alias `n` of calendar_entry: the half-open overlap with a window. */
export function overlapSql(interval: Interval | undefined): Sql {
  const { startAt, endAt } = interval ?? {};
  const from = value(startAt);
  const before = endAt ? sql` and n.start_time < ${endAt}` : NOTHING;
  return startAt ? sql`${before} and (n.end_time > ${from} or n.start_time >= ${from})` : before;
}
