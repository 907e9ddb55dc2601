// One request of an attack: made from seed and number alone, so that it can be made again.
import type { Home } from "./values";

export type Door = "rest" | "graphql" | "page" | "raw" | "socket";

export interface Shot {
  door: Door;
  /** Whose it is: marks of anybody else must not be in the answer. */
  home: Home;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** For `raw` and `socket`: what is written, piece by piece, in Latin-1. */
  pieces?: readonly string[];
}

/** A shot as somebody would want to read it. */
export function readable({ home: _home, ...shot }: Shot, most = 4_000): string {
  const text = JSON.stringify(shot);
  return text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text;
}
