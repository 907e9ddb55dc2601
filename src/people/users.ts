// The users of an organisation: look-ups, and what admins do with them.
import { IsNull, Not, type EntityManager } from "typeorm";
import type { Context } from "../context";
import { requireAdmin, requireScope } from "../context";
import { textRow, textRows, type Queryable } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { inTransaction } from "../database/transaction";
import { User } from "../entities/user";
import { badRequest, conflict, notFound } from "../errors";
import { beyondName, type NameWindow } from "./by-name";
import type { UserInput, UserPatch } from "./people.inputs";
import { loaderById } from "../context";

const ADDRESSES_MOST = 100;

/** A user as both doors show one: with their calendar, and how many live access tokens they may have. */
export type UserView = User & { calendarId: string; maxTokens: number };

/**
 * Users of the organisation, by name: those at the addresses (ignoring case, 100 at most, unknown ones absent), or
 * all of them. Disabled users are left out.
 */
export async function findUsers(
  { db, caller }: Context,
  emails: readonly string[] | null,
  window: NameWindow | null = null,
): Promise<UserView[]> {
  if (emails && emails.length > ADDRESSES_MOST) {
    throw badRequest({ field: "email", message: `email must name ${ADDRESSES_MOST} addresses at most.` });
  }
  const values: unknown[] = [caller.organisationId];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const addressed = emails
    ? ` and lower(u.email) = any (select lower(a) from unnest(${bind(emails)}::text[]) a)`
    : "";
  const beyond = beyondName(window ?? {}, ["u.name", "u.id"], bind);
  return selectUsers(db.pool, `u.disabled_at is null${addressed}${beyond}`, values, window?.limit);
}

/** Users of the organisation by id, disabled ones too. One statement. */
export const findUsersById = ({ db, caller }: Context, ids: readonly string[]): Promise<UserView[]> =>
  selectUsers(db.pool, "u.id = any ($2)", [caller.organisationId, ids]);

async function selectUsers(
  pool: Queryable,
  condition: string,
  values: unknown[],
  limit?: number,
): Promise<UserView[]> {
  const rows = await textRows(pool, {
    text: `
      select u.id, u.email, u.name, u.timezone, u.role, c.id, u.organisation_id, max_tokens(u)
      from app_user u join calendar c on c.organisation_id = u.organisation_id and c.user_id = u.id
      where u.organisation_id = $1 and ${condition} order by u.name, u.id limit $${values.length + 1}`,
    values: [...values, limit ?? null],
  });
  return rows.map((row) => {
    const [id, email, name, timezone, role, calendarId, organisationId, maxTokens] = row as string[];
    const user = { id, email, name, timezone, role, calendarId, organisationId };
    return { ...user, maxTokens: Number(maxTokens) } as UserView;
  });
}

/** A user of the organisation; `not_found` where there is none of this id. */
export async function requireUser(ctx: Context, id: string): Promise<UserView> {
  const [user] = await findUsersById(ctx, [id]);
  if (!user) throw notFound("This user");
  return user;
}

/** Adds a user, for an admin. They get the events that already invite their address. A taken address is `conflict`. */
export async function createUser(ctx: Context, input: UserInput): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "add users");
  const { organisationId } = ctx.caller;
  const id = await asCaller(ctx, async (manager) => {
    const user = manager.create(User, { ...input, organisationId });
    await manager.insert(User, user);
    return user.id;
  });
  return requireUser(ctx, id);
}

/** Changes a user, for an admin. With a new address they get the events that already invite it. */
export async function updateUser(ctx: Context, id: string, patch: UserPatch): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "change users");
  await requireUser(ctx, id);
  if (Object.keys(patch).length > 0) {
    const { organisationId } = ctx.caller;
    await asCaller(ctx, (manager) => manager.update(User, { organisationId, id }, { ...patch }));
  }
  return requireUser(ctx, id);
}

/** Disables a user, for an admin: their tokens die, their events stay and can be transferred. */
export async function disableUser(ctx: Context, id: string): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "disable users");
  const { organisationId } = ctx.caller;
  await asCaller(ctx, (manager) =>
    manager
      .createQueryBuilder()
      .update(User)
      .set({ disabledAt: () => "coalesce(disabled_at, tidemark_now())" })
      .where({ organisationId, id })
      .execute(),
  );
  return requireUser(ctx, id);
}

/** Makes `to` the owner of every event that `from` owns, for an admin, and answers how many. */
export async function transferEvents(ctx: Context, from: string, to: string): Promise<number> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "transfer events");
  await Promise.all([requireUser(ctx, from), requireUser(ctx, to)]);
  await refuseDisabled(ctx, to, "they could not look after the events");
  const { organisationId, tokenId } = ctx.caller;
  return inTransaction(ctx.db, async ({ client }) => {
    const row = await textRow(client, {
      text: "select transfer_events($1, $2, $3, $4)",
      values: [organisationId, tokenId, from, to],
    });
    return Number(row?.[0]);
  });
}

async function refuseDisabled({ db, caller }: Context, id: string, why: string): Promise<void> {
  const { organisationId } = caller;
  const disabled = { organisationId, id, disabledAt: Not(IsNull()) };
  if (await db.dataSource.manager.existsBy(User, disabled)) throw conflict(`This user is disabled: ${why}.`);
}

/** A transaction in the name of the caller's token, for `excludeOwn`. It waits no longer for a lock than other writes. */
export async function asCaller<T>(
  { db, caller }: Context,
  work: (manager: EntityManager, client: Queryable) => Promise<T>,
): Promise<T> {
  return withEntities(db.dataSource, async ({ client, manager }) => {
    await textRow(client, {
      text: "select set_config('tidemark.token', $1, true), set_config('lock_timeout', '5s', true)",
      values: [caller.tokenId],
    });
    return work(manager, client);
  });
}

export const userLoader = loaderById(findUsersById);
