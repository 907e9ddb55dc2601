// Text is kept byte for byte; only what PostgreSQL or UTF-8 cannot hold is refused.

/** What is wrong with a text of at most `most` code points; null when nothing is. */
export function textFault(text: string, most: number): string | null {
  if (text.includes("\0")) return "must not contain U+0000";
  if (!text.isWellFormed()) return "must not contain lone surrogates";
  // A code point is one or two UTF-16 units: count only where the answer depends on it.
  if (text.length > most && (text.length > 2 * most || [...text].length > most)) {
    return `must have ${inDigits(most)} characters at most`;
  }
  return null;
}

export const hasControlCharacters = (text: string): boolean => /\p{Cc}/u.test(text);

/** A count as a person reads it: 1,000. */
export const inDigits = (count: number): string => count.toLocaleString("en");
