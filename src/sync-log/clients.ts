// How the clients of a calendar keep up: what the sync log says of each, and what waits for it in the feed right now.
import type { CalendarRef, Context } from "../context";
import { textRows, type TextRow } from "../database/text-rows";
import { instantFromDatabase, type Instant } from "../values/instants";

export interface SyncClientView {
  tokenId: string;
  name: string;
  userId: string;
  /** Its token has expired or was revoked, or its user is disabled. */
  ended: boolean;
  live: boolean;
  heardAt: Instant;
  polledAt: Instant | null;
  watermark: Instant | null;
  refusedAt: Instant | null;
  refusedCode: string | null;
  waiting: number;
  behindSeconds: number;
  polls: number;
  delivered: number;
  leftOut: number;
  unchanged: number;
  refused: number;
}

/** So many changes that wait are counted; more is more. */
const WAITING_MOST = 1_000;
const CLIENTS_MOST = 100;

const waitingSql = (state: string): string => `
  (select n.tick from calendar_entry n
   where n.organisation_id = s.organisation_id and n.calendar_id = s.calendar_id
     and n.removed_at is ${state} and n.tick > s.watermark
   order by n.tick limit ${WAITING_MOST})`;

const CLIENTS = `
  select t.id, t.name, t.user_id,
    t.revoked_at is not null or coalesce(t.expires_at <= tidemark_now(), false) or u.disabled_at is not null,
    s.live, s.heard_at, s.polled_at, s.watermark, s.refused_at, s.refused_code,
    least(waiting.count, ${WAITING_MOST}), greatest(0, floor(extract(epoch from tidemark_now() - waiting.since))),
    coalesce(day.polls, 0), coalesce(day.delivered, 0), coalesce(day.left_out, 0), coalesce(day.unchanged, 0),
    coalesce(day.refused, 0)
  from sync_client s
  join access_token t on t.organisation_id = s.organisation_id and t.id = s.token_id
  join app_user u on u.organisation_id = t.organisation_id and u.id = t.user_id
  left join lateral (
    select count(*), min(tick) as since from (${waitingSql("null")} union all ${waitingSql("not null")}) tick
  ) waiting on true
  left join lateral (
    select sum(a.polls) as polls, sum(a.delivered) as delivered, sum(a.left_out) as left_out,
      sum(a.unchanged) as unchanged, sum(a.refused) as refused
    from sync_activity a
    where a.organisation_id = s.organisation_id and a.calendar_id = s.calendar_id and a.token_id = s.token_id
      and a.start_at > tidemark_now() - interval '1 day'
  ) day on true
  where s.organisation_id = $1 and s.calendar_id = $2
  order by s.heard_at desc limit ${CLIENTS_MOST}`;

/** The clients heard on the calendar within a month, the last first. One statement. */
export async function readClients({ db, caller }: Context, calendar: CalendarRef): Promise<SyncClientView[]> {
  const values = [caller.organisationId, calendar.id];
  return (await textRows(db.pool, { text: CLIENTS, values })).map(toClient);
}

function toClient(row: TextRow): SyncClientView {
  const [tokenId, name, userId, ended, live, ...rest] = row as [string, string, string, string, string];
  const [heardAt, polledAt, watermark, refusedAt, refusedCode, ...numbers] = rest as TextRow;
  const [waiting, behindSeconds, polls, delivered, leftOut, unchanged, refused] = numbers.map(Number);
  return {
    ...{ tokenId, name, userId, ended: ended === "t", live: live === "t", refusedCode: refusedCode ?? null },
    heardAt: instantFromDatabase(heardAt as string),
    polledAt: instantOrNull(polledAt),
    watermark: instantOrNull(watermark),
    refusedAt: instantOrNull(refusedAt),
    ...{ waiting, behindSeconds, polls, delivered, leftOut, unchanged, refused },
  } as SyncClientView;
}

const instantOrNull = (text: string | null | undefined): Instant | null =>
  text == null ? null : instantFromDatabase(text);
