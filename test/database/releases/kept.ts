// What is kept of a release beside the dump of a database: who may ask, and what they were answered.

export interface Kept {
  /** Of the people of that database alone. */
  tokens: { admin: string; member: string };
  /** How far the member's client had come. */
  deltaToken: string;
  answers: { who: "admin" | "member"; asked: string; said: unknown }[];
}

/** REST by its path, GraphQL by its text: what does not change as time goes on. */
export const ASKED: readonly string[] = [
  "/me",
  "/events?limit=1000",
  "/events?startAt=2026-03-01T00:00:00Z&endAt=2026-04-01T00:00:00Z&limit=1000",
  "/events/digest",
  "/users",
  "/calendars",
  "/contacts",
  `{ events(first: 100, filter: { scope: ORGANISATION }) { edges { node {
    id subject startTime endTime allDay private showAs properties location ownerId parentId seriesId recurrenceId
    attendees { userId emailAddress name status type } relatedTo { record { id type name } } lastModifiedAt } } } }`,
  `{ records(first: 100) { edges { node { id type name emails } } } }`,
];
