// The lanes before the pool: whatever is done for a caller takes its connection through one that knows the token and the
// organisation, so that nobody has more than their share of DATABASE_POOL. What the service does on its own account, such
// as looking up who calls, goes to the pool directly: no line of callers is before it.
import type pg from "pg";
import { lockTimedOut, rateLimited } from "../errors";
import { isUnavailable } from "../failures";
import { counts, type Line } from "../telemetry/counts";
import { FairTurns, type Asker } from "../turns/fair-turns";
import type { CalendarKey } from "./barrier";
import type { EventKey, LockLine, Pool } from "./pool";
import type { Statement, TextRows } from "./statement";

/** As long as one waits for a connection of the pool itself. */
const PATIENCE_MS = 5_000;
/** As long as a read may take. */
const LONG_PATIENCE_MS = 10_000;
/** One request may ask for many things at once. */
const MAX_WAITING = 2_000;
/** Of a token, for one event or calendar. */
const MAX_WRITERS = 100;
const TOO_MANY_CHANGES = "This access token has too many changes of this event in line and";
const TOO_MANY_WRITES = "This access token has too many changes of this calendar in line and";
const RETRY_MS = 1_000;
/** In the words of pg's pool: all connections are in use (src/failures.ts). */
const noneFree = (): Error => new Error("timeout exceeded when trying to connect");

export interface Parts {
  all: number;
  organisation: number;
  token: number;
}

/**
 * The shares of a pool of this size. An organisation leaves a connection to the others wherever there are two, and all of
 * them together one for the service itself where there are four.
 */
export const sharesOf = (size: number): Parts => ({
  all: size < 4 ? size : size - 1,
  organisation: Math.max(1, Math.round(0.6 * size)),
  token: Math.max(1, Math.floor(0.4 * size)),
});

/**
 * The shares of those in transactions, who may have to wait for one another's locks while they hold a connection: each
 * share of the pool is one greater where it can be, so that reading goes on meanwhile.
 */
export const writersOf = ({ all, organisation, token }: Parts): Parts => ({
  all: Math.max(1, all - 1),
  organisation: Math.max(1, organisation - 1),
  token: Math.max(1, token - 1),
});

/**
 * The shares of reads that may take PostgreSQL long, or have it make much at once: a few of them use up a machine, and what
 * others ask is a matter of a millisecond as long as they have a processor for it.
 */
export const longReadsOf = (size: number): Parts => ({
  all: Math.max(1, Math.round(0.6 * size)),
  organisation: Math.max(1, Math.round(0.2 * size)),
  token: Math.max(1, Math.floor(0.1 * size)),
});

function tooMuch(who: string, cause?: Error): Error {
  counts.limited.line++;
  return rateLimited(who, RETRY_MS, cause);
}

function turnsOf(line: Line, parts: Parts, patienceMs = PATIENCE_MS): FairTurns {
  return new FairTurns({
    ...parts,
    line,
    waiting: MAX_WAITING,
    patienceMs,
    tooLong: () => tooMuch(`This access token has ${MAX_WAITING} statements in line and`, noneFree()),
    // Where nothing was done at all it is not the caller who asks too much.
    tooLate: ({ moved }) =>
      moved ? tooMuch("This access token, or its organisation,", noneFree()) : noneFree(),
  });
}

/** In the turns each event, or calendar, stands where an organisation would. */
const writersTurns = (line: Line, atATime: number, tooMany: string): FairTurns =>
  new FairTurns({
    line,
    organisation: atATime,
    token: atATime,
    waiting: MAX_WRITERS,
    patienceMs: PATIENCE_MS,
    tooLong: () => tooMuch(tooMany),
    // Who stands behind a colleague's changes, or a lock that nobody lets go, has not asked too much.
    tooLate: ({ moved, behindOwn }) => (moved && behindOwn ? tooMuch(tooMany) : lockTimedOut()),
  });

export class Lanes {
  readonly connections: FairTurns;
  readonly transactions: FairTurns;
  readonly longReads: FairTurns;
  readonly lookUps = turnsOf("lookUps", LOOK_UPS);
  /** Organisations of which one waits in PostgreSQL's line for a lock. */
  private readonly staying = new Set<string>();
  private readonly mayStay: boolean;
  private readonly events = writersTurns("events", 1, TOO_MANY_CHANGES);
  // Two: the next one stands in PostgreSQL's line while the first has its turn.
  private readonly calendars = writersTurns("calendars", 2, TOO_MANY_WRITES);

