// What goes wrong again and again for one reason: the log tells it once, until it has gone well in between.
import type { Log } from "./log";

export class Trouble {
  private isTold = false;

  constructor(
    private readonly log: Pick<Log, "warn">,
    /** What does not work, and what becomes of it. */
    private readonly message: string,
  ) {}

  tell(error: unknown): void {
    if (!this.isTold) this.log.warn({ err: error }, this.message);
    this.isTold = true;
  }

  /** It went well. */
  over(): void {
    this.isTold = false;
  }
}
