/**
 * PostgreSQL's lock files hold the number of the process that runs the server. After a crash the number may
 * belong to nobody, to a zombie or to a stranger; PostgreSQL would refuse to start for ever in the last two.
 */
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { PORT } from "./cluster";
import { hasCode } from "./error-codes";
import { cleanEnvironment, run } from "./run";

/** The server's process on this cluster, or null when none lives. */
export async function livingServer(folder: string): Promise<number | null> {
  const pid = await pidIn(path.join(folder, "postmaster.pid"));
  return pid !== null && (await runsIn(pid, folder)) ? pid : null;
}

/**
 * Puts lock files aside that name no living server of this cluster; an empty one only on request, as a server
 * that starts just now has it empty for a moment. Should a server take the lock meanwhile, it gets it back.
 */
export async function clearStaleLocks(folder: string, { emptyToo }: { emptyToo: boolean }): Promise<void> {
  for (const name of ["postmaster.pid", `.s.PGSQL.${PORT}.lock`]) {
    const file = path.join(folder, name);
    const pid = await pidIn(file);
    if (pid === null || (pid === 0 && !emptyToo) || (await runsIn(pid, folder))) continue;
    const aside = `${file}.stale-${randomBytes(4).toString("hex")}`;
    try {
      await rename(file, aside);
      if ((await pidIn(aside)) !== pid) await link(aside, file);
    } catch (error) {
      if (!hasCode(error, "ENOENT", "EEXIST")) throw error;
    }
    await rm(aside, { force: true });
  }
}

/** Null when there is no such file, 0 when it is empty. */
async function pidIn(file: string): Promise<number | null> {
  try {
    return Math.abs(parseInt(await readFile(file, "utf8"), 10)) || 0;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** A server works inside its cluster, which tells it from a stranger that was given the same number. */
async function runsIn(pid: number, folder: string): Promise<boolean> {
  if (pid === 0) return false;
  if (process.platform !== "linux") return isPostgres(pid);
  try {
    // "PID (NAME) STATE …", where NAME may hold anything.
    const status = await readFile(`/proc/${pid}/stat`, "utf8");
    if (/^[ZXx]$/.test(status.slice(status.lastIndexOf(")") + 2).charAt(0))) return false;
    const here = await stat(folder);
    const there = await stat(`/proc/${pid}/cwd`).catch((error: unknown) => {
      if (hasCode(error, "EACCES")) return null;
      throw error;
    });
    return there ? there.ino === here.ino && there.dev === here.dev : await isPostgresOf(here.uid, pid);
  } catch (error) {
    // It ended as we looked.
    if (hasCode(error, "ENOENT", "ESRCH")) return false;
    throw error;
  }
}

/**
 * The second best evidence, for where the first is denied: to strangers, and to root in a container without
 * the right to trace. A process that hides its owner shows root instead.
 */
async function isPostgresOf(uid: number, pid: number): Promise<boolean> {
  const [owner, name] = await Promise.all([stat(`/proc/${pid}`), readFile(`/proc/${pid}/comm`, "utf8")]);
  return name.trim() === "postgres" && (owner.uid === uid || owner.uid === 0);
}

async function isPostgres(pid: number): Promise<boolean> {
  const surroundings = { cwd: "/", env: cleanEnvironment(), identity: {} };
  const { output } = await run("ps", ["-o", "stat=,comm=", "-p", String(pid)], surroundings);
  return /^[^Z].*postgres/.test(output);
}
