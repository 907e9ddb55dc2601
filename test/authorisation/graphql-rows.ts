// Every operation, argument and field of GraphQL that names something or leads to it, and the rule each follows.
import {
  type Asked,
  EVENT,
  event,
  type GraphQLRow,
  orNothing,
  other,
  reads,
  text,
  TIMES,
  writes,
} from "./graphql-asks";
import { eventLook, type Look } from "./row";
import { FORGETTING_ROWS } from "./forgetting-rows";
import { WEBHOOK_ROWS } from "./webhook-rows";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const whatIsLeft: Look = ({ reason }) => (reason === "deleted" ? "deleted" : "left");
const ofBatch =
  (look: Look = () => undefined): Look =>
  ([result], id) =>
    result.error ? result.error.code : look(result, id);
const calendarRead = (document: (id: string) => string): GraphQLRow =>
  other(
    "calendar",
    "name a calendar",
    reads((id) => document(text(id))),
  );

/** What an event may refer to, wherever an event is written. `put` writes these keys into it. */
export function references(
  path: string,
  put: (keys: string) => string,
  look: Look,
): Record<string, GraphQLRow> {
  const writing = (keys: (id: string) => string): Asked => writes((id) => put(keys(text(id))), look);
  return {
    [`${path}.attendees.userId)`]: other(
      "user",
      "refer to",
      writing((id) => `attendees: [{userId: ${id}}]`),
    ),
    [`${path}.attendees.contactId)`]: other(
      "record",
      "refer to",
      writing((id) => `attendees: [{contactId: ${id}}]`),
    ),
    [`${path}.relatedTo.id)`]: other(
      "record",
      "refer to",
      writing((id) => `relatedTo: [{type: Contact, id: ${id}}]`),
    ),
    [`${path}.parentId)`]: event(
      "name as a parent",
      writing((id) => `parentId: ${id}`),
    ),
  };
}

const done: Look = () => undefined;

const WEEK = 'startAt: "2026-03-01T00:00:00Z", endAt: "2026-03-09T00:00:00Z"';
const findsTimes = (list: string): Asked =>
  reads((id) => `findTimes(input: {${list}: [${text(id)}], durationMinutes: 60, ${WEEK}}) { reason }`);

const CREATES: Readonly<Record<string, GraphQLRow>> = {
  "Mutation.createEvent(calendarId)": other(
    "calendar",
    "name a calendar",
    writes((id) => `createEvent(calendarId: ${text(id)}, input: {${TIMES}}) { id }`),
  ),
  ...references(
    "Mutation.createEvent(input",
    (keys) => `createEvent(input: {${TIMES}, ${keys}}) { id }`,
    done,
  ),
  "Mutation.createEvents(calendarId)": other(
    "calendar",
    "name a calendar",
    writes(
      (id) => `createEvents(calendarId: ${text(id)}, inputs: [{${TIMES}}]) { error { code } }`,
      ofBatch(),
    ),
  ),
  ...references(
    "Mutation.createEvents(inputs",
    (keys) => `createEvents(inputs: [{${TIMES}, ${keys}}]) { error { code } }`,
    ofBatch(),
  ),
};

/** In a document, for what the caller has: an event, their own id, somebody else of their organisation, two Contacts of it. */
export const OWN = {
  mine: "$mine",
  series: "$series",
  me: "$me",
  peer: "$peer",
  contact: "$contact",
  otherContact: "$other",
} as const;
const MINE = OWN.mine;

