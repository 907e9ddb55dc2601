// What processes cost, as Linux counts it: nanoseconds on a processor, and the most memory they had.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // The process, or the thread, ended meanwhile: what it cost is lost, and was little.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

/** Microseconds that all threads of a process have had. */
export function cpuOf(pid: number): number {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  const nanoseconds = threads.map((thread) =>
    Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0] ?? 0),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1_000;
}

/** The children of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${name}/stat`))?.[1]) === pid)
    .map(Number);
}

/** Microseconds of a PostgreSQL and each of its backends. */
export const cpuOfTree = (postmaster: number): Map<number, number> =>
  new Map([postmaster, ...childrenOf(postmaster)].map((pid) => [pid, cpuOf(pid)]));

/** What a tree has used since; a process that ended meanwhile, be it as it was looked at, is left out, and was a worker of autovacuum. */
export const usedSince = (before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number =>
  [...after].reduce((sum, [pid, used]) => sum + Math.max(0, used - (before.get(pid) ?? 0)), 0);

const megabytes = (pid: number, field: string): number =>
  Math.round(
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024,
  );

export const memoryNow = (pid: number): number => megabytes(pid, "VmRSS");
export const memoryPeak = (pid: number): number => megabytes(pid, "VmHWM");

export function describeMachine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;
}

/** How busy the machine was in the last minute, ourselves included. */
export const loadAverage = (): number => Number(read("/proc/loadavg").split(" ")[0]);
