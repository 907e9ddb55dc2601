import { SqlMigration } from "./sql-migration";

/** Locks for many events at once: see 0003-batches.up.sql. */
export class Batches1767225600002 extends SqlMigration {
  protected readonly file = "0003-batches";
}
