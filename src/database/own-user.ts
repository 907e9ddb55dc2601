// Who the service is in PostgreSQL.
import type { Config } from "../config";
import type { Log } from "../telemetry/log";
import { columns, flag, selectRow, text } from "./rows";
import type { Queryable } from "./text-rows";

const SELF = columns({ name: text("rolname"), isSuperuser: flag("rolsuper") });

/**
 * Says where DATABASE_URL names a superuser: whoever took over the service could read the server's files and run its
 * programs, and it needs no more than to own its database. The embedded server has no other user. One statement.
 */
export async function warnOfSuperuser(
  pool: Queryable,
  { databaseUrl }: Pick<Config, "databaseUrl">,
  log: Pick<Log, "warn">,
): Promise<void> {
  if (databaseUrl === null) return;
  const self = await selectRow(pool, SELF, {
    text: `select ${SELF.list} from pg_roles where rolname = session_user`,
    values: [],
  });
  if (!self?.isSuperuser) return;
  log.warn(
    `DATABASE_URL names a superuser of PostgreSQL, ${self.name}: give the service a user of its own, which owns its ` +
      "database and nothing more (deploy/README.md, In production).",
  );
}
