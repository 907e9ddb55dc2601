// How much JSON may hold, beside how long it is: a mebibyte of `{}` is 350,000 objects, and whoever looks at each of them,
// or tells what is wrong with them, holds everybody else up meanwhile.
import { badSyntax } from "../errors";
import { inDigits } from "./text";

/** More than 10,000 attendees and 500 events have. */
export const MAX_VALUES = 100_000;
/** More than any object of ours has. */
export const MAX_FIELDS = 100;
/** Deeper than any object of ours goes. */
export const MAX_LEVELS = 50;

const tooDeep = (what: string): Error =>
  badSyntax(`${what} must be nested at most ${inDigits(MAX_LEVELS)} levels deep.`);
const tooManyValues = (what: string): Error =>
  badSyntax(`${what} must have at most ${inDigits(MAX_VALUES)} values in all.`);
const tooManyFields = (what: string): Error =>
  badSyntax(`${what} must have at most ${inDigits(MAX_FIELDS)} fields in one object.`);

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
    if (levels > MAX_LEVELS) throw tooDeep(what);
    const lists = level.map((one) => valuesOf(one, what));
    for (const { length } of lists) values += length;
    if (values > MAX_VALUES) throw tooManyValues(what);
    level = lists.flatMap((list) => list.filter(isNested));
  }
}

const isNested = (value: unknown): value is object => typeof value === "object" && value !== null;

function valuesOf(one: object, what: string): unknown[] {
  if (Array.isArray(one)) return one;
  const values: unknown[] = Object.values(one);
  if (values.length > MAX_FIELDS) throw tooManyFields(what);
  return values;
}

const codeOf = (sign: string): number => sign.charCodeAt(0);
const [QUOTE, COMMA, COLON, BACKSLASH, SPACE] = ['"', ",", ":", "\\", " "].map(codeOf) as Five;
type Five = [number, number, number, number, number];
const OPENING = new Set(["{", "["].map(codeOf));
const CLOSING = new Set(["}", "]"].map(codeOf));
/** Shorter texts hold too little to be worth a look of their own. */
const MIN_LOOKED_AT = 16 * 1024;

/**
 * The same of JSON that is not parsed yet: to parse a mebibyte of brackets takes more than a second, and one of keys a third,
 * where a look at its bytes takes some milliseconds. What is no JSON is left to the parser.
 */
export function requireBoundedText(
  json: Uint8Array,
  what: string,
  deeper: "refused" | "left alone" = "refused",
): void {
  if (json.length < MIN_LOOKED_AT) return;
  const count = new Count(what, deeper);
  for (let at = 0; at < json.length; at++) {
    const byte = json[at] as number;
    if (byte <= SPACE) continue;
    count.see(byte);
    if (byte !== QUOTE) continue;
    at = endOfText(json, at);
    if (at < 0) return;
  }
}

/** What the signs of a JSON text, outside its texts, let count so far. */
class Count {
  private values = 0;
  private level = 0;
  /** Just behind an opening bracket. */
  private isFirst = false;
  /** How many there are in the object that is open at each level. */
  private readonly fields = new Uint32Array(MAX_LEVELS + 1);

  constructor(
    private readonly what: string,
    private readonly deeper: "refused" | "left alone",
  ) {}

  see(byte: number): void {
    const closes = CLOSING.has(byte);
    if (byte === COMMA || (this.isFirst && !closes)) this.values++;
    if (this.values > MAX_VALUES) throw tooManyValues(this.what);
    this.isFirst = OPENING.has(byte);
    if (this.isFirst) this.open();
    else if (closes) this.level--;
    else if (byte === COLON) this.field();
  }

  private open(): void {
    this.level++;
    if (this.level <= MAX_LEVELS) this.fields[this.level] = 0;
    else if (this.deeper === "refused") throw tooDeep(this.what);
  }

  private field(): void {
    const count = (this.fields[this.level] ?? 0) + 1;
    if (this.level >= 0 && this.level <= MAX_LEVELS) this.fields[this.level] = count;
    if (count > MAX_FIELDS) throw tooManyFields(this.what);
  }
}

/** Where the quote stands that ends the text which begins at `from`; -1 where none does. */
function endOfText(json: Uint8Array, from: number): number {
  for (let end = json.indexOf(QUOTE, from + 1); end > 0; end = json.indexOf(QUOTE, end + 1)) {
    let escapes = 0;
    while (json[end - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return -1;
}
