// What happened on a calendar, five minutes by five minutes: the sync log beside the feed itself.
import type { CalendarRef, Context } from "../context";
import { textRows } from "../database/text-rows";
import { instantFromDatabase, type Instant } from "../values/instants";

export interface SyncActivityView {
  startAt: Instant;
  polls: number;
  delivered: number;
  leftOut: number;
  unchanged: number;
  refused: number;
  changes: number;
}

const changedSql = (state: string): string => `
  select n.tick from calendar_entry n
  where n.organisation_id = $1 and n.calendar_id = $2 and n.removed_at is ${state}
    and n.tick >= (select min(start_at) from step)`;

const ACTIVITY = `
  with step as (
    select start_at from generate_series(
      date_bin('5 min', tidemark_now() - make_interval(hours => $3), 'epoch') + interval '5 min', tidemark_now(), '5 min'
    ) start_at
  ), asked as (
    select a.start_at, sum(a.polls) as polls, sum(a.delivered) as delivered, sum(a.left_out) as left_out,
      sum(a.unchanged) as unchanged, sum(a.refused) as refused
    from sync_activity a
    where a.organisation_id = $1 and a.calendar_id = $2 and a.start_at >= (select min(start_at) from step)
    group by a.start_at
  ), changed as (
    select date_bin('5 min', tick, 'epoch') as start_at, count(*) as changes
    from (${changedSql("null")} union all ${changedSql("not null")}) entry
    group by 1
  )
  select step.start_at, coalesce(polls, 0), coalesce(delivered, 0), coalesce(left_out, 0), coalesce(unchanged, 0),
    coalesce(refused, 0), coalesce(changes, 0)
  from step left join asked using (start_at) left join changed using (start_at)
  order by step.start_at`;

/** The last hours, oldest first; times in which nothing happened are there too. One statement. */
export async function readActivity(
  { db, caller }: Context,
  calendar: CalendarRef,
  hours: number,
): Promise<SyncActivityView[]> {
  const rows = await textRows(db.pool, {
    text: ACTIVITY,
    values: [caller.organisationId, calendar.id, hours],
  });
  return rows.map(([startAt, ...numbers]) => {
    const [polls, delivered, leftOut, unchanged, refused, changes] = numbers.map(Number);
    return {
      startAt: instantFromDatabase(startAt as string),
      ...{ polls, delivered, leftOut, unchanged, refused, changes },
    } as SyncActivityView;
  });
}
