// The event lists of the REST door: which query is for which resolver, and how its pieces follow one another. Each reads
// the calendar's clock first: the answer's version, and all that an unchanged poll costs.
import { standingAtOurs, type Context } from "../context";
import { badRequest } from "../errors";
import { EventResolver } from "../event/event.resolver";
import type { CoveredFeed } from "../event/event.args";
import type { EventFilter } from "../event/filter.inputs";
import type { ChangePage, DeletedEventPage } from "../event/event.types";
import { EventView, type RemovedView } from "../event/projection";
import { ReconcileResolver } from "../event/reconcile.resolver";
import { PeopleResolver } from "../people/people.resolver";
import { SeriesResolver } from "../series/series.resolver";
import type { Instant } from "../values/instants";
import { readInterval, readSince, type Interval } from "../values/interval";
import { pages, type ListAnswer, type ReadPiece } from "./list";
import {
  BY,
  CALENDAR_ID,
  DELTA_TOKEN,
  END_AT,
  EXCLUDE_OWN,
  I_CAL_UID,
  SERIES,
  SHOW_DELETED,
  SINCE,
  START_AT,
} from "./parameters";
import type { Query } from "./query";
import type { RestCall } from "./route";

const events = new EventResolver();
const people = new PeopleResolver();
const reconcile = new ReconcileResolver();
const series = new SeriesResolver();

/** GET /events: the feed where `since`, `deltaToken` or `showDeleted` is given, else live events by start. */
export async function listEvents(call: RestCall): Promise<ListAnswer> {
  const list = await listAll(call);
  return call.query.get(SERIES) === null ? list : { ...list, read: withoutPlain(call, list.read) };
}

/** Without occurrences that say what their series says. */
const withoutPlain =
  ({ query }: RestCall, read: ReadPiece): ReadPiece =>
  async (ctx, piece) => {
    const batch = await read(ctx, piece);
    const views = batch.rows as readonly (EventView | RemovedView)[];
    const occurrences = views.flatMap((view) =>
      view instanceof EventView && view.seriesId !== null ? [view.id] : [],
    );
    const plain = await series.plain(ctx, query.get(CALENDAR_ID), occurrences);
    return { ...batch, rows: views.filter(({ id }) => !plain.has(id)) };
  };

async function listAll({ ctx, query }: RestCall): Promise<ListAnswer> {
  const calendarId = await calendarOf(ctx, query);
  const interval = intervalOf(query);
  const iCalUid = query.get(I_CAL_UID);
  const cursor = readCursor(query);
  const includeDeleted = query.get(SHOW_DELETED);
  const excludeOwn = query.get(EXCLUDE_OWN);
  if (cursor === null && !includeDeleted)
    return listByStart(ctx, calendarId, { ...interval, calendarIds: [calendarId], iCalUid });
  if (iCalUid !== null) {
    throw badRequest({
      field: "iCalUid",
      message: "iCalUid must not be given together with since or showDeleted.",
    });
  }
  const args = { since: cursor?.since, calendarId, excludeOwn, includeDeleted };
  const kind = includeDeleted ? "both" : "live";
  return listFeed(ctx, { calendarId, cursor, query: { kind, excludeOwn, interval } }, (of, first) =>
    interval.startAt || interval.endAt
      ? events.changesWithin(of, { ...args, ...interval, first })
      : events.changes(of, { ...args, first }),
  );
}

/** GET /deletedEvents. */
export async function listDeletedEvents({ ctx, query }: RestCall): Promise<ListAnswer> {
  const calendarId = await calendarOf(ctx, query);
  const cursor = readCursor(query);
  const excludeOwn = query.get(EXCLUDE_OWN);
  const args = { since: cursor?.since, calendarId, excludeOwn };
  return listFeed(ctx, { calendarId, cursor, query: { kind: "removed", excludeOwn } }, (of, first) =>
    events.deletedEvents(of, { ...args, first }),
  );
}

/** GET /events/manifest. */
export async function listManifest({ ctx, query }: RestCall): Promise<ListAnswer> {
  const calendarId = await calendarOf(ctx, query);
  const args = { ...intervalOf(query), calendarId };
  const version = await events.reading(ctx, { calendarId, covered: null });
  const read = pages({
    list: (of) => reconcile.manifest(of, args),
    json: (row) => JSON.stringify(row),
    placeOf: ({ id }) => id,
    clock: version.clock,
  });
  return { version, read };
}

/** GET /events/digest. A row a month, so it is always whole. */
export async function listDigest({ ctx, query }: RestCall): Promise<ListAnswer> {
  const calendarId = await calendarOf(ctx, query);
  const by = query.get(BY);
  if (by !== null && by !== "month") {
    throw badRequest({ field: "by", message: "by must be month." });
  }
  const version = await events.reading(ctx, { calendarId, covered: null });
  const read: ReadPiece = async (of) => {
    const months = await reconcile.digest(of, { calendarId });
    const rows = months.map((month) => ({ json: JSON.stringify(month) }));
    return { rows, next: null, watermark: version.clock };
  };
  return { version, read };
}

const calendarOf = async (ctx: Context, query: Query): Promise<string> =>
  (await people.calendar(ctx, { calendarId: query.get(CALENDAR_ID) })).id;

/** What `startAt` and `endAt` say. */
export const intervalOf = (query: Query): Interval =>
  readInterval({ startAt: query.get(START_AT), endAt: query.get(END_AT) });

interface Cursor {
  since: Instant;
  /** A watermark of ours needs no barrier. */
  ours: boolean;
}

function readCursor(query: Query): Cursor | null {
  const since = readSince(query.get(SINCE));
  const deltaToken = readSince(query.get(DELTA_TOKEN), "deltaToken");
  if (since !== null && deltaToken !== null) {
    throw badRequest({ field: "deltaToken", message: "deltaToken must not be given together with since." });
  }
  if (deltaToken !== null) return { since: deltaToken, ours: true };
  return since === null ? null : { since, ours: false };
}

async function listByStart(ctx: Context, calendarId: string, filter: EventFilter): Promise<ListAnswer> {
  const version = await events.reading(ctx, { calendarId, covered: null });
  const { clock } = version;
  const read: ReadPiece = async (of, { rows: first, place }) => {
    const { views, bytes, pageInfo } = await events.events(of, { filter, first, after: place?.position });
    // "Load the window, then poll from the token" misses nothing: the clock stood so before the first page was read.
    const next = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    return { rows: views, next, watermark: place?.clock ?? clock, bytes };
  };
  return { version, read };
}

interface Feed {
  calendarId: string;
  cursor: Cursor | null;
  query: Omit<CoveredFeed, "since">;
}

async function listFeed(
  ctx: Context,
  { calendarId, cursor, query }: Feed,
  readPage: (of: Context, first: number) => Promise<ChangePage | DeletedEventPage>,
): Promise<ListAnswer> {
  const covered = cursor?.ours ? { ...query, since: cursor.since } : null;
  const version = await events.reading(ctx, { calendarId, covered });
  ctx.tally.polls(version.clock);
  // One answer in several pieces keeps the clock it began with; a client's next page begins with a newer one.
  const read: ReadPiece = async (of, { rows: first }) => {
    const {
      views: rows,
      hasMore,
      began: clock,
      watermark,
      unfinished,
      bytes,
    } = (await readPage(cursor?.ours ? standingAtOurs(of) : of, first)).listed.page;
    return { rows, next: hasMore ? watermark : null, clock, watermark, unfinished, bytes };
  };
  return { version, read, isNews: cursor === null || version.clock > cursor.since };
}
