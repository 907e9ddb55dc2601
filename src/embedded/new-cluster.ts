/**
 * Makes a cluster complete under another name, a draft, and then renames it: whoever sees a cluster sees all of
 * it, and of several processes that make one at once the first to finish wins.
 */
import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Binaries } from "./binaries";
import { type Cluster, PORT, SUPERUSER, nameForServer } from "./cluster";
import { hasCode } from "./error-codes";
import { run } from "./run";
import { lock } from "./secret";

// The socket is the only way in, for the owner alone, and by a password (secret.ts). It is named relative to the cluster:
// the server's side then works however long the path is, and when its parents are closed to `nobody`.
const SETTINGS = `
# Added by Tidemark
listen_addresses = ''
port = ${PORT}
unix_socket_directories = '.'
unix_socket_permissions = 0700
max_connections = 100
deadlock_timeout = '200ms'
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
`;

// The drafts of this process, told apart from those of an earlier one with the same number.
const ours = new Set<string>();

/**
 * Begins a draft; null when another process is at it and `yielding` leaves the second of work to it (when all
 * begin at the same moment, to the one whose draft has the first name).
 */
export async function beginDraft(
  cluster: Cluster,
  { yielding }: { yielding: boolean },
): Promise<string | null> {
  if ((await sweepDrafts(cluster)).length > 0 && yielding) return null;
  const draft = `${cluster.folder}.init-${process.pid}-${randomBytes(4).toString("hex")}`;
  ours.add(draft);
  await mkdir(draft, { mode: 0o700 });
  if (!yielding || (await sweepDrafts(cluster)).every((other) => other >= draft)) return draft;
  await discard(draft);
  return null;
}

/** Makes the draft into the cluster, or throws it away when there is one. Survives power loss at any point. */
export async function finishDraft(
  draft: string,
  cluster: Cluster,
  binaries: Binaries,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { identity } = cluster;
  try {
    if (identity.uid !== undefined && identity.gid !== undefined) {
      await chown(draft, identity.uid, identity.gid);
    }
    const where = ["-D", await nameForServer(cluster, draft, env)];
    // Lets in nobody yet: the superuser's name is no account's.
    const args = [...where, "-A", "peer", "-U", SUPERUSER, ...localeFor(binaries.major)];
    const ending = await run(path.join(binaries.folder, "initdb"), args, { cwd: draft, env, identity });
    if (ending.code !== 0) throw new Error(reasonOf(ending.output));
    await lock(cluster, draft, { binaries, env });
    await appendDurably(path.join(draft, "postgresql.conf"), SETTINGS);
    await rename(draft, cluster.folder).catch((error: unknown) => {
      if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    });
    await syncFolder(cluster.home);
  } finally {
    await discard(draft);
  }
}

function reasonOf(output: string): string {
  const unknown = /could not look up effective user ID (\d+)/.exec(output)?.[1];
  if (unknown === undefined) return `initdb failed: ${output}`;
  return `This user, of id ${unknown}, has no entry in the passwd file, and PostgreSQL does not make a database without one: add an entry, or run as a user who has one.`;
}

async function discard(draft: string): Promise<void> {
  await rm(draft, { recursive: true, force: true });
  ours.delete(draft);
}

/**
 * UTF-8 in code point order. From 17 on PostgreSQL brings that along, the same on every machine; before, and
 * for telling letters apart in full text search, it is the system's C.UTF-8, which macOS lacks.
 */
function localeFor(major: number): string[] {
  const system = ["-E", "UTF8", process.platform === "linux" ? "--locale=C.UTF-8" : "--locale=C"];
  return major >= 17 ? [...system, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : system;
}

async function appendDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, "a");
  await handle.appendFile(text);
  await handle.sync();
  await handle.close();
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}

/** Removes the drafts of dead processes and lists those of living ones. */
export async function sweepDrafts({ home, folder }: Cluster): Promise<string[]> {
  const living: string[] = [];
  for (const name of await readdir(home)) {
    const pid = Number(/\.init-(\d+)-[0-9a-f]+$/.exec(name)?.[1]);
    const draft = path.join(home, name);
    if (!pid || !draft.startsWith(folder)) continue;
    if (pid === process.pid ? ours.has(draft) : exists(pid)) {
      living.push(draft);
      continue;
    }
    // ENOTEMPTY: initdb outlived its master and still writes. Either way the next start tries again.
    await rm(draft, { recursive: true, force: true }).catch((error: unknown) => {
      if (!hasCode(error, "EACCES", "EPERM", "ENOTEMPTY")) throw error;
    });
  }
  return living;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    if (hasCode(error, "EPERM")) return true;
    throw error;
  }
}
