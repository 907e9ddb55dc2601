// Commands about organisations.
import type { Organisation } from "../entities/organisation";
import { closeOrganisation, deleteOrganisation } from "../forgetting/remove";
import * as organisations from "../people/organisations";
import { UserInput } from "../people/people.inputs";
import { readInput, text } from "../values/rules";
import { Faults } from "../values/faults";
import { UsageError, type Run } from "./command";
import { shownUser } from "./directory";

const shown = ({ id, name, issuer, domains, colleaguesSee, closedAt }: Organisation): object => ({
  ...{ id, name, issuer, domains, colleaguesSee, closedAt },
});

function readName(given: string | undefined, field: string): string {
  const faults = new Faults();
  const name = text(200, { controls: false, least: 1 })(given, field, faults);
  faults.throwIfAny();
  return name as string;
}

export async function addOrganisation({ given, open }: Run): Promise<object> {
  const name = readName(given.words[0], "NAME");
  const { id } = await organisations.addOrganisation(await open(), name);
  return { id, name };
}

/** The organisation, its first admin and a token of theirs: what is wrong with any of them leaves none behind. */
export async function setUp({ given, open }: Run): Promise<object> {
  const admin = readInput(UserInput, {
    email: given.required("email"),
    name: given.required("name"),
    timezone: given.required("timezone"),
  });
  const name = readName(given.required("org"), "--org");
  const tokenName = readName(given.optional("token-name") ?? "setup", "--token-name");
  const db = await open();
  const made = await organisations.setUpOrganisation(db, name, { admin, tokenName });
  const { organisation, token, secret } = made;
  const user = await shownUser(db, organisation.name, admin.email);
  return { organisation: { id: organisation.id, name }, user, id: token.id, token: secret };
}

export async function listOrganisations({ open }: Run): Promise<object> {
  return (await organisations.listOrganisations(await open())).map(shown);
}

export async function renameOrganisation({ given, open }: Run): Promise<object> {
  const [from = "", to] = given.words;
  const name = readName(to, "NEW");
  return shown(await organisations.renameOrganisation(await open(), from, name));
}

export async function updateOrganisation({ given, open }: Run): Promise<object> {
  const change = organisations.readOptions({
    issuer: given.optional("issuer"),
    domains: given.all("domain"),
    colleaguesSee: given.optional("colleagues-see"),
  });
  return shown(await organisations.updateOrganisation(await open(), given.required("org"), change));
}

export async function closeOne({ given, open }: Run): Promise<object> {
  const name = readName(given.words[0], "NAME");
  return closeOrganisation(await open(), name);
}

/** The name stands twice, so that no slip of a key removes an organisation. */
export async function deleteOne({ given, open, say }: Run): Promise<object> {
  const name = readName(given.words[0], "NAME");
  if (given.required("yes") !== name) throw new UsageError(`--yes must repeat the name: --yes "${name}".`);
  const progress = process.stderr.isTTY ? (rows: number) => say(`${rows} rows`) : undefined;
  return deleteOrganisation(await open(), name, progress);
}
