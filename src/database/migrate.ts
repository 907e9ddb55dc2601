// Migrations run at every start, under a lock: TypeORM takes none, and instances may start at the same moment.
import type pg from "pg";
import { createDataSource, type Connection } from "./data-source";
import { newClient } from "./database";

/** The advisory locks of background work, in the two-key space; calendars live in the one-key space. */
export const LOCK_SPACE = 7_310_845;
const MIGRATION_LOCK = 1;
const OLDEST_SERVER = 150_000;

/** Brings the schema up to date and answers the names of the migrations that ran. */
export async function migrate(connection: Connection): Promise<string[]> {
  // A session's lock, on a connection of its own: it is freed when this process dies.
  const client = newClient(connection);
  await client.connect();
  try {
    await refuseOldServers(client);
    await client.query("select pg_advisory_lock($1, $2)", [LOCK_SPACE, MIGRATION_LOCK]);
    const dataSource = createDataSource(connection, 1);
    await dataSource.initialize();
    try {
      const ran = await dataSource.runMigrations();
      return ran.map((migration) => migration.name);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await client.end();
  }
}

async function refuseOldServers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>("show server_version_num");
  const version = Number(rows[0]?.server_version_num);
  if (version < OLDEST_SERVER) {
    throw new Error(`Tidemark needs PostgreSQL 15 or later; this server is ${Math.floor(version / 10_000)}.`);
  }
}
