// Commands about organisations, users, tokens and records.
import type { Database } from "../database/database";
import { textRows } from "../database/text-rows";
import { Organisation } from "../entities/organisation";
import { Faults, listOf, readInput, requireId, text, word } from "../values/rules";
import { TokenScope } from "../entities/access-token";
import { RecordInput, UserInput, UserPatch } from "../people/people.inputs";
import { saveRecords } from "../people/records";
import * as users from "../people/users";
import { asAdmin, asAdminOf, asUser, CommandError } from "./as-caller";
import type { Run } from "./commands";

const shown = ({ id, email, name, timezone, role, calendarId, organisationId }: users.UserView): object => ({
  id,
  email,
  name,
  timezone,
  role,
  calendarId,
  orgId: organisationId,
});

export async function addOrganisation({ given, open }: Run): Promise<object> {
  const faults = new Faults();
  const name = text(200, { controls: false, least: 1 })(given.words[0], "NAME", faults);
  faults.throwIfAny();
  const { manager } = (await open()).dataSource;
  const organisation = manager.create(Organisation, { name });
  await manager.insert(Organisation, organisation);
  return { id: organisation.id, name };
}

export async function addUser({ given, open }: Run): Promise<object> {
  const input = readInput(UserInput, {
    email: given.required("email"),
    name: given.required("name"),
    timezone: given.required("timezone"),
    role: given.optional("role"),
  });
  const ctx = await asAdminOf(await open(), given.required("org"));
  return shown(await users.createUser(ctx, input));
}

export async function updateUser({ given, open }: Run): Promise<object> {
  const patch = readInput(UserPatch, {
    email: given.optional("new-email"),
    name: given.optional("name"),
    timezone: given.optional("timezone"),
    role: given.optional("role"),
  });
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  return shown(await users.updateUser(asAdmin(ctx), ctx.caller.userId, patch));
}

export async function disableUser({ given, open }: Run): Promise<object> {
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  return { ...shown(await users.disableUser(asAdmin(ctx), ctx.caller.userId)), disabled: true };
}

export async function transferEvents({ given, open }: Run): Promise<object> {
  const db = await open();
  const from = await asUser(db, given.required("from"), given.optional("org"));
  const to = await asUser(db, given.required("to"), given.optional("org"));
  if (from.caller.organisationId !== to.caller.organisationId) {
    throw new CommandError("Both users must be of one organisation.");
  }
  return { transferred: await users.transferEvents(asAdmin(from), from.caller.userId, to.caller.userId) };
}

export async function createToken({ given, open }: Run): Promise<object> {
  const faults = new Faults();
  const scopes = given.optional("scopes")?.split(",");
  const read = scopes && listOf(word(Object.values(TokenScope)), 2)(scopes, "--scopes", faults);
  const name = text(200, { controls: false, least: 1 })(given.required("name"), "--name", faults);
  faults.throwIfAny();
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  const wish = { name: name as string, scopes: read, expiresAt: given.optional("expires") };
  const { secret, token } = await users.createToken(ctx, ctx.caller.userId, wish);
  return { id: token.id, token: secret };
}

export async function revokeToken({ given, open }: Run): Promise<object> {
  const id = requireId(given.words[0], "ID");
  const db = await open();
  const ctx = await asAdminOf(db, await organisationOf(db, id, given.optional("org")));
  const { name, revokedAt } = await users.revokeToken(ctx, id);
  return { id, name, revokedAt };
}

/** By name. Whoever revokes a token may know nothing of it but its id, which a restored organisation may bring twice. */
async function organisationOf(
  db: Database,
  tokenId: string,
  organisation: string | undefined,
): Promise<string> {
  const rows = await textRows(db.pool, {
    text: `
      select o.name from access_token t join organisation o on o.id = t.organisation_id
      where t.id = $1 and ($2::text is null or o.name = $2) order by o.name`,
    values: [tokenId, organisation ?? null],
  });
  const [name, ...others] = rows.map(([found]) => found as string);
  if (name === undefined) throw new CommandError(`There is no token ${tokenId}.`);
  if (others.length === 0) return name;
  const names = [name, ...others].map((one) => `"${one}"`).join(", ");
  throw new CommandError(`There is a token ${tokenId} in ${names}: say which with --org.`);
}

export async function addRecord({ given, open }: Run): Promise<object> {
  const input = readInput(RecordInput, {
    type: given.required("type"),
    name: given.required("name"),
    emails: given.all("email"),
    accountId: given.optional("account-id"),
  });
  const ctx = await asAdminOf(await open(), given.required("org"));
  const [record] = await saveRecords(ctx, [input], () => "");
  if (!record) throw new Error("A record was saved and is not there.");
  const { id, type, name, emails, accountId } = record;
  return { id, type, name, emails, accountId };
}
