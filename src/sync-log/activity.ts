// What happened on a calendar, five minutes by five minutes: the sync log beside the feed itself.
import type { CalendarRef, Context } from "../context";
import { columns, instant, number, selectRows, type Selected } from "../database/rows";

const STEP = columns({
  startAt: instant("step.start_at"),
  polls: number("coalesce(polls, 0)"),
  delivered: number("coalesce(delivered, 0)"),
  leftOut: number("coalesce(left_out, 0)"),
  unchanged: number("coalesce(unchanged, 0)"),
  refused: number("coalesce(refused, 0)"),
  changes: number("coalesce(changes, 0)"),
});

export type SyncActivityView = Selected<typeof STEP>;

const changedSql = (state: string): string => `
  select n.tick from calendar_entry n
  where by_change(n.organisation_id) = $1 and n.calendar_id = $2 and n.removed_at is ${state}
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
  select ${STEP.list}
  from step left join asked using (start_at) left join changed using (start_at)
  order by step.start_at`;

/** The last hours, oldest first; times in which nothing happened are there too. One statement. */
export async function readActivity(
  { db, caller }: Context,
  calendar: CalendarRef,
  hours: number,
): Promise<SyncActivityView[]> {
  const values = [caller.organisationId, calendar.id, hours];
  return selectRows(db.pool, STEP, { text: ACTIVITY, values });
}
