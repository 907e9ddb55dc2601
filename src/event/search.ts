// Lists of live events: by interval, by filter, by start or by last change; one page at a time, by keyset. Each is one
// statement, whose plan does not hang on statistics: walked in order (walked.ts), or found by a filter (found.ts).
import type { Context } from "../context";
import { boundedRows, type Bound } from "../database/bounded-rows";
import { columns, flag, number, raw, selectRow, selectRows, sql, type Sql } from "../database/rows";
import type { TextQuery, TextRow } from "../database/text-rows";
import { countFoundSql, filtersSql, foundSql, OF_TIMELINE, timelinesSql, type Timelines } from "./found";
import { viewOfVisible } from "./entry-rows";
import { EVENT_WIDTH, eventColumns, type EventView } from "./projection";
import { directionOf, EventOrder, type EventSearch, type Position, type Window } from "./search-sql";
import { saidSql } from "./said";
import { countWalkedSql, walkedSql } from "./walked";

export type { Timelines } from "./found";
export { EventOrder, type EventSearch, type Position, type Window } from "./search-sql";

const COUNT = columns({ count: number("count") });
/** A row of a timeline: behind the event whether it is visible, and the timeline's number, from 1. */
const TIMELINE = columns({ isVisible: flag("p.visible"), number: number("t.n") }, EVENT_WIDTH);

/** What clients can combine makes thousands of texts: those of more than one filter are not kept prepared. */
function kindOf(filters: readonly Sql[], search: EventSearch): Pick<TextQuery, "kind" | "once"> {
  const many = filters.length + saidSql(search).length;
  return many === 0 ? { kind: "list" } : { kind: "search", ...(many > 1 && { once: true }) };
}

/** What was found in a window. */
export interface FoundEvents {
  views: EventView[];
  /** Not all of it: the next one would have been too many bytes. */
  isCut: boolean;
  bytes: number;
}

/** Live events that match, as the caller may see them. One statement; filters never find what a mask hides. */
export async function searchEvents(ctx: Context, search: EventSearch, window: Window): Promise<FoundEvents> {
  const filters = filtersSql(ctx, search);
  const { text, values } =
    filters.length > 0 ? foundSql(ctx, { search, window, filters }) : walkedSql(ctx, search, window);
  const statement = { text, values, ...kindOf(filters, search) };
  const { rows, next, bytes } = await boundedRows(ctx.db.pool, statement, boundOf(ctx, window));
  if (window.backwards) rows.reverse();
  return { views: rows.map(viewOfVisible), isCut: next !== null, bytes };
}

const boundOf = ({ caller, held }: Context, { bytes, limit }: Window, lists = 1): Bound => ({
  bytes,
  rows: limit * lists,
  whose: caller.organisationId,
  held,
});

/** How many live events match. */
export async function countEvents(ctx: Context, search: EventSearch): Promise<number> {
  const filters = filtersSql(ctx, search);
  const count = filters.length > 0 ? countFoundSql(ctx, search, filters) : countWalkedSql(ctx, search);
  const { text, values } = sql`select ${count} as count`;
  const counted = await selectRow(ctx.db.pool, COUNT, { text, values, ...kindOf(filters, search) });
  return counted?.count ?? 0;
}

/**
 * The timelines of records: of each, the page of the events about it. One statement.
 * `most` is how many bytes all of them together may come to: where it is more, the last ones are not complete, and the
 * bytes say so.
 */
export async function searchTimelines(
  ctx: Context,
  of: Timelines,
  search: EventSearch,
  window: Window,
  most: number,
): Promise<FoundEvents[]> {
  const { recordIds } = of;
  const timelines = timelinesSql(ctx, of);
  const filters = [OF_TIMELINE, ...filtersSql(ctx, search)];
  const page = foundSql(ctx, { search, window, filters });
  const direction = raw(directionOf(search, window));
  const { text, values } = sql`
    select ${raw(eventColumns("p"))}, ${TIMELINE} from ${timelines} cross join lateral (${page}) p
    order by t.n, p.at ${direction}, p.place ${direction}`;
  const statement = { text, values, ...kindOf(filters, search) };
  const alone = recordIds.length === 1;
  const bound = boundOf(ctx, { ...window, bytes: alone ? window.bytes : most }, recordIds.length);
  const { rows, next } = await boundedRows(ctx.db.pool, statement, bound);
  const pages = recordIds.map((): FoundEvents => ({ views: [], isCut: false, bytes: 0 }));
  for (const row of rows) add(row, pages[numberOf(row)], window);
  const [only] = pages;
  if (alone && only && next) only.isCut = true;
  const last = next && !alone ? pages[numberOf(next)] : undefined;
  if (last) last.bytes = most + 1;
  if (window.backwards) for (const { views } of pages) views.reverse();
  return pages;
}

const numberOf = (row: TextRow): number => TIMELINE.of(row).number - 1;

/** Adds an event to the page of its record, unless that is full. */
function add(row: TextRow, page: FoundEvents | undefined, window: Window): void {
  if (!page || page.isCut) return;
  const view = viewOfVisible(row);
  if (page.views.length > 0 && page.bytes + view.length > window.bytes) {
    page.isCut = true;
    return;
  }
  page.views.push(view);
  page.bytes += view.length;
}

/** How many events each timeline has. One statement. */
export async function countTimelines(ctx: Context, of: Timelines, search: EventSearch): Promise<number[]> {
  const timelines = timelinesSql(ctx, of);
  const filters = [OF_TIMELINE, ...filtersSql(ctx, search)];
  const { text, values } = sql`
    select ${countFoundSql(ctx, search, filters)} as count from ${timelines} order by t.n`;
  const rows = await selectRows(ctx.db.pool, COUNT, { text, values, ...kindOf(filters, search) });
  return rows.map(({ count }) => count);
}

/** Where an event stands in an order. */
export const positionOf = (view: EventView, order: EventOrder): Position => ({
  at: order === EventOrder.START ? view.startTime : view.lastModifiedAt,
  id: view.id,
});
