/**
 * The postmaster, PostgreSQL's first process: launching it so that it outlives us, and stopping it when it is
 * of no use to anybody.
 */
import { spawn } from "node:child_process";
import { type FileHandle, open, rename } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Binaries } from "./binaries";
import { type Cluster, nameForServer } from "./cluster";
import { hasCode } from "./error-codes";
import { type Claim, claim } from "./lease";
import { livingServer } from "./lock-files";

/** An attempt to start the server. That it succeeded shows only in being able to connect. */
export interface Launch {
  /** Null while it runs; afterwards how it ended, with the last lines of its log. */
  ending(): Promise<string | null>;
}

const LOG_BYTES = 8 * 1024 * 1024;
const TAIL_LINES = 15;
const STOPPING_MS = 60_000;

/**
 * Starts `postgres` in a session of its own, so that a Ctrl-C in the terminal reaches us and not it, and with
 * the log for its output, so that it holds nothing of ours open. Never rejects for what postgres does.
 */
export async function launch(
  cluster: Cluster,
  { folder }: Binaries,
  env: NodeJS.ProcessEnv,
): Promise<Launch> {
  const name = await nameForServer(cluster, cluster.folder, env);
  const log = await openLog(cluster.log);
  const { size } = await log.stat();
  const stdio: ["ignore", number, number] = ["ignore", log.fd, log.fd];
  const surroundings = { cwd: cluster.folder, env, ...cluster.identity, detached: true, stdio };
  const child = spawn(path.join(folder, "postgres"), ["-D", name], surroundings);
  let ended: string | null = null;
  child.on("error", (error) => (ended = error.message));
  child.on("exit", (code, signal) => (ended = `postgres ended with ${signal ?? code}`));
  child.unref();
  await log.close();
  return {
    ending: async () =>
      ended === null ? null : `${ended}; ${cluster.log} ends:\n${await tail(cluster.log, size)}`,
  };
}

/** Above 8 MB the log starts anew, and one old one is kept. */
async function openLog(file: string): Promise<FileHandle> {
  const log = await open(file, "a", 0o600);
  if ((await log.stat()).size < LOG_BYTES) return log;
  await log.close();
  await rename(file, `${file}.1`).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });
  return open(file, "a", 0o600);
}

async function tail(file: string, from: number): Promise<string> {
  const log = await open(file, "r");
  try {
    const { size } = await log.stat();
    const text = await log.read({ buffer: Buffer.alloc(Math.max(0, size - from)), position: from });
    return text.buffer.toString("utf8", 0, text.bytesRead).trim().split("\n").slice(-TAIL_LINES).join("\n");
  } finally {
    await log.close();
  }
}

/**
 * Stops the server that `client` is connected to, unless somebody else uses it; the connection is spent either
 * way. Resolves when the server is down, open transactions rolled back; rejects when it is not in a minute.
 */
export async function stopUnlessUsed(client: Client, folder: string, patienceMs: number): Promise<Claim> {
  const outcome = await claim(client, patienceMs);
  // Found while the claim holds: no other server can have taken this one's place yet.
  const pid = outcome === "alone" ? await livingServer(folder) : null;
  if (pid !== null) await stop(pid, folder);
  await client.end();
  return outcome;
}

async function stop(pid: number, folder: string): Promise<void> {
  // PostgreSQL's "fast shutdown", what `pg_ctl stop` sends.
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
  const deadline = performance.now() + STOPPING_MS;
  while ((await livingServer(folder)) === pid) {
    if (performance.now() > deadline)
      throw new Error(`PostgreSQL (process ${pid}) was told to stop and did not.`);
    await sleep(20);
  }
}
