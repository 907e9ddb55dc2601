// Transactions of TypeORM's, for entities that are read and saved one by one: people, records, the demo's data.
import type pg from "pg";
import type { DataSource, EntityManager, QueryRunner } from "typeorm";
import { unavailable } from "../errors";
import { limited, textRow, type Queryable } from "./text-rows";
import { setLimit, TIME_LIMITS } from "./time-limits";
import { retried } from "./transaction";

export interface EntityTransaction {
  /** TypeORM on this transaction's connection. */
  manager: EntityManager;
  /** The connection itself, for SQL of our own. */
  client: Queryable;
}

/** The promises of inTransaction; nobody is told of what changed. */
export const withEntities = <T>(
  dataSource: DataSource,
  work: (tx: EntityTransaction) => Promise<T>,
): Promise<T> => retried(() => attempt(dataSource, work));

async function attempt<T>(dataSource: DataSource, work: (tx: EntityTransaction) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  let client: pg.PoolClient | null = null;
  try {
    client = (await runner.connect()) as pg.PoolClient;
    await runner.startTransaction();
    const inside = limited(client);
    await textRow(inside, { text: setLimit(TIME_LIMITS.write), values: [] });
    const result = await work({ manager: runner.manager, client: inside });
    await runner.commitTransaction();
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
