// The delta sync: a calendar's entries in tick order. It promises what migrations/README.md says in "What the feed
// promises"; the triggers keep that, and the statements here rely on nothing else.
import { perRequest, type CalendarRef, type Context, type TickPlace } from "../context";
import type { ClockReading } from "../database/barrier";
import type { HeldRows } from "../database/bounded-rows";
import type { Queryable, TextRow } from "../database/text-rows";
import { syncTokenExpired } from "../errors";
import { EPOCH, type Instant } from "../values/instants";
import { MAX_PAGE_BYTES } from "../values/pages";
import { hasEntries, selectEntries, type FeedQuery, type Found, type Range } from "./feed-entries";
import { ENTRY, viewOfEntry } from "./entry-rows";
import { readingOn, type MayLag } from "./lagging";
import type { EventView, RemovedView } from "./projection";

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
  /** Where its rows are counted, where that is not the answer (src/turns/held.ts). */
  held?: HeldRows;
  /** The calendar's clock; `readClock` has it where none is given. */
  reading?: ClockReading;
  /** A standby may answer it. */
  mayLag?: MayLag | null;
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

/** By calendar. One request has one reading of a clock: its lists are complete up to where that stood. */
const readings = perRequest(() => new Map<string, Promise<ClockReading>>());
/** The same for those of its lists that a standby may answer, by how old they may be too; null where it does not. */
const standbysReadings = perRequest(() => new Map<string, Promise<ClockReading | null>>());

/**
 * The calendar's clock, for a list: after waiting for writers in flight, or (a cursor of our own) at once. Read once a
 * request, as it is first asked for: a door that reads ahead for a cursor of ours has said for the list, too, that it need
 * not wait.
 */
export function readClock(
  ctx: Context,
  { id: calendarId }: Pick<CalendarRef, "id">,
  wait: boolean,
): Promise<ClockReading> {
  const { db, caller } = ctx;
  const key = { organisationId: caller.organisationId, calendarId };
  return known(readings(ctx), calendarId, () => (wait ? db.barrier.pass(key) : db.barrier.peek(key)));
}

/** The calendar's clock as the standby has it; null where it is behind what the caller has seen, or does not answer. */
export async function readStandbysClock(
  ctx: Context,
  { id: calendarId }: Pick<CalendarRef, "id">,
  seen: Instant,
  { seconds }: Pick<MayLag, "seconds">,
): Promise<ClockReading | null> {
  const { db, caller } = ctx;
  const { standby } = db;
  if (!standby || seconds === 0) return null;
  const key = { organisationId: caller.organisationId, calendarId };
  const peek = async (on: Queryable): Promise<ClockReading | null> => {
    const reading = await db.barrier.peek(key, on);
    return reading.clock >= seen ? reading : null;
  };
  const reading = await known(standbysReadings(ctx), `${calendarId} ${seconds}`, () =>
    standby.answer(caller, peek, seconds),
  );
  return reading !== null && reading.clock >= seen ? reading : null;
}

function known<T>(readings: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const reading = readings.get(key) ?? read();
  readings.set(key, reading);
  return reading;
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
  const after = positionOf(since, cut.place);
  const { clock, floor, isStandbys } = await readingFor(ctx, calendar, cut, after);
  requireComplete(since, cut.place, floor);
  const began = cut.place?.began ?? clock;
  const range = rangeOf(cut, after, clock);
  const { within } = range;
  if (!within && isQuiet(clock, after, query))
    return noted(ctx, { ...NOTHING, watermark: clock, began, floor });

  const select = isStandbys ? selectOnStandby : selectEntries;
  const found = await select(ctx, calendar, query, range);
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

/** The clock up to which it is read, and whether that is the standby's. */
async function readingFor(
  ctx: Context,
  calendar: CalendarRef,
  { reading, mayLag }: FeedCut,
  after: Instant,
): Promise<ClockReading & { isStandbys: boolean }> {
  const standbys = mayLag ? await readStandbysClock(ctx, calendar, after, mayLag) : null;
  if (standbys) return { ...standbys, isStandbys: true };
  return { ...(reading ?? (await readClock(ctx, calendar, !mayLag?.isCovered))), isStandbys: false };
}

/** Up to the standby's clock, on the standby; on the primary where it answers no more, or is another that has not come so far. */
async function selectOnStandby(
  ctx: Context,
  calendar: CalendarRef,
  query: FeedQuery,
  range: Range,
): Promise<Found> {
  const read = async (on: Queryable): Promise<Found | null> => {
    const found = await selectEntries(readingOn(ctx, on), calendar, query, range);
    return found.stood >= range.upTo ? found : null;
  };
  const found = await ctx.db.standby?.answer(ctx.caller, read);
  return found ?? selectEntries(ctx, calendar, query, range);
}

function rangeOf(
  { place, limit, bytes = MAX_PAGE_BYTES, held }: FeedCut,
  after: Instant,
  clock: Instant,
): Range {
  const within = place?.within ?? null;
  return { after, within, upTo: within?.tick ?? clock, rows: limit + 1, bytes, held };
}

const piece = ({ rows, end }: Whole): Pick<FeedPage, "views" | "unfinished"> => ({
  views: rows.map(viewOfEntry),
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
  const full = rows[limit - 1];
  const lastTick = full && tickOf(full);
  const nextTick = next && tickOf(next);
  if (nextTick !== null && (lastTick === undefined || nextTick === lastTick))
    return beforeTick(rows, nextTick);
  if (lastTick === undefined) return { rows, last: null, end: "open" };
  const ours = rows.slice(0, rows.findLastIndex((row) => tickOf(row) === lastTick) + 1);
  const more = next !== null || ours.length < rows.length;
  // Where everything that was fetched is of one tick, whether more follows is still open.
  const isOpen = !more && rows.length > limit;
  return {
    rows: ours,
    last: isOpen || more ? lastTick : null,
    end: more ? "more" : "open",
  };
}

/** The bytes end it: before the tick of what did not fit, or, where there is nothing before that, inside. */
function beforeTick(rows: readonly TextRow[], tick: Instant): Whole {
  const before = rows.filter((row) => tickOf(row) !== tick);
  const last = before.at(-1);
  return last ? { rows: before, last: tickOf(last), end: "more" } : { rows, last: null, end: "inside" };
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
  const { tick, eventId } = ENTRY.of(rows.at(-1) as TextRow);
  return { tick, eventId };
}

/** The page, told to whoever asks how clients keep up. */
function noted({ tally }: Context, page: FeedPage, leftOut = 0): FeedPage {
  const poll = tally.polls(page.watermark);
  tally.rows += page.views.length;
  poll.rows += page.views.length;
  poll.leftOut += leftOut;
  return page;
}

const tickOf = (row: TextRow): Instant => ENTRY.of(row).tick;

/** A page of a feed, and the cursor that goes on after it. */
export interface ListedFeed {
  page: FeedPage;
  endCursor: () => string;
}
