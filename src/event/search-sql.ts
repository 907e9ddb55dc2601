// What the statements of every list of events share: the search, its window, its order.
import type { Instant } from "../values/instants";
import type { RecordRef } from "./event.inputs";

export enum EventOrder {
  START = "START",
  LAST_CHANGE = "LAST_CHANGE",
}

export interface EventSearch {
  /** The calendars whose events are meant; null: all events of the organisation. */
  calendarIds: readonly string[] | null;
  startAt?: Instant | null;
  endAt?: Instant | null;
  attendeeEmail?: string | null;
  contactId?: string | null;
  relatedTo?: RecordRef | null;
  iCalUid?: string | null;
  text?: string | null;
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

export interface Sql {
  values: unknown[];
  bind: (value: unknown) => string;
}

export const newSql = (): Sql => {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
};

export const directionOf = ({ order }: EventSearch, { backwards }: Window): "asc" | "desc" =>
  (order === EventOrder.LAST_CHANGE) !== (backwards ?? false) ? "desc" : "asc";

/** SQL of the columns of an order, of event (`e`) or calendar_entry (`n`). */
export function placeOf({ order }: EventSearch, alias: "e" | "n"): { at: string; id: string } {
  const at = { e: "e.last_modified_at", n: "n.tick" };
  return {
    at: order === EventOrder.START ? `${alias}.start_time` : at[alias],
    id: alias === "n" ? "n.event_id" : "e.id",
  };
}

/** SQL: beyond the window's place, or nothing. */
export function beyondSql(alias: "e" | "n", search: EventSearch, window: Window, { bind }: Sql): string {
  const { beyond } = window;
  if (!beyond) return "";
  const { at, id } = placeOf(search, alias);
  const further = directionOf(search, window) === "desc" ? "<" : ">";
  return ` and (${at}, ${id}) ${further} (${bind(beyond.at)}::timestamptz, ${bind(beyond.id)}::bigint)`;
}

/** SQL: in order, so many at most. */
export function orderSql(
  { at, id }: { at: string; id: string },
  search: EventSearch,
  window: Window,
  { bind }: Sql,
): string {
  const direction = directionOf(search, window);
  return ` order by ${at} ${direction}, ${id} ${direction} limit ${bind(window.limit)}`;
}
