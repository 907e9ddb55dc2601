// Commands about users and records.
import { GrantAccess } from "../entities/calendar";
import { UserKind } from "../entities/user";
import { setCalendarGrant } from "../people/grants";
import { readInput, word } from "../values/rules";
import { Faults } from "../values/faults";
import { UserInput, UserPatch } from "../people/people.inputs";
import type { Database } from "../database/database";
import { shownRecord } from "../entities/record";
import { listOrganisations } from "../people/organisations";
import { RecordInput } from "../records/record.inputs";
import { saveRecords } from "../records/saving";
import * as users from "../people/users";
import { asAdmin, asAdminOf, asUser, CommandError } from "./as-caller";
import type { Arguments, Run } from "./command";

const shown = ({
  id,
  email,
  aliases,
  name,
  timezone,
  role,
  kind,
  capacity,
  calendarId,
  organisationId,
}: users.UserView): object => ({
  id,
  email,
  aliases,
  name,
  timezone,
  role,
  ...(kind !== UserKind.person && { kind, capacity }),
  calendarId,
  orgId: organisationId,
});

const shownDisabled = (user: users.UserView): object => ({ ...shown(user), disabled: user.disabled });

export async function addUser({ given, open }: Run): Promise<object> {
  const input = readInput(UserInput, {
    email: given.required("email"),
    name: given.required("name"),
    timezone: given.required("timezone"),
    role: given.optional("role"),
    kind: given.optional("kind"),
    capacity: readNumber(given.optional("capacity")),
    aliases: aliasesOf(given),
  });
  const ctx = await asAdminOf(await open(), given.required("org"));
  return shown(await users.createUser(ctx, input));
}

/** Those of an organisation, or of all of them, by name; disabled ones too. */
export async function listUsers({ given, open }: Run): Promise<object> {
  const db = await open();
  const named = given.optional("org");
  const names = named === undefined ? (await listOrganisations(db)).map(({ name }) => name) : [named];
  const found: users.UserView[][] = [];
  for (const name of names) {
    found.push(
      await users.findUsers(await asAdminOf(db, name, { closedToo: true }), {
        emails: null,
        includeDisabled: true,
      }),
    );
  }
  return found.flat().map(shownDisabled);
}

/** The row of the user at this address, as `user add` prints it. */
export async function shownUser(db: Database, organisation: string, email: string): Promise<object> {
  const [user] = await users.findUsers(await asAdminOf(db, organisation), { emails: [email] });
  if (!user) throw new Error("A user was added and is not there.");
  return shown(user);
}

export async function updateUser({ given, open }: Run): Promise<object> {
  const patch = readInput(UserPatch, {
    email: given.optional("new-email"),
    name: given.optional("name"),
    timezone: given.optional("timezone"),
    role: given.optional("role"),
    kind: given.optional("kind"),
    capacity: readNumber(given.optional("capacity")),
    maxTokens: readNumber(given.optional("max-tokens")),
    aliases: aliasesOf(given),
  });
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  return shown(await users.updateUser(asAdmin(ctx), ctx.caller.userId, patch));
}

/** The whole list; an empty one takes them all away. */
function aliasesOf(given: Arguments): string[] | undefined {
  const list = given.all("alias");
  return list.length === 0 ? undefined : list.filter((alias) => alias !== "");
}

/** Text that is no number is left for the rule to refuse; an empty one takes away what was set. */
function readNumber(given: string | undefined): unknown {
  if (given === "") return null;
  return given !== undefined && /^\d{1,9}$/.test(given) ? Number(given) : given;
}

export async function disableUser({ given, open }: Run): Promise<object> {
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  return shownDisabled(await users.disableUser(asAdmin(ctx), ctx.caller.userId));
}

export async function enableUser({ given, open }: Run): Promise<object> {
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  return shownDisabled(await users.enableUser(asAdmin(ctx), ctx.caller.userId));
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

const NO_ACCESS = "NONE";

export async function grant({ given, open }: Run): Promise<object> {
  const faults = new Faults();
  const words = [...Object.values(GrantAccess), NO_ACCESS];
  const wish = word(words)(given.required("access"), "--access", faults);
  faults.throwIfAny();
  const access = wish === NO_ACCESS ? null : (wish as GrantAccess);
  const db = await open();
  const of = await asUser(db, given.required("calendar-of"), given.optional("org"));
  const to = await asUser(db, given.required("to"), given.optional("org"));
  if (of.caller.organisationId !== to.caller.organisationId) {
    throw new CommandError("Both users must be of one organisation.");
  }
  const { calendarId } = of.caller;
  const { userId } = to.caller;
  await setCalendarGrant(of, { calendarId, userId, access });
  return { calendarId, userId, access: access?.toLowerCase() ?? "none" };
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
  return shownRecord(record);
}
