// A reading for a subscription. What cannot be read now is tried again after a while: a subscription does not end because
// the database is busy.
import { Problem } from "../errors";
import { isRetryable, isUnavailable } from "../failures";
import type { LiveContext } from "./live-context";
import type { Subscriber } from "./subscriber";

const RETRY_MS = 1_000;

/** What is another time: the database, a turn, or room among the answers of the token. */
const isPassing = (error: unknown): boolean =>
  isUnavailable(error) ||
  isRetryable(error) ||
  (error instanceof Problem && (error.code === "unavailable" || error.code === "rate_limited"));

/** Reads so many bytes as there is room for; null where that cannot be now: the subscriber is woken after a while. */
export async function attempt<Page>(
  ctx: LiveContext,
  subscriber: Subscriber,
  read: (bytes: number) => Promise<Page>,
): Promise<Page | null> {
  const bytes = await ctx.stream.room();
  try {
    return await read(bytes);
  } catch (error) {
    if (!isPassing(error)) throw error;
    setTimeout(() => subscriber.wake(), RETRY_MS).unref();
    return null;
  }
}
