// What comes while others of its kind are at work waits in memory and goes together with all that came meanwhile, as one batch,
// whichever organisation it is of. Of an organisation one batch goes at a time, and of all that others may join one. None waits for
// company: what comes while nothing is at work goes at the end of this turn of the event loop, alone or with what came in it. What a
// batch leaves out, or is too late for, is done alone. An organisation whose batch has failed goes apart from the others for a while.
import { AsyncResource } from "node:async_hooks";
import { counts, type WhyAlone } from "../telemetry/counts";

/** Of one batch. */
export const MAX_TOGETHER = 64;
const MAX_WEIGHT = 128;
/** Of a token. */
const MAX_WAITING = 500;
/** A batch that takes longer is waited for no more. */
const STUCK_MS = 2_000;
const APART_MS = 10_000;

/** What became of an item of a batch. */
export type Settled<Answer> = { answer: Answer } | { refusal: Error };

export interface Kind<Item, Answer> {
  /** Whether those of several organisations may be in one batch. */
  mixes: boolean;
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
  /** Organisations take turns, and in each of them tokens. */
  organisationId: string;
  tokenId: string | null;
  /** Of those of an organisation with one key one goes at a time. */
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

type Lines = Map<string | null, Waiter[]>;

interface Batch {
  waiters: Waiter[];
  organisations: ReadonlySet<string>;
  isStuck: boolean;
}

/** The line of those who may go together. */
export class Together {
  /** Those of which somebody waits, the next one first; and so are the tokens of each. */
  private readonly organisations = new Map<string, Lines>();
  private readonly going = new Map<string, Batch>();
  private readonly apart = new Set<string>();
  /** The batch that others might have joined; two at a time would be half as large, and cost more. */
  private mixing: Batch | null = null;
  private isDue = false;

  /** Goes with the next batch of its kind. */
  join<Item, Answer>(kind: Kind<Item, Answer>, joining: Joining<Item, Answer>): Promise<Answer> {
    const { organisationId, tokenId } = joining;
    const lines = this.organisations.get(organisationId) ?? (new Map() as Lines);
    const line = lines.get(tokenId);
    const isLate = this.going.get(organisationId)?.isStuck || (line && line.length >= MAX_WAITING);
    if (isLate) return alone("late", joining.alone);
    return new Promise<Answer>((resolve, reject) => {
      const scope = new AsyncResource("Together");
      const waiter = { ...joining, kind, scope, resolve, reject } as unknown as Waiter;
      if (line) line.push(waiter);
      else lines.set(tokenId, [waiter]);
      this.organisations.set(organisationId, lines);
      counts.waiting.together++;
      if (this.isDue || this.going.has(organisationId)) return;
      this.isDue = true;
      setImmediate(() => {
        this.isDue = false;
        this.goOn();
      });
    });
  }

  private goOn(): void {
    for (let batch = this.next(); batch; batch = this.next()) {
      // What the first has of a request, such as its trace, the batch has.
      const { scope } = batch.waiters[0] as Waiter;
      void scope.runInAsyncScope((one: Batch) => this.go(one), null, batch);
    }
  }

  private async go(batch: Batch): Promise<void> {
    const { waiters, organisations } = batch;
    const { kind } = waiters[0] as Waiter;
    const stuck = setTimeout(() => this.letGo(batch), STUCK_MS);
    counts.together.batches[sizeClass(waiters.length)]++;
    counts.together.writes += waiters.length;
    try {
      const settled = await kind.go(waiters.map(({ item }) => item));
      for (const waiter of waiters) settle(waiter, settled.get(waiter.item), "taken");
    } catch (error) {
      this.keepApart(organisations);
      if (kind.isUndone(error)) for (const waiter of waiters) settle(waiter, undefined, "failed");
      else for (const { reject } of waiters) reject(error);
    }
    clearTimeout(stuck);
    for (const one of organisations) this.going.delete(one);
    if (this.mixing === batch) this.mixing = null;
    this.goOn();
  }

  /** It is not known whose fault it was: nobody else is to fail with them again. */
  private keepApart(organisations: ReadonlySet<string>): void {
    for (const one of organisations) this.apart.add(one);
    setTimeout(() => organisations.forEach((one) => this.apart.delete(one)), APART_MS).unref();
  }

  /** Somebody keeps the batch waiting: those of its organisations go alone until it has ended, and the others without it. */
  private letGo(batch: Batch): void {
    batch.isStuck = true;
    if (this.mixing === batch) this.mixing = null;
    for (const one of batch.organisations) {
      const waiting = [...(this.organisations.get(one)?.values() ?? [])].flat();
      this.organisations.delete(one);
      counts.waiting.together -= waiting.length;
      for (const waiter of waiting) settle(waiter, undefined, "late");
    }
    this.goOn();
  }

  /** Those of the first one's kind, one of each organisation after another, the longest waiting of each token first. */
  private next(): Batch | null {
    const first = [...this.organisations].find(([id, lines]) => this.mayGo(id, lines));
    if (!first) return null;
    const isMixing = this.mixes(...first);
    const { kind } = firstOf(first[1]);
    const taking = new Taking(kind);
    let before = -1;
    while (taking.waiters.length > before && taking.waiters.length < MAX_TOGETHER) {
      before = taking.waiters.length;
      for (const [id, lines] of isMixing ? [...this.organisations] : [first]) {
        if (this.going.has(id) || (isMixing && this.apart.has(id)) || !taking.takeFrom(lines)) continue;
        // To the end of the ring, or out of it.
        this.organisations.delete(id);
        if (lines.size > 0) this.organisations.set(id, lines);
        if (taking.waiters.length === MAX_TOGETHER) break;
      }
    }
    const { waiters } = taking;
    counts.waiting.together -= waiters.length;
    const organisations = new Set(waiters.map(({ organisationId }) => organisationId));
    const batch = { waiters, organisations, isStuck: false };
    for (const one of organisations) this.going.set(one, batch);
    if (isMixing) this.mixing = batch;
    return batch;
  }

  private mixes(id: string, lines: Lines): boolean {
    return firstOf(lines).kind.mixes && !this.apart.has(id);
  }

  private mayGo(id: string, lines: Lines): boolean {
    return !this.going.has(id) && (!this.mixing || !this.mixes(id, lines));
  }
}

const firstOf = (lines: Lines): Waiter => [...lines.values()][0]?.[0] as Waiter;

/** What a batch takes from the lines. */
class Taking {
  readonly waiters: Waiter[] = [];
  private readonly keys = new Set<string>();
  private weight = 0;

  constructor(private readonly kind: Waiter["kind"]) {}

  /** Takes one of the next token that has one that fits, and says whether there was any. */
  takeFrom(lines: Lines): boolean {
    for (const [tokenId, line] of lines) {
      const place = line.findIndex((waiter) => this.fits(waiter));
      const [waiter] = place < 0 ? [] : line.splice(place, 1);
      if (!waiter) continue;
      this.waiters.push(waiter);
      this.weight += waiter.weight;
      if (waiter.key !== undefined) this.keys.add(keyOf(waiter));
      lines.delete(tokenId);
      if (line.length > 0) lines.set(tokenId, line);
      return true;
    }
    return false;
  }

  private fits(waiter: Waiter): boolean {
    return (
      waiter.kind === this.kind &&
      (this.waiters.length === 0 || this.weight + waiter.weight <= MAX_WEIGHT) &&
      !(waiter.key !== undefined && this.keys.has(keyOf(waiter)))
    );
  }
}

const keyOf = ({ organisationId, key }: Waiter): string => `${organisationId} ${key}`;

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
