// Opening PostgreSQL, wherever it is: DATABASE_URL, or the embedded server. Migrated when it is handed over.
import pg from "pg";
import type { DataSource } from "typeorm";
import type { Config } from "../config";
import { Barrier } from "./barrier";
import { createDataSource, type Connection } from "./data-source";
import { startEmbedded } from "../embedded/embedded";
import { Hints } from "./hints";
import { clientOf, connectionTo, newClient, toClientConfig } from "./connection";
import type { Database } from "./database";
import { CallersDatabase, Lanes } from "./lanes";
import { migrate } from "./migrate";
import { sessionOptions } from "./session";
import { Silence } from "./silence";
import type { Tracing } from "../telemetry/tracing";

const DATABASE_NAME = "tidemark";
/** For connections to end in order; PostgreSQL may hang. */
const CLOSE_WITHIN_MS = 3_000;

type Log = (message: string) => void;

/** Connects and migrates. Throws an Error whose message says what to do. */
export async function openDatabase(
  config: Config,
  log: Log,
  tracing: Tracing | null = null,
): Promise<Database> {
  const { connection, release } = await findServer(config, log);
  const silence = new Silence(() => newClient(connection), log);
  try {
    const direct = directConnection(config, connection);
    const migrated = await migrate(direct);
    const plain = sessionOptions(config);
    const Watched = silence.watched(plain.Client);
    const session = { ...plain, Client: tracing ? tracing.traced(Watched) : Watched };
    const dataSource = createDataSource(connection, config.databasePool, session);
    await dataSource.initialize();
    // TypeORM keeps its pool to itself; sharing it is what keeps DATABASE_POOL one number.
    const pool = (dataSource.driver as unknown as { master: pg.Pool }).master;
    tracing?.watch(pool);
    // A connection that breaks while idle is replaced at its next use; without this listener it would end the process.
    pool.on("error", (error) => log(`database: ${error.message}`));
    const Client = clientOf(connection, session.Client);
    const barrier = new Barrier(pool, { ...toClientConfig(connection), ...session, Client });
    const hints = new Hints(() => newClient(direct, silence.watched(pg.Client)), log);
    return withLanes(new Lanes(pool, config.databasePool), {
      dataSource,
      pool,
      barrier,
      hints,
      migrated,
      giveUp: () => silence.cutAll(),
      close: async () => {
        const late = setTimeout(() => silence.cutAll(), CLOSE_WITHIN_MS);
        await hints.close();
        await barrier.close();
        await dataSource.destroy();
        clearTimeout(late);
        silence.stop();
        await release();
      },
    });
  } catch (error) {
    silence.stop();
    await release();
    throw error;
  }
}

/**
 * For TypeORM's own command line: connects where migrations do, to the embedded server too, which is started where nobody
 * runs it and let go of when the connection is closed.
 */
export async function dataSourceForTools(config: Config, log: Log): Promise<DataSource> {
  const { connection, release } = await findServer(config, log);
  const dataSource = createDataSource(directConnection(config, connection), 1);
  const close = dataSource.destroy.bind(dataSource);
  dataSource.destroy = async () => {
    await close();
    await release();
  };
  return dataSource;
}

/** What lasts longer than a transaction needs a session of its own: a pooler has none to lend. */
const directConnection = ({ databaseDirectUrl }: Config, connection: Connection): Connection =>
  databaseDirectUrl === null ? connection : connectionTo(databaseDirectUrl);

function withLanes(lanes: Lanes, whole: Omit<Database, "of" | "inTurnOf">): Database {
  const database: Database = {
    ...whole,
    of: (asker) => new CallersDatabase(database, lanes, asker),
    inTurnOf: ({ organisationId, id }, work) => lanes.events.during({ organisationId, tokenId: id }, work),
  };
  return database;
}

async function findServer(
  config: Config,
  log: Log,
): Promise<{ connection: Connection; release: () => Promise<void> }> {
  if (config.databaseUrl !== null) {
    return { connection: connectionTo(config.databaseUrl), release: () => Promise.resolve() };
  }
  const server = await startEmbedded({ dataDir: config.dataDir, log, env: config.environment });
  const { host, port, user, password } = server.address;
  const connection = { host, port, username: user, password, database: DATABASE_NAME, ssl: false };
  await createDatabase(toClientConfig({ ...connection, database: "postgres" }));
  return { connection, release: () => server.release() };
}

/** Several processes may start at once: whoever comes second finds the database there. */
async function createDatabase(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE_NAME]);
    if (rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } catch (error) {
    const { code } = error as { code?: string };
    // 42P04: it exists by now; 23505: it is being created at this very moment.
    if (code !== "42P04" && code !== "23505") throw error;
  } finally {
    await client.end();
  }
}
