// From the arguments of a query to a list: which calendar, which bounds, and who answers it.
import DataLoader from "dataloader";
import { requireScope, type CalendarRef, type Context, type Piece } from "../context";
import type { ClockReading } from "../database/barrier";
import { ownCalendar, requireCalendar, requireCalendars } from "../people/calendars";
import { PAGE_DEFAULT } from "../values/pages";
import { EPOCH, type GivenTime, type Instant } from "../values/instants";
import { readInterval, readSince } from "../values/interval";
import { decodeFeedCursor, encodeFeedCursor, feedName } from "./feed-cursor";
import { Scope, type EventFilter } from "./filter.inputs";
import { EventConnection } from "./event.types";
import { readClock, readFeed, readStandbysClock, type FeedCut, type FeedPage, type ListedFeed } from "./feed";
import type { FeedKind, FeedQuery } from "./feed-entries";
import {
  bringsAll,
  COVERED,
  isOwnOrAdmins,
  readOnStandby,
  readStaleness,
  type Leeway,
  type MayLag,
} from "./lagging";
import { readPage, windowOf, type ConnectionPage, type ListPage } from "./list-page";
import {
  countEvents,
  countTimelines,
  searchEvents,
  searchTimelines,
  EventOrder,
  type EventSearch,
  type FoundEvents,
} from "./search";
import { readSize } from "../values/pages";
import { answerSizeOf } from "../access/answer-size";

interface EventList {
  filter: EventFilter;
  /** Of the occurrences of a series: those that do not say what it says, or those that do. */
  overridden?: boolean | null;
  order?: EventOrder | null;
  page: ConnectionPage;
  /** A standby may answer it. */
  leeway?: Leeway;
}

/** What is asked of the timelines of records. */
export interface TimelineList extends EventList {
  /** Whether an Account's has those of its Contacts and Opportunities. */
  rollUp: boolean;
}

/**
 * A page of the events that match. A list of one calendar first waits for writers in flight on it, or a standby answers it
 * without; it carries the calendar's clock from before the page was read.
 */
export async function listEvents(ctx: Context, list: EventList): Promise<EventConnection> {
  requireScope(ctx, "read");
  const search = await readSearch(ctx, list);
  const page = readPage(list.page, search.order);
  const connection =
    (await listOnStandby(ctx, search, page, list.leeway)) ??
    (await readList(ctx, { search, page, clock: await clockOf(ctx, search) }));
  ctx.tally.rows += connection.views.length;
  return connection;
}

async function readList(
  ctx: Context,
  { search, page, clock }: Omit<Listed, "count">,
  count = (): Promise<number> => countEvents(ctx, search),
): Promise<EventConnection> {
  const found = await searchEvents(ctx, search, windowOf(page, ctx.piece?.bytes));
  return connectionOf(found, { search, page, clock, count });
}

/**
 * The page as a standby has it; null where the primary is to be asked. The list is of one calendar, the caller's own or an
 * admin's to read: nothing in it is masked, so that nothing hangs on what was granted, or on what the organisation said, a while
 * ago. A page that follows another must not be older than that.
 */
async function listOnStandby(
  ctx: Context,
  search: EventSearch,
  page: ListPage,
  leeway: Leeway | undefined,
): Promise<EventConnection | null> {
  const [id, ...others] = search.calendarIds ?? [];
  if (!leeway || id === undefined || others.length > 0) return null;
  if (!isOwnOrAdmins(ctx, id)) return null;
  if (page.beyond !== null && leeway.seen === EPOCH) return null;
  return readOnStandby(ctx, { id }, leeway, (there, clock) => {
    const later = { seconds: leeway.seconds, seen: clock };
    const count = async (): Promise<number> =>
      (await readOnStandby(ctx, { id }, later, (on) => countEvents(on, search))) ?? countEvents(ctx, search);
    return readList(there, { search, page, clock }, count);
  });
}

/**
 * A page of the timeline of each record; where all of them come to more than `most` bytes, they are not complete, and say
 * that they came to more. One statement for all of them, and one where their counts are asked for.
 */
export async function listTimelines(
  ctx: Context,
  recordIds: readonly string[],
  list: TimelineList,
  most: number,
): Promise<EventConnection[]> {
  requireScope(ctx, "read");
  const search = await readSearch(ctx, list);
  const page = readPage(list.page, search.order);
  const clock = await clockOf(ctx, search);
  const { rollUp } = list;
  const pages = await searchTimelines(
    ctx,
    { recordIds, rollUp },
    search,
    windowOf(page, ctx.piece?.bytes),
    most,
  );
  for (const { views } of pages) ctx.tally.rows += views.length;
  const counts = new DataLoader((ids: readonly string[]) =>
    countTimelines(ctx, { recordIds: ids, rollUp }, search),
  );
  return recordIds.map((id, index) =>
    connectionOf(pages[index] as FoundEvents, { search, page, clock, count: () => counts.load(id) }),
  );
}

interface Listed {
  search: EventSearch;
  page: ListPage;
  clock: Instant | null;
  count: () => Promise<number>;
}

