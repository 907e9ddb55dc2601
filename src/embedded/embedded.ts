/**
 * Runs a PostgreSQL server of our own in DATA_DIR, for as long as some process wants it. Any number of processes
 * may share it, come and go, and be killed in any order: the first starts it, the others join it, the last one
 * stops it, and when it dies under them they start it again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type Cluster, PORT, SUPERUSER, hostOf, openCluster } from "./cluster";
import { messageOf } from "./error-codes";
import { takeLease } from "./lease";
import { stopUnlessUsed } from "./postmaster";
import { cleanEnvironment } from "./run";
import { passwordOf } from "./secret";
import { Starter } from "./starter";
import { type Watchdog, setWatchdog } from "./watchdog";

/** Where a client connects. Give pg `ssl: false` as well, or PGSSLMODE in the environment decides. */
export interface ServerAddress {
  /** A folder: the server has a socket there, and no port on any network. */
  host: string;
  port: number;
  user: string;
  password: string;
}

/**
 * While a process has one, no other process that uses this module stops the server. A server that dies all the
 * same (kill -9, out of memory) is started again within seconds; open connections are lost, as with any
 * restart of PostgreSQL, and connecting fails meanwhile.
 */
export interface EmbeddedServer {
  address: ServerAddress;
  dataDir: string;
  /**
   * Stops the server, or leaves it to whoever is still connected. Close your own connections first; one that
   * stays costs a second here, and the server then stops within seconds of its end (or, after a minute, not).
   */
  release(): Promise<void>;
}

export interface EmbeddedOptions {
  dataDir: string;
  /** Told, in sentences, what takes long or goes wrong. */
  log: (message: string) => void;
  /** The caller's environment; only PATH is used. */
  env?: NodeJS.ProcessEnv;
  /** For tests: a copy of npm's platform package, used instead of every other PostgreSQL. */
  binariesFrom?: string;
}

/** Of pg's own, but missing from its types. */
type Lease = Client & { ref(): void; unref(): void };

interface Tenancy {
  cluster: Cluster;
  options: EmbeddedOptions;
  env: NodeJS.ProcessEnv;
  watchdog: Watchdog;
  /** Null before the first and while the server is away. */
  lease: Lease | null;
  /** Aborted by the release. */
  leaving: AbortController;
  restoring: Promise<void>;
  refreshing: NodeJS.Timeout;
}

/** Without a sign of life from the server for so long, we give up. */
const SILENCE_MS = 30_000;
/** Recovering after a crash takes as long as it takes; this is for what never ends. */
const RECOVERY_MS = 600_000;
const TELL_AFTER_MS = 5_000;
const REFRESH_MS = 3_600_000;
const MAX_PAUSE_MS = 30_000;
/** How long PostgreSQL may take to notice that a client has gone. */
const LINGERING_MS = 1_000;

/** Joins the server on this data directory or starts one. Rejects with a sentence that says what to do. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  try {
    return await moveIn(options);
  } catch (error) {
    const remedy = "To use another PostgreSQL server (15 or later), set DATABASE_URL.";
    const message = `The embedded PostgreSQL in ${options.dataDir} did not start. ${messageOf(error)}\n${remedy}`;
    throw new Error(message, { cause: error });
  }
}

async function moveIn(options: EmbeddedOptions): Promise<EmbeddedServer> {
  if (process.platform === "win32") throw new Error("It does not run on Windows (it does in WSL).");
  const cluster = await openCluster(options.dataDir);
  const env = cleanEnvironment(options.env);
  const tenancy: Tenancy = {
    cluster,
    options,
    env,
    watchdog: setWatchdog(cluster, env),
    lease: null,
    leaving: new AbortController(),
    restoring: Promise.resolve(),
    refreshing: setInterval(() => void refresh(cluster, options), REFRESH_MS).unref(),
  };
  try {
    hold(tenancy, await obtainLease(tenancy, { mayCreate: true }));
    let released: Promise<void> | null = null;
    return {
      address: {
        host: await hostOf(cluster.folder),
        port: PORT,
        user: SUPERUSER,
        password: (await passwordOf(cluster.folder)) ?? "",
      },
      dataDir: cluster.home,
      release: () => (released ??= moveOut(tenancy)),
    };
  } catch (error) {
    clearInterval(tenancy.refreshing);
    tenancy.watchdog.release();
    throw error;
  }
}

/** Keeps the short name of a long path from being cleaned away. */
async function refresh({ folder }: Cluster, { log }: EmbeddedOptions): Promise<void> {
  await hostOf(folder).catch((error: unknown) => log(messageOf(error)));
}

function hold(tenancy: Tenancy, lease: Lease | null): void {
  tenancy.lease = lease;
  if (lease === null) return;
  // A process with nothing else to do may end; the watchdog then stops the server.
  lease.unref();
  lease.once("end", () => {
    tenancy.lease = null;
    if (!tenancy.leaving.signal.aborted) tenancy.restoring = restore(tenancy);
  });
}

/** Never rejects: tries until it succeeds or the process moves out. */
async function restore(tenancy: Tenancy): Promise<void> {
  const { log } = tenancy.options;
  const { signal } = tenancy.leaving;
  log("The embedded PostgreSQL went away; bringing it back.");
  for (let pauseMs = 500; !signal.aborted; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    try {
      hold(tenancy, await obtainLease(tenancy, { mayCreate: false }));
      if (tenancy.lease) log("The embedded PostgreSQL is back.");
      return;
    } catch (error) {
      log(`The embedded PostgreSQL did not come back: ${messageOf(error)}`);
      // Rejects only when the release cuts it short.
      await sleep(pauseMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }
}

async function moveOut(tenancy: Tenancy): Promise<void> {
  tenancy.leaving.abort();
  clearInterval(tenancy.refreshing);
  await tenancy.restoring;
  try {
    tenancy.lease?.ref();
    const claim =
      tenancy.lease && (await stopUnlessUsed(tenancy.lease, tenancy.cluster.folder, LINGERING_MS));
    // A client without a lease leaves nobody behind who would stop the server after it.
    if (claim === "connected") tenancy.watchdog.release();
    else tenancy.watchdog.dismiss();
  } catch (error) {
    tenancy.watchdog.release();
    throw error;
  }
}

/** Null only when the process moves out meanwhile. */
async function obtainLease(tenancy: Tenancy, { mayCreate }: { mayCreate: boolean }): Promise<Lease | null> {
  const { cluster, options, env } = tenancy;
  const starter = new Starter(cluster, { ...options, env, mayCreate });
  const began = performance.now();
  let lastSign = began;
  let told = false;
  for (;;) {
    const answer = await takeLease(cluster.folder);
    if (answer instanceof Client) return answer as Lease;
    const asked = performance.now();
    if (answer.state === "busy") lastSign = asked;
    else if (tenancy.leaving.signal.aborted && !(await starter.underWay())) return null;
    else await starter.press();
    // Our own work, such as initdb on a slow disk, is no silence.
    lastSign += performance.now() - asked;
    const now = performance.now();
    if (now - lastSign > SILENCE_MS || now - began > RECOVERY_MS) {
      throw new Error(`It cannot be reached: ${answer.reason}. ${starter.failure}`);
    }
    if (!told && now - began > TELL_AFTER_MS) options.log(`Waiting for PostgreSQL: ${answer.reason}.`);
    told ||= now - began > TELL_AFTER_MS;
    await sleep(50);
  }
}
