// How much JSON may hold, beside how long it is: a mebibyte of `{}` is 350,000 objects, and whoever looks at each of them,
// or tells what is wrong with them, holds everybody else up meanwhile.
import { badSyntax } from "../errors";

/** More than 10,000 attendees and 500 events have. */
export const MAX_VALUES = 100_000;
/** More than any object of ours has. */
export const MAX_FIELDS = 100;
/** Deeper than any object of ours goes. */
export const MAX_LEVELS = 50;

const inWords = (count: number): string => count.toLocaleString("en");

/**
 * Refuses, as `bad_request`, JSON with too many values or with an object of too many fields. `what` is what the client calls
 * it, such as `variables`. What lies deeper than any object of ours goes is refused too, or left alone where nobody would look
 * there (`deeper`). Costs a look at each value, and no recursion.
 */
export function requireBoundedJson(
  json: unknown,
  what: string,
  deeper: "refused" | "left alone" = "refused",
): void {
  let values = 0;
  let level: object[] = isNested(json) ? [json] : [];
  for (let levels = 1; level.length > 0; levels++) {
    if (levels > MAX_LEVELS && deeper === "left alone") return;
    if (levels > MAX_LEVELS)
      throw badSyntax(`${what} must be nested at most ${inWords(MAX_LEVELS)} levels deep.`);
    const lists = level.map((one) => valuesOf(one, what));
    for (const { length } of lists) values += length;
    if (values > MAX_VALUES)
      throw badSyntax(`${what} must have at most ${inWords(MAX_VALUES)} values in all.`);
    level = lists.flatMap((list) => list.filter(isNested));
  }
}

const isNested = (value: unknown): value is object => typeof value === "object" && value !== null;

function valuesOf(one: object, what: string): unknown[] {
  if (Array.isArray(one)) return one;
  const values: unknown[] = Object.values(one);
  if (values.length > MAX_FIELDS)
    throw badSyntax(`${what} must have at most ${inWords(MAX_FIELDS)} fields in one object.`);
  return values;
}
