// Lists of events by filters. Each is found through the one index that its filter has, whatever PostgreSQL believes of the
// table: statistics that are missing, or from another time, would have it walk all events in order and look into each.
//
// So the first filter stands alone, as an index takes it, and with a value that the planner cannot see; everything else,
// the organisation too (every key names it), is asked of what was found, in words that no index takes: `(…) is true`. Tables
// are not scanned for a search (src/database/time-limits.ts). What a search costs is what its first filter finds.
import type { Context } from "../context";
import { RecordType } from "../entities/record";
import type { RecordRef } from "./event.inputs";
import { eventColumns } from "./projection";
import { beyondSql, orderSql, placeOf, type EventSearch, type Sql, type Window } from "./search-sql";
import { visibleSql } from "./visibility";

const KEYS = "event_keys(e.organisation_id, e.attendees, e.related_to)";

/** Those of a timeline, which is a row `t`. */
export const OF_TIMELINE = `${KEYS} && string_to_array(t.keys, ' ')`;

/** SQL: a row `t` a record, with its number from 1 and the keys of its events. */
export function timelinesSql({ caller }: Context, records: readonly RecordRef[], sql: Sql): string {
  const keys = records.map(({ type, id }) =>
    [
      `r:${caller.organisationId}:${type}:${id}`,
      ...(type === RecordType.Contact ? [`c:${caller.organisationId}:${id}`] : []),
    ].join(" "),
  );
  return `unnest(${sql.bind(keys)}::text[]) with ordinality as t (keys, n)`;
}

/** SQL of each filter, the one that finds least first. */
export function filtersSql({ caller }: Context, search: EventSearch, { bind }: Sql): string[] {
  const { organisationId } = caller;
  const filters: string[] = [];
  if (search.iCalUid != null) {
    const [organisation, uid] = [bind(organisationId), bind(search.iCalUid)];
    filters.push(`e.i_cal_uid is not null
      and uid_keys(e.organisation_id, e.i_cal_uid) @> (select uid_keys(${organisation}::bigint, ${uid}::text))`);
  }
  const keys: string[] = [];
  if (search.contactId != null) keys.push(`c:${organisationId}:${search.contactId}`);
  if (search.relatedTo) keys.push(`r:${organisationId}:${search.relatedTo.type}:${search.relatedTo.id}`);
  const parts = keys.length > 0 ? [`${bind(keys)}::text[]`] : [];
  if (search.attendeeEmail != null) {
    // In small letters as event_keys has it: JavaScript's are not PostgreSQL's for every letter.
    const [organisation, address] = [bind(organisationId), bind(search.attendeeEmail)];
    parts.push(`array['e:' || ${organisation}::text || ':' || lower(${address}::text)]`);
  }
  if (parts.length > 0) filters.push(`${KEYS} @> (select ${parts.join(" || ")})`);
  if (search.text != null) {
    const [organisation, words] = [bind(organisationId), bind(search.text)];
    filters.push(`event_words(e.organisation_id, e.subject, e.location, e.description)
      @@ (select words_query(${organisation}::bigint, ${words}::text))`);
  }
  return filters;
}

interface Page {
  search: EventSearch;
  window: Window;
  filters: readonly string[];
}

/** SQL of a page: the event's columns, that it is visible, and its place in the order. */
export function foundSql(ctx: Context, { search, window, filters }: Page, sql: Sql): string {
  const place = placeOf(search, "e");
  const condition = conditionSql(ctx, search, filters, beyondSql("e", search, window, sql), sql);
  return `
    select ${eventColumns("e")}, true as visible, ${place.at} as at, ${place.id} as place
    from event e where ${condition}${orderSql(place, search, window, sql)}`;
}

/** SQL: how many there are. */
export const countFoundSql = (
  ctx: Context,
  search: EventSearch,
  filters: readonly string[],
  sql: Sql,
): string => `(select count(*) from event e where ${conditionSql(ctx, search, filters, "", sql)})`;

function conditionSql(
  { caller }: Context,
  search: EventSearch,
  [first, ...others]: readonly string[],
  beyond: string,
  sql: Sql,
): string {
  const organisation = sql.bind(caller.organisationId);
  const more = [
    `e.organisation_id = ${organisation}`,
    ...others,
    ...intervalSql(search, sql),
    ...(search.iCalUid == null ? [] : [`e.i_cal_uid = ${sql.bind(search.iCalUid)}`]),
    ...(search.calendarIds ? [heldSql(organisation, search.calendarIds, sql)] : []),
    // What is masked is found by its times alone.
    visibleSql(caller, sql.bind),
  ];
  return `${first} and (${more.join(" and ")}${beyond}) is true`;
}

/** Only events that one of the calendars holds; each is asked for by its key. */
const heldSql = (organisation: string, calendarIds: readonly string[], { bind }: Sql): string => `
  exists (
    select from calendar_entry c
    where c.organisation_id = ${organisation} and c.calendar_id = any (${bind(calendarIds)}) and c.event_id = e.id
      and c.removed_at is null offset 0)`;

/** Overlap, half-open: an event that only touches the window is outside it, one of no length counts where it starts inside. */
function intervalSql({ startAt, endAt }: EventSearch, { bind }: Sql): string[] {
  const from = startAt ? bind(startAt) : null;
  return [
    ...(endAt ? [`e.start_time < ${bind(endAt)}`] : []),
    ...(from ? [`(e.end_time > ${from} or e.start_time >= ${from})`] : []),
  ];
}
