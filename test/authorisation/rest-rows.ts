// Every route of REST, and every parameter of one that names something, and the rule each follows.
import type { EventRuleName, RuleName } from "./rules";
import { eventLook, type EventKind, type Kind, type Look, type Row } from "./row";

export interface RestAsk {
  method: string;
  /** From after /api/v1, for something of this id. */
  path: (id: string) => string;
  /** What is sent; `fresh` is a text that was never used. */
  body?: (fresh: string, id: string) => object | string;
  look: Look;
}

export type RestRow = Row<RestAsk>;

const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

const done: Look = () => undefined;
const get = (path: RestAsk["path"], look: Look = done) => ({
  needs: "read" as const,
  ask: { method: "GET", path, look },
});
const send = (method: string, path: RestAsk["path"], body?: RestAsk["body"]) => ({
  needs: "write" as const,
  ask: { method, path, body, look: done },
});

type Asked = ReturnType<typeof get> | ReturnType<typeof send>;
const event = (rule: EventRuleName, asked: Asked): RestRow => ({ names: "event", rule, ...asked });
const other = (names: Exclude<Kind, EventKind>, rule: RuleName, asked: Asked): RestRow => ({
  names,
  rule,
  ...asked,
});
const open = (path: string): RestRow => ({
  ...other(
    "nothing",
    "ask for what is public",
    get(() => path),
  ),
  needs: "nothing",
});

const location = (fresh: string): object => ({ location: fresh });
const recurring = (fresh: string): object => ({
  ...TIMES,
  location: fresh,
  recurrence: { rrule: "FREQ=DAILY;COUNT=2" },
});
const whole = (fresh: string): object => ({ ...TIMES, location: fresh });
const webhook = (name: string): object => ({ name, url: "http://127.0.0.1:65535/" });
const calendarRead = (path: string): RestRow =>
  other(
    "calendar",
    "name a calendar",
    get((id) => `${path}?calendarId=${id}`),
  );
/** Of `OWN.mine`, an event of the caller's. */
const ofMine = (asked: Asked): RestRow => other("calendar", "name a calendar of one's event", asked);

