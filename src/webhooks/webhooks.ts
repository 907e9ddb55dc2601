// The webhooks of an organisation, as its admins make, change and end them.
import { requireAdmin, requireScope, type Context } from "../context";
import { flag, columns, number, orNull, raw, selectRow, sql, text, type Sql } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { inTransaction } from "../database/transaction";
import type { Caller } from "../entities/caller";
import { badRequest, notFound, organisationClosed, tooManyWebhooks, webhookEnded } from "../errors";
import { beginAct } from "../people/acting";
import { requireCalendar } from "../people/calendars";
import { readSince } from "../values/interval";
import type { GivenTime, Instant } from "../values/instants";
import { judgedUrl } from "./address";
import { readWebhook, type WebhookView } from "./shown";
import { newSecret, shownSecret } from "./signature";
import type { WebhookInput, WebhookPatch } from "./webhook.inputs";

export const MAX_WEBHOOKS = 20;
/** For receivers to take the new secret: until then both sign. */
const OVERLAP = "interval '24 hours'";

export interface MadeWebhook {
  webhook: WebhookView;
  secret: string;
}

/** What everything here asks of its caller. */
export function requireWebhooks(ctx: Context, scope: "read" | "write"): void {
  requireScope(ctx, scope);
  requireAdmin(ctx, "make webhooks, or see them");
}

const notThere = (): Error => notFound("This webhook");

/** Refuses, as `bad_request` naming `url`, an address that may not be called. */
async function requireUrl(url: string, internalHosts: readonly string[]): Promise<void> {
  const fault = await judgedUrl(url, internalHosts);
  if (fault !== null) throw badRequest({ field: "url", message: `url ${fault}.` });
}

/**
 * Makes one, which tells what changes after `since`, or from now on. Refuses, as `bad_request`, an address that may not be
 * called and a token that is none of the organisation's; as `conflict`, one more than the organisation may have.
 */
export async function createWebhook(
  ctx: Context,
  {
    name,
    url,
    calendarId,
    content = "IDS" as WebhookInput["content"],
    since,
    skipTokenId = null,
  }: WebhookInput,
  internalHosts: readonly string[],
): Promise<MadeWebhook> {
  requireWebhooks(ctx, "write");
  const { organisationId, userId } = ctx.caller;
  const from = readSince(since);
  const calendar = calendarId == null ? null : (await requireCalendar(ctx, calendarId)).id;
  await requireUrl(url, internalHosts);
  const secret = newSecret();
  const id = await inTransaction(ctx.db, async ({ client }) => {
    await beginAct(client, ctx.caller);
    await requireRoom(client, ctx.caller);
    if (skipTokenId !== null) await requireToken(client, organisationId, skipTokenId);
    const made = await textRow(
      client,
      sql`
        insert into webhook (organisation_id, user_id, name, url, calendar_id, content, skip_token_id, secret)
        values (${organisationId}, ${userId}, ${name}, ${url}, ${calendar}, ${content}, ${skipTokenId}, decode(${secret.toString("hex")}, 'hex'))
        returning id`,
    );
    const [webhookId] = made as [string];
    await textRow(
      client,
      sql`
        insert into webhook_cursor (organisation_id, webhook_id, calendar_id, covered)
        select c.organisation_id, ${webhookId}::bigint, c.id, ${startSql(from)} from calendar c
        where c.organisation_id = ${organisationId} and (${calendar}::bigint is null or c.id = ${calendar}::bigint)`,
    );
    return webhookId;
  });
  return { webhook: await requireShown(ctx, id), secret: shownSecret(secret) };
}

/** Not after the calendar's clock: what is later than that is to be told. */
const startSql = (since: Instant | null): Sql => sql`least(${since}::timestamptz, c.clock)`;

const COUNT = columns({ count: number("count(*)") });

/** Those who make webhooks of one organisation, or add users to it, take turns: nobody is counted, or covered, too late. */
async function requireRoom(client: Queryable, { organisationId, tokenId }: Caller): Promise<void> {
  await textRow(client, sql`select begin_write(${organisationId}, ${tokenId})`);
  await textRow(client, sql`select from organisation where id = ${organisationId} for no key update`);
  const made = await selectRow(
    client,
    COUNT,
    sql`select ${COUNT} from webhook w where w.organisation_id = ${organisationId}`,
  );
  if ((made?.count ?? 0) >= MAX_WEBHOOKS) throw tooManyWebhooks(MAX_WEBHOOKS);
}

async function requireToken(client: Queryable, organisationId: string, id: string): Promise<void> {
  const found = await textRow(
    client,
    sql`select from access_token t where t.organisation_id = ${organisationId} and t.id = ${id}`,
  );
  if (found) return;
  const message = "skipTokenId must be an access token of the organisation.";
  throw badRequest({ field: "skipTokenId", message });
}

