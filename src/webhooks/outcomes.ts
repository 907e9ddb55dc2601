// Where a cursor goes after a delivery's look: on, behind what the receiver has taken, or to its next attempt. Each call is noted, for
// whoever looks into a webhook. Nothing moves where the lease is another's by now.
import { columns, flag, raw, selectRow, sql } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { heldSql, type Lease } from "./leases";
import type { Page } from "./letters";
import type { Outcome } from "./post";
import type { Next, Reading } from "./reading";

/** Without a call that was taken for so long a webhook is paused. */
const GIVE_UP_AFTER = "interval '5 days'";

const GONE = "The receiver answered 410: it is gone.";
const SILENT = "Nothing was taken for five days.";

const GOES_ON = columns({ goesOn: flag("exists (select from moved) and w.paused_at is null") });

/** What was called, and what came of it. */
export interface Call {
  page: Page;
  outcome: Outcome;
}

const attemptSql = (
  { organisationId, webhookId, calendarId }: Reading,
  { page: { letter, type, rows }, outcome: { status, ms, error } }: Call,
) => sql`
  noted as (
    insert into webhook_attempt (organisation_id, webhook_id, calendar_id, message_id, type, rows, status, ms, error)
    select w.organisation_id, w.id, ${calendarId}::bigint, ${letter.id}, ${type}, ${rows}::integer, ${status}::integer, ${ms}::integer, ${error}
    from webhook w where w.organisation_id = ${organisationId} and w.id = ${webhookId})`;

/** SQL: behind a page, and in hand for the next one where there is more. */
const behindSql = ({ watermark, hasMore, run }: Next) => sql`
  covered = ${watermark}, since = ${run?.since ?? null}, began = ${run?.began ?? null},
  leased_at = case when ${hasMore} then tidemark_now() end, leased_by = case when ${hasMore} then k.leased_by end`;

/** Nothing was to be told: the cursor moves on. Answers whether there is more to do for this delivery. */
export async function moveOn(on: Queryable, lease: Lease, next: Next): Promise<boolean> {
  const row = await selectRow(
    on,
    GOES_ON,
    sql`
      with moved as (
        update webhook_cursor k
        set ${behindSql(next)} where ${heldSql(lease)} returning 1)
      select ${GOES_ON} from webhook w where w.organisation_id = ${lease.organisationId} and w.id = ${lease.webhookId}`,
  );
  return next.hasMore && (row?.goesOn ?? false);
}

/** The receiver has taken a page: the cursor moves behind it. Answers whether there is more to do for this delivery. */
export async function taken(on: Queryable, lease: Lease, next: Next, call: Call): Promise<boolean> {
  const row = await selectRow(
    on,
    GOES_ON,
    sql`
      with moved as (
        update webhook_cursor k
        set ${behindSql(next)},
            attempts = 0, next_at = '-infinity', failing_since = null, tried_at = tidemark_now(),
            last_status = ${call.outcome.status}, last_error = null,
            delivered_at = tidemark_now(), delivered = k.delivered + ${call.page.rows}
        where ${heldSql(lease)} returning 1),
      ${attemptSql(lease, call)}
      select ${GOES_ON} from webhook w where w.organisation_id = ${lease.organisationId} and w.id = ${lease.webhookId}`,
  );
  return next.hasMore && (row?.goesOn ?? false);
}

/**
 * The receiver has not: it is tried again after a while, or not at all where it is gone (410), or where nothing was taken
 * for five days. Nothing is lost by that.
 */
export async function failed(on: Queryable, lease: Lease, call: Call, pauseMs: number): Promise<void> {
  const { organisationId, webhookId } = lease;
  const { status, error } = call.outcome;
  await textRow(
    on,
    sql`
      with moved as (
        update webhook_cursor k
        set attempts = k.attempts + 1, failing_since = coalesce(k.failing_since, tidemark_now()),
            tried_at = tidemark_now(), next_at = tidemark_now() + ${pauseMs}::float8 * interval '1 ms',
            last_status = ${status}, last_error = ${error}, leased_at = null, leased_by = null
        where ${heldSql(lease)} returning k.failing_since),
      ${attemptSql(lease, call)}
      update webhook w
      set paused_at = tidemark_now(),
          paused_because = case when ${status === 410} then ${GONE} else ${SILENT} end
      from moved
      where w.organisation_id = ${organisationId} and w.id = ${webhookId} and w.paused_at is null
        and (${status === 410} or moved.failing_since <= tidemark_now() - ${raw(GIVE_UP_AFTER)} and not exists (
          select from webhook_cursor o
          where o.organisation_id = ${organisationId} and o.webhook_id = w.id
            and o.delivered_at > tidemark_now() - ${raw(GIVE_UP_AFTER)}))`,
  );
}
