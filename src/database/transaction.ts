// Write transactions: one visible block, tried again when PostgreSQL broke a deadlock at its expense, or when a lock was not
// to be had at once: who waits for locks does so without a connection, but for short tries.
import { setTimeout as sleep } from "node:timers/promises";
import { isLockTimeout, isRetryable } from "../failures";
import { counts } from "../telemetry/counts";
import type { Database } from "./database";
import type { LockLine } from "./pool";
import type { Statement, TextRows } from "./statement";
import { limited, textRows, type Queryable } from "./text-rows";
import { TIME_LIMITS, writeLimit, type TimeLimit } from "./time-limits";

export interface Transaction {
  /** Its connection. It starts with the first statement, in one round trip. */
  client: Queryable;
  /** The same, for the statement that ends the work: it is committed in its round trip, and nothing may be refused after. */
  last: Queryable;
  /** The calendars that are changed (calendarKey), as far as the writer knows: told after the commit. */
  touched: Set<string>;
}

/** The transaction, for a function that would end it with its last statement where there is more to do. */
export const goingOn = ({ client, touched }: Transaction): Transaction => ({ client, last: client, touched });

const MAX_ATTEMPTS = 6;
/**
 * How long a transaction waits for locks, in all: less than those behind it in the lane wait for its connection
 * (src/database/lanes.ts), so that whoever stands behind one that gives up gets its place.
 */
const LOCK_PATIENCE_MS = 4_500;
/**
 * For how long it does so on a connection before it gives that back and comes again. It loses its place in the lock's line
 * with it, so that each try is longer than the one before: who has come often gets through where many write.
 */
const FIRST_TRY_MS = 100;
const MAX_TRY_MS = 800;
/**
 * After so many tries one of an organisation keeps its place until its patience ends: where strangers hold the lock again and
 * again, who only comes and goes might never get it.
 */
const MAX_TRIES = 3;
/** Where others wait already: who needs none of their locks gets by, and who does stands behind them. */
const GLANCE_MS = 10;
/** In between, with jitter; whoever waits for a connection is served. */
const PAUSE_MS = 10;

/**
 * Runs `work` in a transaction of its own and commits. Deadlocks and serialisation failures (40P01, 40001) roll
 * back and start again, a few times with jitter; so does what found a lock taken (55P03), until 4.5 s have passed since. So
 * `work` must have no effect outside the transaction. Those who have found a lock taken come again one by one where they have
 * a `line`, and whoever comes later stands behind them.
 */
export const inTransaction = <T>(
  db: Pick<Database, "pool" | "hints">,
  work: (tx: Transaction) => Promise<T>,
  line?: LockLine,
): Promise<T> => retried((limit) => attempt(db, limit, work), line);

/** Does `once` again where it was lost to another transaction: a few times, or for as long as one waits for locks. */
export async function retried<T>(once: (limit: TimeLimit) => Promise<T>, line?: LockLine): Promise<T> {
  const retries = new Retries(line);
  try {
    for (;;) {
      try {
        const result = await once(retries.limit);
        retries.end();
        return result;
      } catch (error) {
        await retries.pauseAfter(error);
      }
    }
  } catch (error) {
    retries.end(error);
    throw error;
  }
}

/** Between two attempts a transaction holds no lock, and no connection. */
class Retries {
  private attempts = 1;
  /** When it gives up waiting for locks; undefined while it has found none taken. */
  private until: number | undefined;
  private isInLine = false;
  private isStaying = false;
  private tries = 1;
  private tryMs: number;

  constructor(private readonly line: LockLine | undefined) {
    this.tryMs = line?.isTaken ? GLANCE_MS : FIRST_TRY_MS;
  }

  /** What the next attempt may take. */
  get limit(): TimeLimit {
    return writeLimit(this.tryMs);
  }

  /** Throws the error where there is to be no other attempt. */
  async pauseAfter(error: unknown): Promise<void> {
    if (isLockTimeout(error)) return this.pauseForLock(error);
    if (!isRetryable(error) || this.attempts === MAX_ATTEMPTS) throw error;
    counts.retries++;
    await sleep(Math.random() * 20 * 2 ** this.attempts++);
  }

  end(error?: unknown): void {
    if (this.until !== undefined) counts.waiting.locks--;
    if (this.isInLine) this.line?.leave(error);
    if (this.isStaying) this.line?.goOn();
  }

  private async pauseForLock(error: unknown): Promise<void> {
    if (this.until === undefined) {
      this.until = performance.now() + LOCK_PATIENCE_MS - this.tryMs;
      counts.waiting.locks++;
    }
    if (performance.now() > this.until) throw error;
    await sleep(PAUSE_MS * (0.5 + Math.random()));
    this.tryMs = Math.min(Math.max(FIRST_TRY_MS, Math.round(this.tryMs * 1.5)), MAX_TRY_MS);
    if (!this.line) return;
    await this.joinAgain(this.line, this.until, error);
    if (this.tries++ < MAX_TRIES || !this.line.stay()) return;
    this.isStaying = true;
    this.tryMs = Math.max(FIRST_TRY_MS, Math.ceil(this.until - performance.now()));
  }

  /** The others have their try: what this one waits for may be no business of theirs. */
  private async joinAgain(line: LockLine, until: number, error: unknown): Promise<void> {
    if (this.isInLine) line.leave(error);
    this.isInLine = false;
    await line.join(Math.max(1, until - performance.now()));
    this.isInLine = true;
  }
}

/** The same without another attempt. For how long it waits for locks is its own affair. */
export const inTransactionOnce = <T>(
  db: Pick<Database, "pool" | "hints">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> => attempt(db, TIME_LIMITS.write, work);

async function attempt<T>(
  { pool, hints }: Pick<Database, "pool" | "hints">,
  limit: TimeLimit,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const connection = await pool.connect();
  const tx = new OwnTransaction(connection, limit);
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
  readonly client: Queryable = { query: (statement) => this.send(statement) };
  readonly last: Queryable = { query: (statement) => this.end(statement) };
  private started = false;
  private ended: "no" | "sent" | "committed" = "no";

  constructor(
    private readonly connection: Queryable,
    private readonly limit: TimeLimit,
  ) {}

  /** Commits what the last statement has not committed. */
  async commit(): Promise<void> {
    if (!this.started || this.ended === "committed") return;
    if (this.ended === "sent") throw new Error("The last statement of this transaction has failed.");
    await textRows(limited(this.connection), { text: "commit", values: [] });
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

  private async end(statement: Statement): Promise<TextRows> {
    const answer = this.send(statement, { commits: true });
    this.ended = "sent";
    const found = await answer;
    this.ended = "committed";
    return found;
  }

  private send(statement: Statement, { commits = false } = {}): Promise<TextRows> {
    if (this.ended !== "no") throw new Error("The last statement of this transaction has been sent.");
    statement.starts = !this.started;
    statement.limit = this.limit;
    statement.isLimited = this.started;
    statement.commits = commits;
    this.started = true;
    return this.connection.query(statement);
  }
}
