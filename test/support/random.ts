// Chance that repeats: the same seed draws the same numbers, on any machine.

/** sfc32, seeded from a text. */
export class Random {
  private readonly state = new Uint32Array(4);

  constructor(readonly seed: string) {
    let hash = 0x811c9dc5;
    for (let index = 0; index < 4; index++) {
      for (const letter of `${seed}/${index}`)
        hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
      this.state[index] = hash;
    }
    for (let warm = 0; warm < 16; warm++) this.next();
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    const state = this.state as Uint32Array & { 0: number; 1: number; 2: number; 3: number };
    const [a, b, c, d] = [state[0], state[1], state[2], state[3]];
    const sum = (a + b + d) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    state[3] = d + 1;
    return sum / 0x1_0000_0000;
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("There is nothing to pick from.");
    return picked;
  }

  /** Each with a chance of one half. */
  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.chance(0.5));
  }

  /** One of the names, as often as its weight says. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[];
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      left -= weights[name];
      if (left < 0) return name;
    }
    return names.at(-1) as Name;
  }
}
