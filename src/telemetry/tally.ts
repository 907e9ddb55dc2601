// What one request comes to, noted as it goes by those who know: who calls, which route it is, how many rows it took.
// Read once, when it is over (src/metrics/telemetry.ts).
import type { Caller } from "../entities/caller";
import type { Instant } from "../values/instants";

/** What an answer holds of its token's share of the memory, until it has gone. */
export interface Held {
  end(): void;
}

/** Gives the place among the requests at work back, for as long as there is something to wait for; answers how to take one again. */
export type StepAside = () => () => Promise<void> | undefined;

/** A look at a calendar's feed. */
export interface Poll {
  /** Up to where the answer covers the feed, once that is known. */
  watermark: Instant | null;
  /** Rows that the answer held. */
  rows: number;
  /** The client's own changes that were left out of it. */
  leftOut: number;
}

/** Why a request was refused; a `Problem` is one. */
export interface Refusal {
  /** A word of the catalogue. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly { readonly field: string; readonly message: string }[];
}

export class Tally {
  readonly startedAt = performance.now();
  /** Null until it is known, and for whoever sent no good token. */
  caller: Caller | null = null;
  /** A pattern such as `/events/:id`, or `query events`: never what a client wrote. */
  route: string | null = null;
  /** How many rows were read for the answer. */
  rows = 0;
  /** Of the trace it is part of; null where there is none. */
  traceId: string | null = null;
  refusal: Refusal | null = null;
  /** The status of an operation that has no response of its own. */
  status = 200;
  /** The calendar it is about, where that is not the caller's own. */
  calendarId: string | null = null;
  poll: Poll | null = null;
  /** Where the parts of its writes stand that were passed over. */
  passedOver: string[] = [];
  /** Counts it as a share of a minute's requests, beside the one that it is. Nobody counts what the command line does. */
  spend: (share: number) => void = () => undefined;

  stepAside: StepAside = () => () => undefined;

  /** What its answer holds; null where nothing large was read for it. */
  held: Held | null = null;
  /** Nobody waits for the answer any more: whatever is read from now on is for nobody. */
  isOver = false;

  /** Why it was refused, in a word of the catalogue. */
  get code(): string | null {
    return this.refusal?.code ?? null;
  }

  /** It looks at a feed, of which it has covered this much. */
  polls(watermark: Instant | null): Poll {
    this.poll ??= { watermark, rows: 0, leftOut: 0 };
    this.poll.watermark = watermark;
    return this.poll;
  }
}

const tallies = new WeakMap<object, Tally>();

/** The tally of the request that this is the response of. */
export function tallyOf(response: object): Tally {
  let tally = tallies.get(response);
  if (!tally) tallies.set(response, (tally = new Tally()));
  return tally;
}
