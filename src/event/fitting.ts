// What comes to more than the service takes at once goes in smaller pieces: how large what is there already is shows only
// when it is read.
import { Problem } from "../errors";

/** Refusals of a batch as a whole: of its bytes, or of its attendees. */
const TOO_MUCH = new Set([400, 413]);

export const isTooMuch = (error: unknown): error is Problem =>
  error instanceof Problem && TOO_MUCH.has(error.status);

/**
 * Writes the items together, or in halves of halves where that is too much at once; answers in their order. What is too much
 * by itself is refused, and the others go in.
 */
export async function inFittingPieces<T, R extends object>(
  items: readonly T[],
  write: (piece: readonly T[]) => Promise<readonly R[]>,
): Promise<(R | { problem: Problem })[]> {
  try {
    return [...(await write(items))];
  } catch (error) {
    if (!isTooMuch(error) || items.length === 0) throw error;
    if (items.length === 1) return [{ problem: error }];
  }
  const half = Math.ceil(items.length / 2);
  return [
    ...(await inFittingPieces(items.slice(0, half), write)),
    ...(await inFittingPieces(items.slice(half), write)),
  ];
}
