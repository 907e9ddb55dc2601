// Commands that export and erase a person.
import type { Context } from "../context";
import { erasePerson, listTexts, NOTHING_ERASED } from "../forgetting/erase";
import { exportPerson, organisationsOf } from "../forgetting/export";
import { readAddress } from "../forgetting/person";
import { asAdminOf, CommandError } from "./as-caller";
import type { Run } from "./command";

/** Writes what is kept of a person to standard output, as lines of JSON. */
export async function personExport(run: Run): Promise<null> {
  const email = readAddress(run.given.required("email"));
  const ctx = await organisationWith(run, email);
  let isAny = false;
  if (ctx) {
    for await (const lines of exportPerson(ctx, email)) {
      isAny ||= lines !== "";
      await run.write(lines);
    }
  }
  if (!isAny) run.say(`Nothing is kept of ${email}.`);
  return null;
}

/** Erases a person, or with `--texts` only names the events whose texts name them. */
export async function personErase(run: Run): Promise<object> {
  const email = readAddress(run.given.required("email"));
  const onlyTexts = run.given.optional("texts") !== undefined;
  const ctx = await organisationWith(run, email);
  if (onlyTexts) return { texts: ctx ? await listTexts(ctx, email) : [] };
  const erased = ctx ? await erasePerson(ctx, email) : NOTHING_ERASED;
  if (erased.address === null) run.say(`Nothing is kept of ${email}.`);
  return erased;
}

/** The organisation that is named, or the only one in which the address stands; null where it stands in none. */
async function organisationWith({ given, open }: Run, email: string): Promise<Context | null> {
  const db = await open();
  const named = given.optional("org");
  if (named !== undefined) return asAdminOf(db, named, { closedToo: true });
  const [first, ...others] = await organisationsOf(db.pool, email);
  if (!first) return null;
  if (others.length === 0) return asAdminOf(db, first.name, { closedToo: true });
  const names = [first, ...others].map(({ name }) => `"${name}"`).join(", ");
  throw new CommandError(`${email} is kept in ${names}: say which with --org.`);
}
