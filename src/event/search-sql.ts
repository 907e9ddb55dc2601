// What the statements of every list of events share: the search, its window, its order.
import { NOTHING, raw, sql, type Raw, type Sql } from "../database/rows";
import type { Instant } from "../values/instants";
import type { RecordRef } from "./link.inputs";
import type { SaidSearch } from "./said";

export enum EventOrder {
  START = "START",
  LAST_CHANGE = "LAST_CHANGE",
}

export interface EventSearch extends SaidSearch {
  /** The calendars whose events are meant; null: all events of the organisation. */
  calendarIds: readonly string[] | null;
  startAt?: Instant | null;
  endAt?: Instant | null;
  attendeeEmail?: string | null;
  contactId?: string | null;
  relatedTo?: RecordRef | null;
  iCalUid?: string | null;
  text?: string | null;
  seriesId?: string | null;
  /** Of occurrences: those that do not say what their series says, or those that do. */
  overridden?: boolean | null;
  order: EventOrder;
}

/** The place of an event in an order: its start (or tick), then its id. */
export interface Position {
  at: Instant;
  id: string;
}

export interface Window {
  limit: number;
  /** How many bytes of rows. */
  bytes: number;
  /** Read towards the start of the order, answered in its direction all the same. */
  backwards?: boolean;
  /** Beyond this place, in the direction of reading. */
  beyond?: Position | null;
}

export const directionOf = ({ order }: EventSearch, { backwards }: Window): "asc" | "desc" =>
  (order === EventOrder.LAST_CHANGE) !== (backwards ?? false) ? "desc" : "asc";

/** SQL of the columns of an order. */
export interface Place {
  at: Raw;
  id: Raw;
}

const PLACES = {
  e: { start: raw("e.start_time"), change: raw("e.last_modified_at"), id: raw("e.id") },
  n: { start: raw("n.start_time"), change: raw("n.tick"), id: raw("n.event_id") },
};

/** That of event (`e`) or calendar_entry (`n`). */
export function placeOf({ order }: EventSearch, alias: "e" | "n"): Place {
  const { start, change, id } = PLACES[alias];
  return { at: order === EventOrder.START ? start : change, id };
}

/** SQL: beyond the window's place, or nothing. */
export function beyondSql(alias: "e" | "n", search: EventSearch, window: Window): Sql {
  const { beyond } = window;
  if (!beyond) return NOTHING;
  const { at, id } = placeOf(search, alias);
  const further = raw(directionOf(search, window) === "desc" ? "<" : ">");
  return sql` and (${at}, ${id}) ${further} (${beyond.at}::timestamptz, ${beyond.id}::bigint)`;
}

/** SQL: in order, so many at most. */
export function orderSql({ at, id }: Place, search: EventSearch, window: Window): Sql {
  const direction = raw(directionOf(search, window));
  return sql` order by ${at} ${direction}, ${id} ${direction} limit ${window.limit}`;
}
