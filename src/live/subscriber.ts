// One subscription's place in the hub: it waits here until there may be news, or until it is over.
import type { CalendarRef } from "../context";
import type { Caller } from "../entities/caller";
import type { Problem } from "../errors";
import type { TickPlace } from "../context";
import { EPOCH, type Instant } from "../values/instants";

export class Subscriber {
  /** The feed has been read up to here. */
  covered: Instant = EPOCH;
  /** For one that began with nothing and is not past the calendar's floor yet: the clock as it began. */
  began: Instant | null = null;
  /** Within the tick that follows, where that is too long for one reading: it has been read up to here. */
  within: TickPlace | null = null;
  private news = false;
  private over = false;
  private problem: Problem | null = null;
  private resume: (() => void) | null = null;

  constructor(
    readonly caller: Caller,
    /** Null: it hears of whatever changes in the organisation. */
    readonly calendar: CalendarRef | null,
  ) {}

  /** There may be something to read. */
  wake(): void {
    this.news = true;
    this.resume?.();
  }

  /** It is over, because whoever listens went away or the service is stopping. */
  end(): void {
    this.over = true;
    this.resume?.();
  }

  /** It is over, and this is why. */
  cut(problem: Problem): void {
    this.problem ??= problem;
    this.resume?.();
  }

  /** Throws why it was cut, if it was; answers whether it goes on. */
  goesOn(): boolean {
    if (this.problem) throw this.problem;
    return !this.over;
  }

  /** Waits for news since the last call; false where it is over. Throws why it was cut. */
  async waitForNews(): Promise<boolean> {
    while (this.goesOn() && !this.news) {
      await new Promise<void>((resolve) => (this.resume = resolve));
      this.resume = null;
    }
    this.news = false;
    return this.goesOn();
  }
}
