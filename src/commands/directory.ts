// Commands about users and records.
import { readInput } from "../values/rules";
import { UserInput, UserPatch } from "../people/people.inputs";
import { RecordInput } from "../records/record.inputs";
import { saveRecords } from "../records/records";
import * as users from "../people/users";
import { asAdmin, asAdminOf, asUser, CommandError } from "./as-caller";
import type { Run } from "./command";

const shown = ({ id, email, name, timezone, role, calendarId, organisationId }: users.UserView): object => ({
  id,
  email,
  name,
  timezone,
  role,
  calendarId,
  orgId: organisationId,
});

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
    maxTokens: readNumber(given.optional("max-tokens")),
  });
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  return shown(await users.updateUser(asAdmin(ctx), ctx.caller.userId, patch));
}

/** Text that is no number is left for the rule to refuse; an empty one takes away what was set. */
function readNumber(given: string | undefined): unknown {
  if (given === "") return null;
  return given !== undefined && /^\d{1,9}$/.test(given) ? Number(given) : given;
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
