// How webhooks do, for those who ask: what they are, how far they are, and what the last calls came to.
import DataLoader from "dataloader";
import { perRequest, type Context } from "../context";
import {
  columns,
  instant,
  number,
  orNull,
  selectRow,
  selectRows,
  sql,
  text,
  word,
  type Selected,
} from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { badRequest } from "../errors";
import type { Webhook, WebhookAttempt, WebhookContent, WebhookState } from "./webhook.types";

const MAX_COUNT = 2_147_483_647;
const MAX_ATTEMPTS = 100;

/** SQL: the oldest change of a kind that a cursor `k` has not told. */
const waitingSql = (state: string): string => `
  (select min(n.tick) from calendar_entry n
   where by_change(n.organisation_id) = k.organisation_id and n.calendar_id = k.calendar_id
     and n.removed_at is ${state} and n.tick > k.covered)`;

/** SQL: since when what a cursor `k` has not told of its calendar `c` has been waiting. */
export const WAITING = `
  left join lateral (
    select least(${waitingSql("null")}, ${waitingSql("not null")}) as since where c.clock > k.covered) waiting on true`;

/** SQL: for how many seconds something has been waiting since; not 0 as long as it does, be it of before the clock was set back. */
export const behindSeconds = (since: string): string =>
  `case when ${since} is null then 0
   else greatest(0.001, round(extract(epoch from tidemark_now() - ${since}), 3)) end`;

/** SQL: how a webhook `w` does with a cursor, or all of them, that may be failing (`k`). */
export const STATE_SQL =
  "case when w.paused_at is not null then 'PAUSED' when k.failing_since is not null then 'FAILING' else 'ON' end";

const WEBHOOK = columns({
  id: text("w.id"),
  name: text("w.name"),
  url: text("w.url"),
  calendarId: orNull(text("w.calendar_id")),
  userId: text("w.user_id"),
  content: word<WebhookContent>("w.content"),
  skipTokenId: orNull(text("w.skip_token_id")),
  createdAt: instant("w.created_at"),
  state: word<WebhookState>(STATE_SQL),
  because: orNull(text("coalesce(w.paused_because, k.error)")),
  behindSeconds: number(behindSeconds("k.waiting_since")),
  failingSince: orNull(instant("k.failing_since")),
  lastStatus: orNull(number("last.status")),
  delivered: number(`least(k.delivered, ${MAX_COUNT})`),
});

export type WebhookView = Webhook;

const FAR = `
  cross join lateral (
    select min(k.failing_since) as failing_since, coalesce(sum(k.delivered), 0) as delivered,
      (array_agg(k.last_error order by k.tried_at desc) filter (where k.failing_since is not null))[1] as error,
      min(waiting.since) as waiting_since
    from webhook_cursor k
    join calendar c on c.organisation_id = k.organisation_id and c.id = k.calendar_id
    ${WAITING}
    where k.organisation_id = w.organisation_id and k.webhook_id = w.id) k
  left join lateral (
    select a.status from webhook_attempt a where a.organisation_id = w.organisation_id and a.webhook_id = w.id
    order by a.id desc limit 1) last on true`;

const LIST = `select ${WEBHOOK.list} from webhook w ${FAR} where w.organisation_id = $1 order by w.id`;
const ONE = `select ${WEBHOOK.list} from webhook w ${FAR} where w.organisation_id = $1 and w.id = $2`;
const plain = (row: Selected<typeof WEBHOOK>): WebhookView =>
  (row as Selected<typeof WEBHOOK> & { toJSON(): WebhookView }).toJSON();

/** All of the organisation's, the oldest first. One statement. */
export const listWebhooks = async ({ db, caller }: Context): Promise<WebhookView[]> =>
  (await selectRows(db.pool, WEBHOOK, { text: LIST, values: [caller.organisationId] })).map(plain);

/** One of the organisation's; null where there is none. */
export async function readWebhook({ db, caller }: Context, id: string): Promise<WebhookView | null> {
  const row = await selectRow(db.pool, WEBHOOK, { text: ONE, values: [caller.organisationId, id] });
  return row && plain(row);
}

const ATTEMPT = columns({
  webhookId: text("a.webhook_id"),
  at: instant("a.at"),
  messageId: text("a.message_id"),
  type: text("a.type"),
  calendarId: orNull(text("a.calendar_id")),
  rows: number("a.rows"),
  status: orNull(number("a.status")),
  ms: number("a.ms"),
  error: orNull(text("a.error")),
});

const ATTEMPTS = `
  select ${ATTEMPT.list} from unnest($2::bigint[]) wanted (id)
  cross join lateral (
    select * from webhook_attempt a where a.organisation_id = $1 and a.webhook_id = wanted.id
    order by a.id desc limit $3) a
  order by a.id desc`;

/** The last calls of webhooks, those of one level of an answer in one statement. */
export const attemptsLoader = perRequest((ctx) => {
  const loaders = new Map<number, DataLoader<string, WebhookAttempt[]>>();
  return (first: number): DataLoader<string, WebhookAttempt[]> => {
    if (!(first >= 1 && first <= MAX_ATTEMPTS))
      throw badRequest({ field: "first", message: `first must be from 1 to ${MAX_ATTEMPTS}.` });
    const known = loaders.get(first) ?? new DataLoader((ids) => readAttempts(ctx, ids, first));
    loaders.set(first, known);
    return known;
  };
});

async function readAttempts(
  { db, caller }: Context,
  ids: readonly string[],
  first: number,
): Promise<WebhookAttempt[][]> {
  const values = [caller.organisationId, [...ids], first];
  const rows = await selectRows(db.pool, ATTEMPT, { text: ATTEMPTS, values });
  return ids.map((id) => rows.filter(({ webhookId }) => webhookId === id));
}

const STATES = columns({
  state: word<WebhookState>(STATE_SQL),
  count: number("count(*)"),
});

/** How many webhooks of all organisations do how, for /metrics. */
export const countStates = (on: Queryable): Promise<Selected<typeof STATES>[]> =>
  selectRows(
    on,
    STATES,
    sql`
      select ${STATES} from webhook w
      cross join lateral (
        select min(c.failing_since) as failing_since from webhook_cursor c
        where c.organisation_id = w.organisation_id and c.webhook_id = w.id) k
      group by 1`,
  );
