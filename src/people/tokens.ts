// Access tokens of the users of an organisation: made, listed and ended.
import type { Context } from "../context";
import { requireScope } from "../context";
import { textRow, textRows, type Queryable, type TextRow } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { AccessToken, type TokenScope } from "../entities/access-token";
import { badRequest, conflict, deadToken, forbidden, notFound, rateLimited } from "../errors";
import { issueToken } from "../access/tokens";
import {
  instantFromDatabase,
  INSTANT_RULE,
  parseInstant,
  type GivenTime,
  type Instant,
} from "../values/instants";
import { asCaller, requireUser } from "./users";

/** A client that makes and revokes tokens in turn gets a whole limit with each: so often is enough for any that means well. */
const MAX_MADE_A_DAY = 200;
const DAY_MS = 86_400_000;
/** What making one counts, of a minute's requests. */
const SHARE_OF_MAKING = 1 / 60;
const MAX_DEAD_LISTED = 100;

const LIVE = "t.revoked_at is null and coalesce(t.expires_at > tidemark_now(), true)";

interface Wish {
  name: string;
  scopes?: TokenScope[] | null;
  expiresAt?: GivenTime | null;
}

/**
 * Makes an access token: admins for anybody of the organisation, others for themselves, with no more than they hold.
 * Refuses, as `conflict`, one more than the user may have; as `rate_limited`, who makes them all day. It counts as a
 * sixtieth of what its maker may ask in a minute.
 */
export async function createToken(
  ctx: Context,
  userId: string,
  wish: Wish,
): Promise<{ secret: string; token: AccessToken }> {
  requireScope(ctx, "write");
  const { caller, tally } = ctx;
  if (caller.role !== "admin" && userId !== caller.userId)
    throw forbidden("Only an admin may make others' tokens.");
  const expiresAt = readExpiry(ctx, wish.expiresAt);
  if (wish.scopes?.length === 0) throw badRequest({ field: "scopes", message: "scopes must not be empty." });
  for (const scope of wish.scopes ?? []) requireScope(ctx, scope);
  await requireUser(ctx, userId);
  const { organisationId, tokenId: madeBy } = caller;
  const scopes = [...new Set(wish.scopes ?? caller.scopes)];
  const made = await asCaller(ctx, async (manager, client) => {
    await requireRoom(client, organisationId, userId);
    await requireLiving(client, organisationId, madeBy);
    return issueToken(manager, { organisationId, userId, name: wish.name, scopes, expiresAt, madeBy });
  });
  tally.spend(SHARE_OF_MAKING);
  return made;
}

/** Of those who make a token of one user at once, each sees what the one before made: the user's row is locked. */
async function requireRoom(client: Queryable, organisationId: string, userId: string): Promise<void> {
  const values = [organisationId, userId];
  const user = await textRow(client, {
    text: `
      select u.disabled_at is not null, max_tokens(u) from app_user u
      where u.organisation_id = $1 and u.id = $2 for no key update`,
    values,
  });
  if (user?.[0] === "t") throw conflict("This user is disabled: a token of theirs would open nothing.");
  const most = Number(user?.[1]);
  const [live, today, waitMs] = (
    await textRow(client, {
      text: `
        select (select count(*) from access_token t
                where t.organisation_id = $1 and t.user_id = $2 and t.issuer is null and ${LIVE}),
               count(*), extract(epoch from min(t.created_at) - tidemark_now()) * 1000 + ${DAY_MS}
        from access_token t
        where t.organisation_id = $1 and t.user_id = $2 and t.created_at > tidemark_now() - interval '1 day'
          and t.made_by is not null`,
      values,
    })
  )?.map(Number) as [number, number, number];
  if (live >= most) {
    throw conflict(
      `This user has ${most} live access tokens, and may have no more: revoke one, or have an admin allow more.`,
      "userId",
    );
  }
  if (today >= MAX_MADE_A_DAY) {
    throw rateLimited(
      `Whoever makes tokens of this user has made ${MAX_MADE_A_DAY} within a day and`,
      waitMs,
    );
  }
}

/** A token that is being revoked makes none that the revocation would miss: either waits for the other. */
async function requireLiving(
  client: Queryable,
  organisationId: string,
  tokenId: string | null,
): Promise<void> {
  if (tokenId === null) return;
  const maker = await textRow(client, {
    text: `select t.id from access_token t where t.organisation_id = $1 and t.id = $2 and ${LIVE} for share`,
    values: [organisationId, tokenId],
  });
  if (maker?.[0] == null) throw deadToken("This access token has expired or was revoked.");
}

