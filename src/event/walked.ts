// Lists of events without a filter: walked in their order, along an index, from a place on, for no more rows than are
// wanted; each event is then looked up by its key. The walk is a query of its own, which nothing around it changes.
import type { Context } from "../context";
import { joined, NOTHING, raw, sql, value, type Sql } from "../database/rows";
import { toMs } from "../values/instants";
import { eventColumns } from "./projection";
import { beyondSql, EventOrder, orderSql, placeOf, type EventSearch, type Window } from "./search-sql";
import { saidSql } from "./said";
import { visibleSql } from "./visibility";

const EVENT = raw(eventColumns("e"));
/** The place that a walk gives. */
const WALKED = { at: raw("at"), id: raw("place") };

/** In a window of at most so long, what starts in it is read and put in order, whatever the order. */
const SHORT_WINDOW_MS = 100 * 86_400_000;

/** SQL of a page: the event's columns, whether it is visible, and its place in the order. */
export const walkedSql = (ctx: Context, search: EventSearch, window: Window): Sql =>
  search.calendarIds === null
    ? ofOrganisation(ctx, search, window)
    : ofCalendars(ctx, search, search.calendarIds, window);

function ofOrganisation({ caller }: Context, search: EventSearch, window: Window): Sql {
  const organisation = value(caller.organisationId);
  const place = placeOf(search, "e");
  const beyond = beyondSql("e", search, window);
  const visible = visibleSql(caller);
  const said = ofEventSql(search, visible);
  const branches = branchesSql(search, "e").map(
    ({ index, interval }) => sql`
      select ${EVENT}, ${visible} as visible, ${place.at} as at, ${place.id} as place
      from event e where ${raw(index)}(e.organisation_id) = ${organisation}${interval}${beyond}${said}${orderSql(place, search, window)}`,
  );
  return merged(branches, search, window);
}

function ofCalendars(
  { caller }: Context,
  search: EventSearch,
  calendarIds: readonly string[],
  window: Window,
): Sql {
  const [only, ...others] = calendarIds;
  const organisation = value(caller.organisationId);
  const place = placeOf(search, "n");
  const isOne = others.length === 0;
  const calendar = isOne ? value(only) : raw("c.id");
  const beyond = beyondSql("n", search, window);
  // A calendar's own user sees all of it; anybody else as for any event.
  const visible = isOne && only === caller.calendarId ? sql`true` : visibleSql(caller);
  const said = ofEntrySql(search, visible);
  const branches = branchesSql(search, "n").map(
    ({ index, interval }) => sql`
      select ${place.id} as place, ${place.at} as at from calendar_entry n
      where ${raw(index)}(n.organisation_id) = ${organisation} and n.calendar_id = ${calendar} and n.removed_at is null
        ${interval}${beyond}${said}${orderSql(place, search, window)}`,
  );
  const walk = merged(branches, search, window);
  // An event that several of them hold is one, at one place.
  const walks = isOne
    ? walk
    : sql`select place, at from unnest(${calendarIds}::bigint[]) c (id) cross join lateral (${walk}) n
       group by place, at${orderSql(WALKED, search, window)}`;
  return sql`
    select ${EVENT}, ${visible} as visible, k.at, k.place
    from (${walks}) k cross join lateral (
      select * from event e where e.organisation_id = ${organisation} and e.id = k.place offset 0) e
    ${orderSql({ at: raw("k.at"), id: raw("k.place") }, search, window)}`;
}

/** SQL: what the event says is as it is looked for; nothing where nothing of it is. What is masked is not found by it. */
function ofEventSql(search: EventSearch, visible: Sql): Sql {
  const said = saidSql(search);
  return said.length === 0 ? NOTHING : sql` and (${joined([...said, visible], " and ")}) is true`;
}

/** The same of an entry `n`, whose event is looked up by its key. */
function ofEntrySql(search: EventSearch, visible: Sql): Sql {
  const said = ofEventSql(search, visible);
  if (said === NOTHING) return NOTHING;
  return sql` and exists (
    select from event e where e.organisation_id = n.organisation_id and e.id = n.event_id${said} offset 0)`;
}

function merged(branches: readonly Sql[], search: EventSearch, window: Window): Sql {
  if (branches.length === 1) return joined(branches, "");
  const all = joined(
    branches.map((branch) => sql`(${branch})`),
    " union all ",
  );
  return sql`${all}${orderSql(WALKED, search, window)}`;
}

/** SQL: how many there are. */
export function countWalkedSql({ caller }: Context, search: EventSearch): Sql {
  const organisation = value(caller.organisationId);
  const { calendarIds } = search;
  const byStart = { ...search, order: EventOrder.START };
  if (calendarIds === null) {
    const said = ofEventSql(search, visibleSql(caller));
    const counts = branchesSql(byStart, "e").map(
      ({ index, interval }) =>
        sql`(select count(*) from event e where ${raw(index)}(e.organisation_id) = ${organisation}${interval}${said})`,
    );
    return joined(counts, " + ");
  }
  const isOne = calendarIds.length === 1;
  const calendar = isOne ? value(calendarIds[0]) : raw("c.id");
  const visible = isOne && calendarIds[0] === caller.calendarId ? sql`true` : visibleSql(caller);
  const said = ofEntrySql(search, visible);
  const counts = branchesSql(byStart, "n").map(({ index, interval }) => {
    const found = sql`calendar_entry n
        where ${raw(index)}(n.organisation_id) = ${organisation} and n.calendar_id = ${calendar} and n.removed_at is null${interval}${said}`;
    if (isOne) return sql`(select count(*) from ${found})`;
    return sql`(select count(distinct n.event_id) from unnest(${calendarIds}::bigint[]) c (id)
        cross join lateral (select n.event_id from ${found} offset 0) n)`;
  });
  return joined(counts, " + ");
}

interface Branch {
  /** The index that it is read along, and no other, knows the organisation by this name. */
  index: "by_start" | "by_change" | "by_span";
  /** SQL of the times it takes. */
  interval: Sql;
}

/**
 * Overlap, half-open: an event that only touches the window is outside it, one of no length counts where it starts
 * inside. With a lower bound there are two branches: what starts less than a day before it or later, in the order of
 * an index; and the longer events that began earlier still, found by their span.
 */
function branchesSql(search: EventSearch, alias: "n" | "e"): Branch[] {
  const { startAt, endAt, order } = search;
  const [start, end] = [raw(`${alias}.start_time`), raw(`${alias}.end_time`)];
  const index = order === EventOrder.START || isShort(search) ? "by_start" : "by_change";
  const before = endAt ? sql` and ${start} < ${value(endAt)}` : NOTHING;
  if (!startAt) return [{ index, interval: before }];
  const from = sql`${value(startAt)}::timestamptz`;
  const dayBefore = sql`${from} - interval '24 hours'`;
  return [
    {
      index,
      interval: sql`${before} and ${start} >= ${dayBefore}
        and (${end} > ${from} or ${start} >= ${from})`,
    },
    {
      index: "by_span",
      interval: sql` and ${end} - ${start} > interval '1 day' and ${start} < ${dayBefore}
        and ${end} > ${from} and tstzrange(${start}, ${end}, '[]') @> (${dayBefore})`,
    },
  ];
}

const isShort = ({ startAt, endAt }: EventSearch): boolean =>
  startAt != null && endAt != null && toMs(endAt) - toMs(startAt) <= SHORT_WINDOW_MS;