async function requireShown(ctx: Context, id: string): Promise<WebhookView> {
  const webhook = await readWebhook(ctx, id);
  if (!webhook) throw notThere();
  return webhook;
}

const STANDING = columns({
  mayGoOn: flag("u.disabled_at is null and u.role = 'admin'"),
  isClosed: flag("o.closed_at is not null"),
  pausedBecause: orNull(text("w.paused_because")),
});

/**
 * Changes one. One that is resumed, or gets another address, is tried at once, as if nothing had failed. Refuses, as
 * `conflict`, to resume one whose user is no admin any more, or whose organisation is closed.
 */
export async function updateWebhook(
  ctx: Context,
  id: string,
  patch: WebhookPatch,
  internalHosts: readonly string[],
): Promise<WebhookView> {
  requireWebhooks(ctx, "write");
  const { organisationId } = ctx.caller;
  if (patch.url !== undefined) await requireUrl(patch.url, internalHosts);
  await inTransaction(ctx.db, async ({ client }) => {
    await beginAct(client, ctx.caller);
    const standing = await selectRow(
      client,
      STANDING,
      sql`
        select ${STANDING} from webhook w
        join app_user u on u.organisation_id = w.organisation_id and u.id = w.user_id
        join organisation o on o.id = w.organisation_id
        where w.organisation_id = ${organisationId} and w.id = ${id} for no key update of w for share of u`,
    );
    if (!standing) throw notThere();
    if (patch.paused === false && standing.isClosed) throw organisationClosed("paused");
    if (patch.paused === false && !standing.mayGoOn) throw webhookEnded();
    const { name = null, url = null, content = null, paused = null } = patch;
    await textRow(
      client,
      sql`
        update webhook w
        set name = coalesce(${name}, w.name), url = coalesce(${url}, w.url), content = coalesce(${content}, w.content),
            paused_at = case ${paused}::boolean when true then coalesce(w.paused_at, tidemark_now()) when false then null else w.paused_at end,
            paused_because = case ${paused}::boolean when true then coalesce(w.paused_because, ${BY_HAND}) when false then null else w.paused_because end
        where w.organisation_id = ${organisationId} and w.id = ${id}`,
    );
    if (url !== null || paused === false) {
      await textRow(
        client,
        sql`
          update webhook_cursor k set attempts = 0, next_at = '-infinity', failing_since = null, last_error = null
          where k.organisation_id = ${organisationId} and k.webhook_id = ${id} and k.failing_since is not null`,
      );
    }
  });
  return requireShown(ctx, id);
}

const BY_HAND = "An admin paused it.";

/** Ends one for good; answers what it was. */
export async function deleteWebhook(ctx: Context, id: string): Promise<WebhookView> {
  requireWebhooks(ctx, "write");
  const webhook = await requireShown(ctx, id);
  await inTransaction(ctx.db, async ({ client, last }) => {
    await beginAct(client, ctx.caller);
    await textRow(
      last,
      sql`delete from webhook w where w.organisation_id = ${ctx.caller.organisationId} and w.id = ${id}`,
    );
  });
  return webhook;
}

/** Gives one another secret; the one it had signs beside it for a day. */
export async function rotateSecret(ctx: Context, id: string): Promise<MadeWebhook> {
  requireWebhooks(ctx, "write");
  const secret = newSecret();
  const changed = await inTransaction(ctx.db, async ({ client }) => {
    await beginAct(client, ctx.caller);
    return textRow(
      client,
      sql`
        update webhook w
        set old_secret = w.secret, old_until = tidemark_now() + ${raw(OVERLAP)}, secret = decode(${secret.toString("hex")}, 'hex')
        where w.organisation_id = ${ctx.caller.organisationId} and w.id = ${id} returning w.id`,
    );
  });
  if (!changed) throw notThere();
  return { webhook: await requireShown(ctx, id), secret: shownSecret(secret) };
}

/** Has one tell everything again that has changed later than `since`, in every calendar it covers. */
export async function rewindWebhook(ctx: Context, id: string, since: GivenTime): Promise<WebhookView> {
  requireWebhooks(ctx, "write");
  const from = readSince(since);
  const { organisationId } = ctx.caller;
  await inTransaction(ctx.db, ({ client }) =>
    textRow(
      client,
      // Whatever is under way moves it no more.
      sql`
        update webhook_cursor k
        set covered = ${startSql(from)}, since = null, began = null, attempts = 0, next_at = '-infinity',
            failing_since = null, last_error = null, leased_at = null, leased_by = null
        from calendar c
        where k.organisation_id = ${organisationId} and k.webhook_id = ${id}
          and c.organisation_id = k.organisation_id and c.id = k.calendar_id`,
    ),
  );
  return requireShown(ctx, id);
}
