// A hot standby that answers reads which may be a little old (DATABASE_READ_URL). Which reads these are, and why nothing is
// missed by them: migrations/README.md, "What a standby may answer". Whether it answers one is decided here and nowhere else:
// it is known to be a standby of this database, it is not too far behind, and it was a standby still when it had answered.
// Whatever it does not answer is the primary's.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Config } from "../config";
import { isRateLimited, Problem } from "../errors";
import { isUnavailable } from "../failures";
import { counts } from "../telemetry/counts";
import type { Tracing } from "../telemetry/tracing";
import type { Asker } from "../turns/fair-turns";
import { newClient, toClientConfig, type Connection } from "./connection";
import { Lanes } from "./lanes";
import { Replay } from "./replay";
import { columns, flag, selectRow, sql, text } from "./rows";
import { servingSessions } from "./session";
import { Silence } from "./silence";
import type { Queryable } from "./text-rows";

const LOOK_EVERY_MS = 500;
/** After a look that found no standby. */
const LOOK_AGAIN_MS = 2_000;
/** A look that takes longer, or was so long ago, says nothing of now. */
const TRUSTED_MS = 3_000;
/** Further behind it answers nobody. */
export const MAX_BEHIND_SECONDS = 30;

/** Why the primary answers what the standby might have answered. */
export type WhyPrimary = "down" | "behind" | "seen" | "cancelled";

/** Why it is not asked; null: it is. */
export type Trouble =
  | "it does not answer"
  | "the primary does not answer"
  | "it takes writes, so it is no standby"
  | "it is no standby of the database that DATABASE_URL names"
  | `it is more than ${typeof MAX_BEHIND_SECONDS} s behind`;

export interface StandbyState {
  trouble: Trouble | null;
  /** Infinity: nobody knows. */
  behindSeconds: number;
}

const WHOSE = {
  cluster: text("(select system_identifier from pg_control_system())"),
  database: text("current_database()"),
};
const PRIMARY = columns({ ...WHOSE, end: text("pg_current_wal_insert_lsn() - '0/0'") });
const STANDBY = columns({
  ...WHOSE,
  isStandby: flag("pg_is_in_recovery()"),
  place: text("coalesce(pg_last_wal_replay_lsn() - '0/0', 0)"),
});
const STILL = columns({ isStandby: flag("pg_is_in_recovery()") });

type Log = (message: string) => void;

interface ServerParts {
  log: Log;
  tracing: Tracing | null;
  isPartitioned: boolean;
}

export class Standby {
  private readonly replay = new Replay();
  private server: Server | null = null;
  private trouble: Trouble | null = "it does not answer";
  private lookedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;
  /** What the log was told last. */
  private said: Trouble | null | undefined;
  private isClosed = false;

  private constructor(
    private readonly primary: Queryable,
    private readonly open: () => Server,
    private readonly log: Log,
  ) {}

  /** It has been looked at when this resolves, and says to the log what was found. */
  static async open(
    connection: Connection,
    config: Config,
    { primary, ...parts }: { primary: Queryable } & ServerParts,
  ): Promise<Standby> {
    const standby = new Standby(primary, () => new Server(connection, config, parts), parts.log);
    await standby.look();
    return standby;
  }

  get state(): StandbyState {
    const now = performance.now();
    const behindMs = this.replay.behindMs(now);
    return { trouble: this.troubleAt(now, behindMs), behindSeconds: behindMs / 1_000 };
  }

