// The routes of events: what they take and answer, and what a call of one comes to.
import { EventInput, type EventPatch } from "../event/event.inputs";
import { EventResolver } from "../event/event.resolver";
import { MatchedView, type RemovedView, ReplayedView, type EventView } from "../event/projection";
import { refTo, type Schema } from "../values/schema";
import { EVENT, EVENT_OR_REMOVED, listOf, NOT_MODIFIED, REMOVED } from "./answers";
import { listDeletedEvents, listDigest, listEvents, listManifest } from "./event-lists";
import * as asks from "./parameters";
import { pathId } from "./path-id";
import { isFresh } from "./preconditions";
import { REFUSALS } from "./refusals";
import { patchSeries, removeSeries } from "./series-routes";
import { SeriesScope } from "../series/series.types";
import type { AnswerShape, RestAnswer, RestCall, Route } from "./route";

const events = new EventResolver();

const kept = (status: 200 | 201, schema: Schema, headers: AnswerShape["headers"]): AnswerShape => ({
  status,
  description: "The event as it is kept.",
  schema,
  headers,
});

export const EVENT_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/events",
    name: "listEvents",
    parameters: [
      asks.START_AT,
      asks.END_AT,
      asks.SINCE,
      asks.DELTA_TOKEN,
      asks.SHOW_DELETED,
      asks.EXCLUDE_OWN,
      asks.I_CAL_UID,
      asks.SERIES,
      asks.CALENDAR_ID,
      ...asks.PAGES,
      asks.IF_NONE_MATCH,
    ],
    answers: listOf({
      rows: EVENT_OR_REMOVED,
      description: "The events, or a page of them.",
      ofCalendar: true,
    }),
    call: async (call) => ({ list: await listEvents(call) }),
  },
  {
    method: "GET",
    path: "/deletedEvents",
    name: "listDeletedEvents",
    parameters: [
      asks.SINCE,
      asks.DELTA_TOKEN,
      asks.EXCLUDE_OWN,
      asks.CALENDAR_ID,
      ...asks.PAGES,
      asks.IF_NONE_MATCH,
    ],
    answers: listOf({ rows: REMOVED, description: "The removed rows, or a page of them.", ofCalendar: true }),
    call: async (call) => ({ list: await listDeletedEvents(call) }),
  },
  {
    method: "GET",
    path: "/events/manifest",
    name: "listManifest",
    parameters: [asks.START_AT, asks.END_AT, asks.CALENDAR_ID, ...asks.PAGES, asks.IF_NONE_MATCH],
    answers: listOf({ rows: refTo("ManifestRow"), description: "The versions.", ofCalendar: true }),
    call: async (call) => ({ list: await listManifest(call) }),
  },
  {
    method: "GET",
    path: "/events/digest",
    name: "listDigest",
    parameters: [asks.BY, asks.CALENDAR_ID, ...asks.PAGES, asks.IF_NONE_MATCH],
    answers: listOf({ rows: refTo("MonthDigest"), description: "The months.", ofCalendar: true }),
    call: async (call) => ({ list: await listDigest(call) }),
  },
  {
    method: "GET",
    path: "/events/:id",
    name: "getEvent",
    parameters: [asks.SHOW_REMOVED, asks.CALENDAR_ID, asks.IF_NONE_MATCH],
    answers: [
      { status: 200, description: "The event.", schema: EVENT_OR_REMOVED, headers: ["ETag"] },
      NOT_MODIFIED,
    ],
    call: getEvent,
  },
  {
    method: "POST",
    path: "/events",
    name: "createEvent",
    parameters: [asks.MATCH_I_CAL_UID, asks.CALENDAR_ID, asks.IDEMPOTENCY_KEY],
    body: refTo(EventInput.name),
    answers: [
      kept(201, EVENT, ["ETag", "Location", "Idempotency-Replayed?", "Tidemark-Now?"]),
      kept(200, EVENT_OR_REMOVED, ["ETag", "Location", "Idempotency-Replayed?", "Tidemark-Now?"]),
    ],
    refusals: [REFUSALS.roomIsTaken],
    call: postEvent,
  },
  {
    method: "PATCH",
    path: "/events/:id",
    name: "updateEvent",
    parameters: [asks.SCOPE, asks.CALENDAR_ID, asks.IF_MATCH],
    body: refTo("EventPatch"),
    answers: [kept(200, EVENT_OR_REMOVED, ["ETag"])],
    refusals: [REFUSALS.roomIsTaken],
    call: patchEvent,
  },
  {
    method: "PUT",
    path: "/events/:id",
    name: "replaceEvent",
    parameters: [asks.OWN_SCOPE, asks.CALENDAR_ID, asks.IF_MATCH],
    body: refTo("EventPatch"),
    answers: [kept(200, EVENT_OR_REMOVED, ["ETag"])],
    refusals: [REFUSALS.roomIsTaken],
    call: putEvent,
  },
  {
    method: "DELETE",
    path: "/events/:id",
    name: "deleteEvent",
    parameters: [asks.SCOPE, asks.CALENDAR_ID, asks.IF_MATCH],
    answers: [{ status: 204, description: "The calendar no longer holds it." }],
    call: removeEvent,
  },
];

