// The service under proof: two instances of the built program on one PostgreSQL, as processes of their own that can
// be killed; or one that runs somewhere, of which only the address is known.
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { hostOf, PORT, SUPERUSER } from "../../src/embedded/cluster";
import { passwordOf } from "../../src/embedded/secret";
import { startPair } from "../support/postgres-pair";
import { until } from "../support/wait";
import { Instance } from "./instance";
import type { Options } from "./options";

export interface Service {
  /** The instances that are up. */
  urls(): readonly string[];
  adminToken: string;
  /** Plain SQL, past the service; null where the database is not ours to touch. */
  sql: pg.Pool | null;
  /** Null where nothing can be killed. */
  harm: Harmable | null;
  /** Null where no standby answers. */
  standby: Reader | null;
  /** What the instances wrote on standard error lately. */
  complaints(): string;
  /** Stops what was started; answers what went wrong with that. */
  stop(): Promise<string[]>;
}

/** A standby that answers some of the polls. */
export interface Reader {
  /** Resolves when it has all that was committed before. */
  caughtUp(): Promise<void>;
  /** What it has answered, and why the primary has instead, since the instances were last started. */
  reads(): Promise<Record<string, number>>;
}

export interface Harmable {
  killInstance(index: number): Promise<void>;
  /** Answers false where PostgreSQL is not ours to kill. */
  killPostgres(): Promise<boolean>;
  /** Sets the database's clock so many milliseconds ahead of the true time. */
  setClock(aheadMs: number): Promise<void>;
  /** Resolves when every instance answers. */
  recovered(): Promise<void>;
}

export const runningElsewhere = (url: string, adminToken: string, sql: pg.Pool | null = null): Service => ({
  urls: () => [url.replace(/\/$/, "")],
  adminToken,
  sql,
  harm: null,
  standby: null,
  complaints: () => "",
  stop: () => Promise.resolve([]),
});

const INSTANCES = 2;
const READS = /^tidemark_standby_reads_total\{result="(\w+)"\} (\d+)$/gm;

interface Backend {
  settings: Record<string, string>;
  client: pg.ClientConfig;
  /** The process to kill; null where it is not ours. */
  postmaster: (() => Promise<number>) | null;
  caughtUp?: () => Promise<void>;
  remove(): Promise<void>;
}

/**
 * Starts two instances on the embedded PostgreSQL, on a database of its own on the server of `databaseUrl`, or beside a standby
 * that is so many milliseconds late; in so many partitions.
 */
export async function startService({
  databaseUrl,
  standbyLagMs,
  partitions,
}: Pick<Options, "databaseUrl" | "standbyLagMs" | "partitions">): Promise<Service> {
  const backend =
    standbyLagMs !== null
      ? await withStandby(standbyLagMs)
      : databaseUrl === null
        ? await embedded()
        : await ownDatabase(databaseUrl);
  const settings = { ...backend.settings, ...(partitions !== null && { PARTITIONS: String(partitions) }) };
  const instances = Array.from({ length: INSTANCES }, () => new Instance(settings));
  try {
    // One after the other: the first one says the token of the demo's admin.
    for (const instance of instances) await instance.start();
    const { demoToken } = instances[0] as Instance;
    if (demoToken === null) throw new Error("The first start said no token: the database was not empty.");
    const sql = new pg.Pool({
      ...backend.client,
      max: 4,
      options: "-c TimeZone=UTC",
      connectionTimeoutMillis: 5_000,
    });
    // Killed while idle, at work, or while it was being given back: the next query opens another connection.
    sql.on("error", () => undefined);
    sql.on("connect", (client) => client.on("error", () => undefined));
    return {
      urls: () => instances.flatMap(({ url }) => (url === null ? [] : [url])),
      adminToken: demoToken,
      sql,
      complaints: () => instances.map(({ complained }) => complained).join(""),
      harm: harmable(backend, instances, sql),
      standby: readerOf(backend, instances),
      stop: async () => {
        await sql.end();
        const faults = (await Promise.all(instances.map((instance) => instance.stop()))).flat();
        await backend.remove();
        return faults;
      },
    };
  } catch (error) {
    await Promise.all(instances.map((instance) => instance.kill()));
    await backend.remove();
    throw error;
  }
}

