// How a session with PostgreSQL is set up, also through a pooler in transaction mode such as pgbouncer, which lends a
// server's session for one transaction: nothing may be left in it, and what is asked at its beginning the pooler must know.
import pg from "pg";
import type { Config } from "../config";
import { TextRowsQuery } from "./text-rows-query";
import { SESSION_MS } from "./time-limits";

/** What a pool needs to know of its sessions, in the words of pg. */
export type SessionOptions = Pick<
  pg.PoolConfig,
  | "Client"
  | "connectionTimeoutMillis"
  | "keepAlive"
  | "statement_timeout"
  | "idle_in_transaction_session_timeout"
>;

/** A process that stops in the middle of a transaction must not keep its locks. */
const IDLE_IN_TRANSACTION_MOST_MS = 60_000;

/** Missing from pg's types. */
interface Startup {
  getStartupConf(): Record<string, string>;
}
const Client = pg.Client as unknown as new (config?: pg.ClientConfig) => pg.Client & Startup;

/**
 * Speaks UTC, so that instants read as text have one form. Poolers keep these two for every client, and refuse `options`.
 * One that breaks while nobody asks anything of it says so to who asks next; as an event without a listener it would end
 * the process.
 */
class UtcClient extends Client {
  private readonly limitMs: number | null;

  constructor(config?: pg.ClientConfig) {
    super(config);
    this.limitMs = Number(config?.statement_timeout) || null;
    this.on("error", () => undefined);
  }

  override getStartupConf(): Record<string, string> {
    return { ...super.getStartupConf(), TimeZone: "UTC", DateStyle: "ISO, MDY" };
  }

  /** A statement with another limit than its session takes its own along. */
  override query(...args: unknown[]): never {
    const [query] = args;
    if (query instanceof TextRowsQuery) query.sessionMs = this.limitMs;
    return (super.query as (...args: unknown[]) => never).apply(this, args);
  }
}

/** Sends no named statements: the next transaction may be given a session that does not know them. */
class UnpreparedClient extends UtcClient {
  override query(...args: unknown[]): never {
    const [query] = args;
    // Each is made for one call (src/database/text-rows.ts).
    if (typeof query === "object" && query !== null && "name" in query) query.name = undefined;
    return super.query.apply(this, args);
  }
}

/** Of a migration, whose statements are about the tables of everybody. */
export class MigrationClient extends UtcClient {}

/** For migrations, which take as long as they take. */
export const UNLIMITED: SessionOptions = {
  Client: MigrationClient,
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
};

/**
 * For everything else. The time limit of most statements is set at the beginning of a session, where it costs nothing; a
 * pooler would refuse that, and every statement takes its own along (src/database/text-rows-query.ts).
 */
export function sessionOptions({ databaseDirectUrl, databasePrepare }: Config): SessionOptions {
  return {
    ...UNLIMITED,
    Client: databasePrepare ? UtcClient : UnpreparedClient,
    ...(databaseDirectUrl === null && {
      statement_timeout: SESSION_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MOST_MS,
    }),
  };
}
