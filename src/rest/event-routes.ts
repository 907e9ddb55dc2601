// The routes of events: what they take and answer, and what a call of one comes to.
import { requireScope } from "../context";
import { notFound } from "../errors";
import { EventInput } from "../event/event.inputs";
import { EventResolver } from "../event/event.resolver";
import { RemovedView, ReplayedView, type EventView } from "../event/projection";
import { findEntry } from "../event/read";
import { replaceEvent } from "../event/write";
import { requireCalendar } from "../people/calendars";
import { readInput } from "../values/rules";
import { refTo } from "../values/schema";
import { EVENT, EVENT_OR_REMOVED, listOf, NOT_MODIFIED, REMOVED } from "./answers";
import * as examples from "./event-examples";
import { listDigest, listManifest, readDeletedEvents, readEvents } from "./event-lists";
import * as asks from "./parameters";
import { pathId } from "./path-id";
import { ifMatch, isFresh } from "./preconditions";
import type { RestAnswer, RestCall, Route } from "./route";

const events = new EventResolver();

const FEED_ORDER =
  "A feed answers exactly what changed later than `since` up to its `nextDeltaToken`, in order.";

export const EVENT_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/events",
    name: "listEvents",
    tag: "Events",
    summary: "The events of a calendar: all, in a window, or changed since an instant",
    description: `With \`startAt\` or \`endAt\`: live events that overlap \`[startAt, endAt)\`, by start. With \`since\` (or \`deltaToken\`): those changed later, in the order of their changes, and with \`showDeleted\` the removed ones among them. With both: the intersection. With neither: all live events, by start. ${FEED_ORDER}`,
    parameters: [
      asks.START_AT,
      asks.END_AT,
      asks.SINCE,
      asks.DELTA_TOKEN,
      asks.SHOW_DELETED,
      asks.EXCLUDE_OWN,
      asks.I_CAL_UID,
      asks.CALENDAR_ID,
      ...asks.PAGES,
      asks.IF_NONE_MATCH,
    ],
    answers: listOf({
      rows: EVENT_OR_REMOVED,
      description: "The events, or a page of them.",
      ofCalendar: true,
    }),
    examples: examples.LIST,
    call: async ({ ctx, query }) => ({ list: await readEvents(ctx, events, query) }),
  },
  {
    method: "GET",
    path: "/deletedEvents",
    name: "listDeletedEvents",
    tag: "Sync",
    summary: "What a calendar no longer holds",
    description: `Removed rows, in the order of their removal: events deleted for everyone, and events that the calendar's user left. Without \`since\`: all that are remembered. ${FEED_ORDER} Its cursor is its own: never one of \`GET /events\`.`,
    parameters: [
      asks.SINCE,
      asks.DELTA_TOKEN,
      asks.EXCLUDE_OWN,
      asks.CALENDAR_ID,
      ...asks.PAGES,
      asks.IF_NONE_MATCH,
    ],
    answers: listOf({ rows: REMOVED, description: "The removed rows, or a page of them.", ofCalendar: true }),
    examples: examples.LIST_DELETED,
    call: async ({ ctx, query }) => ({ list: await readDeletedEvents(ctx, events, query) }),
  },
  {
    method: "GET",
    path: "/events/manifest",
    name: "listManifest",
    tag: "Sync",
    summary: "What a client should hold",
    description: "The versions of all live events, or of those that overlap `[startAt, endAt)`, by id.",
    parameters: [asks.START_AT, asks.END_AT, asks.CALENDAR_ID, ...asks.PAGES, asks.IF_NONE_MATCH],
    answers: listOf({ rows: refTo("ManifestRow"), description: "The versions.", ofCalendar: true }),
    examples: examples.MANIFEST,
    call: async ({ ctx, query }) => ({ list: await listManifest(ctx, query) }),
  },
  {
    method: "GET",
    path: "/events/digest",
    name: "listDigest",
    tag: "Sync",
    summary: "A hash for each month, to compare with one's own",
    description:
      "A row for each UTC month in which a live event starts. A row a month is little: the list is whole, whatever `limit` says.",
    parameters: [asks.BY, asks.CALENDAR_ID, ...asks.PAGES, asks.IF_NONE_MATCH],
    answers: listOf({ rows: refTo("MonthDigest"), description: "The months.", ofCalendar: true }),
    examples: examples.DIGEST,
    call: async ({ ctx, query }) => ({ list: await listDigest(ctx, query) }),
  },
  {
    method: "GET",
    path: "/events/:id",
    name: "getEvent",
    tag: "Events",
    summary: "An event by its id",
    description: "The event as it is now. One that the calendar no longer holds is 404, or its removed row.",
    parameters: [asks.SHOW_REMOVED, asks.CALENDAR_ID, asks.IF_NONE_MATCH],
    answers: [
      { status: 200, description: "The event.", schema: EVENT_OR_REMOVED, headers: ["ETag"] },
      NOT_MODIFIED,
    ],
    examples: examples.GET,
    call: getEvent,
  },
  {
    method: "POST",
    path: "/events",
    name: "createEvent",
    tag: "Events",
    summary: "Creates an event",
    description:
      "The calendar's user owns it. Keys that nobody knows, or that are not for writing, are ignored.",
    parameters: [asks.CALENDAR_ID, asks.IDEMPOTENCY_KEY],
    body: refTo(EventInput.name),
    answers: [
      {
        status: 201,
        description: "The event as it is kept.",
        schema: EVENT,
        headers: ["ETag", "Location", "Idempotency-Replayed?"],
      },
    ],
    examples: examples.CREATE,
    call: postEvent,
  },
  {
    method: "PATCH",
    path: "/events/:id",
    name: "updateEvent",
    tag: "Events",
    summary: "Changes an event",
    description:
      "What is left out stays, what is null is cleared. A write that changes nothing leaves nothing behind: no new version, no row in a feed. A list of attendees or links replaces the one before. An attendee who writes the list without themselves has left: the answer is the removed row.",
    parameters: [asks.CALENDAR_ID, asks.IF_MATCH],
    body: refTo("EventPatch"),
    answers: [
      {
        status: 200,
        description: "The event as it is kept.",
        schema: EVENT_OR_REMOVED,
        headers: ["ETag"],
      },
    ],
    examples: examples.UPDATE,
    call: patchEvent,
  },
  {
    method: "PUT",
    path: "/events/:id",
    name: "replaceEvent",
    tag: "Events",
    summary: "Replaces an event",
    description: "Writes every writable field: one that is left out gets its default. Otherwise like PATCH.",
    parameters: [asks.CALENDAR_ID, asks.IF_MATCH],
    body: refTo(EventInput.name),
    answers: [
      {
        status: 200,
        description: "The event as it is kept.",
        schema: EVENT_OR_REMOVED,
        headers: ["ETag"],
      },
    ],
    examples: examples.REPLACE,
    call: putEvent,
  },
  {
    method: "DELETE",
    path: "/events/:id",
    name: "deleteEvent",
    tag: "Events",
    summary: "Deletes an event, or leaves it",
    description:
      "In its owner's calendar it is deleted for everyone, its children too. In an attendee's calendar it is taken out of that calendar alone, and the attendee stays on the list as `Declined`. Again 204 while the removed row is remembered.",
    parameters: [asks.CALENDAR_ID, asks.IF_MATCH],
    answers: [{ status: 204, description: "The calendar no longer holds it." }],
    examples: examples.DELETE,
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
  requireScope(call.ctx, "read");
  const calendar = await requireCalendar(call.ctx, calendarId(call));
  const showDeleted = call.query.get(asks.SHOW_REMOVED);
  const view = await findEntry(call.ctx, calendar, pathId(call));
  if (!view || (view instanceof RemovedView && !showDeleted)) throw notFound("This event");
  if (isFresh(call.header(asks.IF_NONE_MATCH), view.etag)) {
    return { status: 304, headers: { ETag: view.etag } };
  }
  return shown(200, view);
}

