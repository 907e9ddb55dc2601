// What a siege came to, and what of it must not be. What depends on how fast the machine is, is told always and judged
// only where that was asked for.
import type { Calm } from "./neighbour";

/** What holds whatever is tried (test/README.md, "Attack and siege"). */
const MAX_SLOWER = 3;
const MAX_WORK_MS = 200;
const MAX_GROWTH_MB = 300;
const STOP_WITHIN_MS = 10_000;
/** Connections to the database come and go with the work. */
export const DESCRIPTORS_BESIDE_POOL = 12;
/** A neighbour that asks faster than this is not slow, whatever it was when all was quiet. */
const TOO_SOON_TO_TELL_MS = 25;

export interface Memory {
  /** MiB of objects in use. */
  heap: number;
  /** MiB that the process holds. */
  resident: number | null;
}

export interface Outcome {
  name: string;
  seconds: number;
  /** How many answers of each kind the attacker had. */
  tally: Record<string, number>;
  examples: Record<string, string>;
  neighbour: Calm;
  longestHoldMs: number;
  /** The most of a processor's time that the main thread had in one go: what others do meanwhile is no part of it. */
  longestWorkMs: number;
  residentPeak: number | null;
  mayTakeMb: number;
  /** When it had been over for a while. */
  descriptorsAfter: number | null;
  /** What the assault itself found wrong. */
  found: string[];
}

/** What the other tenant waits without an attack. */
export interface Measures {
  quiet: Calm;
  /** Other programs, which ask the service for nothing, keep every core busy. */
  busy: Calm;
}

export interface SiegeReport extends Measures {
  pool: number;
  /** Before the first assault and after the last. */
  memory: [Memory, Memory];
  descriptors: [number | null, number | null];
  assaults: Outcome[];
  /** With sockets open that do not close; null where it was killed. */
  stoppedAfterMs: number | null;
  faults: string[];
}

export interface Judge extends Measures {
  /** Whether what a slow machine may fail is judged too. */
  timed: boolean;
  pool: number;
  residentBefore: number | null;
  descriptorsBefore: number | null;
}

/** What was wrong under an assault. */
export function faultsOfAssault(outcome: Outcome, judge: Judge): string[] {
  const { name, neighbour, examples, tally, found } = outcome;
  const faults = [...found, ...faultyAnswers(tally, examples)];
  const [refusal] = neighbour.refusals;
  if (refusal !== undefined)
    faults.push(
      `the other tenant was refused ${neighbour.refusals.length} times of ${neighbour.requests}: ${refusal}`,
    );
  faults.push(...leaks(outcome, judge));
  if (judge.timed) faults.push(...slowness(outcome, judge));
  return faults.map((fault) => `${name}: ${fault}`);
}

/** A 503 may be of the attacker's own making, where it names a limit; nothing else that is our fault may be. */
function faultyAnswers(tally: Record<string, number>, examples: Record<string, string>): string[] {
  return Object.entries(examples)
    .filter(([kind, said]) => !/^(200|503) unavailable$/.test(kind) || /cannot be reached/.test(said))
    .map(([kind, said]) => `${tally[kind]} times ${kind}: ${said}`);
}

function leaks(outcome: Outcome, { pool, residentBefore, descriptorsBefore }: Judge): string[] {
  const faults: string[] = [];
  const { descriptorsAfter: after, residentPeak, mayTakeMb } = outcome;
  if (
    after !== null &&
    descriptorsBefore !== null &&
    after - descriptorsBefore > pool + DESCRIPTORS_BESIDE_POOL
  )
    faults.push(`${after - descriptorsBefore} descriptors more than before it all`);
  if (residentPeak !== null && residentBefore !== null && residentPeak - residentBefore > mayTakeMb)
    faults.push(`it took ${mb(residentPeak - residentBefore)} above idling, and may take ${mayTakeMb} MB`);
  return faults;
}

/**
 * Three times the quiet is the promise of the service. Whoever shares its cores with the database and the attacker waits for a
 * processor besides: for that, no longer than beside any other program that keeps them busy.
 */
const mayWaitMs = ({ quiet, busy }: Measures): number =>
  Math.max(MAX_SLOWER * quiet.p99, busy.p99, TOO_SOON_TO_TELL_MS);

