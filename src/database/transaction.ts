// Write transactions: one visible block, tried again when PostgreSQL broke a deadlock at its expense.
import { setTimeout as sleep } from "node:timers/promises";
import { isRetryable } from "../errors";
import { counts } from "../telemetry/counts";
import type { Database } from "./database";
import { limited, textRows, type Queryable } from "./text-rows";
import type { TextRowsQuery } from "./text-rows-query";
import { TIME_LIMITS } from "./time-limits";

export interface Transaction {
  /** Its connection. It starts with the first statement, in one round trip. */
  client: Queryable;
  /** The same, for the statement that ends the work: it is committed in its round trip, and nothing may be refused after. */
  last: Queryable;
  /** The calendars that are changed (calendarKey), as far as the writer knows: told after the commit. */
  touched: Set<string>;
}

const ATTEMPTS = 6;

/**
 * Runs `work` in a transaction of its own and commits. Deadlocks and serialisation failures (40P01, 40001) roll
 * back and start again, a few times with jitter, so `work` must have no effect outside the transaction.
 */
export const inTransaction = <T>(
  db: Pick<Database, "pool" | "hints">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> => retried(() => attempt(db, work));

/** Does `once` again, a few times, where it was lost to another transaction. */
export async function retried<T>(once: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
      counts.retries++;
      await sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}

async function attempt<T>(
  { pool, hints }: Pick<Database, "pool" | "hints">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  const tx = new OwnTransaction(connection);
  let broken: Error | undefined;
  try {
    const result = await work(tx);
    await tx.commit();
    hints.announce(tx.touched);
    return result;
  } catch (error) {
    // The first error is the one to report.
    broken = await tx.rollBack();
    throw error;
  } finally {
    connection.release(broken); // What cannot even roll back must not be lent again.
  }
}

class OwnTransaction implements Transaction {
  readonly touched = new Set<string>();
  readonly client: Queryable = { query: (query) => this.send(query) };
  readonly last: Queryable = { query: (query) => this.send(query, { commits: true }) };
  private started = false;
  private lastQuery: TextRowsQuery | undefined;

  constructor(private readonly connection: Queryable) {}

  /** Commits what the last statement has not committed. */
  async commit(): Promise<void> {
    if (!this.started) return;
    if (!this.lastQuery) await textRows(limited(this.connection), { text: "commit", values: [] });
    else if (!this.lastQuery.isAnswered)
      throw new Error("The last statement of this transaction has failed.");
  }

  /** Answers what went wrong with that. */
  async rollBack(): Promise<Error | undefined> {
    if (!this.started) return undefined;
    try {
      await textRows(limited(this.connection), { text: "rollback", values: [] });
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  private send(query: TextRowsQuery, { commits = false } = {}): unknown {
    if (this.lastQuery) throw new Error("The last statement of this transaction has been sent.");
    query.starts = !this.started;
    query.limit = TIME_LIMITS.write;
    query.isLimited = this.started;
    query.commits = commits;
    this.started = true;
    if (commits) this.lastQuery = query;
    return this.connection.query(query);
  }
}
