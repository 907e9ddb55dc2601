// Operations, arguments and fields of GraphQL about series, and the rule each follows.
import type { GraphQLRow } from "./graphql-asks";
import { orNothing, other, reads, text, TIMES, writes, type Asked } from "./graphql-asks";
import { references } from "./graphql-rows";
import type { EventRuleName } from "./rules";
import { eventLook } from "./row";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

const occurrence = (rule: EventRuleName, asked: Asked): GraphQLRow => ({
  names: "occurrence",
  rule,
  ...asked,
});
const series = (rule: EventRuleName, asked: Asked): GraphQLRow => ({ names: "series", rule, ...asked });
const RULE = `recurrence: {rrule: "FREQ=DAILY;COUNT=2"}`;
const ofSeries = (field: string, rule: EventRuleName, reach: (found: any) => unknown): GraphQLRow =>
  series(
    rule,
    reads(
      (id) => `series(id: ${text(id)}) { ${field} }`,
      orNothing((found) => found && reach(found)),
    ),
  );

export const SERIES_ROWS: Readonly<Record<string, GraphQLRow>> = {
  "Query.series(id)": series(
    "read",
    reads((id) => `series(id: ${text(id)}) { id subject location }`, eventLook),
  ),
  "Query.events(filter.seriesId)": series(
    "go on from it",
    reads(
      (id) => `events(filter: {scope: ORGANISATION, seriesId: ${text(id)}}) { edges { cursor } }`,
      orNothing(({ edges }) => edges),
    ),
  ),
  "Series.owner": ofSeries("owner { id }", "go on from it", ({ owner }) => owner),
  "Series.occurrences": ofSeries(
    "occurrences { edges { cursor } }",
    "go on from it",
    (found) => found.occurrences.edges,
  ),
  "Series.history": series(
    "read its history",
    reads(
      (id) => `series(id: ${text(id)}) { history { edges { cursor } } }`,
      orNothing((found) => found?.history),
    ),
  ),
  "Series.previous": series(
    "read",
    reads((id) => `series(id: ${text(id)}) { id subject location previous { id } }`, eventLook),
  ),
  "Event.series": occurrence(
    "read",
    reads(
      (id) => `event(id: ${text(id)}) { series { subject location } }`,
      (found, id) => eventLook(found?.series, id),
    ),
  ),
  "SeriesResult.event": occurrence(
    "say something of",
    writes(
      (id, fresh) =>
        `updateSeries(eventId: ${text(id)}, scope: THIS, input: {location: ${text(fresh)}}) { event { id } }`,
    ),
  ),
  "SeriesResult.series": occurrence(
    "say something of",
    writes(
      (id, fresh) =>
        `updateSeries(eventId: ${text(id)}, scope: FOLLOWING, input: {location: ${text(fresh)}}) { series { id } }`,
    ),
  ),
  "Mutation.createSeries(calendarId)": other(
    "calendar",
    "name a calendar",
    writes((id) => `createSeries(calendarId: ${text(id)}, input: {${TIMES}, ${RULE}}) { created }`),
  ),
  ...references(
    "Mutation.createSeries(input",
    (keys) => `createSeries(input: {${TIMES}, ${RULE}, ${keys}}) { created }`,
    () => undefined,
  ),
  "Mutation.updateSeries(eventId)": occurrence(
    "say something of",
    writes(
      (id, fresh) =>
        `updateSeries(eventId: ${text(id)}, scope: ALL, input: {location: ${text(fresh)}}) { changed }`,
    ),
  ),
  "Mutation.updateSeries(calendarId)": other(
    "calendar",
    "name a calendar of one's event",
    writes(
      (id, fresh) =>
        `updateSeries(eventId: $mine, scope: THIS, calendarId: ${text(id)}, input: {location: ${text(fresh)}}) { changed }`,
    ),
  ),
  ...references(
    "Mutation.updateSeries(input",
    (keys) => `updateSeries(eventId: $mine, scope: THIS, input: {${keys}}) { changed }`,
    () => undefined,
  ),
  "Mutation.deleteSeries(eventId)": occurrence(
    "delete",
    writes(
      (id) => `deleteSeries(eventId: ${text(id)}, scope: ALL) { deleted }`,
      ({ deleted }) => (deleted > 0 ? "deleted" : "left"),
    ),
  ),
  "Mutation.deleteSeries(calendarId)": other(
    "calendar",
    "name a calendar of one's event",
    writes((id) => `deleteSeries(eventId: $mine, scope: THIS, calendarId: ${text(id)}) { deleted }`),
  ),
  "Mutation.respondToSeries(eventId)": occurrence(
    "answer its invitation",
    writes((id) => `respondToSeries(eventId: ${text(id)}, scope: ALL, status: "Accepted") { changed }`),
  ),
};
