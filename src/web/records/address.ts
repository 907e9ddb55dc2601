/**
 * Which record an address is about: `/records/Contact/55`, or `/records/contact-55`, or, as ids are one row for all
 * types, `/records/55` alone. `/records` is where one looks for one.
 */
import type { RecordType } from "../api/operations";

export interface RecordAddress {
  /** Null where only the id is known. */
  type: RecordType | null;
  id: string;
}

export const TYPES: readonly RecordType[] = ["Contact", "Account", "Opportunity", "Lead"];

export const typeOf = (word: string | undefined): RecordType | undefined =>
  TYPES.find((type) => type.toLowerCase() === word?.toLowerCase());

export const isStart = (path: string): boolean => /^\/records\/?$/.test(path);

/** Null where an address can be no record's. */
export function readAddress(path: string): RecordAddress | null {
  const [, word, id = ""] = /^\/records\/(?:(\w+)[-/])?(\d{1,16})\/?$/.exec(path) ?? [];
  if (id === "") return null;
  const type = typeOf(word);
  if (word !== undefined && type === undefined) return null;
  return { type: type ?? null, id };
}
