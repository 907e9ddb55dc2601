// Reading series: as their viewers may see them, and what of their occurrences is not as the series has it.
import { loaderById, type CalendarRef, type Context } from "../context";
import { columns, flag, instant, json, selectRow, selectRows, sql, text, type Sql } from "../database/rows";
import { textRows } from "../database/text-rows";
import { OVERRIDDEN } from "../event/visibility";
import type { Caller } from "../entities/caller";
import type { Instant } from "../values/instants";
import { Series } from "./series.types";
import { SERIES, type SeriesRow } from "./stored";

/**
 * SQL over alias `s` of series: true where the caller sees all of it: who has it or is on its list now, and whoever has a grant
 * for one of these. Who is in some of its occurrences alone sees those: what the others say is none of their business.
 */
function visibleSql({ role, organisationId, userId }: Caller): Sql {
  if (role === "admin") return sql`true`;
  return sql`(not coalesce((s.content ->> 'private')::boolean, false)
      and (select o.colleagues_see <> 'BUSY' from organisation o where o.id = ${organisationId})
    or takes_part(s, ${userId}::bigint || users_open_to(${organisationId}, ${userId})))`;
}

/** SQL over alias `s` of series of which a calendar holds an occurrence: whether the calendar shows it. */
const shownIn = (caller: Caller, { userId }: CalendarRef): Sql =>
  sql`(takes_part(s, array[${userId}::bigint]) or ${visibleSql(caller)})`;

const VISIBLE = columns({ isVisible: flag("visible") }, SERIES.width);

/** Series of the organisation by id, as the caller may see them. One statement. */
async function findSeries({ db, caller }: Context, ids: readonly string[]): Promise<Series[]> {
  const rows = await textRows(
    db.pool,
    sql`
      select ${SERIES}, ${visibleSql(caller)} as visible from series s
      where s.organisation_id = ${caller.organisationId} and s.id = any (${ids})`,
  );
  return rows.map((row) => new Series(SERIES.of(row), !VISIBLE.of(row).isVisible));
}

export const seriesLoader = loaderById(findSeries);

/**
 * A series in which the calendar's user takes part, or of which they have an occurrence, where they may see it; null where
 * there is none of that id. Never masked.
 */
export async function findInCalendar(
  { db, caller }: Context,
  calendar: CalendarRef,
  id: string,
): Promise<SeriesRow | null> {
  const own = caller.organisationId;
  return selectRow(
    db.pool,
    SERIES,
    sql`
      select ${SERIES} from series s
      where s.organisation_id = ${own} and s.id = ${id} and ${shownIn(caller, calendar)}
        and (takes_part(s, array[${calendar.userId}::bigint]) or exists (
          select from event e join calendar_entry v
            on v.organisation_id = e.organisation_id and v.event_id = e.id and v.removed_at is null
          where e.series_id = s.id and (e.organisation_id = ${own}) is true and v.calendar_id = ${calendar.id} offset 0))`,
  );
}

const FOR_FILES = columns({ isVisible: flag("visible"), takesPart: flag("takes_part") }, SERIES.width);

/** A series that a calendar file names, and what the caller has to do with it. */
export interface NamedSeries {
  row: SeriesRow;
  isVisible: boolean;
  /** Whether an occurrence of it is in the caller's calendar. */
  takesPart: boolean;
}

/** Series of the organisation by UID or id, the caller's own last. One statement. */
export async function findForFiles(
  { db, caller }: Context,
  { uids, ids }: { uids: readonly string[]; ids: readonly string[] },
): Promise<NamedSeries[]> {
  if (uids.length + ids.length === 0) return [];
  const own = caller.organisationId;
  const { text: statement, values } = sql`
      select ${SERIES}, ${visibleSql(caller)} as visible, exists (
        select from event e join calendar_entry v
          on v.organisation_id = e.organisation_id and v.event_id = e.id and v.removed_at is null
        where e.series_id = s.id and (e.organisation_id = ${own}) is true
          and v.calendar_id = ${caller.calendarId} offset 0) as takes_part
      from series s
      where s.organisation_id = ${own} and s.id = any (${ids}::bigint[] || array(
        select o.id from series o
        where uid_keys(o.organisation_id, o.i_cal_uid) && (select keys_of_uids(${own}::bigint, ${uids}))
          and (o.organisation_id = ${own} and o.i_cal_uid = any (${uids})) is true))
      order by s.owner_id = ${caller.userId}, s.id desc`;
  const rows = await textRows(db.pool, { text: statement, values, kind: "keyed" });
  return rows.map((row) => ({ row: SERIES.of(row), ...pick(FOR_FILES.of(row)) }));
}