/** This door speaks for one calendar: the one named, else the caller's own. */
const calendarId = ({ query }: RestCall): string => query.get(asks.CALENDAR_ID) ?? "primary";

const shown = (status: number, view: EventView | RemovedView): RestAnswer => ({
  status,
  json: view.json,
  headers: { ETag: view.etag },
});

async function getEvent(call: RestCall): Promise<RestAnswer> {
  const showDeleted = call.query.get(asks.SHOW_REMOVED);
  const { id = "" } = call.params;
  const view = await events.entry(call.ctx, { id, calendarId: calendarId(call), showDeleted });
  if (isFresh(call.header(asks.IF_NONE_MATCH), view.etag)) {
    return { status: 304, headers: { ETag: view.etag } };
  }
  return shown(200, view);
}

async function postEvent(call: RestCall): Promise<RestAnswer> {
  const input = await call.body<EventInput>();
  const idempotencyKey = call.header(asks.IDEMPOTENCY_KEY);
  const matchICalUid = call.query.get(asks.MATCH_I_CAL_UID);
  const wish = { input, idempotencyKey, calendarId: calendarId(call), matchICalUid };
  const view = await events.createEvent(call.ctx, wish);
  const replayed = view instanceof ReplayedView && {
    "Idempotency-Replayed": "true",
    ...(view.isDeleted && { "Tidemark-Now": "deleted" }),
  };
  const named = call.query.get(asks.CALENDAR_ID);
  const Location = `/api/v1/events/${view.id}${named ? `?calendarId=${named}` : ""}`;
  const headers = { ETag: view.etag, Location, ...replayed };
  const isMade = view instanceof ReplayedView ? view.isMade : !(view instanceof MatchedView || view.deleted);
  return { status: isMade ? 201 : 200, json: view.json, headers };
}

async function patchEvent(call: RestCall): Promise<RestAnswer> {
  const scope = call.query.get(asks.SCOPE);
  if (scope !== SeriesScope.THIS) return shown(200, await patchSeries(call, scope));
  const id = pathId(call);
  const input = await call.body<EventPatch>();
  return shown(200, await events.updateEvent(call.ctx, { id, input, calendarId: calendarId(call) }));
}

async function putEvent(call: RestCall): Promise<RestAnswer> {
  call.query.get(asks.OWN_SCOPE);
  const id = pathId(call);
  const input = await call.body<EventInput>();
  return shown(200, await events.replaceEvent(call.ctx, { id, input, calendarId: calendarId(call) }));
}

async function removeEvent(call: RestCall): Promise<RestAnswer> {
  const scope = call.query.get(asks.SCOPE);
  if (scope !== SeriesScope.THIS) {
    await removeSeries(call, scope);
    return { status: 204 };
  }
  await events.deleteEvent(call.ctx, { id: pathId(call), calendarId: calendarId(call) });
  return { status: 204 };
}
