// The event lists of the REST door: which resolver a query is for, and how its batches follow one another.
import type { CalendarRef, Context } from "../context";
import { badRequest } from "../errors";
import type { EventResolver, FeedExtras } from "../event/event.resolver";
import type { FeedPage } from "../event/feed";
import { readInstant, readInterval } from "../event/lists";
import { EventOrder } from "../event/search";
import { requireCalendar } from "../people/calendars";
import type { Instant } from "../values/instants";
import type { Batch, ReadBatch } from "./list";
import type { Query } from "./query";

/** GET /events: the feed where `since`, `deltaToken` or `showDeleted` is given, else live events by start. */
export async function readEvents(ctx: Context, resolver: EventResolver, query: Query): Promise<ReadBatch> {
  const calendar = await requireCalendar(ctx, query.text("calendarId"));
  const interval = readInterval({ startAt: query.text("startAt"), endAt: query.text("endAt") });
  const iCalUid = query.text("iCalUid");
  const cursor = readCursor(query);
  const showDeleted = query.flag("showDeleted");
  const excludeOwn = query.flag("excludeOwn");
  if (!cursor && !showDeleted) return byStart(ctx, resolver, calendar, { ...interval, iCalUid });
  if (iCalUid !== null) {
    throw badRequest({
      field: "iCalUid",
      message: "iCalUid must not be given together with since or showDeleted.",
    });
  }
  return feed(cursor, async (extras, first) => {
    const args = {
      since: cursor?.since,
      first,
      calendarId: calendar.id,
      excludeOwn,
      includeDeleted: showDeleted,
    };
    return (await resolver.changes(ctx, args, { ...extras, interval })).page;
  });
}

/** GET /deletedEvents. */
export async function readDeletedEvents(
  ctx: Context,
  resolver: EventResolver,
  query: Query,
): Promise<ReadBatch> {
  const calendar = await requireCalendar(ctx, query.text("calendarId"));
  const cursor = readCursor(query);
  const excludeOwn = query.flag("excludeOwn");
  return feed(cursor, async (extras, first) => {
    const args = { since: cursor?.since, first, calendarId: calendar.id, excludeOwn };
    return (await resolver.deletedEvents(ctx, args, extras)).page;
  });
}

interface Cursor {
  since: Instant;
  /** A watermark of ours needs no barrier. */
  ours: boolean;
}

function readCursor(query: Query): Cursor | null {
  const since = readInstant(query.text("since"), "since");
  const deltaToken = readInstant(query.text("deltaToken"), "deltaToken");
  if (since !== null && deltaToken !== null) {
    throw badRequest({ field: "deltaToken", message: "deltaToken must not be given together with since." });
  }
  if (deltaToken !== null) return { since: deltaToken, ours: true };
  return since === null ? null : { since, ours: false };
}

function byStart(
  ctx: Context,
  resolver: EventResolver,
  calendar: CalendarRef,
  filter: { startAt: Instant | null; endAt: Instant | null; iCalUid: string | null },
): ReadBatch {
  return async (place, first) => {
    const args = { filter, orderBy: EventOrder.START, first, after: place?.position };
    const list = await resolver.events(ctx, args, calendar);
    const { hasNextPage, endCursor } = list.pageInfo;
    // "Load the window, then poll from the token" misses nothing: the clock stood so before the first page was read.
    return {
      rows: list.views,
      next: hasNextPage ? endCursor : null,
      watermark: place?.watermark ?? list.watermark,
    };
  };
}

function feed(
  cursor: Cursor | null,
  read: (extras: FeedExtras, first: number) => Promise<FeedPage>,
): ReadBatch {
  // One answer in several batches keeps the clock it began with; a client's next page reads the clock anew.
  let clock: Instant | undefined;
  return async (place, first): Promise<Batch> => {
    const page = await read({ after: place?.position, clock, wait: !cursor?.ours }, first);
    clock = page.clock;
    return { rows: page.views, next: page.hasMore ? page.watermark : null, watermark: page.watermark };
  };
}
