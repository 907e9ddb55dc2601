import { SqlMigration } from "./sql-migration";

/** Idempotency keys: see 0002-idempotency.up.sql. */
export class Idempotency1767225600001 extends SqlMigration {
  protected readonly file = "0002-idempotency";
}