function slowness({ neighbour, longestWorkMs }: Outcome, judge: Judge): string[] {
  const faults: string[] = [];
  if (neighbour.p99 > mayWaitMs(judge))
    faults.push(`the other tenant's p99 is ${ms(neighbour.p99)}: ${ratios(neighbour, judge)}`);
  if (longestWorkMs > MAX_WORK_MS)
    faults.push(`something held the event loop for ${ms(longestWorkMs)} of a processor's time`);
  return faults;
}

/** What was wrong with how it was left, and how it ended. */
export function faultsOfEnd(
  { memory: [before, after], stoppedAfterMs }: Pick<SiegeReport, "memory" | "stoppedAfterMs">,
  exitCode: number | null,
  timed: boolean,
): string[] {
  const faults: string[] = [];
  if (before.resident !== null && after.resident !== null && after.resident - before.resident > MAX_GROWTH_MB)
    faults.push(`the process holds ${mb(after.resident - before.resident)} more than before it all`);
  if (stoppedAfterMs === null) faults.push("SIGTERM did not end it: it was killed");
  else if (exitCode !== 0) faults.push(`it ended with ${exitCode} at SIGTERM`);
  else if (timed && stoppedAfterMs > STOP_WITHIN_MS + 500)
    faults.push(`it took ${ms(stoppedAfterMs)} to end at SIGTERM`);
  return faults;
}

const COMPLAINT_SHOWN = 1_000;

/** What the service wrote down as faults, each kind once. */
export function faultsOfLog(lines: readonly string[]): string[] {
  const kinds = new Map<string, string[]>();
  for (const line of lines) {
    const kind = (/"msg":"[^"]*"/.exec(line)?.[0] ?? "") + (/"message":"[^"]*"/.exec(line)?.[0] ?? "");
    kinds.set(kind, [...(kinds.get(kind) ?? []), line]);
  }
  return [...kinds.values()].map(
    ([first = "", ...more]) =>
      `the service complained ${1 + more.length} times: ${first.slice(0, COMPLAINT_SHOWN)}`,
  );
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const mb = (value: number | null): string => (value === null ? "?" : `${value.toFixed(0)} MB`);
const ratio = (under: Calm, without: Calm): string => (under.p99 / without.p99).toFixed(1);
const ratios = (under: Calm, { quiet, busy }: Measures): string =>
  `${ratio(under, quiet)} times the quiet one, ${ratio(under, busy)} times the one on busy cores`;

const calmly = ({ p50, p99, longest, requests, refusals }: Calm): string =>
  `${requests} requests, p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(longest)}, refused ${refusals.length}`;

const counts = (tally: Record<string, number>): string =>
  Object.entries(tally)
    .map(([kind, count]) => `${kind}: ${count}`)
    .join(", ");

/** As somebody would want to read it. */
export const readableAssault = (one: Outcome, measures: Measures): string =>
  `${one.name} (${one.seconds.toFixed(0)} s)
  other tenant: ${calmly(one.neighbour)}; p99 ${ratios(one.neighbour, measures)}
  attacker: ${counts(one.tally)}
  event loop held for ${ms(one.longestHoldMs)} at most, ${ms(one.longestWorkMs)} of them of a processor's time at most; memory at most ${mb(one.residentPeak)}, descriptors afterwards ${one.descriptorsAfter ?? "?"}`;

export function readableSiege(report: SiegeReport): string {
  const { quiet, busy, memory, descriptors, assaults, stoppedAfterMs, faults, pool } = report;
  const [before, after] = memory;
  return [
    `${pool} connections to the database; the other tenant when all was quiet: ${calmly(quiet)}`,
    `and when other programs kept every core busy: ${calmly(busy)}`,
    ...assaults.map((one) => readableAssault(one, report)),
    `heap idling and after ${mb(before.heap)}, ${mb(after.heap)}; memory ${mb(before.resident)}, ${mb(after.resident)}; descriptors ${descriptors.join(", ")}`,
    `ended at SIGTERM ${stoppedAfterMs === null ? "not at all" : `after ${ms(stoppedAfterMs)}`}, with sockets open that do not close`,
    `faults: ${faults.length}`,
    ...faults,
  ].join("\n");
}
