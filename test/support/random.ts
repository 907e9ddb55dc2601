// Chance that repeats: the same seed gives the same choices.

/** A whole number from 0 up to, not including, `bound`. */
export type Dice = (bound: number) => number;

export function dice(seed: number): Dice {
  let state = (seed * 2_654_435_761) % 2_147_483_647 || 1;
  return (bound) => (state = (state * 48_271) % 2_147_483_647) % bound;
}

export const oneOf = <T>(roll: Dice, list: readonly T[]): T => list[roll(list.length)] as T;

export const someOf = <T>(roll: Dice, list: readonly T[]): T[] => list.filter(() => roll(2) === 0);
