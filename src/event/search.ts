// Lists of live events: by interval, by filter, by start or by last change; one page at a time, by keyset.
import type { Context } from "../context";
import { boundedRows, type Bound } from "../database/bounded-rows";
import { textRows, type TextRow } from "../database/text-rows";
import { RecordType } from "../entities/record";
import type { RecordRef } from "./event.inputs";
import { EVENT_WIDTH, eventColumns, EventView } from "./projection";
import type { Instant } from "../values/instants";

import { visibleSql } from "./visibility";

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

interface SqlSearch extends EventSearch {
  /** SQL: only events with one of these keys. */
  keys?: string;
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

interface Sql {
  values: unknown[];
  bind: (value: unknown) => string;
}

const newSql = (): Sql => {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
};

/** What was found in a window. */
export interface FoundEvents {
  views: EventView[];
  /** Not all of it: the next one would have been too many bytes. */
  isCut: boolean;
  bytes: number;
}

/** Live events that match, as the caller may see them. One statement; filters never find what a mask hides. */
export async function searchEvents(ctx: Context, search: EventSearch, window: Window): Promise<FoundEvents> {
  const sql = newSql();
  const text = pageSql(ctx, search, window, sql);
  const { rows, next, bytes } = await boundedRows(
    ctx.db.pool,
    { text, values: sql.values },
    boundOf(ctx, window),
  );
  if (window.backwards) rows.reverse();
  return { views: rows.map(toView), isCut: next !== null, bytes };
}

const boundOf = ({ caller }: Context, { bytes, limit }: Window, lists = 1): Bound => ({
  bytes,
  rows: limit * lists,
  whose: caller.organisationId,
});

const toView = (row: TextRow): EventView => new EventView(row, row[EVENT_WIDTH] === "f");

const directionOf = ({ order }: EventSearch, { backwards }: Window): "asc" | "desc" =>
  (order === EventOrder.LAST_CHANGE) !== (backwards ?? false) ? "desc" : "asc";

/** SQL of a page: the event's columns, whether it is visible, and its place in the order. */
function pageSql(ctx: Context, search: SqlSearch, window: Window, sql: Sql): string {
  const source = sourceOf(ctx, search, sql);
  const columns = orderColumns(search, source.alias);
  const direction = directionOf(search, window);
  const order = `order by ${columns.at} ${direction}, ${columns.id} ${direction} limit ${sql.bind(window.limit)}`;
  const beyond = window.beyond
    ? ` and (${columns.at}, ${columns.id}) ${direction === "desc" ? "<" : ">"} (${sql.bind(window.beyond.at)}::timestamptz, ${sql.bind(window.beyond.id)}::bigint)`
    : "";
  const selected = `${eventColumns("e")}, ${source.visible()} as visible, ${columns.at} as at, ${columns.id} as place`;
  const branches = source.conditions.map(
    (conditions) => `select ${selected} from ${source.from} where ${conditions}${beyond} ${order}`,
  );
  return branches.length === 1
    ? (branches[0] ?? "")
    : `${branches.map((branch) => `(${branch})`).join(" union all ")}
       order by at ${direction}, place ${direction} limit ${sql.bind(window.limit)}`;
}

/** How many live events match. */
export async function countEvents(ctx: Context, search: EventSearch): Promise<number> {
  const sql = newSql();
  const text = `select ${countSql(ctx, search, sql)}`;
  const rows = await textRows(ctx.db.pool, { text, values: sql.values });
  return Number((rows[0] as TextRow)[0]);
}

function countSql(ctx: Context, search: SqlSearch, sql: Sql): string {
  const { from, conditions } = sourceOf(ctx, search, sql);
  return conditions.map((condition) => `(select count(*) from ${from} where ${condition})`).join(" + ");
}

/**
 * The timelines of records: of each, the page of events that are linked to it, or invite it as a Contact. One statement.
 * `most` is how many bytes all of them together may come to: where it is more, the last ones are not complete, and the
 * bytes say so.
 */
export async function searchTimelines(
  ctx: Context,
  records: readonly RecordRef[],
  search: EventSearch,
  window: Window,
  most: number,
): Promise<FoundEvents[]> {
  const sql = newSql();
  const timelines = timelinesSql(ctx, records, sql);
  const page = pageSql(ctx, { ...search, keys: TIMELINE_KEYS }, window, sql);
  const direction = directionOf(search, window);
  const statement = {
    text: `select p.*, t.n from ${timelines} cross join lateral (${page}) p order by t.n, p.at ${direction}, p.place ${direction}`,
    values: sql.values,
  };
  const alone = records.length === 1;
  const bound = boundOf(ctx, { ...window, bytes: alone ? window.bytes : most }, records.length);
  const { rows, next } = await boundedRows(ctx.db.pool, statement, bound);
  const pages = records.map((): FoundEvents => ({ views: [], isCut: false, bytes: 0 }));
  for (const row of rows) add(row, pages[numberOf(row)], window);
  const [only] = pages;
  if (alone && only && next) only.isCut = true;
  const last = next && !alone ? pages[numberOf(next)] : undefined;
  if (last) last.bytes = most + 1;
  if (window.backwards) for (const { views } of pages) views.reverse();
  return pages;
}

const numberOf = (row: TextRow): number => Number(row.at(-1)) - 1;

/** Adds an event to the page of its record, unless that is full. */
function add(row: TextRow, page: FoundEvents | undefined, window: Window): void {
  if (!page || page.isCut) return;
  const view = toView(row);
  if (page.views.length > 0 && page.bytes + view.length > window.bytes) {
    page.isCut = true;
    return;
  }
  page.views.push(view);
  page.bytes += view.length;
}

/** How many events each timeline has. One statement. */
export async function countTimelines(
  ctx: Context,
  records: readonly RecordRef[],
  search: EventSearch,
): Promise<number[]> {
  const sql = newSql();
  const timelines = timelinesSql(ctx, records, sql);
  const count = countSql(ctx, { ...search, keys: TIMELINE_KEYS }, sql);
  const rows = await textRows(ctx.db.pool, {
    text: `select ${count} from ${timelines} order by t.n`,
    values: sql.values,
  });
  return rows.map(([counted]) => Number(counted));
}

const TIMELINE_KEYS = "string_to_array(t.keys, ' ')";

/** SQL: a row `t` a record, with its number from 1 and the keys of its events. */
function timelinesSql({ caller }: Context, records: readonly RecordRef[], sql: Sql): string {
  const keys = records.map(({ type, id }) =>
    [
      `r:${caller.organisationId}:${type}:${id}`,
      ...(type === RecordType.Contact ? [`c:${caller.organisationId}:${id}`] : []),
    ].join(" "),
  );
  return `unnest(${sql.bind(keys)}::text[]) with ordinality as t (keys, n)`;
}

/** Where an event stands in an order. */
export const positionOf = (view: EventView, order: EventOrder): Position => ({
  at: order === EventOrder.START ? view.startTime : view.lastModifiedAt,
  id: view.id,
});

interface Source {
  from: string;
  /** The table with the order's columns. */
  alias: "n" | "e";
  /** SQL: whether the caller sees the event unmasked. */
  visible: () => string;
  /** Disjoint sets of conditions; each is a branch of its own, with an index of its own. */
  conditions: string[];
}

function sourceOf({ caller }: Context, search: SqlSearch, sql: Sql): Source {
  const organisation = sql.bind(caller.organisationId);
  const filters = filterSql(caller.organisationId, search, sql);
  // PostgreSQL refuses a parameter that the statement does not use, so each is bound only where it is used.
  const visible = (): string => visibleSql(caller, sql.bind);
  if (search.calendarIds?.length === 1 && filters.length === 0) {
    const conditions = `n.organisation_id = ${organisation} and n.calendar_id = ${sql.bind(search.calendarIds[0])} and n.removed_at is null`;
    return {
      from: "calendar_entry n join event e on e.organisation_id = n.organisation_id and e.id = n.event_id",
      alias: "n",
      // A calendar's own user sees all of it; anybody else as for any event.
      visible: search.calendarIds[0] === caller.calendarId ? () => "true" : visible,
      conditions: intervalSql(search, "n", sql).map((interval) => conditions + interval),
    };
  }
  const conditions = [
    `e.organisation_id = ${organisation}`,
    ...filters,
    // What is masked is found by its times alone.
    ...(filters.length > 0 ? [visible()] : []),
  ].join(" and ");
  return {
    from: "event e",
    alias: "e",
    visible,
    conditions: search.calendarIds
      ? intervalSql(search, "c", sql).map(
          (interval) => conditions + heldBy(organisation, search, interval, sql),
        )
      : intervalSql(search, "e", sql).map((interval) => conditions + interval),
  };
}

/** Only events that one of the calendars holds. The window is asked of their entries, which are indexed by calendar. */
const heldBy = (organisation: string, { calendarIds }: EventSearch, interval: string, sql: Sql): string => `
  and e.id in (
    select c.event_id from calendar_entry c
    where c.organisation_id = ${organisation} and c.calendar_id = any (${sql.bind(calendarIds)})
      and c.removed_at is null${interval})`;

function filterSql(organisationId: string, search: SqlSearch, sql: Sql): string[] {
  const keys: string[] = [];
  if (search.contactId != null) keys.push(`c:${organisationId}:${search.contactId}`);
  if (search.relatedTo) keys.push(`r:${organisationId}:${search.relatedTo.type}:${search.relatedTo.id}`);
  const filters: string[] = [];
  if (search.attendeeEmail != null) {
    // In small letters as event_keys has it: JavaScript's are not PostgreSQL's for every letter.
    const key = `'e:' || ${sql.bind(organisationId)}::text || ':' || lower(${sql.bind(search.attendeeEmail)}::text)`;
    filters.push(`event_keys(e.organisation_id, e.attendees, e.related_to) @> array[${key}]`);
  }
  if (keys.length > 0)
    filters.push(`event_keys(e.organisation_id, e.attendees, e.related_to) @> ${sql.bind(keys)}`);
  if (search.keys) filters.push(`event_keys(e.organisation_id, e.attendees, e.related_to) && ${search.keys}`);
  if (search.iCalUid != null) filters.push(`e.i_cal_uid = ${sql.bind(search.iCalUid)}`);
  if (search.text != null) {
    const words = `websearch_to_tsquery('simple', ${sql.bind(search.text)})`;
    filters.push(`event_words(e.subject, e.location, e.description) @@ ${words}`);
  }
  return filters;
}

/**
 * Overlap, half-open: an event that only touches the window is outside it, one of no length counts where it starts
 * inside. With a lower bound there are two branches: what starts less than a day before it or later, in the order of
 * the index; and the longer events that began earlier still, found by their span.
 */
function intervalSql({ startAt, endAt }: EventSearch, alias: "n" | "e" | "c", sql: Sql): string[] {
  const before = endAt ? ` and ${alias}.start_time < ${sql.bind(endAt)}` : "";
  if (!startAt) return [before];
  const from = `${sql.bind(startAt)}::timestamptz`;
  const dayBefore = `${from} - interval '24 hours'`;
  return [
    `${before} and ${alias}.start_time >= ${dayBefore} and (${alias}.end_time > ${from} or ${alias}.start_time >= ${from})`,
    ` and ${alias}.end_time - ${alias}.start_time > interval '1 day' and ${alias}.start_time < ${dayBefore}
      and ${alias}.end_time > ${from} and tstzrange(${alias}.start_time, ${alias}.end_time, '[]') @> (${dayBefore})`,
  ];
}

const orderColumns = ({ order }: EventSearch, alias: "n" | "e"): { at: string; id: string } =>
  order === EventOrder.START
    ? { at: `${alias}.start_time`, id: alias === "n" ? "n.event_id" : "e.id" }
    : { at: alias === "n" ? "n.tick" : "e.last_modified_at", id: alias === "n" ? "n.event_id" : "e.id" };
