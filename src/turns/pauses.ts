// Long work on the event loop, cut into pieces: everybody else of this process waits while one runs. Between two pieces,
// whosever they are, whatever else has come in is looked at.
const PIECE_MS = 4;
/** What is small takes a few steps, each of which would stand behind a piece: between two pieces it has time for several. */
const GAP_MS = 1;
/** Whether anybody is about who would gain by that: so long ago somebody came. */
const ABOUT_MS = 100;

/** Who has had their piece, in the order in which they go on. */
const line: (() => void)[] = [];
let isDue = false;
let cameAt = -Infinity;

/** Somebody has come who may be in a hurry. */
export const someoneCame = (now = performance.now()): void => void (cameAt = now);

/** Those that pause go on one by one: Node.js would let all whose `setImmediate` is due go on at once. */
function next(): void {
  isDue = false;
  line.shift()?.();
  makeDue();
}

function makeDue(): void {
  if (isDue || line.length === 0) return;
  isDue = true;
  if (performance.now() - cameAt < ABOUT_MS) setTimeout(next, GAP_MS);
  else setImmediate(next);
}

/** Comes when everybody else has had their turn. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    line.push(resolve);
    makeDue();
  });

/** Lets the others go first, now and then. */
export class Pauses {
  private from = performance.now();

  /** Nothing as long as the piece is short; else when everybody else has had their turn. */
  take(): Promise<void> | undefined {
    return performance.now() - this.from < PIECE_MS ? undefined : this.turn();
  }

  private async turn(): Promise<void> {
    await turn();
    this.from = performance.now();
  }
}

/** What steps come to that are done one after another, at once. */
export function atOnce<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, with pauses between them. */
export async function inPieces<T>(steps: Generator<unknown, T>, pauses = new Pauses()): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const pause = pauses.take();
    if (pause) await pause;
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
    const pause = pauses.take();
    if (pause) await pause;
  }
  return results;
}
