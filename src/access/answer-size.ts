// How much one answer of GraphQL may hold. Lists without a size weigh as if they were short (src/graphql/bounds.ts), and an
// event may have a hundred bytes or a million: what an answer comes to is known only as it is read, so it is counted then.
import { perRequest, type Context } from "../context";
import { badSyntax } from "../errors";

const MAX_ENTRIES = 50_000;
/** Every field of every object is one. */
const MAX_VALUES = 1_000_000;
const MEBIBYTE = 1024 * 1024;
export const MAX_ANSWER_BYTES = 16 * MEBIBYTE;
/** What is read for an answer, which may show less of it. */
const MAX_READ_BYTES = 24 * MEBIBYTE;
/** An answer of which less was read cannot come to too much, whatever it repeats. */
const HARMLESS_BYTES = 64 * 1024;

export const TOO_MANY = `The lists below what was asked for hold more than ${MAX_ENTRIES.toLocaleString("en")} entries: ask for smaller pages, or for fewer lists within lists.`;
export const TOO_MANY_VALUES = `The answer holds more than ${MAX_VALUES.toLocaleString("en")} values: ask for smaller pages, or for fewer fields.`;
export const TOO_LARGE = `An answer may come to ${MAX_ANSWER_BYTES / MEBIBYTE} MiB at most`;

/** Counts the entries of the lists of one answer, and the bytes of what it shows. */
export class AnswerSize {
  private count = 0;
  private values = 0;
  /** How many pages were asked for. */
  private pages = 0;
  private rows = 0;
  private bytes = 0;
  private printed = 0;
  /** Some of the rows are of one tick of a feed, which no smaller page would split. */
  hasLongTick = false;

  /** Refuses, as `bad_request`, what is too much. */
  add(more: number): void {
    this.count += more;
    if (this.count > MAX_ENTRIES) throw badSyntax(TOO_MANY);
  }

  /** Objects with so many values in all are about to be made: refused as `bad_request` once there are too many. Answers how many there are by now. */
  addValues(more: number): number {
    this.values += more;
    if (this.values > MAX_VALUES) throw badSyntax(TOO_MANY_VALUES);
    return this.values;
  }

  /** The list, counted. Once an answer is refused, its other lists are empty: thousands of errors take seconds. */
  take(list: readonly unknown[]): readonly unknown[] {
    if (this.count > MAX_ENTRIES || this.values > MAX_VALUES) return [];
    this.add(list.length);
    return list;
  }

  /** Pages are about to be read: refused as `bad_request` once there is too much already. */
  ask(pages: number): void {
    this.pages += pages;
    this.requireRoom();
  }

  /** Rows were read. */
  read(rows: number, bytes: number): void {
    this.rows += rows;
    this.bytes += bytes;
    this.requireRoom();
  }

  /** How many bytes may still be read. */
  get room(): number {
    return Math.max(MAX_READ_BYTES - this.bytes, 0);
  }

  /** JSON was printed. */
  print(length: number): void {
    this.printed += length;
    this.requireRoom();
  }

  get valuesSoFar(): number {
    return this.values;
  }

  get isHarmless(): boolean {
    return this.bytes <= HARMLESS_BYTES;
  }

  /** What the answer is refused with, where it is too large. */
  get refusal(): string {
    return `${TOO_LARGE}: ${this.advice()}.`;
  }

  private requireRoom(): void {
    if (this.bytes > MAX_READ_BYTES || this.printed > MAX_ANSWER_BYTES) throw badSyntax(TOO_LARGE);
  }

  private advice(): string {
    if (this.hasLongTick)
      return "these changes have one `lastModifiedAt`, and no page ends within: ask for them without `description`, `attendees` and `relatedTo`, and for each event by its id";
    const perRow = Math.max(this.bytes, this.printed) / Math.max(this.rows, 1);
    const fits = Math.floor(MAX_ANSWER_BYTES / perRow / Math.max(this.pages, 1));
    if (this.pages === 0 || fits < 1) return "ask for fewer events, or for fewer of their fields";
    return `first: ${fits} fits, or fewer fields`;
  }
}

/** The size of the answer that a request is about to get. */
export const answerSizeOf = perRequest(() => new AnswerSize());

/** A page, counted as part of the answer; the piece of a list is not, which has left before the next one is read. */
export async function countedPage<Page>(
  ctx: Context,
  read: () => Promise<Page>,
  comesTo: (page: Page) => { rows: number; bytes: number },
): Promise<Page> {
  if (ctx.piece) return read();
  const size = answerSizeOf(ctx);
  size.ask(1);
  const page = await read();
  const { rows, bytes } = comesTo(page);
  size.read(rows, bytes);
  return page;
}
