import { SqlMigration } from "./sql-migration";

/** What tokens may still ask: see 0005-rate-limits.up.sql. */
export class RateLimits1767225600004 extends SqlMigration {
  protected readonly file = "0005-rate-limits";
}
