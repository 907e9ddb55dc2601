// The service's client of PostgreSQL: pg's own, pipelined, with what a session of ours has of its own.
import { Socket } from "node:net";
import type pg from "pg";
import { sqlState, STATEMENT_ENDED } from "../failures";
import type { Tracing } from "../telemetry/tracing";
import type { Hosts } from "./hosts";
import { inPartitionOnce } from "./partitions";
import { UtcClient } from "./pg-inside";
import type { Silence } from "./silence";
import { Statement, type TextRows } from "./statement";

export interface Own {
  /** Where the database has several servers: connects to the one that takes writes, whatever host it is told. */
  hosts?: Hosts;
  /** Watches it from the moment it connects until it ends. */
  silence?: Silence;
  /** Its statements are spans, where they are sent for a request. */
  tracing?: Tracing | null;
  /** False: sends no named statements, for the next transaction may be given a session that does not know them. */
  prepares?: boolean;
  /** Does what is asked of the service; not, for instance, a migration, whose statements are about the tables of everybody. */
  serves?: boolean;
  /** The tables of events are in partitions: its statements say so that a plan visits one of them (partitions.ts). */
  isPartitioned?: boolean;
}

export interface OwnClientConfig extends pg.ClientConfig {
  own?: Own;
}

type Answered = (error: Error | null | undefined, found?: TextRows) => void;
type Connected = (error?: Error) => void;
/** pg's methods have many forms; this is all of them. */
type Method = (this: object, ...given: unknown[]) => unknown;

type End = (error?: unknown) => void;
const endedBy = (answered: Answered, end?: End): Answered =>
  end
    ? (error, found) => {
        end(error);
        answered(error, found);
      }
    : answered;

/** What pg takes: a text, or what has one. */
function inPartitionToo(asked: unknown): unknown {
  if (typeof asked === "string") return inPartitionOnce(asked);
  const { text } = asked as pg.QueryConfig;
  return { ...(asked as pg.QueryConfig), text: inPartitionOnce(text) };
}

export class Client extends UtcClient {
  readonly own: Own;
  readonly socket: Socket;
  /** Something was asked and is not answered yet. */
  isWaiting = false;
  private readonly limitMs: number | null;
  private isPortalOpen = false;

  constructor(config: OwnClientConfig = {}) {
    const socket = new Socket();
    // A pool keeps the password where no copy finds it.
    super({ ...config, password: config.password, pipeline: true, stream: () => socket });
    this.socket = socket;
    this.own = config.own ?? {};
    this.limitMs = Number(config.statement_timeout) || null;
    this.on("drain", () => (this.isWaiting = false));
    // One that breaks while nobody asks anything of it says so to who asks next; as an event without a listener it would end
    // the process.
    this.on("error", () => undefined);
  }

  override connect(callback?: (...given: never[]) => void): never {
    const connected = this.reach();
    if (!callback) return connected as never;
    return connected.then(() => (callback as Connected)(), callback as Connected) as never;
  }

  private async reach(): Promise<void> {
    const { hosts, silence } = this.own;
    const host = await hosts?.find();
    if (host) Object.assign(this, host);
    // Whatever ended it, the next one asks again who is who.
    if (host) this.once("end", () => hosts?.forget(host));
    silence?.watch(this);
    try {
      await super.connect();
    } catch (error) {
      if (host) hosts?.forget(host);
      throw error;
    }
  }

  /** Asks whatever pg takes, or a Statement. */
  override query(...given: unknown[]): never {
    const [asked] = given;
    if (this.isPortalOpen) throw new Error("The rows of another statement still come on this connection.");
    this.isWaiting = true;
    const last = given.at(-1);
    const callback = typeof last === "function" ? (last as Answered) : null;
    const ended = this.own.tracing?.begin(asked);
    if (!(asked instanceof Statement)) return this.askPg(given, callback, ended) as never;
    if (callback) return this.run(asked, endedBy(callback, ended)) as never;
    return new Promise<TextRows | undefined>((resolve, reject) => {
      this.run(
        asked,
        endedBy((error, found) => (error ? reject(error) : resolve(found)), ended),
      );
    }) as never;
  }

  private askPg(given: unknown[], callback: Answered | null, ended?: End): unknown {
    if (callback) given.splice(-1, 1, endedBy(callback, ended));
    if (this.own.isPartitioned) given[0] = inPartitionToo(given[0]);
    const answer = (super.query as Method).apply(this, given);
    if (ended && !callback) (answer as Promise<unknown>).then(() => ended(), ended);
    return answer;
  }

  /** Sends a statement, what goes before it and what goes behind it; to commit belongs to its answer. */
  private run(statement: Statement, answered: Answered): void {
    const before = statement.before(this.limitMs);
    if (before === null && !statement.commits) {
      this.send(statement, answered);
      return;
    }
    this.socket.cork();
    this.inTransaction(statement, before, answered);
    this.socket.uncork();
  }

  // Should the beginning fail alone (it would have to be cancelled at that very moment), the statement behind it is one of
  // its own: its answer is that failure, so that nothing follows.
  private inTransaction(statement: Statement, before: string | null, answered: Answered): void {
    const ask = super.query.bind(this) as (text: string, answered: Answered) => void;
    const { commits, isOpen } = statement;
    const ends = commits || (before !== null && !statement.starts);
    let failure: Error | null | undefined;
    let found: TextRows | undefined;
    const note: Answered = (error) => void (failure ??= error);
    const commit = (): void =>
      ask("commit", (error) => {
        note(error);
        if (commits) answered(failure, found);
      });
    if (before !== null) ask(before, note);
    this.send(statement, (error, rows) => {
      note(error);
      found = rows;
      if (ends && isOpen) commit();
      // What has only been read is answered before its transaction ends.
      if (!commits) answered(failure, found);
    });
    if (ends && !isOpen) commit();
  }

  private send(statement: Statement, answered: Answered): void {
    const sentAt = performance.now();
    const { limit } = statement;
    this.isPortalOpen = statement.isOpen;
    const told: Answered = (error, found) => {
      this.isPortalOpen = false;
      // An error that says it was ended is told which limit that was, unless somebody ended it before.
      if (error && performance.now() - sentAt >= limit.ms * 0.95 && sqlState(error) === STATEMENT_ENDED)
        Object.assign(error, { limit });
      answered(error, found);
    };
    const asked = statement.toPg(this.own.prepares === false ? undefined : statement.name) as {
      text: string;
    };
    if (this.own.isPartitioned) asked.text = inPartitionOnce(asked.text);
    (super.query as Method).call(this, asked, told);
  }
}
