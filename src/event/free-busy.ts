// Availability: when users are busy, whoever asks and however private the reason.
import { requireScope, type Context } from "../context";
import { countedRows } from "../access/counted-rows";
import {
  columns,
  flag,
  instant,
  NOTHING,
  orNull,
  raw,
  sql,
  type Sql,
  text,
  value,
  word,
} from "../database/rows";
import { badRequest } from "../errors";
import { mapInPieces } from "../turns/pauses";
import { zoneOrUtc } from "../values/timezone";
import { dateOf, DAY_MS, toMs, type Instant } from "../values/instants";
import { BusyKind, mergeBlocks, type BusyBlock } from "./busy-blocks";
import { midnightIn } from "./times";
import { visibleSql } from "./visibility";

export const MAX_USERS = 50;
export const MAX_DAYS = 100;
/** No zone is further than this from UTC, so an all-day event lies within its dates and this much around them. */
const ZONE_REACH = raw("15 hours");

export interface FreeBusy {
  userId: string;
  busy: BusyBlock[];
}

interface Window {
  startAt: Instant;
  endAt: Instant;
}

/** What is asked of availability; `exceptEventId` is an event that counts for nobody, as it is about to be moved. */
interface Asked extends Window {
  exceptEventId?: string | null | undefined;
}

const BUSY = columns({
  userId: text("c.user_id"),
  zone: text("u.timezone"),
  /** Null, as the others, where there is nothing. */
  allDay: orNull(flag("busy.all_day")),
  startAt: orNull(instant("busy.start_time")),
  endAt: orNull(instant("busy.end_time")),
  kind: orNull(word<BusyKind>("busy.kind")),
});

// Of an event that the caller may not see, leaving it out would tell who takes part in it.
const exceptSql = ({ caller }: Context, eventId: string | null | undefined): Sql =>
  eventId == null ? NOTHING : sql`and not (e.id = ${eventId} and ${visibleSql(caller)})`;

function busySql(ctx: Context, userIds: readonly string[], asked: Asked): Sql {
  const { organisationId } = ctx.caller;
  const [startAt, endAt] = [value(asked.startAt), value(asked.endAt)];
  const from = sql`(${startAt}::timestamptz - interval '${ZONE_REACH}')`;
  const dayBefore = sql`(${from} - interval '24 hours')`;
  // The events of a calendar around the window, by its two indexes: what starts less than a day before it or later, and the
  // longer ones that began earlier still (src/event/walked.ts). Each is then looked up by its key.
  const entries = (index: "by_start" | "by_span"): Sql => sql`
  select n.event_id, n.start_time, n.end_time from calendar_entry n
  where ${raw(index)}(n.organisation_id) = c.organisation_id and n.calendar_id = c.id and n.removed_at is null
    and n.start_time < ${endAt}::timestamptz + interval '${ZONE_REACH}'`;
  return sql`
  select ${BUSY}
  from calendar c
  join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id
  left join lateral (
    select e.all_day, n.start_time, n.end_time,
      case when e.show_as = 'outOfOffice' then 'OUT_OF_OFFICE'
        when e.show_as = 'tentative' or e.status = 'tentative' or e.attendees @> answered.tentative then 'TENTATIVE'
        else 'BUSY' end as kind
    from (select jsonb_build_array(jsonb_build_object('userId', c.user_id::text, 'status', 'Declined')) as declined,
        jsonb_build_array(jsonb_build_object('userId', c.user_id::text, 'status', 'Tentative')) as tentative) answered
    cross join (
      ${entries("by_start")} and n.start_time >= ${dayBefore} and n.end_time > ${from}
      union all
      ${entries("by_span")} and n.start_time < ${dayBefore} and n.end_time > ${from}
        and n.end_time - n.start_time > interval '1 day'
        and tstzrange(n.start_time, n.end_time, '[]') @> ${dayBefore}) n
    cross join lateral (
      select e.all_day, e.show_as, e.status, e.attendees from event e
      where e.organisation_id = c.organisation_id and e.id = n.event_id
        ${exceptSql(ctx, asked.exceptEventId)} offset 0) e
    where e.show_as <> 'free' and not e.attendees @> answered.declined) busy on true
  where (c.organisation_id = ${organisationId}) is true and c.user_id = any (${userIds})
  order by busy.start_time`;
}

/**
 * The merged busy blocks of users within a window, in the order asked; `inDetail` each kind for itself, else all as BUSY.
 * Events that are free, that somebody declined, and events of no length, do not make them busy; all-day events do from
 * midnight to midnight in their own zone. `exceptEventId` is left out, where the caller sees it. One statement.
 */
export async function readFreeBusy(
  ctx: Context,
  userIds: readonly string[],
  window: Asked,
  inDetail: boolean,
): Promise<FreeBusy[]> {
  requireScope(ctx, "read");
  if (toMs(window.endAt) - toMs(window.startAt) > MAX_DAYS * DAY_MS) {
    throw badRequest({ field: "endAt", message: `endAt must be at most ${MAX_DAYS} days after startAt.` });
  }
  const rows = await countedRows(ctx, busySql(ctx, userIds, window), "availability");
  const blocks = new Map<string, BusyBlock[]>();
  await mapInPieces(rows, (row) => {
    const { userId, zone, allDay, startAt, endAt, kind } = BUSY.of(row);
    const own = blocks.get(userId) ?? [];
    if (startAt && endAt && kind) {
      const times = allDay ? allDayIn(zoneOrUtc(zone), { startAt, endAt }) : { startAt, endAt };
      own.push({ ...times, kind: inDetail ? kind : BusyKind.BUSY });
    }
    blocks.set(userId, own);
  });
  const busy = new Map(
    await mapInPieces([...blocks], ([userId, own]): [string, BusyBlock[]] => [
      userId,
      mergeBlocks(own, window),
    ]),
  );
  return userIds.map((userId, index) => {
    const merged = busy.get(userId);
    if (merged) return { userId, busy: merged };
    const field = `userIds[${index}]`;
    throw badRequest({ field, message: `${field} must be a user of the organisation.` });
  });
}

const allDayIn = (zone: string, { startAt, endAt }: Window): Window => ({
  startAt: midnightIn(zone, dateOf(startAt)),
  endAt: midnightIn(zone, dateOf(endAt)),
});
