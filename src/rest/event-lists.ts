// The event lists of the REST door: which resolver a query is for, and how its batches follow one another. Each reads
// the calendar's clock first: the answer's version, and all that an unchanged poll costs.
import { requireScope, type CalendarRef, type Context } from "../context";
import type { ClockReading } from "../database/barrier";
import { badRequest } from "../errors";
import type { EventResolver } from "../event/event.resolver";
import { readClock, type FeedPage, type FeedPlace } from "../event/feed";
import type { Interval } from "../event/feed-entries";
import { readInstant, readInterval } from "../event/lists";
import { readDigest, readManifest } from "../event/reconcile";
import { EventOrder } from "../event/search";
import { requireCalendar } from "../people/calendars";
import type { Instant } from "../values/instants";
import type { ListAnswer, Most, ReadBatch } from "./list";
import {
  BY,
  CALENDAR_ID,
  DELTA_TOKEN,
  END_AT,
  EXCLUDE_OWN,
  I_CAL_UID,
  SHOW_DELETED,
  SINCE,
  START_AT,
} from "./parameters";
import type { Query } from "./query";

/** GET /events: the feed where `since`, `deltaToken` or `showDeleted` is given, else live events by start. */
export async function readEvents(ctx: Context, resolver: EventResolver, query: Query): Promise<ListAnswer> {
  const calendar = await calendarOf(ctx, query);
  const interval = intervalOf(query);
  const iCalUid = query.get(I_CAL_UID);
  const cursor = readCursor(query);
  const includeDeleted = query.get(SHOW_DELETED);
  const excludeOwn = query.get(EXCLUDE_OWN);
  const isFeed = cursor !== null || includeDeleted;
  if (isFeed && iCalUid !== null) {
    throw badRequest({
      field: "iCalUid",
      message: "iCalUid must not be given together with since or showDeleted.",
    });
  }
  const version = await readClock(ctx, calendar, !cursor?.ours);
  if (isFeed) ctx.tally.polls(version.clock);
  if (!isFeed)
    return { version, read: byStart(ctx, resolver, { calendar, version, filter: { ...interval, iCalUid } }) };
  const read = feed(async (place, { rows: first, bytes }) => {
    const args = { since: cursor?.since, first, calendarId: calendar.id, excludeOwn, includeDeleted };
    return (await resolver.changes(ctx, args, { place, bytes, reading: version, interval })).listed.page;
  });
  return { version, read, isNews: isNews(cursor, version) };
}

/** GET /deletedEvents. */
export async function readDeletedEvents(
  ctx: Context,
  resolver: EventResolver,
  query: Query,
): Promise<ListAnswer> {
  const calendar = await calendarOf(ctx, query);
  const cursor = readCursor(query);
  const excludeOwn = query.get(EXCLUDE_OWN);
  const version = await readClock(ctx, calendar, !cursor?.ours);
  ctx.tally.polls(version.clock);
  const read = feed(async (place, { rows: first, bytes }) => {
    const args = { since: cursor?.since, first, calendarId: calendar.id, excludeOwn };
    return (await resolver.deletedEvents(ctx, args, { place, bytes, reading: version })).listed.page;
  });
  return { version, read, isNews: isNews(cursor, version) };
}

const isNews = (cursor: Cursor | null, { clock }: ClockReading): boolean =>
  cursor === null || clock > cursor.since;

/** GET /events/manifest. */
export async function listManifest(ctx: Context, query: Query): Promise<ListAnswer> {
  const calendar = await calendarOf(ctx, query);
  const interval = intervalOf(query);
  const version = await readClock(ctx, calendar, true);
  const read: ReadBatch = async (place, { rows: limit }) => {
    const found = await readManifest(ctx, calendar, interval, {
      after: place?.position ?? null,
      limit: limit + 1,
    });
    const rows = found.slice(0, limit);
    const next = found.length > limit ? (rows.at(-1)?.id ?? null) : null;
    return { rows: rows.map(asJson), next, watermark: place?.clock ?? version.clock };
  };
  return { version, read };
}

/** GET /events/digest. A row a month, so it is always whole. */
export async function listDigest(ctx: Context, query: Query): Promise<ListAnswer> {
  const calendar = await calendarOf(ctx, query);
  const by = query.get(BY);
  if (by !== null && by !== "month") {
    throw badRequest({ field: "by", message: "by must be month." });
  }
  const version = await readClock(ctx, calendar, true);
  const read: ReadBatch = async () => {
    const months = await readDigest(ctx, calendar);
    return { rows: months.map(asJson), next: null, watermark: version.clock };
  };
  return { version, read };
}

const asJson = (row: object): { json: string } => ({ json: JSON.stringify(row) });

function calendarOf(ctx: Context, query: Query): Promise<CalendarRef> {
  requireScope(ctx, "read");
  return requireCalendar(ctx, query.get(CALENDAR_ID));
}

const intervalOf = (query: Query): Interval =>
  readInterval({ startAt: query.get(START_AT), endAt: query.get(END_AT) });

interface Cursor {
  since: Instant;
  /** A watermark of ours needs no barrier. */
  ours: boolean;
}

function readCursor(query: Query): Cursor | null {
  const since = readInstant(query.get(SINCE), "since");
  const deltaToken = readInstant(query.get(DELTA_TOKEN), "deltaToken");
  if (since !== null && deltaToken !== null) {
    throw badRequest({ field: "deltaToken", message: "deltaToken must not be given together with since." });
  }
  if (deltaToken !== null) return { since: deltaToken, ours: true };
  return since === null ? null : { since, ours: false };
}

interface ByStart {
  calendar: CalendarRef;
  version: ClockReading;
  filter: Interval & { iCalUid: string | null };
}

function byStart(ctx: Context, resolver: EventResolver, { calendar, version, filter }: ByStart): ReadBatch {
  const { clock } = version;
  return async (place, { rows: first, bytes }) => {
    const args = { filter, orderBy: EventOrder.START, first, after: place?.position };
    const list = await resolver.events(ctx, args, { calendar, clock, bytes });
    const { hasNextPage, endCursor } = list.pageInfo;
    // "Load the window, then poll from the token" misses nothing: the clock stood so before the first page was read.
    const next = hasNextPage ? endCursor : null;
    return { rows: list.views, next, watermark: place?.clock ?? clock, bytes: list.bytes };
  };
}

// One answer in several batches keeps the clock it began with; a client's next page begins with a newer one.
const feed =
  (read: (place: FeedPlace | undefined, most: Most) => Promise<FeedPage>): ReadBatch =>
  async (place, most) => {
    const from = place && { after: place.position, began: place.clock as Instant, within: place.within };
    const page = await read(from ?? undefined, most);
    const { views: rows, hasMore, began: clock, watermark, unfinished, bytes } = page;
    return { rows, next: hasMore ? watermark : null, clock, watermark, unfinished, bytes };
  };
