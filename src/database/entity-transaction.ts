// Transactions of TypeORM's, for entities that are read and saved one by one: people, records, the demo's data.
import type pg from "pg";
import type { EntityManager, QueryRunner } from "typeorm";
import { unavailable } from "../errors";
import type { Database } from "./database";
import { limited, textRow, type Queryable } from "./text-rows";
import { setLimit, type TimeLimit } from "./time-limits";
import { retried } from "./transaction";

export interface EntityTransaction {
  /** TypeORM on this transaction's connection. */
  manager: EntityManager;
  /** The connection itself, for SQL of our own. */
  client: Queryable;
  /** The calendars that are changed (calendarKey): told after the commit. */
  touched: Set<string>;
}

/** The promises of inTransaction. */
export const withEntities = <T>(
  db: Pick<Database, "dataSource" | "hints">,
  work: (tx: EntityTransaction) => Promise<T>,
): Promise<T> => retried((limit) => attempt(db, limit, work));

async function attempt<T>(
  { dataSource, hints }: Pick<Database, "dataSource" | "hints">,
  limit: TimeLimit,
  work: (tx: EntityTransaction) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  let client: pg.PoolClient | null = null;
  try {
    client = (await runner.connect()) as pg.PoolClient;
    await runner.startTransaction();
    const inside = limited(client);
    await textRow(inside, { text: setLimit(limit), values: [] });
    const touched = new Set<string>();
    const result = await work({ manager: runner.manager, client: inside, touched });
    await runner.commitTransaction();
    hints.announce(touched);
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
