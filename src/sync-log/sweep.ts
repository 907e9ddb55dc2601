// The sync log is bounded: a day of activity, a month of notices, and a month of clients that were not heard any more.
import { deleteSome } from "../database/deleting";
import type { Transaction } from "../database/transaction";

const MAX_ROWS_AT_ONCE = 20_000;

const ACTIVITY = `
  delete from sync_activity where (organisation_id, calendar_id, token_id, start_at) in (
    select organisation_id, calendar_id, token_id, start_at from sync_activity
    where start_at < tidemark_now() - interval '1 day' order by start_at limit ${MAX_ROWS_AT_ONCE})`;

const NOTICES = `
  delete from sync_notice where (organisation_id, calendar_id, token_id, id) in (
    select organisation_id, calendar_id, token_id, id from sync_notice
    where at < tidemark_now() - interval '30 days' order by at limit ${MAX_ROWS_AT_ONCE})`;

const CLIENTS = `
  delete from sync_client where (organisation_id, calendar_id, token_id) in (
    select organisation_id, calendar_id, token_id from sync_client
    where heard_at < tidemark_now() - interval '30 days' limit ${MAX_ROWS_AT_ONCE})`;

/** Whether there may be more. */
export const sweepSyncLog = ({ client }: Transaction): Promise<boolean> =>
  deleteSome(
    client,
    [ACTIVITY, NOTICES, CLIENTS].map((text) => ({ text, values: [] })),
    MAX_ROWS_AT_ONCE,
  );
