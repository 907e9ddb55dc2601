// The hosts that whoever runs the service lets webhooks call (WEBHOOK_INTERNAL_HOSTS), known by the database of the instance.
import type { Database } from "../database/database";

type Known = Pick<Database, "hints">;

const hostsOf = new WeakMap<Known["hints"], readonly string[]>();

export const setInternalHosts = ({ hints }: Known, hosts: readonly string[]): void =>
  void hostsOf.set(hints, hosts);

export const internalHosts = ({ db: { hints } }: { db: Known }): readonly string[] =>
  hostsOf.get(hints) ?? [];
