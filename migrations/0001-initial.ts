import { SqlMigration } from "./sql-migration";

/** The tables, and the delta feed's promises as triggers: see 0001-initial.up.sql. */
export class Initial1767225600000 extends SqlMigration {
  protected readonly file = "0001-initial";
}
