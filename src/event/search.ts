// Lists of live events: by interval, by filter, by start or by last change; one page at a time, by keyset. Each is one
// statement, whose plan does not hang on statistics: walked in order (walked.ts), or found by a filter (found.ts).
import type { Context } from "../context";
import { boundedRows, type Bound } from "../database/bounded-rows";
import { textRows, type TextQuery, type TextRow } from "../database/text-rows";
import type { RecordRef } from "./event.inputs";
import { countFoundSql, filtersSql, foundSql, OF_TIMELINE, timelinesSql } from "./found";
import { EVENT_WIDTH, EventView } from "./projection";
import { directionOf, EventOrder, newSql, type EventSearch, type Position, type Window } from "./search-sql";
import { countWalkedSql, walkedSql } from "./walked";

export { EventOrder, type EventSearch, type Position, type Window } from "./search-sql";

/** What clients can combine makes thousands of texts: those of more than one filter are not kept prepared. */
const kindOf = (filters: readonly string[]): Pick<TextQuery, "kind" | "once"> =>
  filters.length === 0 ? { kind: "list" } : { kind: "search", ...(filters.length > 1 && { once: true }) };

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
  const filters = filtersSql(ctx, search, sql);
  const text =
    filters.length > 0
      ? foundSql(ctx, { search, window, filters }, sql)
      : walkedSql(ctx, search, window, sql);
  const statement = { text, values: sql.values, ...kindOf(filters) };
  const { rows, next, bytes } = await boundedRows(ctx.db.pool, statement, boundOf(ctx, window));
  if (window.backwards) rows.reverse();
  return { views: rows.map(toView), isCut: next !== null, bytes };
}

const boundOf = ({ caller, held }: Context, { bytes, limit }: Window, lists = 1): Bound => ({
  bytes,
  rows: limit * lists,
  whose: caller.organisationId,
  held,
});

const toView = (row: TextRow): EventView => new EventView(row, row[EVENT_WIDTH] === "f");

/** How many live events match. */
export async function countEvents(ctx: Context, search: EventSearch): Promise<number> {
  const sql = newSql();
  const filters = filtersSql(ctx, search, sql);
  const count =
    filters.length > 0 ? countFoundSql(ctx, search, filters, sql) : countWalkedSql(ctx, search, sql);
  const [row] = await textRows(ctx.db.pool, {
    text: `select ${count}`,
    values: sql.values,
    ...kindOf(filters),
  });
  return Number((row as TextRow)[0]);
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
  const filters = [OF_TIMELINE, ...filtersSql(ctx, search, sql)];
  const page = foundSql(ctx, { search, window, filters }, sql);
  const direction = directionOf(search, window);
  const statement = {
    text: `select p.*, t.n from ${timelines} cross join lateral (${page}) p order by t.n, p.at ${direction}, p.place ${direction}`,
    values: sql.values,
    ...kindOf(filters),
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
  const filters = [OF_TIMELINE, ...filtersSql(ctx, search, sql)];
  const count = countFoundSql(ctx, search, filters, sql);
  const rows = await textRows(ctx.db.pool, {
    text: `select ${count} from ${timelines} order by t.n`,
    values: sql.values,
    ...kindOf(filters),
  });
  return rows.map(([counted]) => Number(counted));
}

/** Where an event stands in an order. */
export const positionOf = (view: EventView, order: EventOrder): Position => ({
  at: order === EventOrder.START ? view.startTime : view.lastModifiedAt,
  id: view.id,
});
