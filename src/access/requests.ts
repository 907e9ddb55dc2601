// The requests at work: so many at a time for a token and for an organisation. The others wait in a line of their own, at
// the door: their bodies are not read meanwhile, so that whoever sends them has to keep them.
import type { ServerResponse } from "node:http";
import { badSyntax, rateLimited } from "../errors";
import { counts } from "../telemetry/counts";
import { FairTurns, type Asker } from "../turns/fair-turns";

/** At work at a time, of an organisation and of a token. */
export interface AtWork {
  organisation: number;
  token: number;
}

/** Of those that hold little: no body, and no more than an event for an answer. They may wait for a writer in flight. */
export const MAX_LIGHT: AtWork = { organisation: 128, token: 64 };
/** Of those that hold a body, a list or a GraphQL answer: megabytes each. */
export const MAX_HEAVY: AtWork = { organisation: 32, token: 16 };
/** In line, of a token. */
export const MAX_WAITING = 500;
const PATIENCE_MS = 10_000;
const RETRY_MS = 1_000;

function tooLong(): Error {
  counts.limited.line++;
  return rateLimited("This access token has too many requests in line and", RETRY_MS);
}

const gone = (): Error => badSyntax("The request was aborted.");

export class Requests {
  private readonly turns: FairTurns;
  private readonly places = new WeakMap<object, () => void>();

  constructor(atWork: AtWork) {
    this.turns = new FairTurns({
      ...atWork,
      line: "requests",
      waiting: MAX_WAITING,
      patienceMs: PATIENCE_MS,
      tooLong,
    });
  }

  /**
   * Counts a request until its answer has left, or its client. Where there is no room it answers the turn to wait for.
   * Refuses with `rate_limited` where the line is too long, or does not get on within 10 s.
   */
  enter(asker: Asker, answer: ServerResponse): Promise<void> | undefined {
    if (answer.closed || answer.req.socket.destroyed) throw gone();
    const wait = this.turns.take(asker);
    let stands: "in line" | "at work" | "gone" = wait ? "in line" : "at work";
    const go = (): void => {
      if (stands === "gone") return;
      if (stands === "at work") this.turns.give(asker);
      else wait?.leave(gone());
      stands = "gone";
      answer.off("close", go);
      answer.req.socket.off("close", go);
    };
    answer.once("close", go);
    // An answer that waits behind another one of its connection is not told.
    if (answer.socket === null) answer.req.socket.once("close", go);
    this.places.set(answer, go);
    return wait?.turn.then(() => {
      if (stands === "in line") stands = "at work";
      else {
        this.turns.give(asker);
        throw gone();
      }
    });
  }

  /** Gives the place back before that. */
  leave(answer: object): void {
    this.places.get(answer)?.();
  }

  /** Counts what has no answer of its own, as on a WebSocket, while it is at work. `signal` takes it out of the line. */
  async during<T>(asker: Asker, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const wait = this.turns.take(asker);
    if (wait) {
      const leave = (): void => wait.leave(gone());
      signal.addEventListener("abort", leave);
      await wait.turn.finally(() => signal.removeEventListener("abort", leave));
    }
    try {
      return await work();
    } finally {
      this.turns.give(asker);
    }
  }
}
