// From the arguments of a query to a list: which calendar, which bounds, which page.
import DataLoader from "dataloader";
import { requireScope, type CalendarRef, type Context } from "../context";
import { badRequest } from "../errors";
import { ownCalendar, requireCalendar, requireCalendars } from "../people/calendars";
import { MAX_PAGE_BYTES, PAGE_DEFAULT } from "../values/pages";
import { INSTANT_RULE, parseInstant, type GivenTime, type Instant } from "../values/instants";
import { decodeCursor } from "./cursor";
import { decodeFeedCursor, encodeFeedCursor, feedName } from "./feed-cursor";
import type { RecordRef } from "./event.inputs";
import { EventConnection, Scope, type EventFilter } from "./event.types";
import { readFeed, type FeedCut, type FeedPage, type ListedFeed } from "./feed";
import type { FeedKind, FeedQuery, Interval } from "./feed-entries";
import {
  countEvents,
  countTimelines,
  searchEvents,
  searchTimelines,
  EventOrder,
  type EventSearch,
  type FoundEvents,
  type Position,
  type Window,
} from "./search";
import { readSize } from "../values/pages";
import { answerSizeOf } from "../access/answer-size";

/** An optional instant of a query; refuses what is none. */
export function readInstant(given: GivenTime | null | undefined, field: string): Instant | null {
  if (given == null) return null;
  const instant = parseInstant(given);
  if (instant === null) throw badRequest({ field, message: `${field} ${INSTANT_RULE}.` });
  return instant;
}

/** The bounds of a window; refuses one that is empty or turned round. */
export function readInterval(given: { startAt?: GivenTime | null; endAt?: GivenTime | null }): Interval {
  const interval = {
    startAt: readInstant(given.startAt, "startAt"),
    endAt: readInstant(given.endAt, "endAt"),
  };
  if (interval.startAt && interval.endAt && interval.startAt >= interval.endAt) {
    throw badRequest({ field: "endAt", message: "endAt must be later than startAt." });
  }
  return interval;
}

export interface ConnectionPage {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

interface EventList {
  filter: EventFilter;
  order?: EventOrder | null;
  page: ConnectionPage;
  /** Whose events are meant where the filter names no calendar; the caller's by default. */
  calendar?: CalendarRef;
  /** The calendar's clock, where it was read for this answer already. */
  clock?: Instant;
  /** How many bytes a page has; MAX_PAGE_BYTES where nothing is said. */
  bytes?: number;
}

/**
 * A page of the events that match. A list of one calendar first waits for writers in flight on it, and carries its
 * clock from before the page was read.
 */
export async function listEvents(ctx: Context, list: EventList): Promise<EventConnection> {
  requireScope(ctx, "read");
  const search = await readSearch(ctx, list);
  const page = readPage(list.page, search.order);
  const clock = list.clock ?? (await clockOf(ctx, search));
  const found = await searchEvents(ctx, search, windowOf(page, list.bytes));
  ctx.tally.rows += found.views.length;
  return connectionOf(found, { search, page, clock, count: () => countEvents(ctx, search) });
}

/**
 * A page of the timeline of each record; where all of them come to more than `most` bytes, they are not complete, and say
 * that they came to more. One statement for all of them, and one where their counts are asked for.
 */
export async function listTimelines(
  ctx: Context,
  records: readonly RecordRef[],
  list: Pick<EventList, "filter" | "order" | "page">,
  most: number,
): Promise<EventConnection[]> {
  requireScope(ctx, "read");
  const search = await readSearch(ctx, list);
  const page = readPage(list.page, search.order);
  const clock = await clockOf(ctx, search);
  const pages = await searchTimelines(ctx, records, search, windowOf(page), most);
  for (const { views } of pages) ctx.tally.rows += views.length;
  const counts = new DataLoader((refs: readonly RecordRef[]) => countTimelines(ctx, refs, search));
  return records.map((record, index) =>
    connectionOf(pages[index] as FoundEvents, { search, page, clock, count: () => counts.load(record) }),
  );
}

interface Listed {
  search: EventSearch;
  page: Page;
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
async function clockOf({ db, caller }: Context, { calendarIds }: EventSearch): Promise<Instant | null> {
  const calendarId = calendarIds?.length === 1 ? calendarIds[0] : undefined;
  if (calendarId === undefined) return null;
  return (await db.barrier.pass({ organisationId: caller.organisationId, calendarId })).clock;
}

interface ChangeList {
  kind: FeedKind;
  since?: GivenTime | null;
  after?: string | null;
  first?: number | null;
  calendarId?: string | null;
  excludeOwn?: boolean | null;
  isShort?: boolean;
}

/**
 * A page of a calendar's feed; for whoever takes it `piecewise` perhaps the beginning of one (`unfinished`). A cursor of
 * another feed, or of another caller, is `bad_request`.
 */
export async function listChanges(
  ctx: Context,
  { kind, since, after, first, calendarId, excludeOwn, isShort }: ChangeList,
  piecewise?: Omit<FeedCut, "limit"> & Pick<FeedQuery, "interval">,
): Promise<ListedFeed> {
  requireScope(ctx, "read");
  const limit = readSize(first, "first") ?? PAGE_DEFAULT;
  const given = readInstant(since, "since");
  const calendar = await requireCalendar(ctx, calendarId);
  const feed = feedName(ctx, calendar, { kind, excludeOwn });
  const mark = after == null ? null : decodeFeedCursor(after, feed, given);
  const { interval, ...cut } = piecewise ?? {};
  const query = { kind, since: mark ? mark.since : given, excludeOwn, interval, isShort };
  const place = mark?.place ?? undefined;
  const page = piecewise
    ? await readFeed(ctx, calendar, query, { limit, ...cut })
    : await readPageOfFeed(ctx, calendar, query, { limit, place });
  const { watermark, began } = page;
  const endCursor = (): string =>
    encodeFeedCursor({ since: query.since, place: { after: watermark, began } }, feed);
  return { page, endCursor };
}

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

async function readSearch(ctx: Context, { filter, order, calendar }: EventList): Promise<EventSearch> {
  const { calendarIds, scope, startAt, endAt, ...conditions } = filter;
  if (calendarIds) await requireCalendars(ctx, calendarIds);
  const whole = scope === Scope.ORGANISATION && !calendarIds;
  return {
    ...conditions,
    ...readInterval({ startAt, endAt }),
    order: order ?? EventOrder.START,
    calendarIds: whole ? null : (calendarIds ?? [(calendar ?? ownCalendar(ctx)).id]),
  };
}

interface Page {
  size: number;
  backwards: boolean;
  beyond: Position | null;
}

/** One more than the page has, to see whether more follows. */
const windowOf = ({ size, ...page }: Page, bytes = MAX_PAGE_BYTES): Window => ({
  limit: size + 1,
  bytes,
  ...page,
});

function readPage({ first, after, last, before }: ConnectionPage, order: EventOrder): Page {
  if (first != null && last != null) {
    throw badRequest({ field: "last", message: "last must not be given together with first." });
  }
  const backwards = last != null || (first == null && before != null);
  const [cursor, field, other] = backwards ? [before, "before", after] : [after, "after", before];
  if (other != null) {
    const wrong = backwards ? "after" : "before";
    throw badRequest({ field: wrong, message: `${wrong} goes with ${backwards ? "first" : "last"}.` });
  }
  return {
    size: (backwards ? readSize(last, "last") : readSize(first, "first")) ?? PAGE_DEFAULT,
    backwards,
    beyond: cursor == null ? null : decodeCursor(cursor, order, field),
  };
}