function connectionOf(
  { views, isCut, bytes }: FoundEvents,
  { search, page, clock, count }: Listed,
): EventConnection {
  const { size, backwards, beyond } = page;
  const isLonger = views.length > size;
  if (isLonger) views.splice(backwards ? 0 : size, 1);
  const more = isLonger || isCut;
  const elsewhere = beyond !== null;
  const connection = new EventConnection(
    views,
    search.order,
    { next: backwards ? elsewhere : more, previous: backwards ? more : elsewhere },
    clock,
    count,
  );
  return Object.assign(connection, { bytes });
}

/** The clock of the one calendar that is listed, after writers in flight; null for a list of several. */
async function clockOf(ctx: Context, { calendarIds }: EventSearch): Promise<Instant | null> {
  const id = calendarIds?.length === 1 ? calendarIds[0] : undefined;
  return id === undefined ? null : (await readClock(ctx, { id }, true)).clock;
}

interface ChangeList {
  kind: FeedKind;
  since?: GivenTime | null;
  after?: string | null;
  first?: number | null;
  calendarId?: string | null;
  excludeOwn?: boolean | null;
  isShort?: boolean;
  /** Only what overlaps this window, and what is removed. */
  startAt?: GivenTime | null;
  endAt?: GivenTime | null;
  /** So old the answer may be; a standby gives it then. */
  maxStalenessSeconds?: number | null;
}

/**
 * A page of a calendar's feed; a piece of one may end inside a tick (`unfinished`). A cursor of another feed, or of another
 * caller, is `bad_request`.
 */
export async function listChanges(ctx: Context, list: ChangeList): Promise<ListedFeed> {
  requireScope(ctx, "read");
  const { kind, excludeOwn, isShort } = list;
  const limit = readSize(list.first, "first") ?? PAGE_DEFAULT;
  const given = readSince(list.since);
  const interval = readInterval(list);
  const calendar = await requireCalendar(ctx, list.calendarId);
  const feed = feedName(ctx, calendar, { kind, excludeOwn });
  const mark = list.after == null ? null : decodeFeedCursor(list.after, feed, given);
  const query = { kind, since: mark ? mark.since : given, excludeOwn, interval, isShort };
  const mayLag = isOwnOrAdmins(ctx, calendar.id) ? mayLagOf(ctx, query, list) : null;
  const page = ctx.piece
    ? await readFeed(ctx, calendar, query, { ...cutOf(ctx.piece), limit, mayLag })
    : await readPageOfFeed(ctx, calendar, query, { limit, place: mark?.place, mayLag });
  const { watermark, began } = page;
  const endCursor = (): string =>
    encodeFeedCursor({ since: query.since, place: { after: watermark, began } }, feed);
  return { page, endCursor };
}

/** Whether a standby may answer the feed, and how old its answer may be; null where it may not. */
function mayLagOf(ctx: Context, query: FeedQuery, list: ChangeList): MayLag | null {
  const seconds = readStaleness(list.maxStalenessSeconds);
  if (!ctx.db.standby || !bringsAll(ctx, query)) return null;
  if (ctx.isCovered) return COVERED;
  return seconds > 0 ? { seconds, isCovered: false } : null;
}

/**
 * The calendar's clock and floor as the lists of this request will have them. `feed` is the one that is read from a watermark
 * of ours: no writer in flight can have passed that, so that nobody waits for them, and a standby may answer.
 */
export async function readListsClock(
  ctx: Context,
  calendar: CalendarRef,
  feed: FeedQuery | null,
): Promise<ClockReading> {
  const { standby } = ctx.db;
  const standbys =
    standby && feed && bringsAll(ctx, feed) && isOwnOrAdmins(ctx, calendar.id)
      ? await readStandbysClock(ctx, calendar, feed.since ?? EPOCH, COVERED)
      : null;
  return standbys ?? readClock(ctx, calendar, feed === null);
}

/** A piece's place is a tick, and the clock that its list began with. */
const cutOf = ({ bytes, place }: Piece): Omit<FeedCut, "limit"> => ({
  bytes,
  ...(place && {
    place: { after: place.position, began: place.clock as Instant, within: place.within },
  }),
});

/** A page with all of its last tick, however long that is, as far as an answer may hold it. */
async function readPageOfFeed(
  ctx: Context,
  calendar: CalendarRef,
  query: FeedQuery,
  cut: FeedCut,
): Promise<FeedPage> {
  const size = answerSizeOf(ctx);
  size.ask(1);
  const page = await readFeed(ctx, calendar, query, cut);
  size.read(page.views.length, page.bytes);
  while (page.unfinished) {
    size.hasLongTick = true;
    const { watermark: after, began, unfinished: within } = page;
    const more = await readFeed(ctx, calendar, query, { ...cut, place: { after, began, within } });
    size.read(more.views.length, more.bytes);
    Object.assign(page, more, { views: [...page.views, ...more.views] });
  }
  return page;
}

async function readSearch(ctx: Context, { filter, order, overridden }: EventList): Promise<EventSearch> {
  const { calendarIds, scope, startAt, endAt, ...conditions } = filter;
  if (calendarIds) await requireCalendars(ctx, calendarIds);
  const whole = scope === Scope.ORGANISATION && !calendarIds;
  return {
    ...conditions,
    overridden,
    ...readInterval({ startAt, endAt }),
    order: order ?? EventOrder.START,
    calendarIds: whole ? null : (calendarIds ?? [ownCalendar(ctx).id]),
  };
}
