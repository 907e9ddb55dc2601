// Every calendar of an organisation with each client that follows it, the worst first: for an admin who asks whether
// everything works, not whether one calendar does.
import { requireAdmin, requireScope, type Context } from "../context";
import { badRequest } from "../errors";
import {
  columns,
  instant,
  number,
  orNull,
  selectRows,
  sql,
  text,
  word,
  type Selected,
} from "../database/rows";
import { textRows } from "../database/text-rows";
import { parseId } from "../values/ids";
import { parseInstant } from "../values/instants";
import { readClientsOf, type SyncClientView } from "./clients";
import { STATES, type SyncState } from "./states";

/** A page looks at what waits for each of its clients. */
const MAX_SIZE = 200;
const MAX_NAMES = 200;

/** As the page /sync has them (src/web/sync/health.ts). */
const BEHIND = "interval '2 minutes'";
const A_WHILE = "interval '1 hour'";

const STANDING = columns({
  calendarId: text("calendar_id"),
  /** Null: nobody has polled the calendar within a month. */
  tokenId: orNull(text("token_id")),
  state: word<SyncState>("state"),
  rank: number("rank"),
  /** Of those in one state, who has been in it for longest comes first. */
  moment: orNull(instant("moment")),
});
type Row = Selected<typeof STANDING>;

export interface StandingView extends Row {
  client: SyncClientView | null;
}

export interface StandingsWanted {
  state: SyncState | null;
  /** A client's name. */
  client: string | null;
  size: number;
  after: Place | null;
}

/** Where a row stands in the list. */
export type Place = Pick<Row, "rank" | "moment" | "calendarId" | "tokenId">;

export const cursorOf = ({ rank, moment, calendarId, tokenId }: Place): string =>
  Buffer.from(JSON.stringify([rank, moment, calendarId, tokenId])).toString("base64url");

/** Refuses, as `bad_request`, what is no cursor of this list. */
export function readPlace(cursor: string | null | undefined): Place | null {
  if (cursor == null) return null;
  const place = placeOf(Buffer.from(cursor, "base64url").toString("utf8"));
  if (place === null) throw badRequest({ field: "after", message: "after must be a cursor of this list." });
  return place;
}

function placeOf(json: string): Place | null {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    return null;
  }
  if (!Array.isArray(given) || given.length !== 4) return null;
  const [rank, moment, calendar, token] = given as unknown[];
  const calendarId = parseId(calendar);
  const [at, tokenId] = [orAbsent(moment, parseInstant), orAbsent(token, parseId)];
  if (!isRank(rank) || calendarId === null || at === undefined || tokenId === undefined) return null;
  return { rank, moment: at, calendarId, tokenId };
}

const isRank = (given: unknown): given is number =>
  typeof given === "number" && Number.isInteger(given) && given >= 0 && given <= STATES.length;

/** What a text stands for, null for null; undefined where it is neither. */
const orAbsent = (given: unknown, parse: (text: string) => string | null): string | null | undefined =>
  given === null ? null : typeof given === "string" ? (parse(given) ?? undefined) : undefined;

/** Refuses, as `bad_request`, a page of more than two hundred. */
export function readStandingsSize(given: number | null | undefined): number {
  const size = given ?? 100;
  if (Number.isInteger(size) && size >= 1 && size <= MAX_SIZE) return size;
  throw badRequest({ field: "first", message: `first must be from 1 to ${MAX_SIZE}.` });
}

// Those whose calendar's clock stands at their watermark have nothing to wait for, and cost no look into the feed.
const oldestSql = (state: string): string => `
  (select min(n.tick) from calendar_entry n
   where by_change(n.organisation_id) = s.organisation_id and n.calendar_id = s.calendar_id
     and n.removed_at is ${state} and n.tick > s.watermark)`;