  constructor(
    readonly pool: Pool,
    size: number,
  ) {
    const shares = sharesOf(size);
    this.mayStay = shares.token > 1;
    this.connections = turnsOf("connections", shares);
    this.transactions = turnsOf("transactions", writersOf(shares));
    this.longReads = turnsOf("longReads", longReadsOf(size), LONG_PATIENCE_MS);
  }

  /** The pool as somebody may use it. */
  poolOf(asker: Asker): Pool {
    return new Lane(this, asker);
  }

  /** The writers of one event, whose lock they would wait for: one at a time, token after token, and the others hold nothing. */
  async inTurnOf<T>(
    { organisationId, id }: EventKey,
    tokenId: string | null,
    work: () => Promise<T>,
  ): Promise<T> {
    const asker = { organisationId: `${organisationId} ${id}`, tokenId };
    await this.events.take(asker)?.turn;
    let done = true;
    try {
      return await work();
    } catch (error) {
      // Who got no lock, or no database, has not moved the line.
      done = !isUnavailable(error);
      throw error;
    } finally {
      this.events.give(asker, done);
    }
  }

  /** Those who have found a lock of the calendar taken: two of them try at a time, and newcomers stand behind whoever waits. */
  lineOf({ organisationId, calendarId }: CalendarKey, tokenId: string | null): LockLine {
    const { calendars, staying, mayStay } = this;
    const asker = { organisationId: `${organisationId} ${calendarId}`, tokenId };
    return {
      get isTaken() {
        return calendars.isTaken(asker.organisationId);
      },
      join: async (patienceMs) => calendars.take(asker, patienceMs)?.turn,
      leave: (error) => calendars.give(asker, !isUnavailable(error)),
      stay: () => mayStay && staying.size < staying.add(organisationId).size,
      goOn: () => staying.delete(organisationId),
    };
  }
}

/** So many look-ups are under way at a time: what is behind them waits for a millisecond or two. */
const LOOK_UPS: Parts = { all: 64, organisation: 48, token: 16 };

/** The pool, as its caller may use it. Whoever holds a connection of it must not ask for another: that one may be the last. */
class Lane implements Pool {
  constructor(
    private readonly lanes: Lanes,
    private readonly asker: Asker,
  ) {}

  get totalCount(): number {
    return this.lanes.pool.totalCount;
  }
  get idleCount(): number {
    return this.lanes.pool.idleCount;
  }
  get waitingCount(): number {
    return this.lanes.pool.waitingCount;
  }

  /** Costs no more than the pool does where the share is not used up. */
  async query(statement: Statement): Promise<TextRows> {
    if (!statement.isLong) return this.ask(statement);
    const { longReads } = this.lanes;
    await longReads.take(this.asker)?.turn;
    let done = false;
    try {
      const found = await this.ask(statement);
      done = true;
      return found;
    } finally {
      longReads.give(this.asker, done);
    }
  }

  private async ask(statement: Statement): Promise<TextRows> {
    const { connections, lookUps, pool } = this.lanes;
    const turns = statement.isLookUp ? lookUps : connections;
    const wait = turns.take(this.asker);
    if (wait) await wait.turn;
    let done = false;
    try {
      const found = await pool.query(statement);
      done = true;
      return found;
    } finally {
      turns.give(this.asker, done);
    }
  }

  /** A connection for a transaction, given back by its `release`. */
  async connect(): Promise<pg.PoolClient> {
    const { connections, transactions } = this.lanes;
    const until = performance.now() + PATIENCE_MS;
    await transactions.take(this.asker)?.turn;
    try {
      await connections.take(this.asker, Math.max(1, until - performance.now()))?.turn;
      try {
        return this.lent(await this.lanes.pool.connect());
      } catch (error) {
        connections.give(this.asker, false);
        throw error;
      }
    } catch (error) {
      transactions.give(this.asker, false);
      throw error;
    }
  }

  private lent(client: pg.PoolClient): pg.PoolClient {
    const release = client.release.bind(client);
    client.release = (error) => {
      release(error);
      this.lanes.connections.give(this.asker, !error);
      this.lanes.transactions.give(this.asker, !error);
    };
    return client;
  }
}