/** When a new token dies; null: never. One that dies makes none that outlives it, but for an admin's. */
function readExpiry({ caller }: Context, given: GivenTime | null | undefined): Instant | null {
  const expiresAt = given == null ? null : parseInstant(given);
  if (given != null && expiresAt === null) {
    throw badRequest({ field: "expiresAt", message: `expiresAt ${INSTANT_RULE}.` });
  }
  const latest = caller.role === "admin" ? null : caller.expiresAt;
  if (latest !== null && (expiresAt === null || expiresAt > latest)) {
    const message = `expiresAt must not be later than that of this token (${latest}).`;
    throw badRequest({ field: "expiresAt", message });
  }
  return expiresAt;
}

const TOKEN = `
  t.id, t.user_id, t.name, t.issuer, array_to_string(t.scopes, ','), t.made_by,
  t.created_at, t.expires_at, t.revoked_at, used.at`;
const WITH_USE = `
  access_token t left join token_use used on used.organisation_id = t.organisation_id and used.token_id = t.id`;

/**
 * The access tokens of a user, the caller where none is named: the live ones, the latest first, then the last hundred
 * that died. Others' are for admins. One statement, which costs what the user's tokens are.
 */
export async function listTokens(ctx: Context, userId: string | null): Promise<AccessToken[]> {
  requireScope(ctx, "read");
  const { caller, db } = ctx;
  const whose = userId ?? caller.userId;
  if (caller.role !== "admin" && whose !== caller.userId)
    throw forbidden("Only an admin may list others' tokens.");
  if (whose !== caller.userId) await requireUser(ctx, whose);
  const rows = await textRows(db.pool, {
    text: `
      select ${TOKEN} from ${WITH_USE}
      where t.organisation_id = $1 and t.user_id = $2 and (${LIVE} or t.id in (
        select t.id from access_token t where t.organisation_id = $1 and t.user_id = $2 and not (${LIVE})
        order by t.created_at desc, t.id desc limit ${MAX_DEAD_LISTED}))
      order by (${LIVE}) desc, t.created_at desc, t.id desc`,
    values: [caller.organisationId, whose],
  });
  return rows.map((row) => toToken(ctx, row));
}

function toToken({ caller, db }: Context, row: TextRow): AccessToken {
  const [id, userId, name, issuer, scopes, madeBy, ...times] = row as string[];
  const [createdAt, expiresAt, revokedAt, lastUsedAt] = times.map((at) =>
    (at as string | null) == null ? null : instantFromDatabase(at),
  );
  const read = { organisationId: caller.organisationId, id, userId, name, issuer, madeBy };
  const token = db.dataSource.manager.create(AccessToken, read);
  return Object.assign(token, { scopes: scopes?.split(","), createdAt, expiresAt, revokedAt, lastUsedAt });
}

// A step of a revocation: the token and all that came of it, those made of dead ones too.
const REVOKE = `
  with recursive made as (
    select t.id from access_token t where t.organisation_id = $1 and t.id = $2
    union all
    select t.id from made join access_token t on t.organisation_id = $1 and t.made_by = made.id)
  update access_token t set revoked_at = tidemark_now()
  from made where t.organisation_id = $1 and t.id = made.id and t.revoked_at is null
  returning t.id`;

/**
 * Ends a token, and whatever it made, in turn: admins anybody's of the organisation, others their own. A dead one stays
 * as dead as it was. All of them end at once, on every instance within 5 s.
 */
export async function revokeToken(ctx: Context, id: string): Promise<AccessToken> {
  requireScope(ctx, "write");
  const { organisationId, role, userId } = ctx.caller;
  return withEntities(ctx.db.dataSource, async ({ client }) => {
    await textRow(client, { text: "select set_config('lock_timeout', '5s', true)", values: [] });
    const found = await textRow(client, {
      text: `
        select t.id from access_token t
        where t.organisation_id = $1 and t.id = $2 and ($3::bigint is null or t.user_id = $3) for no key update`,
      values: [organisationId, id, role === "admin" ? null : userId],
    });
    if (!found) throw notFound("This token");
    // One that is ended here waited for what it was making (requireLiving), which the next look finds.
    while ((await textRow(client, { text: REVOKE, values: [organisationId, id] })) !== null);
    const row = await textRow(client, {
      text: `select ${TOKEN} from ${WITH_USE} where t.organisation_id = $1 and t.id = $2`,
      values: [organisationId, id],
    });
    return toToken(ctx, row as TextRow);
  });
}
