// What PostGraphile is asked for (peer.ts): the fields of an event that the doors are asked for, in its own names.
const EVENT = `id: rowId subject description location startTime endTime allDay private timezone
  showAs status type conferenceUrl properties guestsCanEdit attendees parentId relatedTo
  iCalUid seriesId recurrenceId ownerId organizerEmail organizerName createdAt lastModifiedAt`;

export const PEER = {
  feed: `query ($organisation: BigInt!, $calendar: BigInt!, $since: Datetime!, $first: Int!) {
    found: feed(organisation: $organisation, calendar: $calendar, since: $since, first: $first) { nodes { ${EVENT} } } }`,
  interval: `query ($organisation: BigInt!, $calendar: BigInt!, $startAt: Datetime!, $endAt: Datetime!) {
    found: interval(organisation: $organisation, calendar: $calendar, startAt: $startAt, endAt: $endAt, first: 1000) {
      nodes { ${EVENT} } } }`,
  byId: `query ($organisation: BigInt!, $id: BigInt!) {
    event: eventByOrganisationIdAndRowId(organisationId: $organisation, rowId: $id) { ${EVENT} } }`,
  create:
    "mutation ($event: EventInput!) { createEvent(input: { event: $event }) { event { " + EVENT + " } } }",
  change: `mutation ($organisation: BigInt!, $id: BigInt!, $patch: EventPatch!) {
    updateEventByOrganisationIdAndRowId(input: { organisationId: $organisation, rowId: $id, eventPatch: $patch }) {
      event { ${EVENT} } } }`,
};

/** An event of its answer as the doors write it: instants end in Z. */
export function eventOfPeer(node: Record<string, string>): object {
  const instants = ["startTime", "endTime", "createdAt", "lastModifiedAt"];
  return {
    ...node,
    ...Object.fromEntries(instants.map((name) => [name, new Date(node[name] ?? "").toISOString()])),
  };
}
