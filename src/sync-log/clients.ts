// How the clients of a calendar keep up: what the sync log says of each, and what waits for it in the feed right now.
import type { CalendarRef, Context } from "../context";
import { columns, flag, instant, number, orNull, selectRows, text, type Selected } from "../database/rows";

/** So many changes that wait are counted; more is more. */
const MAX_WAITING = 1_000;
const MAX_CLIENTS = 100;

const waitingSql = (state: string): string => `
  (select n.tick from calendar_entry n
   where by_change(n.organisation_id) = s.organisation_id and n.calendar_id = s.calendar_id
     and n.removed_at is ${state} and n.tick > s.watermark
   order by n.tick limit ${MAX_WAITING})`;

const CLIENT = columns({
  calendarId: text("s.calendar_id"),
  tokenId: text("t.id"),
  name: text("t.name"),
  userId: text("t.user_id"),
  /** Its token has expired or was revoked, or its user is disabled. */
  ended: flag(
    "t.revoked_at is not null or coalesce(t.expires_at <= tidemark_now(), false) or u.disabled_at is not null",
  ),
  live: flag("s.live"),
  heardAt: instant("s.heard_at"),
  polledAt: orNull(instant("s.polled_at")),
  watermark: orNull(instant("s.watermark")),
  refusedAt: orNull(instant("s.refused_at")),
  refusedCode: orNull(text("s.refused_code")),
  waiting: number(`least(waiting.count, ${MAX_WAITING})`),
  behindSeconds: number("greatest(0, floor(extract(epoch from tidemark_now() - waiting.since)))"),
  polls: number("coalesce(day.polls, 0)"),
  delivered: number("coalesce(day.delivered, 0)"),
  leftOut: number("coalesce(day.left_out, 0)"),
  unchanged: number("coalesce(day.unchanged, 0)"),
  refused: number("coalesce(day.refused, 0)"),
  passedOverCount: number("coalesce(day.passed_over, 0)"),
});

export type SyncClientView = Selected<typeof CLIENT>;

const DETAILS = `
  join access_token t on t.organisation_id = s.organisation_id and t.id = s.token_id
  join app_user u on u.organisation_id = t.organisation_id and u.id = t.user_id
  left join lateral (
    select count(*), min(tick) as since from (${waitingSql("null")} union all ${waitingSql("not null")}) tick
  ) waiting on true
  left join lateral (
    select sum(a.polls) as polls, sum(a.delivered) as delivered, sum(a.left_out) as left_out,
      sum(a.unchanged) as unchanged, sum(a.refused) as refused,
      sum(a.passed_over) as passed_over
    from sync_activity a
    where a.organisation_id = s.organisation_id and a.calendar_id = s.calendar_id and a.token_id = s.token_id
      and a.start_at > tidemark_now() - interval '1 day'
  ) day on true`;

const CLIENTS = `
  select ${CLIENT.list}
  from sync_client s ${DETAILS}
  where s.organisation_id = $1 and s.calendar_id = $2
  order by s.heard_at desc limit ${MAX_CLIENTS}`;

/** The clients heard on the calendar within a month, the last first. One statement. */
export const readClients = ({ db, caller }: Context, calendar: CalendarRef): Promise<SyncClientView[]> =>
  selectRows(db.pool, CLIENT, { text: CLIENTS, values: [caller.organisationId, calendar.id] });

const NAMED = `
  select ${CLIENT.list}
  from unnest($2::bigint[], $3::bigint[]) as wanted (calendar_id, token_id)
  join sync_client s
    on s.organisation_id = $1 and s.calendar_id = wanted.calendar_id and s.token_id = wanted.token_id
  ${DETAILS}`;

/** These clients on these calendars, in any order. One statement; none where there are none. */
export async function readClientsOf(
  { db, caller }: Context,
  keys: readonly { calendarId: string; tokenId: string }[],
): Promise<SyncClientView[]> {
  if (keys.length === 0) return [];
  const [calendars, tokens] = [keys.map(({ calendarId }) => calendarId), keys.map(({ tokenId }) => tokenId)];
  return selectRows(db.pool, CLIENT, { text: NAMED, values: [caller.organisationId, calendars, tokens] });
}
