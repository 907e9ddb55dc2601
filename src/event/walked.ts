// Lists of events without a filter: walked in their order, along an index, from a place on, for no more rows than are
// wanted; each event is then looked up by its key. The walk is a query of its own, which nothing around it changes.
import type { Context } from "../context";
import { eventColumns } from "./projection";
import {
  beyondSql,
  EventOrder,
  orderSql,
  placeOf,
  type EventSearch,
  type Sql,
  type Window,
} from "./search-sql";
import { visibleSql } from "./visibility";

const BY_START = "by_start(e.organisation_id)";

/** SQL of a page: the event's columns, whether it is visible, and its place in the order. */
export function walkedSql(ctx: Context, search: EventSearch, window: Window, sql: Sql): string {
  return search.calendarIds === null
    ? ofOrganisation(ctx, search, window, sql)
    : ofCalendars(ctx, search, search.calendarIds, window, sql);
}

function ofOrganisation({ caller }: Context, search: EventSearch, window: Window, sql: Sql): string {
  const organisation = sql.bind(caller.organisationId);
  const place = placeOf(search, "e");
  const beyond = beyondSql("e", search, window, sql);
  const visible = visibleSql(caller, sql.bind);
  // The index of the order, and no other, knows the organisation by this name.
  const index = search.order === EventOrder.START ? BY_START : "by_change(e.organisation_id)";
  const branches = intervalSql(search, "e", sql).map(
    (interval) => `
      select ${eventColumns("e")}, ${visible} as visible, ${place.at} as at, ${place.id} as place
      from event e where ${index} = ${organisation}${interval}${beyond}${orderSql(place, search, window, sql)}`,
  );
  return merged(branches, search, window, sql);
}

function ofCalendars(
  { caller }: Context,
  search: EventSearch,
  calendarIds: readonly string[],
  window: Window,
  sql: Sql,
): string {
  const [only, ...others] = calendarIds;
  const organisation = sql.bind(caller.organisationId);
  const place = placeOf(search, "n");
  const isOne = others.length === 0;
  const calendar = isOne ? sql.bind(only) : "c.id";
  const beyond = beyondSql("n", search, window, sql);
  const branches = intervalSql(search, "n", sql).map(
    (interval) => `
      select ${place.id} as place, ${place.at} as at from calendar_entry n
      where n.organisation_id = ${organisation} and n.calendar_id = ${calendar} and n.removed_at is null
        ${interval}${beyond}${orderSql(place, search, window, sql)}`,
  );
  const walk = merged(branches, search, window, sql);
  const alias = { at: "at", id: "place" };
  // An event that several of them hold is one, at one place.
  const walks = isOne
    ? walk
    : `select place, at from unnest(${sql.bind(calendarIds)}::bigint[]) c (id) cross join lateral (${walk}) n
       group by place, at${orderSql(alias, search, window, sql)}`;
  // A calendar's own user sees all of it; anybody else as for any event.
  const visible = isOne && only === caller.calendarId ? "true" : visibleSql(caller, sql.bind);
  return `
    select ${eventColumns("e")}, ${visible} as visible, k.at, k.place
    from (${walks}) k cross join lateral (
      select * from event e where e.organisation_id = ${organisation} and e.id = k.place offset 0) e
    ${orderSql({ at: "k.at", id: "k.place" }, search, window, sql)}`;
}

function merged(branches: readonly string[], search: EventSearch, window: Window, sql: Sql): string {
  if (branches.length === 1) return branches[0] ?? "";
  const all = branches.map((branch) => `(${branch})`).join(" union all ");
  return `${all}${orderSql({ at: "at", id: "place" }, search, window, sql)}`;
}

/** SQL: how many there are. */
export function countWalkedSql({ caller }: Context, search: EventSearch, sql: Sql): string {
  const organisation = sql.bind(caller.organisationId);
  const { calendarIds } = search;
  if (calendarIds === null) {
    return intervalSql(search, "e", sql)
      .map((interval) => `(select count(*) from event e where ${BY_START} = ${organisation}${interval})`)
      .join(" + ");
  }
  const isOne = calendarIds.length === 1;
  const which = isOne ? `= ${sql.bind(calendarIds[0])}` : `= any (${sql.bind(calendarIds)})`;
  return intervalSql(search, "n", sql)
    .map(
      (interval) => `
        (select count(${isOne ? "*" : "distinct n.event_id"}) from calendar_entry n
         where n.organisation_id = ${organisation} and n.calendar_id ${which} and n.removed_at is null${interval})`,
    )
    .join(" + ");
}

/**
 * Overlap, half-open: an event that only touches the window is outside it, one of no length counts where it starts
 * inside. With a lower bound there are two branches: what starts less than a day before it or later, in the order of
 * the index; and the longer events that began earlier still, found by their span.
 */
function intervalSql({ startAt, endAt }: EventSearch, alias: "n" | "e", sql: Sql): string[] {
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