function harmable(backend: Backend, instances: readonly Instance[], sql: pg.Pool): Harmable {
  return {
    killInstance: async (index) => {
      const instance = instances[index];
      await instance?.kill();
      await instance?.start();
    },
    killPostgres: async () => {
      if (backend.postmaster === null) return false;
      process.kill(await backend.postmaster(), "SIGKILL");
      return true;
    },
    setClock: (aheadMs) => setClock(sql, aheadMs),
    recovered: async () => {
      await Promise.all(instances.map((instance) => instance.ready()));
    },
  };
}

/** Everything in Tidemark reads the time through this function. */
export async function setClock(sql: pg.Pool, aheadMs: number): Promise<void> {
  await sql.query(
    `create or replace function tidemark_now() returns timestamptz language sql volatile
     as 'select clock_timestamp() + interval ''${Math.round(aheadMs)} ms'''`,
  );
}

/** Receivers of webhooks listen on this machine. */
const HOOKS = { WEBHOOK_INTERNAL_HOSTS: "127.0.0.1" };

async function embedded(): Promise<Backend> {
  const home = await mkdtemp(path.join(tmpdir(), "tidemark-prove-"));
  const dataDir = path.join(home, "data");
  const folder = path.join(dataDir, "postgres");
  return {
    settings: { DATA_DIR: dataDir, ...HOOKS },
    client: {
      host: await hostOf(folder),
      port: PORT,
      user: SUPERUSER,
      // Made with the database, at the first start.
      password: async () => (await passwordOf(folder)) ?? "",
      database: "tidemark",
      ssl: false,
    },
    postmaster: async () => parseInt(await readFile(path.join(folder, "postmaster.pid"), "utf8"), 10),
    remove: () => rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  };
}

async function withStandby(lagMs: number): Promise<Backend> {
  const pair = await startPair({ isSynchronous: false, ofStandby: `recovery_min_apply_delay = ${lagMs}` });
  await pair.primary.query("create database prove");
  return {
    settings: {
      DATABASE_URL: pair.primary.url("prove"),
      DATABASE_READ_URL: pair.standby.url("prove"),
      ...HOOKS,
    },
    client: { connectionString: pair.primary.url("prove") },
    // Nobody would start it again.
    postmaster: null,
    caughtUp: async () => {
      const [end] = await pair.primary.query("select pg_current_wal_flush_lsn()::text as lsn");
      const reached = `select pg_last_wal_replay_lsn() >= '${String(end?.lsn)}' as so`;
      await until(async () => (await pair.standby.query(reached))[0]?.so === true);
    },
    remove: () => pair.remove(),
  };
}

function readerOf({ caughtUp }: Backend, instances: readonly Instance[]): Reader | null {
  if (!caughtUp) return null;
  const reads = async (): Promise<Record<string, number>> => {
    const sum: Record<string, number> = {};
    for (const { url } of instances) {
      const text = url === null ? "" : await (await fetch(`${url}/metrics`)).text();
      for (const [, result = "", count] of text.matchAll(READS))
        sum[result] = (sum[result] ?? 0) + Number(count);
    }
    return sum;
  };
  return { caughtUp, reads };
}

async function ownDatabase(databaseUrl: string): Promise<Backend> {
  const name = `tidemark_prove_${randomBytes(6).toString("hex")}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await admin(`create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return {
    settings: { DATABASE_URL: url.toString(), ...HOOKS },
    client: { connectionString: url.toString() },
    postmaster: null,
    remove: () => admin(`drop database if exists ${name} with (force)`),
  };
}
