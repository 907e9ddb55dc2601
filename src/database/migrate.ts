// Migrations run at every start, under a lock: TypeORM takes none, and instances may start at the same moment.
import type pg from "pg";
import { MigrationExecutor, type DataSource, type QueryRunner } from "typeorm";
import {
  functionFiles,
  migrationName,
  numberedFiles,
  SCHEMA_VERSION,
  valueFiles,
  type SqlFile,
} from "../../migrations";
import { ConfigError } from "../config";
import { createDataSource } from "./data-source";
import { newClient, type Connection } from "./connection";
import { functionsInPartition, PARTITION_GUARDS } from "./partitions";
import { LOCKS } from "./locks";
import { isCurrent, readSchema, type SchemaState } from "./schema-state";

const OLDEST_SERVER = 150_000;

/** What was done to a database. */
export interface Migrated {
  /** The names of the files that ran. */
  files: string[];
  /** Its events are in partitions. */
  isPartitioned: boolean;
}

/**
 * Brings the schema up to date, all of it or nothing. A database that is empty is made with so many `partitions`; null: with none,
 * and one that is there has however many. Throws one sentence where the database is not for this Tidemark to touch
 * (schema-state.ts), and where it was made with another number of partitions.
 */
export async function migrate(connection: Connection, wanted: number | null = null): Promise<Migrated> {
  // A session's lock, on a connection of its own: it is freed when this process dies.
  const client = newClient(connection);
  await client.connect();
  try {
    await refuseOldServers(client);
    await client.query("select pg_advisory_lock($1, $2)", [...LOCKS.migration]);
    const state = await readSchema(client);
    const partitions = state.version === 0 ? (wanted ?? 0) : state.partitions;
    if (wanted !== null && wanted !== partitions) throw new ConfigError(madeOtherwise(wanted, partitions));
    const files = isCurrent(state) ? [] : await bringUpToDate(connection, { ...state, partitions });
    return { files, isPartitioned: partitions > 0 };
  } finally {
    await client.end();
  }
}

const counted = (partitions: number): string =>
  partitions === 0 ? "without partitions" : `with ${partitions}`;

const madeOtherwise = (wanted: number, partitions: number): string =>
  `PARTITIONS is ${wanted}, and this database was made ${counted(partitions)}, which stays: set PARTITIONS to ${partitions} or leave it out.`;

async function refuseOldServers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string }>("show server_version_num");
  const version = Number(rows[0]?.server_version_num);
  if (version < OLDEST_SERVER) {
    throw new Error(`Tidemark needs PostgreSQL 15 or later; this server is ${Math.floor(version / 10_000)}.`);
  }
}

async function bringUpToDate(connection: Connection, state: SchemaState): Promise<string[]> {
  // TypeORM prints a migration that fails, whatever `logging` says, unless its logger is this one. The error is enough.
  const { partitions } = state;
  const dataSource = await createDataSource(connection, 1, { partitions })
    .setOptions({ logger: "debug" })
    .initialize();
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    const ran = await runFiles(dataSource, runner, state);
    await runner.commitTransaction();
    return ran;
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
    await dataSource.destroy();
  }
}

async function runFiles(dataSource: DataSource, runner: QueryRunner, state: SchemaState): Promise<string[]> {
  const values = valueFiles();
  const others = functionFiles().slice(values.length);
  const changed = async (files: SqlFile[]): Promise<string[]> => {
    const due = files.filter(({ name, hash }) => state.hashes.get(name) !== hash);
    for (const { text } of due)
      await runner.query(state.partitions === 0 ? text : functionsInPartition(text));
    return due.map(({ name }) => name);
  };
  const first = await changed(values);
  const numbered = await runNumbered(dataSource, runner);
  const last = await changed(others);
  if (state.partitions > 0) await runner.query(PARTITION_GUARDS);
  await note(runner, [...numberedFiles(), ...values, ...others]);
  return [...first, ...numbered, ...last];
}

/** TypeORM's runner, in the transaction that is open. */
async function runNumbered(dataSource: DataSource, runner: QueryRunner): Promise<string[]> {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = "all";
  const ran = (await executor.executePendingMigrations()).map(({ name }) => name);
  return numberedFiles()
    .filter((file) => ran.includes(migrationName(file)))
    .map(({ name }) => name);
}

/** Which text of each file the database has now. */
async function note(runner: QueryRunner, files: readonly SqlFile[]): Promise<void> {
  await runner.query("delete from schema_file");
  await runner.query(
    "insert into schema_file (name, hash, version) select name, hash, $3 from unnest($1::text[], $2::text[]) file (name, hash)",
    [files.map(({ name }) => name), files.map(({ hash }) => hash), SCHEMA_VERSION],
  );
}
