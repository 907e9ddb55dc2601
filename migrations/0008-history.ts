import { SqlMigration } from "./sql-migration";

/** Who changed what: see 0008-history.up.sql. */
export class History1767225600007 extends SqlMigration {
  protected readonly file = "0008-history";
}
