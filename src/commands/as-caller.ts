// Commands act through the same functions as the doors: in the name of an organisation's admin, or of a user.
import { TokenScope } from "../entities/access-token";
import { Organisation } from "../entities/organisation";
import { Role } from "../entities/user";
import type { Context } from "../context";
import type { Caller } from "../entities/caller";
import type { Database } from "../database/database";
import { columns, flag, selectRows, sql, text, word } from "../database/rows";
import { RequestContext } from "../context";
import { splitAddress } from "../values/address";
import { addressKey } from "../values/address-key";

/** A reason why a command cannot be done: exit code 1. */
export class CommandError extends Error {}

const isClosed = (name: string): CommandError => new CommandError(`The organisation "${name}" is closed.`);

const EVERYTHING = [TokenScope.read, TokenScope.write];

function contextFor(
  db: Database,
  caller: Omit<Caller, "tokenId" | "client" | "scopes" | "expiresAt">,
): Context {
  const whole = { ...caller, tokenId: null, client: "tidemark", scopes: EVERYTHING, expiresAt: null };
  return new RequestContext(db, whole, "command-line");
}

/** The organisation of this name, as its admin: an open one, unless what is to be done concerns a closed one too. */
export async function asAdminOf(db: Database, name: string, { closedToo = false } = {}): Promise<Context> {
  const organisation = await db.dataSource.manager.findOneBy(Organisation, { name });
  if (!organisation) throw new CommandError(`There is no organisation "${name}".`);
  if (organisation.closedAt !== null && !closedToo) throw isClosed(name);
  return contextFor(db, {
    organisationId: organisation.id,
    userId: "0",
    calendarId: "0",
    name: "Command line",
    email: "",
    timezone: "UTC",
    role: Role.admin,
  });
}

const USER = columns({
  organisationId: text("u.organisation_id"),
  userId: text("u.id"),
  calendarId: text("c.id"),
  name: text("u.name"),
  address: text("u.email"),
  timezone: text("u.timezone"),
  role: word<Role>("u.role"),
  organisation: text("o.name"),
  isClosed: flag("o.closed_at is not null"),
});

/** The user at this address, in an organisation where several have one. Their role is their own. */
export async function asUser(
  db: Database,
  email: string,
  organisation: string | undefined,
): Promise<Context> {
  const rows = await selectRows(
    db.pool,
    USER,
    sql`
      select ${USER}
      from user_address a
      join app_user u on u.organisation_id = a.organisation_id and u.id = a.user_id
      join organisation o on o.id = u.organisation_id
      join calendar c on (c.organisation_id = u.organisation_id) is true and c.user_id = u.id
      where a.address = ${addressKey(splitAddress(email).address)} and (${organisation ?? null}::text is null or o.name = ${organisation ?? null})
      order by o.closed_at is not null, o.name`,
  );
  const [user, ...others] = rows.filter((one) => !one.isClosed || rows[0]?.isClosed);
  if (!user)
    throw new CommandError(`There is no user ${email}${organisation ? ` in "${organisation}"` : ""}.`);
  if (others.length > 0) {
    const names = [user, ...others].map((one) => `"${one.organisation}"`).join(", ");
    throw new CommandError(`${email} is a user of ${names}: say which with --org.`);
  }
  if (user.isClosed) throw isClosed(user.organisation);
  const { organisationId, userId, calendarId, name, address, timezone, role } = user;
  return contextFor(db, { organisationId, userId, calendarId, name, email: address, timezone, role });
}

/** The same user's context, with an admin's rights. */
export const asAdmin = (ctx: Context): Context => contextFor(ctx.db, { ...ctx.caller, role: Role.admin });