const CHANGES: Readonly<Record<string, GraphQLRow>> = {
  "Mutation.updateEvent(id)": event(
    "say something of",
    writes((id, fresh) => `updateEvent(id: ${text(id)}, input: {location: ${text(fresh)}}) { id }`),
  ),
  "Mutation.updateEvent(calendarId)": other(
    "calendar",
    "name a calendar of one's event",
    writes(
      (id, fresh) =>
        `updateEvent(id: ${MINE}, calendarId: ${text(id)}, input: {location: ${text(fresh)}}) { id }`,
    ),
  ),
  ...references(
    "Mutation.updateEvent(input",
    (keys) => `updateEvent(id: ${MINE}, input: {${keys}}) { id }`,
    done,
  ),
  "Mutation.updateEvents(items.id)": event(
    "say something of",
    writes(
      (id, fresh) =>
        `updateEvents(items: [{id: ${text(id)}, input: {location: ${text(fresh)}}}]) { error { code } }`,
      ofBatch(),
    ),
  ),
  ...references(
    "Mutation.updateEvents(items.input",
    (keys) => `updateEvents(items: [{id: ${MINE}, input: {${keys}}}]) { error { code } }`,
    ofBatch(),
  ),
  "Mutation.updateEvents(calendarId)": other(
    "calendar",
    "name a calendar of one's event",
    writes(
      (id, fresh) =>
        `updateEvents(items: [{id: ${MINE}, input: {location: ${text(fresh)}}}], calendarId: ${text(id)}) { error { code } }`,
      ofBatch(),
    ),
  ),
  "Mutation.deleteEvents(calendarId)": other(
    "calendar",
    "name a calendar of one's event",
    writes((id) => `deleteEvents(ids: [${MINE}], calendarId: ${text(id)}) { error { code } }`, ofBatch()),
  ),
  "Mutation.deleteEvent(id)": event(
    "delete",
    writes((id) => `deleteEvent(id: ${text(id)}) { reason }`, whatIsLeft),
  ),
  "Mutation.deleteEvent(calendarId)": other(
    "calendar",
    "name a calendar of one's event",
    writes((id) => `deleteEvent(id: ${MINE}, calendarId: ${text(id)}) { reason }`),
  ),
  "Mutation.deleteEvents(ids)": event(
    "delete in a batch",
    writes((id) => `deleteEvents(ids: [${text(id)}]) { error { code } }`, ofBatch()),
  ),
  "Mutation.transferEvent(id)": event(
    "transfer",
    writes((id) => `transferEvent(id: ${text(id)}, to: $me) { id }`),
  ),
  "Mutation.transferEvent(to)": other(
    "user",
    "give to",
    writes((id) => `transferEvent(id: ${MINE}, to: ${text(id)}) { id }`),
  ),
  "Mutation.respondToEvent(id)": event(
    "answer its invitation",
    writes((id) => `respondToEvent(id: ${text(id)}, status: "Tentative") { id }`),
  ),
};

const PEOPLE: Readonly<Record<string, GraphQLRow>> = {
  "Query.me": other(
    "nothing",
    "ask for one's own",
    reads(() => "me { id }"),
  ),
  "Query.organisation": other(
    "nothing",
    "ask for one's own",
    reads(() => "organisation { id name colleaguesSee }"),
  ),
  "Mutation.updateOrganisation": other(
    "nothing",
    "administer the organisation",
    writes(() => "updateOrganisation(input: {colleaguesSee: DETAILS}) { id }"),
  ),
  "Query.calendarGrants(calendarId)": other(
    "calendar",
    "manage a calendar",
    reads((id) => `calendarGrants(calendarId: ${text(id)}) { access }`),
  ),
  "Mutation.setCalendarGrant(calendarId)": other(
    "calendar",
    "manage a calendar",
    writes((id) => `setCalendarGrant(calendarId: ${text(id)}, userId: $peer, access: null) { id }`),
  ),
  "Mutation.setCalendarGrant(userId)": other(
    "user",
    "grant to",
    writes((id) => `setCalendarGrant(calendarId: "primary", userId: ${text(id)}, access: READ) { id }`),
  ),
  "Query.users": other(
    "nothing",
    "ask for one's own",
    reads(() => "users { id }"),
  ),
  "Query.calendars": other(
    "nothing",
    "ask for one's own",
    reads(() => "calendars { id }"),
  ),
  "Query.calendars(all)": other(
    "nothing",
    "ask for everybody's",
    reads(() => "calendars(all: true) { id }"),
  ),
  "Query.records": other(
    "nothing",
    "ask for one's own",
    reads(() => "records { edges { cursor } }"),
  ),
  "Query.record(id)": other(
    "record",
    "read of the organisation",
    reads(
      (id) => `record(type: Contact, id: ${text(id)}) { id }`,
      orNothing((record) => record),
    ),
  ),
  "Query.freeBusy(userIds)": other(
    "user",
    "look at the time of",
    reads((id) => `freeBusy(userIds: [${text(id)}], ${WEEK}) { userId }`),
  ),
  "Query.freeBusy(exceptEventId)": event(
    "leave out",
    reads((id) => `freeBusy(userIds: [], ${WEEK}, exceptEventId: ${text(id)}) { userId }`),
  ),
  "Query.findTimes(input.exceptEventId)": event(
    "leave out",
    reads(
      (id) =>
        `findTimes(input: {capacity: 1, exceptEventId: ${text(id)}, durationMinutes: 60, ${WEEK}}) { reason }`,
    ),
  ),
  "Query.findTimes(input.userIds)": other("user", "look at the time of", findsTimes("userIds")),
  "Query.findTimes(input.optionalUserIds)": other(
    "user",
    "look at the time of",
    findsTimes("capacity: 1, optionalUserIds"),
  ),
  "Query.findTimes(input.rooms)": other("user", "take for a room", findsTimes("rooms")),
  "Mutation.createUser": other(
    "nothing",
    "administer the organisation",
    writes((_, fresh) => `createUser(input: {email: "${fresh}@x.co", name: "N", timezone: "UTC"}) { id }`),
  ),
  "Mutation.updateUser(id)": other(
    "user",
    "administer",
    writes((id, fresh) => `updateUser(id: ${text(id)}, input: {name: ${text(fresh)}}) { id }`),
  ),
  "Mutation.disableUser(id)": other(
    "user",
    "administer",
    writes((id) => `disableUser(id: ${text(id)}) { id }`),
  ),
  "Mutation.enableUser(id)": other(
    "user",
    "administer",
    writes((id) => `enableUser(id: ${text(id)}) { id }`),
  ),
  "Mutation.transferEvents(from)": other(
    "user",
    "administer",
    writes((id) => `transferEvents(from: ${text(id)}, to: $me)`),
  ),
  "Mutation.transferEvents(to)": other(
    "user",
    "administer",
    writes((id) => `transferEvents(from: $me, to: ${text(id)})`),
  ),
  "Mutation.createToken(userId)": other(
    "user",
    "make a token for",
    writes((id) => `createToken(userId: ${text(id)}, name: "n", scopes: [write]) { id }`),
  ),
  "Query.tokens(userId)": other(
    "user",
    "list the tokens of",
    reads((id) => `tokens(userId: ${text(id)}) { id }`),
  ),
  "Mutation.revokeToken(id)": other(
    "token",
    "end a token",
    writes((id) => `revokeToken(id: ${text(id)}) { id }`),
  ),
  "Mutation.saveRecords": other(
    "nothing",
    "make one's own",
    writes(() => `saveRecords(records: [{type: Lead, name: "L"}]) { id }`),
  ),
  "Mutation.saveRecords(records.id)": other(
    "record",
    "write of the organisation",
    writes((id, fresh) => `saveRecords(records: [{id: ${text(id)}, name: ${text(fresh)}}]) { id }`),
  ),
  "Mutation.saveRecords(records.accountId)": other(
    "account",
    "refer to",
    writes((id) => `saveRecords(records: [{type: Lead, name: "L", accountId: ${text(id)}}]) { id }`),
  ),
  "Mutation.archiveRecords(ids)": other(
    "record",
    "administer",
    writes((id) => `archiveRecords(ids: [${text(id)}]) { id }`),
  ),
  "Mutation.restoreRecords(ids)": other(
    "record",
    "administer",
    writes((id) => `restoreRecords(ids: [${text(id)}]) { id }`),
  ),
  "Mutation.mergeRecords(from)": other(
    "record",
    "administer",
    writes((id) => `mergeRecords(from: [${text(id)}], into: ${OWN.otherContact}) { id }`),
  ),
  "Mutation.mergeRecords(into)": other(
    "record",
    "administer",
    writes((id) => `mergeRecords(from: [${OWN.otherContact}], into: ${text(id)}) { id }`),
  ),
};