const HEARD = `
  select s.calendar_id, s.token_id, t.name,
    case
      when t.revoked_at is not null or t.expires_at <= tidemark_now() or u.disabled_at is not null then 'ENDED'
      when s.refused_at > coalesce(s.polled_at, '-infinity') and s.refused_at > tidemark_now() - ${A_WHILE} then 'REFUSED'
      when s.polled_at is null then 'NEVER'
      when waiting.since <= tidemark_now() - ${BEHIND} then 'BEHIND'
      when not s.live and s.heard_at <= tidemark_now() - ${A_WHILE} then 'SILENT'
      else 'IN_STEP'
    end as state,
    waiting.since, s.refused_at, s.heard_at
  from sync_client s
  join access_token t on t.organisation_id = s.organisation_id and t.id = s.token_id
  join app_user u on u.organisation_id = t.organisation_id and u.id = t.user_id
  join calendar c on c.organisation_id = s.organisation_id and c.id = s.calendar_id
  left join lateral (
    select least(${oldestSql("null")}, ${oldestSql("not null")}) as since where c.clock > s.watermark
  ) waiting on true
  where s.organisation_id = $1`;

/** Of persons alone: rooms and teams are nobody's to sync. */
const UNHEARD = `
  select c.id, null::bigint, null::text, 'NOBODY', null::timestamptz, null::timestamptz, null::timestamptz
  from calendar c join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id
  where c.organisation_id = $1 and u.kind = 'person' and u.disabled_at is null
    and not exists (
      select from sync_client s where s.organisation_id = c.organisation_id and s.calendar_id = c.id)`;

const PAGE = `
  select ${STANDING.list}
  from (
    select calendar_id, token_id, name, state, array_position($2::text[], state) as rank,
      case state when 'REFUSED' then refused_at when 'BEHIND' then since when 'SILENT' then heard_at end as moment
    from (${HEARD} union all ${UNHEARD}) standing
    where ($3::text is null or state = $3) and ($4::text is null or name = $4)
  ) standing
  where $5::int is null
    or (rank, coalesce(moment, 'infinity'), calendar_id, coalesce(token_id, 0))
       > ($5::int, coalesce($6::timestamptz, 'infinity'), $7::bigint, coalesce($8::bigint, 0))
  order by rank, coalesce(moment, 'infinity'), calendar_id, coalesce(token_id, 0) limit $9`;

/**
 * A page of the organisation's calendars with each of their clients, for admins. Two statements: one looks at every client
 * heard within a month, at the cost of two probes of the feed for each that is behind; one at what waits for the page's.
 */
export async function listStandings(
  ctx: Context,
  { state, client, size, after }: StandingsWanted,
): Promise<{ standings: StandingView[]; hasMore: boolean }> {
  requireScope(ctx, "read");
  requireAdmin(ctx, "see how every calendar is synced");
  const { organisationId } = ctx.caller;
  const place = after ?? { rank: null, moment: null, calendarId: null, tokenId: null };
  const values = [
    ...[organisationId, STATES, state, client],
    ...[place.rank, place.moment, place.calendarId, place.tokenId, size + 1],
  ];
  const rows = await textRows(ctx.db.pool, { text: PAGE, values, kind: "list" });
  const page = rows.slice(0, size).map((row) => STANDING.plain(row));
  const keys = page.flatMap(({ calendarId, tokenId }) => (tokenId === null ? [] : { calendarId, tokenId }));
  const clients = new Map(
    (await readClientsOf(ctx, keys)).map((one) => [`${one.calendarId} ${one.tokenId}`, one]),
  );
  const standings = page.map((row) => ({
    ...row,
    client: clients.get(`${row.calendarId} ${row.tokenId}`) ?? null,
  }));
  return { standings, hasMore: rows.length > size };
}

const NAME = columns({ name: text("t.name") });

/** What the clients that were heard within a month are called, in order: the first two hundred. One statement. */
export async function listClientNames({ db, caller }: Context): Promise<string[]> {
  const found = await selectRows(
    db.pool,
    NAME,
    sql`
      select ${NAME}
      from sync_client s join access_token t on t.organisation_id = s.organisation_id and t.id = s.token_id
      where s.organisation_id = ${caller.organisationId} group by t.name order by t.name limit ${MAX_NAMES}`,
  );
  return found.map(({ name }) => name);
}
