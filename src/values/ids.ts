// Ids: 64-bit integers below 2^53, decimal text inside and on the wire, but for the Longs of the requirements.
import type { Schema } from "./schema";

const ID = /^[1-9]\d{0,15}$/;

export const ID_RULE = "must be a whole number from 1 to 9007199254740991, as text or number";

/** What `parseId` takes, near enough: text of sixteen digits may still be beyond 2^53. */
export const ID_SCHEMA: Schema = {
  type: ["string", "integer"],
  pattern: ID.source,
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
};

/** The same, and what programs write for "none": `""` and 0. */
export const ID_OR_NONE_SCHEMA: Schema = { ...ID_SCHEMA, pattern: "^(?:[1-9]\\d{0,15}|0?)$", minimum: 0 };

/** Whether that is what stands there. */
export const isNoId = (given: unknown): boolean => given === "" || given === 0 || given === "0";

/** Reads an id given as text or number; null when it is none. */
export function parseId(given: unknown): string | null {
  if (typeof given === "number") return Number.isSafeInteger(given) && given > 0 ? String(given) : null;
  if (typeof given !== "string" || !ID.test(given)) return null;
  return Number.isSafeInteger(Number(given)) ? given : null;
}
