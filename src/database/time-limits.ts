// How long a statement may take, by what it is for. PostgreSQL ends it then, and whoever asked is told which limit it was.

export interface TimeLimit {
  ms: number;
  /** What took longer: the beginning of a sentence. */
  what: string;
  /** SQL: what else holds in its transaction; `true` comes of it. */
  also?: string;
}

const SECOND = 1_000;

/** Finding by keys is what indexes are for, however few rows statistics say there are. */
const ALONG_INDEXES = "set_config('enable_seqscan', 'off', true) is not null";

export const TIME_LIMITS = {
  /** Whatever has no kind of its own. */
  read: { ms: 10 * SECOND, what: "This" },
  /** A page of a list, or of a feed. */
  list: { ms: 10 * SECOND, what: "This list" },
  /** A page of a list by name. */
  names: {
    ms: 10 * SECOND,
    what: "This list",
    // Along the index, in its order: without statistics all of it would be read and sorted.
    also: "set_config('enable_bitmapscan', 'off', true) || set_config('enable_seqscan', 'off', true) is not null",
  },
  /** A list by filters, and what is counted for it. */
  search: {
    ms: 10 * SECOND,
    what: "This search",
    also: ALONG_INDEXES,
  },
  /** What is found by keys that an index has, and is not much. */
  keyed: {
    ms: 10 * SECOND,
    what: "This",
    also: ALONG_INDEXES,
  },
  /** All of a calendar in one answer. */
  digest: { ms: 30 * SECOND, what: "This digest" },
  /** Each statement of a transaction that writes. */
  write: { ms: 60 * SECOND, what: "This write" },
} as const satisfies Record<string, TimeLimit>;

/** The limit of a transaction that writes, each of whose locks is waited for no longer than this. */
export const writeLimit = (lockMs: number): TimeLimit => ({
  ...TIME_LIMITS.write,
  also: `set_config('lock_timeout', '${lockMs}', true) is not null`,
});

export type StatementKind = keyof typeof TIME_LIMITS;

/** What a session begins with, where that can be said: the limit of nearly every statement costs nothing then. */
export const SESSION_MS: number = TIME_LIMITS.read.ms;

/**
 * Sets the limit of the statements that follow in the transaction, and nothing beyond it. Answers no row. (`set local`
 * would do the same, and have PostgreSQL log a warning each time it starts the transaction.)
 */
export const setLimit = ({ ms, also = "true" }: TimeLimit): string =>
  `select where not (set_config('statement_timeout', '${ms}', true) is not null and ${also})`;
