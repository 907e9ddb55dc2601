// Write transactions: one visible block, tried again when PostgreSQL broke a deadlock at its expense.
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { DataSource, EntityManager, QueryRunner } from "typeorm";
import { isRetryable, unavailable } from "../errors";
import { counts } from "../telemetry/counts";
import type { Queryable } from "./text-rows";

export interface Transaction {
  /** TypeORM on this transaction's connection. */
  manager: EntityManager;
  /** The connection itself, for SQL of our own. */
  client: Queryable;
  /** The calendars that are changed (calendarKey), as far as the writer knows: told after the commit. */
  touched: Set<string>;
}

type AfterCommit = (touched: ReadonlySet<string>) => void;
const afterCommits = new WeakMap<DataSource, AfterCommit>();

/** Has `tell` called after each commit, with what the transaction touched. */
export function afterCommit(dataSource: DataSource, tell: AfterCommit): void {
  afterCommits.set(dataSource, tell);
}

const ATTEMPTS = 6;

/**
 * Runs `work` in a transaction of its own and commits. Deadlocks and serialisation failures (40P01, 40001) roll
 * back and start again, a few times with jitter, so `work` must have no effect outside the transaction.
 */
export async function inTransaction<T>(
  dataSource: DataSource,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce(dataSource, work);
    } catch (error) {
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
      counts.retries++;
      await sleep(Math.random() * 20 * 2 ** attempt);
    }
  }
}

async function attemptOnce<T>(dataSource: DataSource, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  const touched = new Set<string>();
  let client: pg.PoolClient | null = null;
  try {
    client = (await runner.connect()) as pg.PoolClient;
    await runner.startTransaction();
    const result = await work({ manager: runner.manager, client, touched });
    await runner.commitTransaction();
    afterCommits.get(dataSource)?.(touched);
    return result;
  } catch (error) {
    // TypeORM releases a runner whose connection broke, and from then on speaks of nothing else.
    if (runner.isReleased) throw unavailable("The connection to the database broke: try again.", error);
    await rollBack(runner, client);
    throw error;
  } finally {
    await runner.release();
  }
}

/**
 * The first error is the one to report. A connection that cannot even roll back must not be lent again, and TypeORM
 * releases without a word to the pool: an error on the connection makes it release with that error, and the pool drop it.
 */
async function rollBack(runner: QueryRunner, client: pg.PoolClient | null): Promise<void> {
  if (!runner.isTransactionActive) return;
  await runner.rollbackTransaction().catch((error: unknown) => client?.emit("error", error as Error));
}
