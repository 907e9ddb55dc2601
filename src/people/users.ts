// The users of an organisation: look-ups, and what admins do with them.
import type { EntityManager } from "typeorm";
import type { Context } from "../context";
import { requireAdmin, requireScope } from "../context";
import { countedRows } from "../access/counted-rows";
import {
  columns,
  flag,
  json,
  NOTHING,
  number,
  orNull,
  raw,
  selectRow,
  sql,
  text,
  value,
  word,
  type Raw,
  type Sql,
} from "../database/rows";
import { textRows, type Queryable, type TextQuery } from "../database/text-rows";
import type { StatementKind } from "../database/time-limits";
import { withEntities } from "../database/entity-transaction";
import { inTransaction } from "../database/transaction";
import { User, UserKind, type Role, type WorkHours } from "../entities/user";
import { conflict, notFound, userExists } from "../errors";
import { addressKey } from "../values/address-key";
import { beginAct } from "./acting";
import { beyondName, windowOf } from "./by-name";
import type { UserInput, UserPatch } from "./people.inputs";
import { touchChanged } from "../database/changed-calendars";
import { loaderById } from "../context";

/** A user as both doors show one: with their calendar, and how many live access tokens they may have. */
export type UserView = User & { calendarId: string; maxTokens: number; disabled: boolean };

interface UsersWanted {
  /** Those at these addresses, be they aliases; unknown ones are absent. Null: everybody. */
  emails: readonly string[] | null;
  includeDisabled?: boolean;
}

/** Users of the organisation, by name, all or a piece of them. Disabled users are left out unless they are asked for. */
export async function findUsers(ctx: Context, { emails, includeDisabled }: UsersWanted): Promise<UserView[]> {
  const own = value(ctx.caller.organisationId);
  // By the index of addresses, or by that of names: the other one is not to be thought of (src/event/walked.ts).
  const which = emails
    ? sql`u.organisation_id = ${own} and u.id = any (users_at(${own}, ${emails.map(addressKey)}::text[]))`
    : sql`by_name(u.organisation_id) = ${own}`;
  const window = windowOf(ctx);
  const beyond = beyondName(window ?? {}, raw("u.name, u.id"));
  const enabled = includeDisabled ? NOTHING : sql` and u.disabled_at is null`;
  const condition = sql`${which}${enabled}${beyond}`;
  return selectUsers(ctx, { condition, limit: window?.limit, kind: emails ? "search" : "names" });
}

/** Users of the organisation by id, disabled ones too. One statement. */
export const findUsersById = (ctx: Context, ids: readonly string[]): Promise<UserView[]> =>
  selectUsers(ctx, {
    condition: sql`u.organisation_id = ${ctx.caller.organisationId} and u.id = any (${ids})`,
    most: ids.length,
  });

/** Rooms of the organisation that hold so many people, the smallest first; disabled ones are left out. */
export const findRooms = (ctx: Context, capacity: number, most: number): Promise<UserView[]> =>
  selectUsers(ctx, {
    condition: sql`u.organisation_id = ${ctx.caller.organisationId} and u.kind = 'room' and u.capacity >= ${capacity}
      and u.disabled_at is null`,
    order: raw("u.capacity, u.name, u.id"),
    limit: most,
  });

interface Wanted {
  /** SQL over alias `u` of app_user. */
  condition: Sql;
  /** By name where nothing is said. */
  order?: Raw;
  limit?: number | undefined;
  kind?: StatementKind;
  /** How many there are at most, where that is known. */
  most?: number;
}

const USER = columns({
  id: text("u.id"),
  email: text("u.email"),
  aliases: json<string[]>("to_json(u.aliases)"),
  name: text("u.name"),
  timezone: text("u.timezone"),
  role: word<Role>("u.role"),
  kind: word<UserKind>("u.kind"),
  capacity: orNull(number("u.capacity")),
  workHours: orNull(json<WorkHours[]>("u.work_hours")),
  calendarId: text("c.id"),
  organisationId: text("u.organisation_id"),
  maxTokens: number("max_tokens(u)"),
  disabled: flag("u.disabled_at is not null"),
});

const BY_NAME = raw("u.name, u.id");

async function selectUsers(
  ctx: Context,
  { condition, order = BY_NAME, limit, kind, most }: Wanted,
): Promise<UserView[]> {
  const { text: statement, values } = sql`
    select ${USER}
    from (select * from app_user u where ${condition} order by ${order} limit ${limit ?? null}) u
    cross join lateral (
      select c.id from calendar c where c.user_id = u.id and (c.organisation_id = u.organisation_id) is true offset 0) c
    order by ${order}`;
  const query: TextQuery = { text: statement, values, ...(kind && { kind }) };
  // A piece is bounded by its rows; without a limit all of them are part of one answer.
  const rows =
    limit === undefined ? await countedRows(ctx, query, "users", most) : await textRows(ctx.db.pool, query);
  return rows.map((row) => USER.plain(row) as UserView);
}

