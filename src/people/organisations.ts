// Organisations, as whoever runs the service adds and changes them.
import { domainToASCII } from "node:url";
import { isIssuer } from "../values/urls";
import type { Database } from "../database/database";
import { textRow, type Queryable } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { Organisation } from "../entities/organisation";
import { badRequest, conflict, notFound } from "../errors";
import { Faults, text } from "../values/rules";

const MAX_DOMAINS = 100;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** What to change: absent keeps, null and an empty list take away. */
export interface OrganisationPatch {
  issuer?: string | null;
  domains?: string[];
}

/** Adds one. A taken name is `conflict`. */
export async function addOrganisation({ dataSource }: Database, name: string): Promise<Organisation> {
  const organisation = dataSource.manager.create(Organisation, { name, issuer: null, domains: [] });
  await dataSource.manager.insert(Organisation, organisation);
  return organisation;
}

/** What is written in `--issuer` and `--domain`; refuses, as `bad_request` naming the option, what is none. */
export function readPatch(issuer: string | undefined, given: readonly string[]): OrganisationPatch {
  const faults = new Faults();
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
  };
}

/**
 * Changes the issuer that may speak for an organisation's users, and the e-mail domains that are its own with it; without
 * an issuer it has none. Refuses domains without an issuer, and, as `conflict`, those that another organisation has with
 * the same issuer. It holds for the next JWT, on every instance within 5 s.
 */
export function updateOrganisation(
  { dataSource }: Database,
  name: string,
  patch: OrganisationPatch,
): Promise<Organisation> {
  return withEntities(dataSource, async ({ manager, client }) => {
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
    await manager.update(Organisation, { id: organisation.id }, { issuer, domains });
    return { ...organisation, issuer, domains };
  });
}

async function refuseTaken(client: Queryable, id: string, issuer: string, domains: string[]): Promise<void> {
  const taken = await textRow(client, {
    text: `
      select o.name, d from organisation o, unnest(o.domains) d
      where o.issuer = $1 and o.id <> $2 and d = any ($3) order by o.name, d limit 1`,
    values: [issuer, id, domains],
  });
  if (taken)
    throw conflict(`--domain: ${taken[1]} is the domain of "${taken[0]}" with this issuer.`, "--domain");
}
