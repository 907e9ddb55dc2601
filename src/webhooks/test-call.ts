// A call that tells nothing, so that whoever sets a receiver up sees what it answers.
import type { Context } from "../context";
import { columns, instant, orNull, selectRow, sql, text } from "../database/rows";
import { textRow } from "../database/text-rows";
import { inTransaction } from "../database/transaction";
import { notFound, rateLimited } from "../errors";
import { FairTurns } from "../turns/fair-turns";
import { toMs } from "../values/instants";
import { testLetter } from "./letters";
import { post } from "./post";
import { signingSecrets } from "./signature";
import type { WebhookAttempt } from "./webhook.types";
import { requireWebhooks } from "./webhooks";

/** A receiver may take fifteen seconds: so many of an organisation are waited for at a time. */
const turns = new FairTurns({
  line: "webhooks",
  organisation: 2,
  token: 2,
  waiting: 0,
  tooLong: () => rateLimited("This organisation", 5_000),
});

const CALLED = columns({
  url: text("w.url"),
  secret: text("encode(w.secret, 'hex')"),
  oldSecret: orNull(text("case when w.old_until > tidemark_now() then encode(w.old_secret, 'hex') end")),
  now: instant("tidemark_now()::timestamptz(3)"),
});

/** Calls a receiver with `webhook.test`, of one that is paused too, and answers what came of it. Takes up to 16 s. */
export async function testWebhook(
  ctx: Context,
  webhookId: string,
  internalHosts: readonly string[],
): Promise<WebhookAttempt> {
  requireWebhooks(ctx, "write");
  const { db, caller } = ctx;
  const { organisationId } = caller;
  const called = await selectRow(
    db.pool,
    CALLED,
    sql`select ${CALLED} from webhook w where w.organisation_id = ${organisationId} and w.id = ${webhookId}`,
  );
  if (!called) throw notFound("This webhook");
  const { url, now } = called;
  const letter = testLetter({ organisationId, webhookId }, now);
  const secrets = signingSecrets(called);
  const signal = new AbortController().signal;
  const { status, ms, error } = await turns.during(caller, () =>
    post({ url, secrets }, letter, { internalHosts, now: Math.floor(toMs(now) / 1_000), signal }),
  );
  // It may have been deleted meanwhile.
  await inTransaction(db, ({ last }) =>
    textRow(
      last,
      sql`
        insert into webhook_attempt (organisation_id, webhook_id, message_id, type, rows, status, ms, error)
        select w.organisation_id, w.id, ${letter.id}, 'webhook.test', 0, ${status}::integer, ${ms}::integer, ${error}
        from webhook w where w.organisation_id = ${organisationId} and w.id = ${webhookId}`,
    ),
  );
  return {
    at: now,
    messageId: letter.id,
    type: "webhook.test",
    calendarId: null,
    rows: 0,
    status,
    ms,
    error,
  };
}
