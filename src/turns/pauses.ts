// Long work on the event loop, cut into pieces: everybody else of this process waits while one runs.
import { setImmediate as turn } from "node:timers/promises";

const PIECE_MS = 10;

/** Lets the others go first, now and then. */
export class Pauses {
  private from = performance.now();

  /** Resolves at once as long as the piece is short; else when everybody else has had their turn. */
  async take(): Promise<void> {
    if (performance.now() - this.from < PIECE_MS) return;
    await turn();
    this.from = performance.now();
  }
}

/** `list.map(one)`, with pauses. */
export async function mapInPieces<T, R>(
  list: readonly T[],
  one: (value: T, index: number) => R,
): Promise<R[]> {
  const pauses = new Pauses();
  const results: R[] = [];
  for (const [index, value] of list.entries()) {
    results.push(one(value, index));
    await pauses.take();
  }
  return results;
}
