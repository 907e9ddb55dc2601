// Commands act through the same functions as the doors: in the name of an organisation's admin, or of a user.
import { TokenScope } from "../entities/access-token";
import { Organisation } from "../entities/organisation";
import { Role } from "../entities/user";
import type { Context } from "../context";
import type { Caller } from "../entities/caller";
import type { Database } from "../database/database";
import { textRows } from "../database/text-rows";
import { RequestContext } from "../context";

/** A reason why a command cannot be done: exit code 1. */
export class CommandError extends Error {}

const EVERYTHING = [TokenScope.read, TokenScope.write];

function contextFor(
  db: Database,
  caller: Omit<Caller, "tokenId" | "client" | "scopes" | "expiresAt">,
): Context {
  const whole = { ...caller, tokenId: null, client: "tidemark", scopes: EVERYTHING, expiresAt: null };
  return new RequestContext(db, whole, "command-line");
}

/** The organisation of this name, as its admin. */
export async function asAdminOf(db: Database, name: string): Promise<Context> {
  const organisation = await db.dataSource.manager.findOneBy(Organisation, { name });
  if (!organisation) throw new CommandError(`There is no organisation "${name}".`);
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

/** The user at this address, in an organisation where several have one. Their role is their own. */
export async function asUser(
  db: Database,
  email: string,
  organisation: string | undefined,
): Promise<Context> {
  const rows = await textRows(db.pool, {
    text: `
      select u.organisation_id, u.id, c.id, u.name, u.email, u.timezone, u.role, o.name
      from app_user u
      join organisation o on o.id = u.organisation_id
      join calendar c on c.organisation_id = u.organisation_id and c.user_id = u.id
      where lower(u.email) = lower($1) and ($2::text is null or o.name = $2) order by o.name`,
    values: [email, organisation ?? null],
  });
  const [row, ...others] = rows as string[][];
  if (!row)
    throw new CommandError(`There is no user ${email}${organisation ? ` in "${organisation}"` : ""}.`);
  if (others.length > 0) {
    const names = rows.map((one) => `"${one[7]}"`).join(", ");
    throw new CommandError(`${email} is a user of ${names}: say which with --org.`);
  }
  const [organisationId, userId, calendarId, name, address, timezone, role] = row as [
    string,
    string,
    string,
    string,
    string,
    string,
    Role,
  ];
  return contextFor(db, { organisationId, userId, calendarId, name, email: address, timezone, role });
}

/** The same user's context, with an admin's rights. */
export const asAdmin = (ctx: Context): Context => contextFor(ctx.db, { ...ctx.caller, role: Role.admin });
