// Failed authentications, and what is answered without any, are limited by network address, in the memory of this
// instance. Whoever sends a good token is let in whatever others behind the same address do.
import { Problem, rateLimited } from "../errors";
import { Turns } from "../turns/turns";
import { counts } from "../telemetry/counts";

const FAILURES_PER_MINUTE = 300;
const PER_MS = FAILURES_PER_MINUTE / 60_000;
const MAX_ADDRESSES = 10_000;
/** Look-ups at a time for all addresses that are over the limit: they must not take the pool from everybody else. */
const LOOK_UPS = 2;

interface Failures {
  count: number;
  /** performance.now() when `count` held; it falls steadily. */
  at: number;
}

export class FailedAttempts {
  private readonly byNetwork = new Map<string, Failures>();
  private readonly turns = new Turns(LOOK_UPS);

  /** Looks a token up. A refusal counts; beyond the limit it is `rate_limited`, and look-ups wait their turn. */
  async watch<T>(network: string, lookUp: () => Promise<T>): Promise<T> {
    const before = this.countOf(network);
    try {
      return before < FAILURES_PER_MINUTE ? await lookUp() : await this.turns.take(lookUp);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      this.count(network);
      throw error;
    }
  }

  /** Counts a failure; requests that need no token count too. Beyond the limit it refuses with `rate_limited`. */
  count(network: string): void {
    const count = this.countOf(network) + 1;
    if (count > FAILURES_PER_MINUTE) {
      counts.limited.address++;
      throw rateLimited("Your address, without a good access token,", (count - FAILURES_PER_MINUTE) / PER_MS);
    }
    this.remember(network, count);
  }

  private countOf(network: string): number {
    const failures = this.byNetwork.get(network);
    if (!failures) return 0;
    return Math.max(0, failures.count - (performance.now() - failures.at) * PER_MS);
  }

  /** The map keeps the order of its keys: the first is the one that has been quiet longest. */
  private remember(network: string, count: number): void {
    this.byNetwork.delete(network);
    this.byNetwork.set(network, { count, at: performance.now() });
    const [oldest] = this.byNetwork.keys();
    if (this.byNetwork.size > MAX_ADDRESSES && oldest !== undefined) this.byNetwork.delete(oldest);
  }
}
