/**
 * Lets a few work at a time; the others wait in line. What has to wait is in no hurry, so whatever else there is to do
 * goes first: two hundred long lists would otherwise have all connections and all of the processor.
 */
export class Turns {
  private readonly line: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.line.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      if (next) setImmediate(next);
      else this.free++;
    }
  }
}
