// Lists of events by filters. Each is found through the one index that its filter has, whatever PostgreSQL believes of the
// table: statistics that are missing, or from another time, would have it walk all events in order and look into each.
//
// So the first filter stands alone, as an index takes it, and with a value that the planner cannot see; everything else,
// the organisation too (every key names it), is asked of what was found, in words that no index takes: `(…) is true`. Tables
// are not scanned for a search (src/database/time-limits.ts). What a search costs is what its first filter finds.
import type { Context } from "../context";
import { joined, NOTHING, raw, sql, value, type Sql, type Value } from "../database/rows";
import { eventColumns } from "./projection";
import { beyondSql, orderSql, placeOf, type EventSearch, type Window } from "./search-sql";
import { rarelySaidSql, saidSql } from "./said";
import { OVERRIDDEN, visibleSql } from "./visibility";
import { addressKey } from "../values/address-key";

const KEYS = raw("event_keys(e.organisation_id, e.attendees, e.related_to)");

/** Those of a timeline, which is a row `t`. */
export const OF_TIMELINE = sql`${KEYS} && t.keys`;

/** SQL: a row `t` a record, with its number from 1 and the keys of its events (migrations/functions/records.sql). */
export const timelinesSql = ({ caller }: Context, { recordIds, rollUp }: Timelines): Sql => sql`(
  select one.n, timeline_keys(${caller.organisationId}, one.id, ${rollUp}) as keys
  from unnest(${recordIds}::bigint[]) with ordinality as one (id, n) offset 0) t`;

/** The timelines of records: with `rollUp` an Account's has those of its Contacts and Opportunities. */
export interface Timelines {
  recordIds: readonly string[];
  rollUp: boolean;
}

/** SQL of each filter, the one that finds least first. */
export function filtersSql({ caller }: Context, search: EventSearch): Sql[] {
  const { organisationId } = caller;
  const filters: Sql[] = [];
  if (search.iCalUid != null) {
    filters.push(sql`e.i_cal_uid is not null
      and uid_keys(e.organisation_id, e.i_cal_uid) @> (select uid_keys(${organisationId}::bigint, ${search.iCalUid}::text))`);
  }
  if (search.seriesId != null)
    filters.push(sql`e.series_id is not null and e.series_id = (select ${search.seriesId}::bigint)`);
  const parts: Sql[] = [];
  // What names a merged record means its survivor, which has its links and contacts.
  const key = (before: string, id: string): Sql =>
    sql`array[${before}::text || survivor_of(${organisationId}::bigint, ${id}::bigint)]`;
  if (search.contactId != null) parts.push(key(`c:${organisationId}:`, search.contactId));
  if (search.relatedTo) {
    const { type, id } = search.relatedTo;
    parts.push(key(`r:${organisationId}:${type}:`, id));
  }
  if (parts.length > 0) filters.push(sql`${KEYS} @> (select ${joined(parts, " || ")})`);
  if (search.attendeeEmail != null) {
    const address = addressKey(search.attendeeEmail);
    filters.push(sql`${KEYS} && (select invited_keys(${organisationId}, ${address}))`);
  }
  if (search.text != null) {
    filters.push(sql`event_words(e.organisation_id, e.subject, e.location, e.description)
      @@ (select words_query(${organisationId}::bigint, ${search.text}::text))`);
  }
  // A calendar, or what was found already, is looked through.
  if (search.calendarIds === null && filters.length === 0) filters.push(...rarelySaidSql(caller, search));
  return filters;
}

interface Page {
  search: EventSearch;
  window: Window;
  filters: readonly Sql[];
}

/** SQL of a page: the event's columns, that it is visible, and its place in the order. */
export function foundSql(ctx: Context, { search, window, filters }: Page): Sql {
  const place = placeOf(search, "e");
  const condition = conditionSql(ctx, search, filters, beyondSql("e", search, window));
  return sql`
    select ${raw(eventColumns("e"))}, true as visible, ${place.at} as at, ${place.id} as place
    from event e where ${condition}${orderSql(place, search, window)}`;
}

/** SQL: how many there are. */
export const countFoundSql = (ctx: Context, search: EventSearch, filters: readonly Sql[]): Sql =>
  sql`(select count(*) from event e where ${conditionSql(ctx, search, filters, NOTHING)})`;

function conditionSql(
  { caller }: Context,
  search: EventSearch,
  [first = NOTHING, ...others]: readonly Sql[],
  beyond: Sql,
): Sql {
  const organisation = value(caller.organisationId);
  const more = [
    sql`e.organisation_id = ${organisation}`,
    ...others,
    ...intervalSql(search),
    ...saidSql(search),
    ...(search.iCalUid == null ? [] : [sql`e.i_cal_uid = ${search.iCalUid}`]),
    ...(search.overridden == null ? [] : [sql`${OVERRIDDEN} = ${search.overridden}`]),
    ...(search.calendarIds ? [heldSql(organisation, search.calendarIds)] : []),
    // What is masked is found by its times alone.
    visibleSql(caller),
  ];
  return sql`${first} and (${joined(more, " and ")}${beyond}) is true`;
}

/** Only events that one of the calendars holds; each is asked for by its key. */
const heldSql = (organisation: Value, calendarIds: readonly string[]): Sql => sql`
  exists (
    select from calendar_entry c
    where c.organisation_id = ${organisation} and c.calendar_id = any (${calendarIds}) and c.event_id = e.id
      and c.removed_at is null offset 0)`;

/** Overlap, half-open: an event that only touches the window is outside it, one of no length counts where it starts inside. */
function intervalSql({ startAt, endAt }: EventSearch): Sql[] {
  const from = value(startAt);
  return [
    ...(endAt ? [sql`e.start_time < ${endAt}`] : []),
    ...(startAt ? [sql`(e.end_time > ${from} or e.start_time >= ${from})`] : []),
  ];
}
