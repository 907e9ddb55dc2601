// The delta sync: a calendar's entries in tick order. It promises what migrations/README.md says in "What the feed
// promises"; the triggers keep that, and the statements here rely on nothing else.
import type { CalendarRef, Context } from "../context";
import type { ClockReading } from "../database/barrier";
import type { TextRow } from "../database/text-rows";
import { syncTokenExpired } from "../errors";
import { EPOCH, instantFromDatabase, type Instant } from "../values/instants";
import { MAX_PAGE_BYTES } from "../values/pages";
import {
  EVENT_ID,
  hasEntries,
  REASON,
  selectEntries,
  TICK,
  type FeedQuery,
  type Found,
  type Range,
  type TickPlace,
} from "./feed-entries";
import { EventView, RemovedView, type RemovalReason } from "./projection";

/** Where a page goes on that is not the first. */
export interface FeedPlace {
  /** The page before ended with this tick. */
  after: Instant;
  /** The calendar's clock from before the first page was read. */
  began: Instant;
  /** The tick after that had more than a piece holds: it is read up to here. */
  within?: TickPlace | null;
}

export interface FeedCut {
  /** The first page is read where there is none. */
  place?: FeedPlace;
  /** How many rows are wanted; more come where the last tick has more. */
  limit: number;
  /** And how many bytes of them, MAX_PAGE_BYTES where nothing is said; more come with a single row. */
  bytes?: number;
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
  /**
   * Where its last tick has more than fits: it is a piece, and no page before `readFeed` has gone on from here (as
   * `within`) to the end of that tick.
   */
  unfinished: TickPlace | null;
  /** What its rows come to. */
  bytes: number;
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
 * The entries with `since < tick <= clock`, oldest change first, up to about `limit` rows and `bytes`: a page never ends
 * inside a tick, and where a tick is too long for it, it says so (`unfinished`). Refuses a `since` before the calendar's
 * floor with `syncToken.expired`, but for the epoch. Two statements, or one where nothing is new; it may wait for writers in
 * flight.
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
  const range = rangeOf(cut, after, clock);
  const { within } = range;
  if (!within && isQuiet(clock, after, query))
    return noted(ctx, { ...NOTHING, watermark: clock, began, floor });

  const found = await selectEntries(ctx, calendar, query, range);
  // As the entries were read: tombstones swept since the clock was read must not go unnoticed.
  requireComplete(since, cut.place, found.floor);
  const whole = within ? wholeTick(found, within) : wholeTicks(found, cut.limit);
  const hasMore =
    whole.end !== "open" ||
    (whole.last !== null && (await hasEntries(ctx, calendar, query, { after: whole.last, upTo: clock })));
  const covered = whole.end === "inside" ? after : (whole.last ?? clock);
  const page = {
    ...piece(whole),
    watermark: hasMore ? covered : later(found.clock, clock),
    hasMore,
    began,
    floor: found.floor,
    bytes: found.bytes,
  };
  return noted(ctx, page, found.leftOut);
}

function rangeOf({ place, limit, bytes = MAX_PAGE_BYTES }: FeedCut, after: Instant, clock: Instant): Range {
  const within = place?.within ?? null;
  return { after, within, upTo: within?.tick ?? clock, rows: limit + 1, bytes };
}

const piece = ({ rows, end }: Whole): Pick<FeedPage, "views" | "unfinished"> => ({
  views: rows.map(toView),
  unfinished: end === "inside" ? placeOf(rows) : null,
});

/** Whether nothing can have come since: own changes that are left out may have overtaken what is older. */
const isQuiet = (clock: Instant, after: Instant, { since, excludeOwn }: FeedQuery): boolean =>
  clock <= after && !(excludeOwn && after > (since ?? EPOCH));

const NOTHING = { views: [], hasMore: false, unfinished: null, bytes: 0 };

const later = (one: Instant, other: Instant): Instant => (one > other ? one : other);

/** What a page has of the rows that were found. */
interface Whole {
  rows: readonly TextRow[];
  /** The last tick that is complete with it; null where there is none. */
  last: Instant | null;
  /** Whether more follows: it does; it does within the tick of the last row; only another look would tell. */
  end: "more" | "inside" | "open";
}

/** Whole ticks, up to the one of the row that fills the page. The rows come in the order of their ticks. */
function wholeTicks({ rows, next }: Found, limit: number): Whole {
  // A tick has one text.
  const lastTick = rows[limit - 1]?.[TICK];
  if (next && (lastTick == null || next[TICK] === lastTick)) return beforeTick(rows, next[TICK] as string);
  if (lastTick == null) return { rows, last: null, end: "open" };
  const ours = rows.slice(0, rows.findLastIndex((row) => row[TICK] === lastTick) + 1);
  const more = next !== null || ours.length < rows.length;
  // Where everything that was fetched is of one tick, whether more follows is still open.
  const isOpen = !more && rows.length > limit;
  return {
    rows: ours,
    last: isOpen || more ? instantFromDatabase(lastTick) : null,
    end: more ? "more" : "open",
  };
}

/** The bytes end it: before the tick of what did not fit, or, where there is nothing before that, inside. */
function beforeTick(rows: readonly TextRow[], tick: string): Whole {
  const before = rows.filter((row) => row[TICK] !== tick);
  const last = before.at(-1);
  return last ? { rows: before, last: instantOf(last), end: "more" } : { rows, last: null, end: "inside" };
}

/**
 * More of a tick that was too long. What has changed since it was begun is not among it: it has a later tick now, and
 * comes with that.
 */
const wholeTick = ({ rows, next }: Found, { tick }: TickPlace): Whole => ({
  rows,
  last: next ? null : tick,
  end: next ? "inside" : "open",
});

function placeOf(rows: readonly TextRow[]): TickPlace {
  const last = rows.at(-1) as TextRow;
  return { tick: instantOf(last), eventId: last[EVENT_ID] as string };
}

/** The page, told to whoever asks how clients keep up. */
function noted({ tally }: Context, page: FeedPage, leftOut = 0): FeedPage {
  const poll = tally.polls(page.watermark);
  tally.rows += page.views.length;
  poll.rows += page.views.length;
  poll.leftOut += leftOut;
  return page;
}

const instantOf = (row: TextRow): Instant => instantFromDatabase(row[TICK] as string);

function toView(row: TextRow): EventView | RemovedView {
  const reason = row[REASON] as RemovalReason | null;
  return reason ? new RemovedView(row[EVENT_ID] as string, reason, instantOf(row)) : new EventView(row);
}

/** A page of a feed, and the cursor that goes on after it. */
export interface ListedFeed {
  page: FeedPage;
  endCursor: () => string;
}
