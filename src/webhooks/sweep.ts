// What calls came to is kept for a day, and of a webhook that is called very often the last thousand.
import { deleteSome } from "../database/deleting";
import type { Transaction } from "../database/transaction";

const MAX_ROWS_AT_ONCE = 20_000;
const MAX_KEPT = 1_000;

const OLD = `
  delete from webhook_attempt where (organisation_id, webhook_id, id) in (
    select organisation_id, webhook_id, id from webhook_attempt
    where at < tidemark_now() - interval '1 day' order by at limit ${MAX_ROWS_AT_ONCE})`;

const MANY = `
  delete from webhook_attempt where (organisation_id, webhook_id, id) in (
    select w.organisation_id, w.id, older.id from webhook w
    cross join lateral (
      select id from webhook_attempt where webhook_attempt.organisation_id = w.organisation_id and webhook_id = w.id
      order by id desc offset ${MAX_KEPT} limit ${MAX_ROWS_AT_ONCE}) older)`;

/** Whether there may be more. */
export const sweepAttempts = ({ client }: Transaction): Promise<boolean> =>
  deleteSome(
    client,
    [OLD, MANY].map((text) => ({ text, values: [] })),
    MAX_ROWS_AT_ONCE,
  );
