// Commands about organisations.
import * as organisations from "../people/organisations";
import { Faults, text } from "../values/rules";
import type { Run } from "./command";

export async function addOrganisation({ given, open }: Run): Promise<object> {
  const faults = new Faults();
  const name = text(200, { controls: false, least: 1 })(given.words[0], "NAME", faults);
  faults.throwIfAny();
  const { id } = await organisations.addOrganisation(await open(), name as string);
  return { id, name };
}

export async function updateOrganisation({ given, open }: Run): Promise<object> {
  const patch = organisations.readPatch(given.optional("issuer"), given.all("domain"));
  const found = await organisations.updateOrganisation(await open(), given.required("org"), patch);
  const { id, name, issuer, domains } = found;
  return { id, name, issuer, domains };
}
