// Who reads a whole calendar is in no hurry, and takes turns: were every stream to read as fast as it is read, two hundred
// of them would have all connections and all of the processor, and who asks for one event would wait for seconds.

export class Turns {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  /** Does the work when it is its turn: first come, first served. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // Everybody else's requests go first.
      if (next) setImmediate(next);
      else this.free++;
    }
  }
}
