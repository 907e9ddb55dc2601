// Availability: when users are busy, whoever asks and however private the reason.
import { requireScope, type Context } from "../context";
import { textRows } from "../database/text-rows";
import { badRequest } from "../errors";
import { zoneOrUtc } from "../values/timezone";
import { dateOf, instantFromDatabase, toMs, type Instant } from "../values/instants";
import { midnightIn } from "./times";

export const USERS_MOST = 50;
export const DAYS_MOST = 100;
const DAY_MS = 86_400_000;
/** No zone is further than this from UTC, so an all-day event lies within its dates and this much around them. */
const ZONE_REACH = "15 hours";

export interface BusyBlock {
  startAt: Instant;
  endAt: Instant;
}

export interface FreeBusy {
  userId: string;
  busy: BusyBlock[];
}

interface Window {
  startAt: Instant;
  endAt: Instant;
}

const FROM = `($3::timestamptz - interval '${ZONE_REACH}')`;
const DAY_BEFORE = `(${FROM} - interval '24 hours')`;
// The events of a calendar around the window, by its two indexes: what starts less than a day before it or later, and the
// longer ones that began earlier still (src/event/walked.ts). Each is then looked up by its key.
const ENTRIES = `
  select n.event_id, n.start_time, n.end_time from calendar_entry n
  where n.organisation_id = c.organisation_id and n.calendar_id = c.id and n.removed_at is null
    and n.start_time < $4::timestamptz + interval '${ZONE_REACH}'`;
const FREE_BUSY = `
  select c.user_id, u.timezone, busy.all_day, busy.start_time, busy.end_time
  from calendar c
  join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id
  left join lateral (
    select e.all_day, n.start_time, n.end_time
    from (
      ${ENTRIES} and n.start_time >= ${DAY_BEFORE} and n.end_time > ${FROM}
      union all
      ${ENTRIES} and n.start_time < ${DAY_BEFORE} and n.end_time > ${FROM}
        and n.end_time - n.start_time > interval '1 day'
        and tstzrange(n.start_time, n.end_time, '[]') @> ${DAY_BEFORE}) n
    cross join lateral (
      select e.all_day, e.owner_id, e.attendees from event e
      where e.organisation_id = c.organisation_id and e.id = n.event_id offset 0) e
    where e.owner_id = c.user_id or not e.attendees @> jsonb_build_array(
      jsonb_build_object('userId', c.user_id::text, 'status', 'Declined'))) busy on true
  where c.organisation_id = $1 and c.user_id = any ($2)
  order by busy.start_time`;

/**
 * The merged busy blocks of users within a window, in the order asked. Events somebody declined, and events of no
 * length, do not make them busy; all-day events do from midnight to midnight in their own zone. One statement.
 */
export async function readFreeBusy(
  ctx: Context,
  userIds: readonly string[],
  window: Window,
): Promise<FreeBusy[]> {
  requireScope(ctx, "read");
  if (toMs(window.endAt) - toMs(window.startAt) > DAYS_MOST * DAY_MS) {
    throw badRequest({ field: "endAt", message: `endAt must be at most ${DAYS_MOST} days after startAt.` });
  }
  const rows = await textRows(ctx.db.pool, {
    text: FREE_BUSY,
    values: [ctx.caller.organisationId, userIds, window.startAt, window.endAt],
  });
  const blocks = new Map<string, BusyBlock[]>();
  for (const [userId, zone, allDay, start, end] of rows) {
    const own = blocks.get(userId as string) ?? [];
    if (start && end) own.push(blockOf([start, end], allDay === "t" ? zoneOrUtc(zone ?? "UTC") : null));
    blocks.set(userId as string, own);
  }
  const busy = new Map([...blocks].map(([userId, own]) => [userId, merge(own, window)]));
  return userIds.map((userId, index) => {
    const merged = busy.get(userId);
    if (merged) return { userId, busy: merged };
    const field = `userIds[${index}]`;
    throw badRequest({ field, message: `${field} must be a user of the organisation.` });
  });
}

function blockOf([start, end]: readonly [string, string], allDayIn: string | null): BusyBlock {
  const [startAt, endAt] = [instantFromDatabase(start), instantFromDatabase(end)];
  if (allDayIn === null) return { startAt, endAt };
  return { startAt: midnightIn(allDayIn, dateOf(startAt)), endAt: midnightIn(allDayIn, dateOf(endAt)) };
}

/** Blocks that overlap or touch become one; what lies outside the window is cut off. */
function merge(blocks: readonly BusyBlock[], window: Window): BusyBlock[] {
  const merged: BusyBlock[] = [];
  for (const block of [...blocks].sort((a, b) => (a.startAt < b.startAt ? -1 : 1))) {
    const startAt = block.startAt < window.startAt ? window.startAt : block.startAt;
    const endAt = block.endAt > window.endAt ? window.endAt : block.endAt;
    if (startAt >= endAt) continue;
    const last = merged.at(-1);
    if (last && startAt <= last.endAt) last.endAt = endAt > last.endAt ? endAt : last.endAt;
    else merged.push({ startAt, endAt });
  }
  return merged;
}
