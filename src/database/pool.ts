// The pool as whoever uses it knows it, and the line of those who wait for a lock.
import type pg from "pg";
import type { Queryable } from "./text-rows";

export interface Pool extends Queryable, Pick<pg.Pool, "totalCount" | "idleCount" | "waitingCount"> {
  connect(): Promise<pg.PoolClient>;
}

export interface EventKey {
  organisationId: string;
  id: string;
}

/** Writers of this instance that wait for a lock of the database: a few of them try at a time, and the others hold nothing. */
export interface LockLine {
  /** Somebody waits. */
  readonly isTaken: boolean;
  /** Comes when it is one's turn, which `leave` ends. Refused as those who write one event are. */
  join(patienceMs: number): Promise<void>;
  leave(error?: unknown): void;
  /**
   * Whether one may keep its connection, and its place in PostgreSQL's own line with it, until the lock comes: one of each
   * organisation may at a time, where its token has another connection to read on. `goOn` ends it.
   */
  stay(): boolean;
  goOn(): void;
}
