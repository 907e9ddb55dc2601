// What the service has of its database.
import type pg from "pg";
import type { DataSource } from "typeorm";
import type { Asker } from "../turns/fair-turns";
import type { Barrier } from "./barrier";
import type { Hints } from "./hints";
import type { Queryable } from "./text-rows";

export interface Pool extends Queryable, Pick<pg.Pool, "totalCount" | "idleCount" | "waitingCount"> {
  connect(): Promise<pg.PoolClient>;
}

export interface EventKey {
  organisationId: string;
  id: string;
}

export interface Database {
  dataSource: DataSource;
  /** The pool that TypeORM uses, for SQL of our own. */
  pool: Pool;
  barrier: Pick<Barrier, "pass" | "peek">;
  /** Which calendars change, as instances tell one another. */
  hints: Hints;
  /** The migrations that ran when it was opened. */
  migrated: readonly string[];
  /** The same for what is done on somebody's account, who has a share of it. */
  of(asker: Asker): Database;
  /**
   * Does the work when nobody else of this instance writes the event. `work` takes its connection itself, so that those
   * who wait have none. After 5 s it is `unavailable`, as when the lock is waited for in the database.
   */
  inTurnOf<T>(event: EventKey, work: () => Promise<T>): Promise<T>;
  /** Ends whatever waits for PostgreSQL, which may hang, and what comes to wait until it is closed. */
  giveUp(): void;
  /** Closes every connection and, if nobody else uses it, stops the embedded server. */
  close(): Promise<void>;
}
