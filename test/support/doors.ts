// The two doors behind one set of verbs, so that one table of cases can be asked of both. An answer is either what the
// door shows or its refusal; rows come out in REST's shape.
import type { Person, RestReply, GraphQLReply } from "./world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

export interface Refusal {
  code: string;
  /** `details[].field`, in REST's words. */
  fields: string[];
  current?: any;
}

export type Answer = { value: any; refusal?: undefined } | { value?: undefined; refusal: Refusal };

export interface ListWish {
  calendarId?: string;
  limit?: unknown;
}

export interface FeedWish extends ListWish {
  since?: unknown;
}

export interface TimelineWish {
  startAt?: unknown;
  endAt?: unknown;
  rollUp?: boolean;
}

const TIMELINES = { Contact: "contacts", Account: "accounts", Opportunity: "opportunities", Lead: "leads" };
export type RecordType = keyof typeof TIMELINES;

/** Writes are strict at both, so that refusals can be laid side by side; what each passes over is in test/rest/handling.test.ts. */
export interface Door {
  name: "REST" | "GraphQL";
  me(who: Person): Promise<Answer>;
  create(who: Person, input: unknown, calendarId?: string): Promise<Answer>;
  patch(
    who: Person,
    id: string,
    input: unknown,
    unchangedSince?: { id: string; at: string },
  ): Promise<Answer>;
  remove(who: Person, id: string, unchangedSince?: { id: string; at: string }): Promise<Answer>;
  byId(who: Person, id: string): Promise<Answer>;
  interval(who: Person, wish: ListWish & { startAt?: unknown; endAt?: unknown }): Promise<Answer>;
  byUid(who: Person, iCalUid: string): Promise<Answer>;
  /** Live and removed entries. */
  feed(who: Person, wish: FeedWish): Promise<Answer>;
  deleted(who: Person, wish: FeedWish): Promise<Answer>;
  users(who: Person, emails?: string[]): Promise<Answer>;
  records(who: Person, wish: { type?: string; emails?: string[]; q?: string }): Promise<Answer>;
  calendars(who: Person, all: boolean): Promise<Answer>;
  /** A record's, by its type and id. */
  timeline(who: Person, type: RecordType, id: string, wish?: TimelineWish): Promise<Answer>;
}

// ------------------------------------------------------------------------------------------------- REST

const search = (wish: object): string => {
  const given = Object.entries(wish).filter(([, value]) => value !== undefined);
  return given.length === 0
    ? ""
    : `?${given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&")}`;
};

function restAnswer({ status, body }: RestReply, pick: (body: any) => any = (all) => all): Answer {
  if (status < 300) return { value: pick(body) };
  return { refusal: { code: body.code, fields: fieldsOf(body.details), current: body.current } };
}

const fieldsOf = (details: { field: string }[]): string[] => details.map(({ field }) => field).sort();
const rows = (body: any): any[] => body.records;
export const STRICT = { Prefer: "handling=strict" };
const strictly = (since?: { id: string; at: string }): Record<string, string> =>
  since ? { ...STRICT, "If-Match": `"${since.id}-${Date.parse(since.at)}"` } : STRICT;

export const rest: Door = {
  name: "REST",
  me: async (who) => restAnswer(await who.rest("GET", "/me")),
  create: async (who, input, calendarId) =>
    restAnswer(await who.rest("POST", `/events${search({ calendarId })}`, input, STRICT)),
  patch: async (who, id, input, since) =>
    restAnswer(await who.rest("PATCH", `/events/${id}`, input, strictly(since))),
  remove: async (who, id, since) => {
    const reply = await who.rest("DELETE", `/events/${id}`, undefined, strictly(since));
    if (reply.status !== 204) return restAnswer(reply);
    return restAnswer(await who.rest("GET", `/events/${id}?showDeleted=true`));
  },
  byId: async (who, id) => restAnswer(await who.rest("GET", `/events/${id}`)),
  interval: async (who, wish) => restAnswer(await who.rest("GET", `/events${search(wish)}`), rows),
  byUid: async (who, iCalUid) => restAnswer(await who.rest("GET", `/events${search({ iCalUid })}`), rows),
  feed: async (who, wish) =>
    restAnswer(await who.rest("GET", `/events${search({ ...wish, showDeleted: true })}`), rows),
  deleted: async (who, wish) => restAnswer(await who.rest("GET", `/deletedEvents${search(wish)}`), rows),
  users: async (who, emails) =>
    restAnswer(await who.rest("GET", `/users${search({ email: emails?.join(",") })}`), rows),
  records: async (who, { emails, ...wish }) =>
    restAnswer(await who.rest("GET", `/records${search({ ...wish, email: emails?.join(",") })}`), rows),
  calendars: async (who, all) =>
    restAnswer(await who.rest("GET", `/calendars${all ? "?all=true" : ""}`), rows),
  timeline: async (who, type, id, wish = {}) =>
    restAnswer(await who.rest("GET", `/${TIMELINES[type]}/${id}/events${search(wish)}`), rows),
};

// ---------------------------------------------------------------------------------------------- GraphQL

export const EVENT = `id subject description location startTime endTime allDay private timezone
  showAs status type conferenceUrl properties guestsCanEdit
  attendees { userId emailAddress contactId name status type } parentId relatedTo { type id: recordId name }
  iCalUid seriesId recurrenceId ownerId organizerEmail organizerName createdAt lastModifiedAt deleted`;
const REMOVED = "id deleted reason deletedAt lastModifiedAt";