const LISTS: Readonly<Record<string, GraphQLRow>> = {
  "Query.event(id)": event(
    "read",
    reads((id) => `event(id: ${text(id)}) { ${EVENT} }`, eventLook),
  ),
  "Query.eventHistory(id)": other(
    "eventOf",
    "read its history by id",
    reads(
      (id) => `eventHistory(id: ${text(id)}) { edges { node { id } } }`,
      orNothing(({ edges }) => edges),
    ),
  ),
  "Query.events": other(
    "nothing",
    "ask for one's own",
    reads(() => "events { edges { cursor } }"),
  ),
  "Query.events(filter.calendarIds)": other(
    "calendar",
    "look into a calendar",
    reads((id) => `events(filter: {calendarIds: [${text(id)}]}) { edges { cursor } }`),
  ),
  "Query.events(filter.contactId)": other(
    "record",
    "search by",
    reads(
      (id) => `events(filter: {scope: ORGANISATION, contactId: ${id}}) { edges { cursor } }`,
      orNothing(({ edges }) => edges),
    ),
  ),
  "Query.events(filter.relatedTo.id)": other(
    "record",
    "search by",
    reads(
      (id) =>
        `events(filter: {scope: ORGANISATION, relatedTo: {type: Contact, id: ${text(id)}}}) { edges { cursor } }`,
      orNothing(({ edges }) => edges),
    ),
  ),
  "Query.changes(calendarId)": calendarRead((id) => `changes(calendarId: ${id}) { watermark }`),
  "Query.deletedEvents(calendarId)": calendarRead((id) => `deletedEvents(calendarId: ${id}) { watermark }`),
  "Query.manifest(calendarId)": calendarRead((id) => `manifest(calendarId: ${id}) { id }`),
  "Query.digest(calendarId)": calendarRead((id) => `digest(calendarId: ${id}) { month }`),
  "Query.syncView(calendarId)": other(
    "calendar",
    "manage a calendar",
    reads((id) => `syncView(calendarId: ${text(id)}) { clock }`),
  ),
  "Query.syncStandings": other(
    "nothing",
    "ask for everybody's",
    reads(() => "syncStandings { clientNames }"),
  ),
  "SyncStanding.calendar": other(
    "nothing",
    "ask for everybody's",
    reads(() => "syncStandings { edges { node { calendar { id } } } }"),
  ),
  "Subscription.recordChanged(id)": {
    ...other(
      "record",
      "read of the organisation, or 404",
      reads(() => ""),
    ),
    ask: {
      document: (id) => `subscription { recordChanged(since: 0, type: Contact, id: ${text(id)}) { id } }`,
      look: done,
    },
  },
  "Subscription.eventChanged(calendarId)": {
    ...calendarRead(() => ""),
    ask: {
      document: (id) => `subscription { eventChanged(since: 0, calendarId: ${text(id)}) { id } }`,
      look: done,
    },
  },
};

