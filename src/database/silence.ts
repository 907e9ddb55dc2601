// Connections on which PostgreSQL has fallen silent: it hangs, or the way to it is gone and nobody said so. Whoever waits
// there would wait for ever, so such a connection is cut, and what was asked on it is answered 503.
//
// A statement may take long, up to a minute. So one that has no answer after five seconds has PostgreSQL asked, on a
// connection of its own, whether it is there; only where that has no answer either within three more is anything cut. That
// is soon enough for a service that is told to stop, which has ten seconds to answer what it was asked.
import type { Socket } from "node:net";
import type pg from "pg";
import { sqlState } from "../failures";

const LOOK_EVERY_MS = 1_000;
/** So many looks without a byte of an answer make a connection suspect. */
const SUSPECT_LOOKS = 5;
const ANSWERS_WITHIN_MS = 3_000;
const CUT_EVERY_MS = 100;
/** A statement has been given up by now (src/database/session.ts): if nobody said so, nobody is there. */
const DEAD_LOOKS = 65;

/** A connection, as it is watched. */
interface Session {
  /** Something was asked on it and is not answered yet. */
  readonly isWaiting: boolean;
  readonly socket: Socket;
  once(event: "end", listener: () => void): unknown;
}

interface Seen {
  bytesRead: number;
  /** Looks in a row that found it waiting, and nothing read since the one before. */
  looks: number;
}

export class Silence {
  private readonly sessions = new Map<Session, Seen>();
  private readonly timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  private cutting: NodeJS.Timeout | undefined;
  private asking = false;

  /** `newClient` makes a connection on which PostgreSQL can be asked, not yet open. */
  constructor(
    private readonly newClient: () => pg.Client & Pick<Session, "socket">,
    private readonly log: (message: string) => void,
  ) {}

  /** Watches one that is about to connect, until it ends. */
  watch(session: Session): void {
    this.sessions.set(session, { bytesRead: 0, looks: 0 });
    session.once("end", () => this.sessions.delete(session));
  }

  /** Ends every connection that is left, whatever is under way on it, and those that are opened until `stop`. */
  cutAll(): void {
    const all = (): void => [...this.sessions.keys()].forEach(cut);
    all();
    this.cutting ??= setInterval(all, CUT_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    clearInterval(this.cutting);
  }

  private async look(): Promise<void> {
    for (const [session, seen] of this.sessions) {
      const { bytesRead } = session.socket;
      const waits = session.isWaiting && bytesRead === seen.bytesRead;
      seen.looks = waits ? seen.looks + 1 : 0;
      seen.bytesRead = bytesRead;
    }
    this.cutAfter(DEAD_LOOKS);
    // While a statement takes its time, it is asked again every five seconds.
    const suspects = [...this.sessions.values()].filter(
      ({ looks }) => looks > 0 && looks % SUSPECT_LOOKS === 0,
    );
    if (suspects.length === 0 || this.asking) return;
    this.asking = true;
    if (!(await this.answers())) this.cutAfter(SUSPECT_LOOKS);
    this.asking = false;
  }

  private cutAfter(looks: number): void {
    const silent = [...this.sessions].filter(([, seen]) => seen.looks >= looks);
    if (silent.length === 0) return;
    this.log(`database: PostgreSQL does not answer; connections given up: ${silent.length}`);
    for (const [session] of silent) cut(session);
  }

  /** A refusal is an answer too. */
  private async answers(): Promise<boolean> {
    const client = this.newClient();
    client.on("error", () => undefined); // Of interest is whether it answers.
    const late = setTimeout(() => cut(client), ANSWERS_WITHIN_MS);
    try {
      await client.connect();
      await client.query("select 1");
      return true;
    } catch (error) {
      return sqlState(error) !== null;
    } finally {
      clearTimeout(late);
      client.end().catch(() => undefined); // It has served its purpose.
    }
  }
}

const cut = ({ socket }: Pick<Session, "socket">): void =>
  void socket.destroy(new Error("Connection terminated: PostgreSQL does not answer."));
