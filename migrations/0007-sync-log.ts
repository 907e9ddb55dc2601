import { SqlMigration } from "./sql-migration";

/** How clients keep up: see 0007-sync-log.up.sql. */
export class SyncLog1767225600006 extends SqlMigration {
  protected readonly file = "0007-sync-log";
}
