/**
 * The cluster: PostgreSQL's name for the folder it keeps its files in, here `postgres` inside DATA_DIR. Who owns
 * it, which version made it, and by which names its server and its clients reach it.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, realpath, rename, rm, stat, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { hasCode } from "./error-codes";
import { type Identity, run } from "./run";

export interface Cluster {
  /** DATA_DIR itself: holds the cluster and the server's log. */
  home: string;
  folder: string;
  log: string;
  /** Who owns the cluster and runs the server. */
  identity: Identity;
}

export const SUPERUSER = "tidemark";
export const PORT = 5432;

/** By custom `nobody`: a name for it is in every passwd file, and initdb wants one. */
export const NOBODY_UID = 65534;

/** macOS allows a socket's path 104 bytes, Linux 108, both counting the final zero. */
const SOCKET_PATH_BYTES = 103;

/** Makes DATA_DIR when missing. Rejects when it is not ours to use; opens nothing that is inside. */
export async function openCluster(dataDir: string): Promise<Cluster> {
  await makeFolder(path.resolve(dataDir));
  const home = await realpath(dataDir);
  const folder = path.join(home, "postgres");
  const us = process.getuid?.();
  const owner = await stat(folder).then(
    ({ uid, gid }) => ({ uid, gid }),
    (error: unknown) => {
      if (hasCode(error, "ENOENT")) return null;
      throw error;
    },
  );
  if (owner && us !== 0 && owner.uid !== us) {
    throw new Error(
      `${folder} belongs to user ${owner.uid} and this is user ${us}: choose another DATA_DIR.`,
    );
  }
  if (owner?.uid === 0) {
    const remedy = `chown -R ${NOBODY_UID}:${NOBODY_UID} '${folder}'`;
    throw new Error(`${folder} belongs to root, as whom PostgreSQL refuses to run. Run: ${remedy}`);
  }
  const identity = us === 0 ? (owner ?? { uid: NOBODY_UID, gid: NOBODY_UID }) : {};
  return { home, folder, log: path.join(home, "postgres.log"), identity };
}

/** With those above it. Node.js's own `recursive` tries for ever where a file system makes none, as /proc does. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await makeFolder(path.dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) throw new Error(`${path.dirname(folder)} takes no folders.`);
    if (!hasCode(error, "EEXIST")) throw error;
  });
}

/** Whether there is a cluster in DATA_DIR. Makes nothing. */
export const hasCluster = (dataDir: string): boolean => existsSync(path.join(dataDir, "postgres"));

/** The version of PostgreSQL that made the cluster; null when there is none yet. Rejects for another's files. */
export async function majorOf({ folder }: Cluster): Promise<number | null> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  });
  if (names.length === 0) return null;
  if (names.includes("PG_VERSION"))
    return parseInt(await readFile(path.join(folder, "PG_VERSION"), "utf8"), 10);
  throw new Error(`${folder} holds files but no database: move it away or choose another DATA_DIR.`);
}

/**
 * Where the server finds its files. Root may keep DATA_DIR below a folder that `nobody` cannot pass, such as
 * /root; the server then starts inside the cluster and calls it by the one name that needs no way in.
 */
export async function nameForServer(
  { identity }: Cluster,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  if (identity.uid === undefined || process.platform !== "linux") return folder;
  const entering = await run("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { cwd: "/", env, identity });
  return entering.code === 0 ? folder : "/proc/self/cwd";
}

/**
 * The `host` under which a client reaches the socket: the cluster itself, or, when that is too long for a
 * socket's name, a link to it in the temporary folder, the same for all processes of one user. The link is made
 * anew each time, which keeps it young in the eyes of what cleans that folder.
 */
export async function hostOf(folder: string): Promise<string> {
  if (fits(folder)) return folder;
  const uid = process.getuid?.() ?? 0;
  const name = `tidemark-${uid}-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`;
  const host = path.join(fits(path.join(os.tmpdir(), name)) ? os.tmpdir() : "/tmp", name);
  const fresh = `${host}.${randomBytes(4).toString("hex")}`;
  await symlink(folder, fresh);
  // Refused by the system when somebody else's file has that name.
  await rename(fresh, host).catch(async (error: unknown) => {
    await rm(fresh);
    throw error;
  });
  return host;
}

function fits(host: string): boolean {
  return Buffer.byteLength(path.join(host, `.s.PGSQL.${PORT}`)) <= SOCKET_PATH_BYTES;
}
