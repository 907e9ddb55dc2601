// The routes of /api/v1, as rows: method, path, and what a call of it comes to. The facade runs them.
import { requireScope, type Context } from "../context";
import { notFound } from "../errors";
import { EventInput } from "../event/event.inputs";
import { EventResolver } from "../event/event.resolver";
import { RemovedView, ReplayedView, type EventView } from "../event/projection";
import { findEntry } from "../event/read";
import { replaceEvent } from "../event/write";
import { RecordType } from "../entities/record";
import { requireCalendar } from "../people/calendars";
import { PeopleResolver } from "../people/people.resolver";
import { RecordResolver } from "../people/record.resolver";
import { RecordInput } from "../people/people.inputs";
import { saveRecords } from "../people/records";
import { parseId } from "../values/ids";
import { readInput } from "../values/rules";
import { listDigest, listManifest, readDeletedEvents, readEvents } from "./event-lists";
import type { ListAnswer, ReadBatch } from "./list";
import { readCalendars, readRecords, readUsers, recordJson, userJson } from "./people-lists";
import { ifMatch, isFresh } from "./preconditions";
import type { Query } from "./query";

export interface RestCall {
  ctx: Context;
  params: Readonly<Record<string, string>>;
  query: Query;
  header(name: string): string | undefined;
  body(): Promise<Record<string, unknown>>;
}

/** A JSON text, a list to be read in batches, or nothing but a status. */
export type RestAnswer =
  | { status: number; json: string; headers?: Readonly<Record<string, string>> }
  | { list: ListAnswer }
  | { status: 204 | 304; headers?: Readonly<Record<string, string>> };

export interface Route {
  method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  path: string;
  call(call: RestCall): Promise<RestAnswer>;
}

const events = new EventResolver();
const people = new PeopleResolver();
const records = new RecordResolver();

const me = async ({ ctx }: RestCall): Promise<RestAnswer> => ({
  status: 200,
  json: userJson(await people.me(ctx)),
});

const list = async (answer: ListAnswer | Promise<ListAnswer>): Promise<RestAnswer> => ({
  list: await answer,
});
const plain = (read: ReadBatch): Promise<RestAnswer> => list({ read });

export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/me", call: me },
  { method: "GET", path: "/users/me", call: me },
  { method: "GET", path: "/users", call: ({ ctx, query }) => plain(readUsers(ctx, query)) },
  {
    method: "GET",
    path: "/contacts",
    call: ({ ctx, query }) => plain(readRecords(ctx, records, query, RecordType.Contact)),
  },
  { method: "GET", path: "/contacts/:id", call: getContact },
  { method: "POST", path: "/contacts", call: postContact },
  { method: "GET", path: "/records", call: ({ ctx, query }) => plain(readRecords(ctx, records, query)) },
  {
    method: "GET",
    path: "/calendars",
    call: ({ ctx, query }) => plain(readCalendars(ctx, query)),
  },
  { method: "GET", path: "/events", call: ({ ctx, query }) => list(readEvents(ctx, events, query)) },
  {
    method: "GET",
    path: "/deletedEvents",
    call: ({ ctx, query }) => list(readDeletedEvents(ctx, events, query)),
  },
  { method: "GET", path: "/events/manifest", call: ({ ctx, query }) => list(listManifest(ctx, query)) },
  { method: "GET", path: "/events/digest", call: ({ ctx, query }) => list(listDigest(ctx, query)) },
  { method: "GET", path: "/events/:id", call: getEvent },
  { method: "POST", path: "/events", call: postEvent },
  { method: "PATCH", path: "/events/:id", call: patchEvent },
  { method: "PUT", path: "/events/:id", call: putEvent },
  { method: "DELETE", path: "/events/:id", call: removeEvent },
];

/** A malformed id in a path is one that does not exist. */
function pathId({ params }: RestCall, what = "This event"): string {
  const id = parseId(params.id);
  if (id === null) throw notFound(what);
  return id;
}

/** This door speaks for one calendar: the one named, else the caller's own. */
const calendarId = ({ query }: RestCall): string => query.text("calendarId") ?? "primary";

const shown = (status: number, view: EventView | RemovedView): RestAnswer => ({
  status,
  json: view.json,
  headers: { ETag: view.etag },
});

async function getEvent(call: RestCall): Promise<RestAnswer> {
  requireScope(call.ctx, "read");
  const calendar = await requireCalendar(call.ctx, calendarId(call));
  const showDeleted = call.query.flag("showDeleted");
  const view = await findEntry(call.ctx, calendar, pathId(call));
  if (!view || (view instanceof RemovedView && !showDeleted)) throw notFound("This event");
  if (isFresh(call.header("if-none-match"), view.etag)) return { status: 304, headers: { ETag: view.etag } };
  return shown(200, view);
}

async function postEvent(call: RestCall): Promise<RestAnswer> {
  const input = (await call.body()) as unknown as EventInput;
  const key = call.header("idempotency-key");
  const view = await events.createEvent(call.ctx, input, key, calendarId(call), "Idempotency-Key");
  const replayed = view instanceof ReplayedView && { "Idempotency-Replayed": "true" };
  const named = call.query.text("calendarId");
  const Location = `/api/v1/events/${view.id}${named ? `?calendarId=${named}` : ""}`;
  const headers = { ETag: view.etag, Location, ...replayed };
  return { status: 201, json: view.json, headers };
}

async function patchEvent(call: RestCall): Promise<RestAnswer> {
  const condition = ifMatch(call.header("if-match"));
  const id = pathId(call);
  return shown(200, await events.updateEvent(call.ctx, id, await call.body(), condition, calendarId(call)));
}

// GraphQL has no PUT, so this one goes to the function straight.
async function putEvent(call: RestCall): Promise<RestAnswer> {
  const condition = ifMatch(call.header("if-match"));
  const id = pathId(call);
  const calendar = await requireCalendar(call.ctx, calendarId(call));
  const input = readInput(EventInput, await call.body());
  return shown(200, await replaceEvent(call.ctx, { calendar, id, reach: "calendar" }, input, condition));
}

async function removeEvent(call: RestCall): Promise<RestAnswer> {
  await events.deleteEvent(call.ctx, pathId(call), ifMatch(call.header("if-match")), calendarId(call));
  return { status: 204 };
}

async function getContact(call: RestCall): Promise<RestAnswer> {
  const contact = await records.record(call.ctx, RecordType.Contact, pathId(call, "This contact"));
  if (!contact) throw notFound("This contact");
  return { status: 200, json: recordJson(contact) };
}

async function postContact(call: RestCall): Promise<RestAnswer> {
  const { name, email, emails, accountId } = await call.body();
  const given = { name, accountId, emails: emails ?? (email == null ? undefined : [email]) };
  const input = { ...readInput(RecordInput, given), type: RecordType.Contact };
  const [contact] = await saveRecords(call.ctx, [input], () => "");
  if (!contact) throw new Error("A contact was saved and is not there.");
  return { status: 201, json: recordJson(contact), headers: { Location: `/api/v1/contacts/${contact.id}` } };
}