/** From an event that is reached by its id. */
const onward = (field: string, reach: (event: any) => unknown): GraphQLRow =>
  event(
    "go on from it",
    reads(
      (id) => `event(id: ${text(id)}) { ${field} }`,
      orNothing((found) => found && reach(found)),
    ),
  );
/** From what is one's own. */
const own = (document: string, reach: (answer: any) => unknown): GraphQLRow =>
  other(
    "nothing",
    "ask for one's own",
    reads(() => document, orNothing(reach)),
  );

const LINKS: Readonly<Record<string, GraphQLRow>> = {
  "Event.owner": onward("owner { id }", ({ owner }) => owner),
  "Event.parent": onward("parent { id }", ({ parent }) => parent),
  "Event.children": onward("children { id }", ({ children }) => children),
  "Event.history": event(
    "read its history",
    reads(
      (id) => `event(id: ${text(id)}) { history { edges { cursor } } }`,
      orNothing((found) => found?.history),
    ),
  ),
  "Attendee.user": onward("attendees { user { id } }", ({ attendees }) => attendees[0]?.user),
  "Attendee.contact": onward("attendees { contact { id } }", ({ attendees }) => attendees.at(-1)?.contact),
  "RecordLink.record": onward("relatedTo { record { id } }", ({ relatedTo }) => relatedTo[0]?.record),
  "Record.events": event(
    "go on from it",
    reads(
      () =>
        `record(type: Contact, id: $contact) { events(filter: {scope: ORGANISATION}) { edges { node { id } } } }`,
      (record, id) => (record.events.edges.some(({ node }: any) => node.id === id) ? "seen" : "nothing"),
    ),
  ),
  "Record.account": own(
    "record(type: Contact, id: $contact) { account { id } }",
    (record) => record?.account,
  ),
  "Calendar.user": own("calendars { user { id } }", ([calendar]) => calendar.user),
  "EventChange.event": own(
    "changes(includeDeleted: false) { records { deleted event { id } } }",
    ({ records }) => records.find((row: any) => !row.deleted)?.event,
  ),
  "EventEdge.node": own("events { edges { node { id } } }", ({ edges }) => edges[0].node),
  "RecordEdge.node": own("records { edges { node { id } } }", ({ edges }) => edges[0].node),
  "LatestChange.event": own(
    "syncView { latestChanges(first: 5) { records { event { id } } } }",
    ({ latestChanges }) => latestChanges.records,
  ),
  "LatestChange.user": own(
    "syncView { latestChanges(first: 5) { records { user { id } } } }",
    ({ latestChanges }) => latestChanges.records,
  ),
  "CalendarGrant.user": own("calendarGrants { user { id } }", () => true),
  "SyncClient.user": own("syncView { clients { user { id } } }", () => true),
  "EventResult.event": event(
    "say something of",
    writes(
      (id, fresh) =>
        `updateEvents(items: [{id: ${text(id)}, input: {location: ${text(fresh)}}}]) { error { code } event { id } }`,
      ofBatch(),
    ),
  ),
  "NewToken.accessToken": other(
    "nothing",
    "make one's own",
    writes(() => `createToken(userId: $me, name: "n", scopes: [write]) { accessToken { id } }`),
  ),
  "HistoryEntry.user": other(
    "eventOf",
    "read its history by id",
    reads(
      (id) => `eventHistory(id: ${text(id)}) { edges { node { user { id } } } }`,
      orNothing(({ edges }) => edges[0]?.node.user),
    ),
  ),
  "SyncView.calendar": own("syncView { calendar { id } }", ({ calendar }) => calendar),
};
export const GRAPHQL_ROWS: Readonly<Record<string, GraphQLRow>> = {
  ...CREATES,
  ...CHANGES,
  ...WEBHOOK_ROWS,
  ...FORGETTING_ROWS,
  ...PEOPLE,
  ...LISTS,
  ...LINKS,
};
