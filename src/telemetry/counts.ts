/** Where somebody may have to wait for a turn (src/turns/fair-turns.ts). */
export type Line = "requests" | "connections" | "transactions" | "events" | "batches" | "lists" | "answers";

/**
 * What is counted deep inside, where a request is far away: plain numbers of this process, which only grow but for those
 * who wait. /metrics reads them when it is asked (src/metrics/instruments.ts), so that counting costs an addition.
 */
export const counts = {
  /** Lists that had to wait for writers in flight, and how long in all. */
  barrierWaits: 0,
  barrierWaitSeconds: 0,
  /** Transactions begun again after a deadlock or a serialisation failure. */
  retries: 0,
  /** Rows of feeds that subscriptions sent. */
  delivered: 0,
  /** Refusals with 429, by what had its limit. */
  limited: { token: 0, address: 0, streams: 0, sockets: 0, line: 0 },
  /** Those who wait for their turn right now. */
  waiting: {
    requests: 0,
    connections: 0,
    transactions: 0,
    events: 0,
    batches: 0,
    lists: 0,
    answers: 0,
  } satisfies Record<Line, number>,
  /** Rounds of the sweeper, those that failed, and the tombstones that went. */
  sweeps: 0,
  failedSweeps: 0,
  swept: 0,
  /** performance.now() at the end of the last round that did not fail; null before. */
  sweptAt: null as number | null,
};
