// What the service has of its database.
import type { DataSource } from "typeorm";
import type { Asker } from "../turns/fair-turns";
import type { Barrier, CalendarKey } from "./barrier";
import type { Hints } from "./hints";
import type { EventKey, LockLine, Pool } from "./pool";
import type { Standby } from "./standby";

export interface Database {
  dataSource: DataSource;
  /** The pool that TypeORM uses, for SQL of our own. */
  pool: Pool;
  barrier: Pick<Barrier, "pass" | "peek">;
  /** Answers reads that may be a little old; null where DATABASE_READ_URL is not set. */
  standby: Standby | null;
  /** Which calendars change, as instances tell one another. */
  hints: Hints;
  /** For how many days the occurrences of a series are made ahead. */
  readonly seriesHorizonDays: number;
  /** The migrations that ran when it was opened. */
  migrated: readonly string[];
  /** The same for what is done on somebody's account, who has a share of it. */
  of(asker: Asker): Database;
  /**
   * Does the work when nobody else of this instance writes the event, token after token. `work` takes its connection itself,
   * so that those who wait have none. Where a token has too many in line, or one waits for 5 s behind its own, it is
   * `rate_limited`; who waits that long for others is `unavailable`, as when the lock is waited for in the database.
   */
  inTurnOf<T>(event: EventKey, work: () => Promise<T>): Promise<T>;
  /** The line of those who have found the lock of this calendar, or one that they need besides, taken. */
  lineOf(calendar: CalendarKey): LockLine;
  /** Ends whatever waits for PostgreSQL, which may hang, and what comes to wait until it is closed. */
  giveUp(): void;
  /** Closes every connection and, if nobody else uses it, stops the embedded server. */
  close(): Promise<void>;
}
