// Webhooks that two organisations of the same ids have, and what they are asked of them.
import type pg from "pg";
import { graphql, type Known, type Step } from "./tenant-steps";
import { THEIRS_ALONE } from "./two-tenants";

const WEBHOOK = "id name state delivered attempts { messageId } calendar { name access }";

/** Makes them, paused and failing, and notes their ids. */
export async function makeWebhooks(id: Known, sql: pg.Pool, ours: number): Promise<void> {
  for (const name of ["hook", "deadHook"]) {
    const hook = await sql.query<{ id: string }>(
      `insert into webhook (organisation_id, user_id, name, url, secret, paused_at, paused_because)
       values ($1, $2, 'Hook', 'http://127.0.0.1:65535/', sha256('secret'), tidemark_now(), 'So.') returning id`,
      [ours, id.admin],
    );
    id[name] = hook.rows[0]!.id;
    await sql.query(
      `insert into webhook_cursor (organisation_id, webhook_id, calendar_id, covered, failing_since, last_error)
       values ($1, $2, $3, 'epoch', tidemark_now(), 'So.')`,
      [ours, id[name], id.adaCalendar],
    );
    await sql.query(
      `insert into webhook_attempt (organisation_id, webhook_id, message_id, type, rows, ms)
       values ($1, $2, 'ours', 'webhook.test', 0, 1)`,
      [ours, id[name]],
    );
  }
}

export const webhookReads = (id: Known): Step[] => [
  graphql(`{ webhooks { ${WEBHOOK} } }`, "admin"),
  graphql(
    `{ syncView(calendarId: ${id.adaCalendar}) { clock calendar { name } webhooks { name state because watermark } } }`,
    "admin",
  ),
  graphql(`{ webhook(id: ${id.hook}) { ${WEBHOOK} } }`, "admin"),
  graphql(`{ webhook(id: ${THEIRS_ALONE.webhook}) { ${WEBHOOK} } }`, "admin"),
];

export const webhookWrites = (id: Known): Step[] => [
  graphql(
    `mutation { createWebhook(input: { name: "New", url: "http://127.0.0.1:65535/", calendarId: ${id.benCalendar}, skipTokenId: ${id.benToken} }) { webhook { name calendar { name access } } } }`,
    "admin",
  ),
  graphql(
    `mutation { createWebhook(input: { name: "New", url: "http://127.0.0.1:65535/", skipTokenId: ${THEIRS_ALONE.token} }) { webhook { name } } }`,
    "admin",
  ),
  ...[id.hook, THEIRS_ALONE.webhook].flatMap((webhook) =>
    [
      `updateWebhook(id: ${webhook}, input: { name: "Changed", url: "http://127.0.0.1:65534/" }) { name state }`,
      `updateWebhook(id: ${webhook}, input: { paused: true }) { state }`,
      `rotateWebhookSecret(id: ${webhook}) { webhook { state } }`,
      `rewindWebhook(id: ${webhook}, since: 0) { state }`,
      `testWebhook(id: ${webhook}) { error }`,
    ].map((mutation) => graphql(`mutation { ${mutation} }`, "admin")),
  ),
  graphql(`mutation { deleteWebhook(id: ${id.deadHook}) { name } }`, "admin"),
];
