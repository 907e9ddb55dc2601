// The requests at work: so many at a time for a token and for an organisation. The others wait in a line of their own, at
// the door: their bodies are not read meanwhile, so that whoever sends them has to keep them.
import type { ServerResponse } from "node:http";
import { badSyntax, rateLimited } from "../errors";
import { counts } from "../telemetry/counts";
import { isOver, whenOver } from "../telemetry/over";
import type { StepAside } from "../telemetry/tally";
import { FairTurns, type Asker } from "../turns/fair-turns";

/** At work at a time, of an organisation and of a token, and beyond that of an organisation's tokens with nothing at work. */
export interface AtWork {
  organisation: number;
  token: number;
  newcomers: number;
}

/** Of those that hold little: no body, and no more than an event for an answer. They may wait for a writer in flight. */
export const MAX_LIGHT: AtWork = { organisation: 128, token: 64, newcomers: 128 };
/** Of those that hold a body, a list or a GraphQL answer: megabytes each. */
export const MAX_HEAVY: AtWork = { organisation: 32, token: 16, newcomers: 32 };
/** In line, of a token. */
export const MAX_WAITING = 500;
const PATIENCE_MS = 10_000;
const RETRY_MS = 1_000;

function tooLong(): Error {
  counts.limited.line++;
  return rateLimited("This access token has too many requests in line and", RETRY_MS);
}

const gone = (): Error => badSyntax("The request was aborted.");

/** Answers that are being worked on, and what is to be done when that has ended. */
const underWork = new WeakMap<object, (() => void)[]>();

/**
 * Does the work of a request that has been let in. Its places are kept until it has ended, even where its client hangs up
 * meanwhile: who sends, hangs up and sends again would have the service do everything at once. Refuses where the client
 * has gone before.
 */
export async function whileAtWork<T>(answer: ServerResponse, work: () => Promise<T>): Promise<T> {
  if (isOver(answer)) throw gone();
  const after: (() => void)[] = [];
  underWork.set(answer, after);
  try {
    return await work();
  } finally {
    underWork.delete(answer);
    for (const one of after) one();
  }
}

function afterWork(answer: object, then: () => void): void {
  const after = underWork.get(answer);
  if (after) after.push(then);
  else then();
}

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
   * Counts a request until its answer has left, or its client, and nobody is at work on it (`whileAtWork`). Where there
   * is no room it answers the turn to wait for.
   * Refuses with `rate_limited` where the line is too long, or does not get on within 10 s.
   */
  enter(asker: Asker, answer: ServerResponse): Promise<void> | undefined {
    if (isOver(answer)) throw gone();
    const wait = this.turns.take(asker);
    let stands: "in line" | "at work" | "gone" = wait ? "in line" : "at work";
    const go = (): void => {
      if (stands === "gone") return;
      stop();
      if (stands === "at work") this.turns.give(asker);
      else wait?.leave(gone());
      stands = "gone";
    };
    const stop = whenOver(answer, () => (stands === "at work" ? afterWork(answer, go) : go()));
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
  async during<T>(asker: Asker, signal: AbortSignal, work: (stepAside: StepAside) => Promise<T>): Promise<T> {
    let isAtWork = false;
    const enter = async (): Promise<void> => {
      const wait = this.turns.take(asker);
      if (wait) {
        const leave = (): void => wait.leave(gone());
        signal.addEventListener("abort", leave);
        await wait.turn.finally(() => signal.removeEventListener("abort", leave));
      }
      isAtWork = true;
    };
    const leave = (): void => {
      if (isAtWork) this.turns.give(asker);
      isAtWork = false;
    };
    await enter();
    try {
      return await work(() => (leave(), enter));
    } finally {
      leave();
    }
  }
}
