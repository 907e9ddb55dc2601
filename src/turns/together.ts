// What comes while others of its kind are at work waits in memory and goes together with all that came meanwhile, as one batch.
// One batch goes at a time. None waits for company: what comes while nothing is at work goes at the end of this turn of the
// event loop, alone or with what came in it. What a batch leaves out, or is too late for, is done alone.
import { AsyncResource } from "node:async_hooks";
import { counts, type WhyAlone } from "../telemetry/counts";

/** Of one batch. */
export const MAX_TOGETHER = 64;
const MAX_WEIGHT = 128;
/** Of a token. */
const MAX_WAITING = 500;
/** A batch that takes longer is waited for no more. */
const STUCK_MS = 2_000;

/** What became of an item of a batch. */
export type Settled<Answer> = { answer: Answer } | { refusal: Error };

export interface Kind<Item, Answer> {
  /** Does the items in one transaction. Each item that the answer leaves out is done alone. */
  go(items: readonly Item[]): Promise<ReadonlyMap<Item, Settled<Answer>>>;
  /**
   * Whether nothing was written where `go` threw this error: then each item is done alone. Where a connection broke the outcome is
   * unknown, and every item is refused with the error.
   */
  isUndone(error: unknown): boolean;
}

export interface Joining<Item, Answer> {
  item: Item;
  /** In the line tokens take turns. */
  tokenId: string | null;
  /** Of those with one key one goes at a time. */
  key?: string;
  /** How many locks it may need. */
  weight: number;
  alone: () => Promise<Answer>;
}

interface Waiter extends Joining<unknown, unknown> {
  kind: Kind<unknown, unknown>;
  /** The request's own, in which it is done. */
  scope: AsyncResource;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

/** A line of those who may go together. */
export class Together {
  private readonly tokens = new Map<string | null, Waiter[]>();
  private waiting = 0;
  private isGoing = false;
  private isStuck = false;

  constructor(
    /** Nobody waits and nobody goes. */
    private readonly whenIdle: () => void,
  ) {}

  /** Goes with the next batch of its kind. */
  join<Item, Answer>(kind: Kind<Item, Answer>, joining: Joining<Item, Answer>): Promise<Answer> {
    const line = this.tokens.get(joining.tokenId);
    if (this.isStuck || (line && line.length >= MAX_WAITING)) return alone("late", joining.alone);
    return new Promise<Answer>((resolve, reject) => {
      const scope = new AsyncResource("Together");
      const waiter = { ...joining, kind, scope, resolve, reject } as unknown as Waiter;
      if (line) line.push(waiter);
      else this.tokens.set(joining.tokenId, [waiter]);
      this.waiting++;
      counts.waiting.together++;
      if (this.isGoing) return;
      this.isGoing = true;
      setImmediate(() => void this.goOn());
    });
  }

  private async goOn(): Promise<void> {
    while (this.waiting > 0) {
      const batch = this.next();
      // What the first has of a request, such as its trace, the batch has.
      await (batch[0] as Waiter).scope.runInAsyncScope(() => this.go(batch));
    }
    this.isGoing = false;
    this.whenIdle();
  }

  private async go(batch: readonly Waiter[]): Promise<void> {
    const { kind } = batch[0] as Waiter;
    const stuck = setTimeout(() => this.letGo(), STUCK_MS);
    counts.together.batches[sizeClass(batch.length)]++;
    counts.together.writes += batch.length;
    let settled: ReadonlyMap<unknown, Settled<unknown>> = new Map();
    let why: WhyAlone = "taken";
    try {
      settled = await kind.go(batch.map(({ item }) => item));
    } catch (error) {
      if (!kind.isUndone(error)) {
        for (const { reject } of batch) reject(error);
        return;
      }
      why = "failed";
    } finally {
      clearTimeout(stuck);
      this.isStuck = false;
    }
    for (const waiter of batch) settle(waiter, settled.get(waiter.item), why);
  }

  /** Somebody keeps the batch waiting: those behind it go alone, and those who come until it has ended. */
  private letGo(): void {
    this.isStuck = true;
    for (const line of this.tokens.values()) for (const waiter of line) settle(waiter, undefined, "late");
    counts.waiting.together -= this.waiting;
    this.waiting = 0;
    this.tokens.clear();
  }

  /** Those of the first one's kind, one of each token after another, the longest waiting of it first. */
  private next(): Waiter[] {
    const taken: Waiter[] = [];
    const keys = new Set<string>();
    let weight = 0;
    const fits = (waiter: Waiter): boolean =>
      waiter.kind === (taken[0] ?? waiter).kind &&
      (taken.length === 0 || weight + waiter.weight <= MAX_WEIGHT) &&
      !(waiter.key !== undefined && keys.has(waiter.key));
    let before = -1;
    while (taken.length > before && taken.length < MAX_TOGETHER) {
      before = taken.length;
      for (const [tokenId, line] of [...this.tokens]) {
        const place = line.findIndex(fits);
        const [waiter] = place < 0 ? [] : line.splice(place, 1);
        if (!waiter) continue;
        taken.push(waiter);
        weight += waiter.weight;
        if (waiter.key !== undefined) keys.add(waiter.key);
        // To the end of the ring, or out of it.
        this.tokens.delete(tokenId);
        if (line.length > 0) this.tokens.set(tokenId, line);
        if (taken.length === MAX_TOGETHER) break;
      }
    }
    this.waiting -= taken.length;
    counts.waiting.together -= taken.length;
    return taken;
  }
}

function settle(waiter: Waiter, settled: Settled<unknown> | undefined, why: WhyAlone): void {
  const { scope, resolve, reject } = waiter;
  if (!settled) scope.runInAsyncScope(() => alone(why, waiter.alone)).then(resolve, reject);
  else if ("refusal" in settled) reject(settled.refusal);
  else resolve(settled.answer);
}

/** Does it alone, and counts why. */
export function alone<Answer>(why: WhyAlone, work: () => Promise<Answer>): Promise<Answer> {
  counts.together.alone[why]++;
  return work();
}

type SizeClass = keyof typeof counts.together.batches;

/** The power of two below. */
const sizeClass = (size: number): SizeClass => (2 ** Math.floor(Math.log2(size))) as SizeClass;