/** A user of the organisation; `not_found` where there is none of this id. */
export async function requireUser(ctx: Context, id: string): Promise<UserView> {
  const [user] = await findUsersById(ctx, [id]);
  if (!user) throw notFound("This user");
  return user;
}

/** Adds a user, for an admin. They get the events that already invite their addresses. A taken one is `conflict`. */
export async function createUser(ctx: Context, input: UserInput): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "add users");
  const { organisationId } = ctx.caller;
  const id = await asCaller(ctx, async (manager, client, touched) => {
    await refuseTaken(ctx, client, input, null);
    const user = manager.create(User, { ...input, organisationId });
    await manager.insert(User, user);
    await touchChanged(client, organisationId, touched);
    return user.id;
  });
  return requireUser(ctx, id);
}

/** Changes a user, for an admin. With a new address, or alias, they get the events that already invite it. */
export async function updateUser(ctx: Context, id: string, patch: UserPatch): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "change users");
  await requireUser(ctx, id);
  if (Object.keys(patch).length > 0) {
    const { organisationId } = ctx.caller;
    await asCaller(ctx, async (manager, client, touched) => {
      await refuseTaken(ctx, client, patch, id);
      await manager.update(User, { organisationId, id }, { ...patch });
      await touchChanged(client, organisationId, touched);
    });
  }
  return requireUser(ctx, id);
}

const TAKEN = columns({ place: number("given.place") });

/** Refuses, as `conflict` that names the field, an address that somebody else of the organisation has. */
async function refuseTaken(
  { caller }: Context,
  client: Queryable,
  { email, aliases = [] }: UserPatch,
  ownId: string | null,
): Promise<void> {
  const given = [...(email === undefined ? [] : [email]), ...aliases];
  if (given.length === 0) return;
  const taken = await selectRow(
    client,
    TAKEN,
    sql`
      select ${TAKEN} from unnest(${given.map(addressKey)}::text[]) with ordinality as given (address, place)
      join user_address a on a.organisation_id = ${caller.organisationId} and a.address = given.address
      where a.user_id is distinct from ${ownId}::bigint order by given.place limit 1`,
  );
  if (!taken) return;
  const place = taken.place - 1 - (given.length - aliases.length);
  throw userExists(place < 0 ? "email" : `aliases[${place}]`);
}

/** Disables a user, for an admin: their tokens die for good, their events stay and can be transferred. */
export async function disableUser(ctx: Context, id: string): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "disable users");
  return setDisabledAt(ctx, id, "coalesce(disabled_at, tidemark_now())");
}

/** Lets a disabled user back in, for an admin. Their old tokens stay dead. Somebody who is not disabled stays as they are. */
export async function enableUser(ctx: Context, id: string): Promise<UserView> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "enable users");
  return setDisabledAt(ctx, id, "null");
}

async function setDisabledAt(ctx: Context, id: string, at: string): Promise<UserView> {
  const { organisationId } = ctx.caller;
  await asCaller(ctx, (manager) =>
    manager
      .createQueryBuilder()
      .update(User)
      .set({ disabledAt: () => at })
      .where({ organisationId, id })
      .execute(),
  );
  return requireUser(ctx, id);
}

/** Makes `to` the owner of every event that `from` owns, for an admin, and answers how many. */
export async function transferEvents(ctx: Context, from: string, to: string): Promise<number> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "transfer events");
  const [, heir] = await Promise.all([requireUser(ctx, from), requireUser(ctx, to)]);
  refuseDisabled(heir);
  const { organisationId, tokenId } = ctx.caller;
  return inTransaction(ctx.db, async ({ client, touched }) => {
    const moved = await selectRow(
      client,
      MOVED,
      sql`select ${MOVED} from transfer_events(${organisationId}, ${tokenId}, ${from}, ${to}) moved`,
    );
    await touchChanged(client, organisationId, touched);
    return moved?.count ?? 0;
  });
}

const MOVED = columns({ count: number("moved") });

/** Refuses, as `conflict`, a disabled user as an owner of events. */
export function refuseDisabled({ disabled }: UserView): void {
  if (disabled) throw conflict("This user is disabled: they could not look after the events.");
}

/** A transaction in the name of the caller's token, for `excludeOwn`. */
export async function asCaller<T>(
  { db, caller }: Context,
  work: (manager: EntityManager, client: Queryable, touched: Set<string>) => Promise<T>,
): Promise<T> {
  return withEntities(db, async ({ client, manager, touched }) => {
    await beginAct(client, caller);
    return work(manager, client, touched);
  });
}

export const userLoader = loaderById(findUsersById);
