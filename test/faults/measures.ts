// What a run of load is measured by: how long attempts took and how they ended, and what the instances and PostgreSQL hold
// open while it goes on.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Reply } from "../prove/http";

/** How each attempt of a client ended; an operation may take several. */
export class Attempts {
  readonly endings = new Map<string, number>();
  private readonly answered: number[] = [];

  note(ending: Reply | Error, ms: number): void {
    const name = nameOf(ending);
    this.endings.set(name, (this.endings.get(name) ?? 0) + 1);
    if (!(ending instanceof Error) && ending.status < 500) this.answered.push(ms);
  }

  get total(): number {
    return [...this.endings.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Of those that were answered, in milliseconds. */
  percentiles(): { p50: number; p95: number; p99: number; most: number } {
    const sorted = this.answered.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      Math.round((sorted[Math.floor(share * sorted.length)] ?? 0) * 10) / 10;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(0.999_999) };
  }
}

function nameOf(ending: Reply | Error): string {
  if (!(ending instanceof Error)) return ending.status < 400 ? "answered" : `answered ${ending.status}`;
  return /ECONNREFUSED/.test(ending.message) ? "connection refused" : "connection broken";
}

/** What is held at one moment. */
export interface Sample {
  seconds: number;
  /** Of each instance; null while it is down. */
  instances: ({ residentMib: number; sockets: number } | null)[];
  /** Connections of the instances at PostgreSQL. */
  postgres: number;
}

export function heldBy(pid: number): { residentMib: number; sockets: number } | null {
  try {
    const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    const open = readdirSync(`/proc/${pid}/fd`).filter((fd) => isSocket(`/proc/${pid}/fd/${fd}`));
    return { residentMib: Math.round(Number(kib) / 1_024), sockets: open.length };
  } catch (error) {
    // It was killed a moment ago.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

function isSocket(link: string): boolean {
  try {
    return readlinkSync(link).startsWith("socket:");
  } catch {
    return false; // Closed since the folder was read.
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The median of the first quarter of the samples, and of the last. */
export function drift(samples: readonly Sample[], read: (sample: Sample) => number[]): [number, number] {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  return [median(samples.slice(0, quarter).flatMap(read)), median(samples.slice(-quarter).flatMap(read))];
}

export const residentOf = ({ instances }: Sample): number[] =>
  instances.flatMap((held) => (held ? [held.residentMib] : []));
export const socketsOf = ({ instances }: Sample): number[] =>
  instances.flatMap((held) => (held ? [held.sockets] : []));
export const postgresOf = ({ postgres }: Sample): number[] => [postgres];
