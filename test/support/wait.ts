// Waiting for something to come about: a slow machine is waited for, a fast one does not wait.
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 20;
/** What is expected is asked for, which costs more than a look. */
const ASK_EVERY_MS = 50;
export const WITHIN_MS = 90_000;

/** Goes on once it is so. */
export async function until(so: () => boolean | Promise<boolean>, withinMs = WITHIN_MS): Promise<void> {
  for (const from = performance.now(); !(await so()); await sleep(EVERY_MS)) {
    if (performance.now() - from > withinMs) throw new Error(`Not within ${withinMs} ms: ${String(so)}`);
  }
}

/** Goes on once what is expected holds; fails with what it said last. */
export async function eventually(holds: () => Promise<void> | void, withinMs = WITHIN_MS): Promise<void> {
  for (const from = performance.now(); ; await sleep(ASK_EVERY_MS)) {
    try {
      return await holds();
    } catch (error) {
      if (performance.now() - from > withinMs) throw error;
    }
  }
}