const pick = ({ isVisible, takesPart }: Omit<NamedSeries, "row">): Omit<NamedSeries, "row"> => ({
  isVisible,
  takesPart,
});

const IN_CALENDAR = columns(
  {
    email: text("u.email"),
    name: text("u.name"),
    places: json<string[]>("places"),
    firstMade: text("first_made"),
  },
  SERIES.width,
);

/** A series as a calendar has it. */
export interface SeriesInCalendar {
  row: SeriesRow;
  /** Whose it is. */
  owner: { email: string; name: string };
  /** The places of its occurrences that the calendar has. */
  places: readonly string[];
  /** The first place that has an occurrence, in whosever calendar. */
  firstMade: string;
}

/**
 * Those of these series that are in a calendar as a whole: its user's own, and those to which they are invited and which they
 * have not left. The caller sees all of them. One statement.
 */
export async function findWhole(
  { db, caller }: Context,
  calendarId: string,
  ids: readonly string[],
): Promise<SeriesInCalendar[]> {
  if (ids.length === 0) return [];
  const own = caller.organisationId;
  const rows = await textRows(
    db.pool,
    sql`
      select ${SERIES}, ${IN_CALENDAR} from series s
      join app_user u on u.organisation_id = s.organisation_id and u.id = s.owner_id
      join calendar c on c.organisation_id = s.organisation_id and c.id = ${calendarId}
      cross join lateral (
        select coalesce(json_agg(e.recurrence_id), '[]') as places
        from event e join calendar_entry v
          on v.organisation_id = e.organisation_id and v.event_id = e.id and v.removed_at is null and v.calendar_id = c.id
        where e.series_id = s.id and (e.organisation_id = ${own}) is true) held
      cross join lateral (
        select min(e.recurrence_id) as first_made from event e
        where e.series_id = s.id and (e.organisation_id = ${own}) is true) made
      where s.organisation_id = ${own} and s.id = any (${ids}) and ${visibleSql(caller)}
        and (s.owner_id = c.user_id or not c.user_id = any (s.left_user_ids)
          and s.content -> 'attendees' @> jsonb_build_array(jsonb_build_object('userId', c.user_id::text)))`,
  );
  return rows.map((row) => {
    const { email, name, places, firstMade } = IN_CALENDAR.of(row);
    return { row: SERIES.of(row), owner: { email, name }, places, firstMade };
  });
}

const MODIFIED = columns({
  id: text("e.id"),
  recurrenceId: text("e.recurrence_id"),
  startTime: instant("e.start_time"),
});

export interface ModifiedOccurrence {
  id: string;
  recurrenceId: string;
  startTime: Instant;
}

/** The occurrences of a series that do not say what it says, by place. */
export async function findModified({ db, caller }: Context, seriesId: string): Promise<ModifiedOccurrence[]> {
  const rows = await selectRows(
    db.pool,
    MODIFIED,
    sql`
      select ${MODIFIED} from event e
      where e.series_id = ${seriesId} and (e.organisation_id = ${caller.organisationId} and ${OVERRIDDEN}) is true
      order by e.recurrence_id`,
  );
  return rows.map(({ id, recurrenceId, startTime }) => ({ id, recurrenceId, startTime }));
}

const PLAIN = columns({ id: text("e.id") });

/** Those of these events of a calendar that say what their series says, as far as the calendar shows that. One statement. */
export async function findPlain(
  { db, caller }: Context,
  calendar: CalendarRef,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await selectRows(
    db.pool,
    PLAIN,
    sql`
      select ${PLAIN} from event e
      join series s on s.organisation_id = e.organisation_id and s.id = e.series_id
      where e.organisation_id = ${caller.organisationId} and e.id = any (${ids}) and not ${OVERRIDDEN}
        and ${shownIn(caller, calendar)}`,
  );
  return new Set(rows.map(({ id }) => id));
}

const OWN = columns({ id: text("e.id"), overrides: json<string[]>("to_json(e.overrides)") });

export const overridesLoader = loaderById(async ({ db, caller }, ids) =>
  (
    await selectRows(
      db.pool,
      OWN,
      sql`select ${OWN} from event e where e.organisation_id = ${caller.organisationId} and e.id = any (${ids})`,
    )
  ).map(({ id, overrides }) => ({ id, overrides })),
);
