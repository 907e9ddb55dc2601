import { SqlMigration } from "./sql-migration";

/** Tokens of an OpenID Connect issuer: see 0006-issuers.up.sql. */
export class Issuers1767225600005 extends SqlMigration {
  protected readonly file = "0006-issuers";
}