const REST_NAMES: Record<string, string> = { emails: "email", first: "limit", ids: "id" };

function graphQLAnswer({ data, errors }: GraphQLReply, pick: (data: any) => any): Answer {
  const [error] = errors ?? [];
  if (!error) {
    const value: unknown = pick(data);
    return value === null ? { refusal: { code: "not_found", fields: [] } } : { value };
  }
  const { code, details, current } = error.extensions;
  const fields = fieldsOf(details).map(
    (field) => REST_NAMES[field.replace(/^emails\[\d+\]$/, "emails")] ?? field,
  );
  return { refusal: { code, fields, current } };
}

const nodes = (connection: any): any[] => connection.edges.map(({ node }: any) => node);
const change = ({ event, ...row }: any): any => event ?? row;

export const graphql: Door = {
  name: "GraphQL",
  me: async (who) =>
    graphQLAnswer(await who.graphql("{ me { id name email timezone role } }"), ({ me }) => ({
      orgId: who.organisationId,
      userId: me.id,
      ...me,
    })),
  create: async (who, input, calendarId) =>
    graphQLAnswer(
      await who.graphql(
        `mutation($input: EventInput!, $calendarId: ID) { createEvent(input: $input, calendarId: $calendarId) { ${EVENT} } }`,
        { input, calendarId },
      ),
      (data) => data.createEvent,
    ),
  patch: async (who, id, input, since) =>
    graphQLAnswer(
      await who.graphql(
        `mutation($id: ID!, $input: EventPatch!, $at: DateTime) {
          updateEvent(id: $id, input: $input, ifLastModifiedAt: $at) { ${EVENT} } }`,
        { id, input, at: since?.at },
      ),
      (data) => data.updateEvent,
    ),
  remove: async (who, id, since) =>
    graphQLAnswer(
      await who.graphql(
        `mutation($id: ID!, $at: DateTime) { deleteEvent(id: $id, ifLastModifiedAt: $at) { ${REMOVED} } }`,
        { id, at: since?.at },
      ),
      (data) => data.deleteEvent,
    ),
  byId: async (who, id) =>
    graphQLAnswer(
      await who.graphql(`query($id: ID!) { event(id: $id) { ${EVENT} } }`, { id }),
      (data) => data.event,
    ),
  interval: async (who, { startAt, endAt, calendarId, limit }) =>
    graphQLAnswer(
      await who.graphql(
        `query($filter: EventFilter, $first: Int) { events(filter: $filter, first: $first) { edges { node { ${EVENT} } } } }`,
        {
          filter: { startAt, endAt, calendarIds: calendarId ? [calendarId] : undefined },
          first: limit ?? 1000,
        },
      ),
      (data) => nodes(data.events),
    ),
  byUid: async (who, iCalUid) =>
    graphQLAnswer(
      await who.graphql(
        `query($filter: EventFilter) { events(filter: $filter) { edges { node { ${EVENT} } } } }`,
        { filter: { iCalUid } },
      ),
      (data) => nodes(data.events),
    ),
  feed: async (who, { since, calendarId, limit }) =>
    graphQLAnswer(
      await who.graphql(
        `query($since: DateTime, $calendarId: ID, $first: Int!) {
          changes(since: $since, calendarId: $calendarId, first: $first) {
            records { ${REMOVED} event { ${EVENT} } } watermark hasMore } }`,
        { since, calendarId, first: limit ?? 1000 },
      ),
      (data) => data.changes.records.map(change),
    ),
  deleted: async (who, { since, calendarId, limit }) =>
    graphQLAnswer(
      await who.graphql(
        `query($since: DateTime, $calendarId: ID, $first: Int!) {
          deletedEvents(since: $since, calendarId: $calendarId, first: $first) { records { ${REMOVED} } } }`,
        { since, calendarId, first: limit ?? 1000 },
      ),
      (data) => data.deletedEvents.records,
    ),
  users: async (who, emails) =>
    graphQLAnswer(
      await who.graphql(
        "query($emails: [String!]) { users(emails: $emails) { id name email timezone role calendarId } }",
        { emails },
      ),
      (data) => data.users.map((one: any) => ({ orgId: who.organisationId, userId: one.id, ...one })),
    ),
  records: async (who, { type, emails, q }) =>
    graphQLAnswer(
      await who.graphql(
        `query($type: RecordType, $emails: [String!], $q: String) {
          records(type: $type, emails: $emails, q: $q, first: 1000) { edges { node { id type name emails accountId } } } }`,
        { type, emails, q },
      ),
      (data) => nodes(data.records),
    ),
  calendars: async (who, all) =>
    graphQLAnswer(
      await who.graphql(
        "query($all: Boolean!) { calendars(all: $all) { id name primary timezone kind access user { id } } }",
        { all },
      ),
      (data) => data.calendars.map(({ user: { id }, ...rest }: any) => ({ ...rest, userId: id })),
    ),
  timeline: async (who, type, id, { rollUp, ...filter } = {}) =>
    graphQLAnswer(
      await who.graphql(
        `query($type: RecordType!, $id: ID!, $filter: EventFilter, $rollUp: Boolean) {
          record(type: $type, id: $id) {
            events(filter: $filter, rollUp: $rollUp, first: 1000) { edges { node { ${EVENT} } } } } }`,
        { type, id, filter, rollUp },
      ),
      ({ record }) => record && nodes(record.events),
    ),
};

export const DOORS: readonly Door[] = [rest, graphql];
