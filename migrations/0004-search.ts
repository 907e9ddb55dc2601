import { SqlMigration } from "./sql-migration";

/** Search by words: see 0004-search.up.sql. */
export class Search1767225600003 extends SqlMigration {
  protected readonly file = "0004-search";
}