async function postEvent(call: RestCall): Promise<RestAnswer> {
  const input = (await call.body()) as unknown as EventInput;
  const key = call.header(asks.IDEMPOTENCY_KEY);
  const view = await events.createEvent(call.ctx, input, key, calendarId(call), asks.IDEMPOTENCY_KEY.name);
  const replayed = view instanceof ReplayedView && { "Idempotency-Replayed": "true" };
  const named = call.query.get(asks.CALENDAR_ID);
  const Location = `/api/v1/events/${view.id}${named ? `?calendarId=${named}` : ""}`;
  const headers = { ETag: view.etag, Location, ...replayed };
  return { status: 201, json: view.json, headers };
}

async function patchEvent(call: RestCall): Promise<RestAnswer> {
  const condition = ifMatch(call.header(asks.IF_MATCH));
  const id = pathId(call);
  return shown(200, await events.updateEvent(call.ctx, id, await call.body(), condition, calendarId(call)));
}

// GraphQL has no PUT, so this one goes to the function straight.
async function putEvent(call: RestCall): Promise<RestAnswer> {
  const condition = ifMatch(call.header(asks.IF_MATCH));
  const id = pathId(call);
  const calendar = await requireCalendar(call.ctx, calendarId(call));
  const input = readInput(EventInput, await call.body());
  return shown(200, await replaceEvent(call.ctx, { calendar, id, reach: "calendar" }, input, condition));
}

async function removeEvent(call: RestCall): Promise<RestAnswer> {
  const condition = ifMatch(call.header(asks.IF_MATCH));
  await events.deleteEvent(call.ctx, pathId(call), condition, calendarId(call));
  return { status: 204 };
}
