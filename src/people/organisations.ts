// Organisations, as whoever runs the service adds and changes them.
import { domainToASCII } from "node:url";
import { requireAdmin, requireScope, type Context } from "../context";
import { isIssuer } from "../values/urls";
import type { Database } from "../database/database";
import type { EntityManager } from "typeorm";
import { issueToken } from "../access/tokens";
import type { AccessToken } from "../entities/access-token";
import { Role, User } from "../entities/user";
import { columns, selectRow, sql, text as asText } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { ColleaguesSee, Organisation } from "../entities/organisation";
import { badRequest, conflict, notFound } from "../errors";
import { text, word } from "../values/rules";
import { Faults } from "../values/faults";
import { beginAct, OPERATOR } from "./acting";
import type { OrganisationPatch, UserInput } from "./people.inputs";

const MAX_DOMAINS = 100;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** What to change: absent keeps, null and an empty list take away. */
export interface OrganisationChange extends OrganisationPatch {
  issuer?: string | null;
  domains?: string[];
}

/** What whoever runs the service may say of an organisation: the values of the options. */
interface GivenOptions {
  issuer: string | undefined;
  domains: readonly string[];
  colleaguesSee: string | undefined;
}

/** The caller's organisation. */
export async function readOrganisation(ctx: Context): Promise<Organisation> {
  requireScope(ctx, "read");
  return ownOrganisation(ctx);
}

/** Changes the caller's organisation, for an admin. It holds for whatever is read next, on every instance. */
export async function changeOrganisation(ctx: Context, patch: OrganisationPatch): Promise<Organisation> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "change the organisation");
  const { db, caller } = ctx;
  if (Object.keys(patch).length > 0)
    await withEntities(db, async ({ manager, client }) => {
      await beginAct(client, caller);
      await manager.update(Organisation, { id: caller.organisationId }, { ...patch });
    });
  return ownOrganisation(ctx);
}

const ownOrganisation = ({ db, caller }: Context): Promise<Organisation> =>
  db.dataSource.manager.findOneByOrFail(Organisation, { id: caller.organisationId });

/** Adds one. A taken name is `conflict`. */
export const addOrganisation = (db: Database, name: string): Promise<Organisation> =>
  withEntities(db, async ({ manager, client }) => {
    await beginAct(client, OPERATOR);
    return insertOrganisation(manager, name);
  });

async function insertOrganisation(manager: EntityManager, name: string): Promise<Organisation> {
  const organisation = manager.create(Organisation, { name, issuer: null, domains: [] });
  await manager.insert(Organisation, organisation);
  return organisation;
}

export interface SetUp {
  organisation: Organisation;
  user: User;
  /** Shown once. */
  secret: string;
  token: AccessToken;
}

/**
 * Adds an organisation with its first admin and a token of theirs, all or nothing. A taken name is `conflict`: whoever
 * asks again finds that it is done.
 */
export function setUpOrganisation(
  db: Database,
  name: string,
  { admin, tokenName }: { admin: UserInput; tokenName: string },
): Promise<SetUp> {
  return withEntities(db, async ({ manager, client }) => {
    await beginAct(client, OPERATOR);
    const organisation = await insertOrganisation(manager, name);
    const organisationId = organisation.id;
    const user = manager.create(User, { ...admin, role: Role.admin, organisationId });
    await manager.insert(User, user);
    const made = await issueToken(manager, { organisationId, userId: user.id, name: tokenName });
    return { organisation, user, ...made };
  });
}

/** All of them, by name. */
export const listOrganisations = ({ dataSource }: Database): Promise<Organisation[]> =>
  dataSource.manager.find(Organisation, { order: { name: "ASC" } });

/** Gives one another name. A name that is taken is `conflict`, one that nobody has `not_found`. */
export function renameOrganisation(db: Database, from: string, to: string): Promise<Organisation> {
  return withEntities(db, async ({ manager, client }) => {
    await beginAct(client, OPERATOR);
    const { affected } = await manager.update(Organisation, { name: from }, { name: to });
    if (affected === 0) throw notFound(`The organisation "${from}"`);
    return manager.findOneByOrFail(Organisation, { name: to });
  });
}

const readSeen = (given: string | undefined, faults: Faults): ColleaguesSee | undefined =>
  given === undefined ? undefined : word(Object.values(ColleaguesSee))(given, "--colleagues-see", faults);

/** Refuses, as `bad_request` naming the option, what an option does not take. */
export function readOptions({ issuer, domains: given, colleaguesSee }: GivenOptions): OrganisationChange {
  const faults = new Faults();
  const seen = readSeen(colleaguesSee, faults);
  if (
    issuer &&
    (!isIssuer(issuer) || text(2_000, { controls: false })(issuer, "--issuer", faults) === undefined)
  )
    faults.add("--issuer", `must be an https URL (http on this machine only), not "${issuer}"`);
  const domains = new Set<string>();
  for (const one of given.flatMap((list) => list.split(","))) {
    const domain = one.trim() && domainToASCII(one.trim()).toLowerCase();
    if (one.trim() === "") continue;
    if (domain.length > 253 || !DOMAIN.test(domain))
      faults.add("--domain", `must be an e-mail domain such as example.com, not "${one.trim()}"`);
    domains.add(domain);
  }
  if (domains.size > MAX_DOMAINS) faults.add("--domain", `may name ${MAX_DOMAINS} domains at most`);
  faults.throwIfAny();
  return {
    ...(issuer !== undefined && { issuer: issuer || null }),
    ...(given.length > 0 && { domains: [...domains] }),
    ...(seen && { colleaguesSee: seen }),
  };
}

/**
 * Changes what colleagues see, the issuer that may speak for an organisation's users, and the e-mail domains that are its own with it; without
 * an issuer it has none. Refuses domains without an issuer, and, as `conflict`, those that another organisation has with
 * the same issuer. It holds for the next JWT, on every instance within 5 s.
 */
export function updateOrganisation(
  db: Database,
  name: string,
  patch: OrganisationChange,
): Promise<Organisation> {
  return withEntities(db, async ({ manager, client }) => {
    await beginAct(client, OPERATOR);
    // Two that take the same domain at once: one of them comes second.
    await textRow(client, { text: "lock table organisation in share row exclusive mode", values: [] });
    const organisation = await manager.findOneBy(Organisation, { name });
    if (!organisation) throw notFound(`The organisation "${name}"`);
    const issuer = patch.issuer === undefined ? organisation.issuer : patch.issuer;
    const domains = patch.domains ?? (issuer === null ? [] : organisation.domains);
    if (issuer === null && domains.length > 0) {
      const message = "--domain goes with an issuer: name it with --issuer.";
      throw badRequest({ field: "--domain", message });
    }
    if (issuer !== null) await refuseTaken(client, organisation.id, issuer, domains);
    const { colleaguesSee = organisation.colleaguesSee } = patch;
    await manager.update(Organisation, { id: organisation.id }, { issuer, domains, colleaguesSee });
    return { ...organisation, issuer, domains, colleaguesSee };
  });
}

const TAKEN = columns({ name: asText("o.name"), domain: asText("d") });

async function refuseTaken(client: Queryable, id: string, issuer: string, domains: string[]): Promise<void> {
  const taken = await selectRow(
    client,
    TAKEN,
    sql`
      select ${TAKEN} from organisation o, unnest(o.domains) d
      where o.issuer = ${issuer} and o.closed_at is null and o.id <> ${id} and d = any (${domains}) order by o.name, d limit 1`,
  );
  if (taken)
    throw conflict(
      `--domain: ${taken.domain} is the domain of "${taken.name}" with this issuer.`,
      "--domain",
    );
}
