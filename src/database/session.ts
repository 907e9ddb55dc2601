// How a session with PostgreSQL is set up, also through a pooler in transaction mode such as pgbouncer, which lends a
// server's session for one transaction: nothing may be left in it, and what is asked at its beginning the pooler must know.
import type pg from "pg";
import type { Config } from "../config";
import { Client, type Own, type OwnClientConfig } from "./client";
import { sessionOf, type Connection } from "./connection";
import { SESSION_MS } from "./time-limits";

/** What a pool needs to know of its sessions, in the words of pg. */
export type SessionOptions = OwnClientConfig & Pick<pg.PoolConfig, "Client">;

/** A process that stops in the middle of a transaction must not keep its locks. */
const MAX_IDLE_IN_TRANSACTION_MS = 60_000;

/** For migrations, which take as long as they take. */
export const unlimited = (connection: Connection): SessionOptions => pooled(sessionOf(connection, {}));

/**
 * For everything else. The time limit of most statements is set at the beginning of a session, where it costs nothing; a
 * pooler would refuse that, and every statement takes its own along (src/database/client.ts).
 */
export function servingSessions(
  connection: Connection,
  { databaseDirectUrl, databasePrepare }: Config,
  own: Pick<Own, "silence" | "tracing" | "isPartitioned">,
): SessionOptions {
  return {
    ...pooled(sessionOf(connection, { ...own, serves: true, prepares: databasePrepare })),
    ...(databaseDirectUrl === null && {
      statement_timeout: SESSION_MS,
      idle_in_transaction_session_timeout: MAX_IDLE_IN_TRANSACTION_MS,
    }),
  };
}

/** pg's types know of no client that is made of a configuration, though it gives it theirs. */
const pooled = (session: OwnClientConfig): SessionOptions => ({
  ...session,
  Client: Client,
});
