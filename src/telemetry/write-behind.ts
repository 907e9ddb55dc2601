// What is gathered in memory and written a while later, all of it together: one writing at a time, and again where it failed.
import type { Trouble } from "./trouble";

const WRITE_EVERY_MS = 3_000;

export class WriteBehind {
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    /** Writes what there is, if anything. Where it cannot it keeps it, and throws. */
    private readonly write: () => Promise<void>,
    private readonly trouble: Trouble,
    private readonly everyMs = WRITE_EVERY_MS,
  ) {}

  /** Nothing more is to be gathered: nobody would write it. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Something was gathered: it is written within 3 s. */
  due(): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => this.writeNext(), this.everyMs).unref();
  }

  /** Writes what there is, once the writing under way has ended. What cannot be written now is lost. */
  async close(): Promise<void> {
    this.closed = true;
    this.writeNext();
    await this.writing;
  }

  private writeNext(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.attempt());
  }

  private async attempt(): Promise<void> {
    try {
      await this.write();
      this.trouble.over();
    } catch (error) {
      if (!this.closed) this.trouble.tell(error);
      this.due();
    }
  }
}
