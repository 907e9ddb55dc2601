// Opening PostgreSQL, wherever it is: DATABASE_URL, or the embedded server. Migrated when it is handed over.
import pg from "pg";
import type { DataSource } from "typeorm";
import { type Config, ConfigError } from "../config";
import { Barrier } from "./barrier";
import { Client } from "./client";
import { createDataSource } from "./data-source";
import { hasCluster } from "../embedded/cluster";
import { startEmbedded } from "../embedded/embedded";
import { Hints } from "./hints";
import { connectionTo, newClient, toClientConfig, type Connection } from "./connection";
import type { Database } from "./database";
import { toProblem } from "../failures";
import { Lanes } from "./lanes";
import { CallersDatabase } from "./callers-database";
import { besideLookUps, LookUps } from "./look-ups";
import { migrate } from "./migrate";
import { servingSessions } from "./session";
import { Silence } from "./silence";
import { Standby } from "./standby";
import type { Tracing } from "../telemetry/tracing";

const DATABASE_NAME = "tidemark";
/** For connections to end in order; PostgreSQL may hang. */
const CLOSE_WITHIN_MS = 3_000;

type Log = (message: string) => void;

/** Throws an Error that says how to name a database, where there is none to join: the embedded one that was never started. */
export function requireDatabase({ databaseUrl, dataDir }: Config): void {
  if (databaseUrl !== null || hasCluster(dataDir)) return;
  throw new Error(
    `There is no database in ${dataDir}: name the folder of the one you mean with DATA_DIR, or its server with DATABASE_URL. \`start\` makes a new one.`,
  );
}

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
    const { files: migrated, isPartitioned } = await migrate(direct, config.partitions);
    const session = servingSessions(connection, config, { silence, tracing, isPartitioned });
    const dataSource = createDataSource(connection, config.databasePool, { session });
    await dataSource.initialize();
    // TypeORM keeps its pool to itself; sharing it is what keeps DATABASE_POOL one number.
    const plain = (dataSource.driver as unknown as { master: pg.Pool }).master;
    // A connection that breaks while idle is replaced at its next use; without this listener it would end the process.
    plain.on("error", (error) => log(`database: ${error.message}`));
    const serving = { ...toClientConfig(connection), ...session };
    const lookUps = new LookUps(() => new Client(serving));
    const pool = besideLookUps(plain, lookUps, tracing);
    const barrier = new Barrier(pool, serving);
    const hints = new Hints(() => newClient(direct, { silence }), log);
    const standby = await openStandby(config, { primary: pool, log, tracing, isPartitioned });
    return withLanes(new Lanes(pool, config.databasePool), {
      dataSource,
      pool,
      barrier,
      standby,
      hints,
      migrated,
      seriesHorizonDays: config.seriesHorizonDays,
      giveUp: () => void [silence.cutAll(), standby?.giveUp()],
      close: async () => {
        const late = setTimeout(() => silence.cutAll(), CLOSE_WITHIN_MS);
        for (const one of [standby, hints, barrier, lookUps]) await one?.close();
        await dataSource.destroy();
        clearTimeout(late);
        silence.stop();
        await release();
      },
    });
  } catch (error) {
    silence.stop();
    await release();
    throw config.databaseUrl === null ? error : namingTheSetting(error);
  }
}

/** Whoever starts a process can mend the setting, or the server it names; to try the same again helps nobody. */
function namingTheSetting(error: unknown): unknown {
  const { code, cause = error } = toProblem(error);
  if (code !== "unavailable" || !(cause instanceof Error)) return error;
  // A name with several addresses, such as localhost, fails with an error for each and no message of its own.
  const each = cause instanceof AggregateError ? (cause.errors as Error[]) : [cause];
  const why = each.map(({ message }) => message).join(", ");
  return new ConfigError(`The database of DATABASE_URL cannot be reached: ${why}.`, { cause: error });
}

const openStandby = (config: Config, parts: Parameters<typeof Standby.open>[2]): Promise<Standby> | null =>
  config.databaseReadUrl === null ? null : Standby.open(connectionTo(config.databaseReadUrl), config, parts);

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

function withLanes(lanes: Lanes, whole: Omit<Database, "of" | "inTurnOf" | "lineOf">): Database {
  const database: Database = {
    ...whole,
    of: (asker) => new CallersDatabase(database, lanes, asker),
    inTurnOf: (event, work) => lanes.inTurnOf(event, null, work),
    lineOf: (calendar) => lanes.lineOf(calendar, null),
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
