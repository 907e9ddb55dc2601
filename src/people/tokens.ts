// Access tokens of the users of an organisation: made, listed and ended.
import type { Context } from "../context";
import { columns, flag, instant, number, orNull, selectRow, text } from "../database/rows";
import { requireScope } from "../context";
import { textRow, textRows, type Queryable, type TextRow } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { AccessToken, TokenScope } from "../entities/access-token";
import { badRequest, conflict, deadToken, forbidden, notFound, rateLimited } from "../errors";
import { issueToken } from "../access/tokens";
import { DAY_MS, instantFault, parseInstant, type GivenTime, type Instant } from "../values/instants";
import { beginAct } from "./acting";
import { asCaller, requireUser } from "./users";

/** A client that makes and revokes tokens in turn gets a whole limit with each: so often is enough for any that means well. */
const MAX_MADE_A_DAY = 200;
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
  const scopes = [...new Set(wish.scopes ?? caller.scopes)];
  if (scopes.length > 1 && scopes.includes(TokenScope.feed))
    throw badRequest({ field: "scopes", message: "scopes must not have another beside feed." });
  // What a feed shows, whoever may read can read.
  for (const scope of wish.scopes ?? []) requireScope(ctx, scope === TokenScope.feed ? "read" : scope);
  await requireUser(ctx, userId);
  const { organisationId, tokenId: madeBy } = caller;
  const made = await asCaller(ctx, async (manager, client) => {
    await requireRoom(client, organisationId, userId);
    await requireLiving(client, organisationId, madeBy);
    return issueToken(manager, { organisationId, userId, name: wish.name, scopes, expiresAt, madeBy });
  });
  tally.spend(SHARE_OF_MAKING);
  return made;
}

const OWNER = columns({
  isPerson: flag("u.kind = 'person'"),
  isDisabled: flag("u.disabled_at is not null"),
  most: number("max_tokens(u)"),
});
const MADE = columns({
  live: number(`(select count(*) from access_token t
                where t.organisation_id = $1 and t.user_id = $2 and t.issuer is null and ${LIVE})`),
  today: number("count(*)"),
  /** Until the first of them is a day old. */
  waitMs: orNull(number(`extract(epoch from min(t.created_at) - tidemark_now()) * 1000 + ${DAY_MS}`)),
});

/** Of those who make a token of one user at once, each sees what the one before made: the user's row is locked. */
async function requireRoom(client: Queryable, organisationId: string, userId: string): Promise<void> {
  const values = [organisationId, userId];
  const user = await selectRow(client, OWNER, {
    text: `select ${OWNER.list} from app_user u where u.organisation_id = $1 and u.id = $2 for no key update`,
    values,
  });
  if (user?.isPerson === false)
    throw badRequest({
      field: "userId",
      message: "userId must be a person: only persons have access tokens.",
    });
  if (user?.isDisabled) throw conflict("This user is disabled: a token of theirs would open nothing.");
  const most = user?.most ?? 0;
  const made = await selectRow(client, MADE, {
    text: `
      select ${MADE.list} from access_token t
      where t.organisation_id = $1 and t.user_id = $2 and t.created_at > tidemark_now() - interval '1 day'
        and t.made_by is not null`,
    values,
  });
  const { live = 0, today = 0, waitMs = null } = made ?? {};
  if (live >= most) {
    throw conflict(
      `This user has ${most} live access tokens, and may have no more: revoke one, or have an admin allow more.`,
      "userId",
    );
  }
  if (today >= MAX_MADE_A_DAY) {
    throw rateLimited(
      `Whoever makes tokens of this user has made ${MAX_MADE_A_DAY} within a day and`,
      waitMs ?? DAY_MS,
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
  if (!maker) throw deadToken("This access token has expired or was revoked.");
}

/** When a new token dies; null: never. One that dies makes none that outlives it, but for an admin's. */
function readExpiry({ caller }: Context, given: GivenTime | null | undefined): Instant | null {
  const expiresAt = given == null ? null : parseInstant(given);
  if (given != null && expiresAt === null) {
    throw badRequest({ field: "expiresAt", message: `expiresAt ${instantFault(given)}.` });
  }
  const latest = caller.role === "admin" ? null : caller.expiresAt;
  if (latest !== null && (expiresAt === null || expiresAt > latest)) {
    const message = `expiresAt must not be later than that of this token (${latest}).`;
    throw badRequest({ field: "expiresAt", message });
  }
  return expiresAt;
}

const TOKEN = columns({
  id: text("t.id"),
  userId: text("t.user_id"),
  name: text("t.name"),
  issuer: orNull(text("t.issuer")),
  scopes: text("array_to_string(t.scopes, ',')"),
  madeBy: orNull(text("t.made_by")),
  createdAt: instant("t.created_at"),
  expiresAt: orNull(instant("t.expires_at")),
  revokedAt: orNull(instant("t.revoked_at")),
  lastUsedAt: orNull(instant("used.at")),
});
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
      select ${TOKEN.list} from ${WITH_USE}
      where t.organisation_id = $1 and t.user_id = $2 and (${LIVE} or t.id in (
        select t.id from access_token t where t.organisation_id = $1 and t.user_id = $2 and not (${LIVE})
        order by t.created_at desc, t.id desc limit ${MAX_DEAD_LISTED}))
      order by (${LIVE}) desc, t.created_at desc, t.id desc`,
    values: [caller.organisationId, whose],
  });
  return rows.map((row) => toToken(ctx, row));
}

function toToken({ caller, db }: Context, row: TextRow): AccessToken {
  const { scopes, createdAt, expiresAt, revokedAt, lastUsedAt, ...read } = TOKEN.plain(row);
  const token = db.dataSource.manager.create(AccessToken, { ...read, organisationId: caller.organisationId });
  return Object.assign(token, { scopes: scopes.split(","), createdAt, expiresAt, revokedAt, lastUsedAt });
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
  return withEntities(ctx.db, async ({ client }) => {
    await beginAct(client, ctx.caller);
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
      text: `select ${TOKEN.list} from ${WITH_USE} where t.organisation_id = $1 and t.id = $2`,
      values: [organisationId, id],
    });
    return toToken(ctx, row as TextRow);
  });
}
