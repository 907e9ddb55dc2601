/** Where somebody may have to wait for a turn (src/turns/fair-turns.ts). */
export type Line =
  | "requests"
  | "connections"
  | "transactions"
  | "longReads"
  | "lookUps"
  | "together"
  | "events"
  | "calendars"
  | "batches"
  | "lists"
  | "imports"
  | "subscriptions"
  | "answers"
  | "barriers"
  | "webhooks";

/** Who waits beside them: writers for locks of the database (src/database/transaction.ts). */
export type Waiting = Line | "locks";

/**
 * Why a write is done alone: it is big, or of a rare kind; somebody else had what it needs; the batch it was in failed; or
 * a batch before it took too long.
 */
export type WhyAlone = "big" | "taken" | "failed" | "late";

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
  /** Batches of writes that went together, by their size, rounded down; the writes in them, and those that were done alone. */
  together: {
    batches: { 1: 0, 2: 0, 4: 0, 8: 0, 16: 0, 32: 0, 64: 0 },
    writes: 0,
    alone: { big: 0, taken: 0, failed: 0, late: 0 } satisfies Record<WhyAlone, number>,
  },
  /** Reads that a standby has answered, and those that the primary has instead, by the reason (src/database/standby.ts). */
  standby: { answered: 0, down: 0, behind: 0, seen: 0, cancelled: 0 },
  /** Rows of feeds that subscriptions sent. */
  delivered: 0,
  /** Calls of webhooks, by what came of them, and the rows that were taken. */
  webhooks: { delivered: 0, failed: 0, rows: 0 },
  /** Refusals with 429, by what had its limit. */
  limited: { token: 0, address: 0, streams: 0, sockets: 0, line: 0 },
  /** Those who wait right now. */
  waiting: {
    requests: 0,
    connections: 0,
    transactions: 0,
    longReads: 0,
    lookUps: 0,
    together: 0,
    events: 0,
    calendars: 0,
    batches: 0,
    lists: 0,
    imports: 0,
    subscriptions: 0,
    answers: 0,
    barriers: 0,
    webhooks: 0,
    locks: 0,
  } satisfies Record<Waiting, number>,
  /** Series that were extended, and times that one could not be. */
  seriesExtended: 0,
  seriesFailed: 0,
  /** Rounds of the sweeper, those that failed, and the tombstones that went. */
  sweeps: 0,
  failedSweeps: 0,
  swept: 0,
  /** performance.now() at the end of the last round that did not fail; null before. */
  sweptAt: null as number | null,
};