export const REST_ROWS: Readonly<Record<string, RestRow>> = {
  "GET /me": other(
    "nothing",
    "ask for one's own",
    get(() => "/me"),
  ),
  "GET /users/me": other(
    "nothing",
    "ask for one's own",
    get(() => "/users/me"),
  ),
  "GET /users": other(
    "nothing",
    "ask for one's own",
    get(() => "/users"),
  ),
  "GET /contacts": other(
    "nothing",
    "ask for one's own",
    get(() => "/contacts"),
  ),
  "GET /contacts/:id": other(
    "record",
    "read of the organisation, or 404",
    get((id) => `/contacts/${id}`),
  ),
  "GET /contacts/:id/events": other(
    "record",
    "read of the organisation, or 404",
    get((id) => `/contacts/${id}/events`),
  ),
  "GET /contacts/:id/events (its events)": event(
    "go on from it",
    get(
      () => "/contacts/$contact/events",
      ({ records }, id) => (records.some((one: { id: string }) => one.id === id) ? "seen" : "nothing"),
    ),
  ),
  "GET /accounts/:id/events": other(
    "account",
    "read of the organisation, or 404",
    get((id) => `/accounts/${id}/events`),
  ),
  "GET /opportunities/:id/events": other(
    "opportunity",
    "read of the organisation, or 404",
    get((id) => `/opportunities/${id}/events`),
  ),
  "GET /leads/:id/events": other(
    "lead",
    "read of the organisation, or 404",
    get((id) => `/leads/${id}/events`),
  ),
  "POST /contacts": other(
    "nothing",
    "make one's own",
    send(
      "POST",
      () => "/contacts",
      (name) => ({ name }),
    ),
  ),
  "POST /contacts (accountId)": other(
    "account",
    "refer to",
    send(
      "POST",
      () => "/contacts",
      (name, accountId) => ({ name, accountId }),
    ),
  ),
  "GET /records": other(
    "nothing",
    "ask for one's own",
    get(() => "/records"),
  ),
  "GET /calendars": other(
    "nothing",
    "ask for one's own",
    get(() => "/calendars"),
  ),
  "GET /calendars (all)": other(
    "nothing",
    "ask for everybody's",
    get(() => "/calendars?all=true"),
  ),
  "GET /events": other(
    "nothing",
    "ask for one's own",
    get(() => "/events"),
  ),
  "GET /events (calendarId)": calendarRead("/events"),
  "GET /deletedEvents": other(
    "nothing",
    "ask for one's own",
    get(() => "/deletedEvents"),
  ),
  "GET /deletedEvents (calendarId)": calendarRead("/deletedEvents"),
  "GET /events/manifest": other(
    "nothing",
    "ask for one's own",
    get(() => "/events/manifest"),
  ),
  "GET /events/manifest (calendarId)": calendarRead("/events/manifest"),
  "GET /events/digest": other(
    "nothing",
    "ask for one's own",
    get(() => "/events/digest"),
  ),
  "GET /events/digest (calendarId)": calendarRead("/events/digest"),
  "GET /events/:id": event(
    "read in one's calendar",
    get((id) => `/events/${id}`, eventLook),
  ),
  "GET /events/:id (showDeleted)": event(
    "read in one's calendar, removed ones too",
    get((id) => `/events/${id}?showDeleted=true`, eventLook),
  ),
  "GET /events/:id (calendarId)": ofMine(get((id) => `/events/$mine?calendarId=${id}`)),
  "POST /events": other(
    "nothing",
    "make one's own",
    send("POST", () => "/events", whole),
  ),
  "GET /events.ics": other(
    "nothing",
    "ask for one's own",
    get(() => "/events.ics"),
  ),
  "GET /events.ics (calendarId)": calendarRead("/events.ics"),
  "POST /import": other(
    "nothing",
    "make one's own",
    send(
      "POST",
      () => "/import",
      (fresh) => `BEGIN:VEVENT\nUID:${fresh}\nDTSTART:20270104\nEND:VEVENT`,
    ),
  ),
  "POST /events (calendarId)": other(
    "calendar",
    "name a calendar",
    send("POST", (id) => `/events?calendarId=${id}`, whole),
  ),
  "PATCH /events/:id": event(
    "change in one's calendar",
    send("PATCH", (id) => `/events/${id}`, location),
  ),
  "PATCH /events/:id (calendarId)": ofMine(send("PATCH", (id) => `/events/$mine?calendarId=${id}`, location)),
  "PUT /events/:id": event(
    "change in one's calendar",
    send("PUT", (id) => `/events/${id}`, whole),
  ),
  "PUT /events/:id (calendarId)": ofMine(send("PUT", (id) => `/events/$mine?calendarId=${id}`, whole)),
  "DELETE /events/:id": event(
    "delete in one's calendar",
    send("DELETE", (id) => `/events/${id}`),
  ),
  "DELETE /events/:id (calendarId)": ofMine(send("DELETE", (id) => `/events/$mine?calendarId=${id}`)),
  "GET /webhooks": other(
    "nothing",
    "ask for everybody's",
    get(() => "/webhooks"),
  ),
  "POST /webhooks": other(
    "nothing",
    "administer the organisation",
    send("POST", () => "/webhooks", webhook),
  ),
  "GET /webhooks/:id": other(
    "webhook",
    "administer",
    get((id) => `/webhooks/${id}`),
  ),
  "PATCH /webhooks/:id": other(
    "webhook",
    "administer",
    send(
      "PATCH",
      (id) => `/webhooks/${id}`,
      (name) => ({ name }),
    ),
  ),
  "DELETE /webhooks/:id": other(
    "webhook",
    "administer",
    send("DELETE", (id) => `/webhooks/${id}`),
  ),
  "POST /webhooks/:id/test": other(
    "webhook",
    "administer",
    send("POST", (id) => `/webhooks/${id}/test`),
  ),
  "POST /webhooks/:id/rewind": other(
    "webhook",
    "administer",
    send(
      "POST",
      (id) => `/webhooks/${id}/rewind`,
      () => ({ since: 0 }),
    ),
  ),
  "POST /webhooks/:id/rotate": other(
    "webhook",
    "administer",
    send("POST", (id) => `/webhooks/${id}/rotate`),
  ),
  "POST /series": other(
    "nothing",
    "make one's own",
    send("POST", () => "/series", recurring),
  ),
  "POST /series (calendarId)": other(
    "calendar",
    "name a calendar",
    send("POST", (id) => `/series?calendarId=${id}`, recurring),
  ),
  "GET /series/:id": {
    names: "series",
    rule: "read in one's calendar",
    ...get((id) => `/series/${id}`, eventLook),
  },
  "GET /series/:id (calendarId)": ofMine(get((id) => `/series/$series?calendarId=${id}`)),
  "GET ": open(""),
  "GET /openapi.json": open("/openapi.json"),
  "GET /docs": open("/docs"),
};
