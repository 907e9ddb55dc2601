// What was read for one piece of work and may be wanted again, up to a number of bytes: what was wanted longest ago goes first.

export class Kept<V> {
  private readonly all = new Map<string, { value: V; bytes: number }>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(id: string): V | undefined {
    const found = this.all.get(id);
    if (!found) return undefined;
    // In the order in which they were wanted.
    this.all.delete(id);
    this.all.set(id, found);
    return found.value;
  }

  keep(id: string, value: V, bytes: number): void {
    this.drop(id);
    this.all.set(id, { value, bytes });
    this.bytes += bytes;
    for (const oldest of this.all.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.drop(oldest);
    }
  }

  private drop(id: string): void {
    this.bytes -= this.all.get(id)?.bytes ?? 0;
    this.all.delete(id);
  }
}
