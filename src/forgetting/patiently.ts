// A piece of a long work, in a transaction of its own: where others hold for long what it needs, it comes again.
import { setTimeout as sleep } from "node:timers/promises";
import { isLockTimeout, isRetryable } from "../failures";

const PAUSE_MS = 500;

/** What comes of the piece, or the error of the last of so many tries; `isPassing`: what else is another time. */
export async function patiently<T>(
  tries: number,
  piece: () => Promise<T>,
  isPassing: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await piece();
    } catch (error) {
      if (left === 0 || !(isLockTimeout(error) || isRetryable(error) || isPassing(error))) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