  /**
   * What the standby answers, on one session of it; null where the primary is to be asked: it is not fit, the answer would be
   * older than `seconds`, it broke off, or `read` itself answers null. Refusals are refusals.
   */
  async answer<T>(
    asker: Asker,
    read: (on: Queryable) => Promise<T | null>,
    seconds = MAX_BEHIND_SECONDS,
  ): Promise<T | null> {
    const { server } = this;
    const { trouble, behindSeconds } = this.state;
    if (!server || trouble !== null) return toPrimary(behindSeconds > MAX_BEHIND_SECONDS ? "behind" : "down");
    if (behindSeconds > seconds) return toPrimary("behind");
    try {
      const { found, isStandby } = await server.read(asker, read);
      if (found === null) return toPrimary("seen");
      if (!isStandby) return toPrimary("down");
      counts.standby.answered++;
      return found;
    } catch (error) {
      if (error instanceof Problem || isRateLimited(error) || hasLimit(error)) throw error;
      return toPrimary(isUnavailable(error) ? "down" : "cancelled");
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.server?.end();
  }

  giveUp(): void {
    this.server?.cut();
  }

  private troubleAt(now: number, behindMs: number): Trouble | null {
    if (this.trouble !== null) return this.trouble;
    if (now - this.lookedAt > TRUSTED_MS) return "it does not answer";
    return behindMs > MAX_BEHIND_SECONDS * 1_000 ? `it is more than ${MAX_BEHIND_SECONDS} s behind` : null;
  }

  private async look(): Promise<void> {
    const server = (this.server ??= this.open());
    const late = new AbortController();
    const found = await Promise.race([
      this.find(server),
      sleep(TRUSTED_MS, "it does not answer" as const, { ref: false, signal: late.signal }).catch(() => null),
    ]);
    late.abort();
    if (this.isClosed) return;
    this.trouble = found;
    // Whoever still waits there is answered by the primary, and the next look begins anew.
    if (found !== null) {
      server.cut();
      void server.end();
      this.server = null;
    }
    const { trouble } = this.state;
    if (trouble !== this.said) this.say(trouble);
    this.timer = setTimeout(() => void this.look(), found === null ? LOOK_EVERY_MS : LOOK_AGAIN_MS).unref();
  }

  private async find({ pool }: Server): Promise<Trouble | null> {
    const askedAt = performance.now();
    const primary = await selectRow(this.primary, PRIMARY, sql`select ${PRIMARY}`).catch(() => null);
    if (!primary) return "the primary does not answer";
    const standby = await selectRow(pool, STANDBY, sql`select ${STANDBY}`).catch(() => null);
    if (!standby) return "it does not answer";
    if (standby.cluster !== primary.cluster || standby.database !== primary.database)
      return "it is no standby of the database that DATABASE_URL names";
    if (!standby.isStandby) return "it takes writes, so it is no standby";
    this.replay.note(askedAt, BigInt(primary.end));
    this.replay.reach(BigInt(standby.place));
    this.lookedAt = askedAt;
    return null;
  }

  private say(trouble: Trouble | null): void {
    this.said = trouble;
    this.log(
      trouble === null
        ? `standby: DATABASE_READ_URL answers reads, ${this.state.behindSeconds.toFixed(1)} s behind at most`
        : `standby: DATABASE_READ_URL answers no reads, the primary does: ${trouble}`,
    );
  }
}

function toPrimary(why: WhyPrimary): null {
  counts.standby[why]++;
  return null;
}

/** A statement that took its time is not begun again elsewhere. */
const hasLimit = (error: unknown): boolean => (error as { limit?: unknown }).limit !== undefined;

/** The connections to it, from one look that finds it to the one that does not. */
class Server {
  readonly pool: pg.Pool;
  private readonly lanes: Lanes;
  private readonly silence: Silence;

  constructor(connection: Connection, config: Config, { log, tracing, isPartitioned }: ServerParts) {
    this.silence = new Silence(() => newClient(connection), log);
    this.pool = new pg.Pool({
      ...toClientConfig(connection),
      ...servingSessions(connection, config, { silence: this.silence, tracing, isPartitioned }),
      connectionTimeoutMillis: TRUSTED_MS,
      // One more than reads may have: for whoever looks.
      max: config.databasePool + 1,
    });
    this.pool.on("error", () => undefined); // An idle connection broke; the next read opens another.
    this.lanes = new Lanes(this.pool, config.databasePool);
  }

  /** On one session, so that no part of an answer is older than another; and whether it was a standby's until the end. */
  async read<T>(
    asker: Asker,
    read: (on: Queryable) => Promise<T | null>,
  ): Promise<{ found: T | null; isStandby: boolean }> {
    const client = await this.lanes.poolOf(asker).connect();
    let broken: Error | undefined;
    try {
      const found = await read(client);
      const still = await selectRow(client, STILL, sql`select ${STILL}`);
      return { found, isStandby: still?.isStandby ?? false };
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(isUnavailable(broken) ? broken : undefined);
    }
  }

  cut(): void {
    this.silence.cutAll();
  }

  async end(): Promise<void> {
    await this.pool.end().catch(() => undefined); // It may be gone.
    this.silence.stop();
  }
}
