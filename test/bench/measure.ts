// One round: an operation asked of one server for a while, and what that took.
import { isDeepStrictEqual } from "node:util";
import { Load } from "./load";
import { cpuOf, cpuOfTree, usedSince } from "./machine";
import type { Answer, Door, Operation, Pick } from "./operations";
import type { Server } from "./stage";

/** What is measured side by side. */
export interface Contender {
  name: string;
  door: Door;
  server: Server;
  load: Load;
  /** Asked for writes alone. */
  onlyWrites?: true;
  /** What the doors are set beside: a bare floor, that which keeps their promises, or PostGraphile. */
  beside?: "bare" | "same" | "peer";
}

export interface Figures {
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  /** Microseconds of processor a request, of the server and of PostgreSQL. */
  server: number;
  postgres: number;
  bytes: number;
  /** Bytes that PostgreSQL's log grew by, a request; 0 where nobody looked. */
  wal: number;
}

export interface How {
  users: number;
  postmaster: number;
  forMs: number;
  /** Bytes that PostgreSQL has ever written to its log. */
  walBytes?: () => Promise<number>;
}

let turn = 0;
/** Users come in an order that jumps about, each as often as another. */
export const pickOf = (users: number): Pick => {
  turn += 1;
  return { user: (turn * 7_919) % users, turn };
};

export async function measure(
  { server, load, door }: Contender,
  { ask }: Operation,
  { users, postmaster, forMs, walBytes = () => Promise.resolve(0) }: How,
): Promise<Figures> {
  const request = () => ask(door, pickOf(users));
  await load.run(forMs / 4, request);
  const walBefore = await walBytes();
  const before = [cpuOf(server.pid), cpuOfTree(postmaster)] as const;
  const began = performance.now();
  const { latencies, bytes } = await load.run(forMs, request);
  const seconds = (performance.now() - began) / 1_000;
  const after = [cpuOf(server.pid), cpuOfTree(postmaster)] as const;
  const wal = (await walBytes()) - walBefore;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor(share * latencies.length)] ?? 0;
  return {
    perSecond: latencies.length / seconds,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    server: (after[0] - before[0]) / latencies.length,
    postgres: usedSince(before[1], after[1]) / latencies.length,
    bytes,
    wal: wal / latencies.length,
  };
}

const MAX_WARM_UPS = 10;

/**
 * Asks for so long that a write costs as many bytes of PostgreSQL's log as before, give or take a tenth: right after a checkpoint
 * each page goes into it whole, once.
 */
export async function warmUp(contender: Contender, operation: Operation, how: How): Promise<void> {
  let last = Infinity;
  for (let count = 0; count < MAX_WARM_UPS; count++) {
    const { wal } = await measure(contender, operation, how);
    if (Math.abs(wal - last) <= last / 10) return;
    last = wal;
  }
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

/** The median of each figure. */
export const typical = (rounds: readonly Figures[]): Figures =>
  Object.fromEntries(
    Object.keys(rounds[0] ?? {}).map((name) => [
      name,
      median(rounds.map((round) => round[name as keyof Figures])),
    ]),
  ) as unknown as Figures;

/** How far the total costs of the rounds lie apart, as a share of the least. */
export function spread(rounds: readonly Figures[]): number {
  const totals = rounds.map(({ server, postgres }) => server + postgres);
  return Math.max(...totals) / Math.min(...totals) - 1;
}

/** Throws unless every contender answers the same events to the same question. */
export async function compareAnswers(
  contenders: readonly Contender[],
  operation: Operation,
  users: number,
): Promise<void> {
  const { events, ask, name } = operation;
  if (!events) return;
  for (let count = 0; count < 20; count++) {
    const pick = pickOf(users);
    let first: unknown[] | null = null;
    for (const { door, load, name: who, onlyWrites } of contenders) {
      if (onlyWrites) continue;
      const { body } = await load.ask(ask(door, pick));
      const found = events(JSON.parse(body.toString()) as Answer, door).map(bare);
      first ??= found;
      if (!isDeepStrictEqual(found, first)) {
        throw new Error(
          `${who} answers otherwise to ${name}: ${JSON.stringify(found).slice(0, 600)} instead of ${JSON.stringify(first).slice(0, 600)}`,
        );
      }
    }
  }
}

/** `deleted` is not of the event's columns: the floors know nothing of it. */
function bare(event: unknown): unknown {
  return { ...(event as object), deleted: undefined };
}
