// Rows for a client, as many as fit into a number of bytes. How large a row is shows only when it is there: an event may
// have a hundred bytes or eight million. So rows are asked for in pieces of the length that those before let expect, and
// once the bytes are full nothing more is asked for, or kept of what is under way. PostgreSQL makes rows as they are asked
// for, so that what is not wanted costs it nothing either.
import { PortalQuery, type DataRow, type Taker } from "./pg-inside";
import { Statement } from "./statement";
import { nameOf, type Queryable, type TextQuery, type TextRow } from "./text-rows";
import { TIME_LIMITS } from "./time-limits";

/**
 * So many rows are asked for first, and then no more than so many times those that have come: pg reads all that was asked
 * for, also what is beyond the bytes, and the next rows may be a thousand times as long.
 */
const FIRST_PIECE = 16;
const GROWTH = 4;
const MAX_PIECE = 1_024;
/** What a piece comes to where its rows are as long as the longest that were met lately. */
const MAX_EXPECTED_BYTES = 16 * 1024 * 1024;
/** Ten times a usual event. */
const LONG_ROW_BYTES = 8 * 1024;
/** Of so many groups of rows it is known how long theirs were. */
const MAX_KNOWN = 10_000;
/** For so long, and up to twice as long, a long row is expected again, however many short ones are met meanwhile. */
const LATELY_MS = 600_000;

export interface Bound {
  /** They may come to more with the first row alone. */
  bytes: number;
  /** How many rows there are at most, as far as is known. */
  rows: number;
  /** Whose rows they are: the next to be read of the same are expected to be as long. */
  whose: string;
  /** Where they are counted as long as somebody has them. */
  held?: HeldRows;
}

/** What is held on somebody's account: a read takes room before it begins, and then tells what it came to. */
export interface HeldRows {
  reserve(): Promise<void> | undefined;
  read(bytes: number): void;
}

export interface BoundedRows {
  rows: TextRow[];
  /** The row that did not fit; null where all of them are there. */
  next: TextRow | null;
  bytes: number;
}

/** The rows of a query from the first on, up to the bound. One statement; long answers take a few more round trips. */
export async function boundedRows(
  on: Queryable,
  query: TextQuery,
  { bytes, rows, whose, held }: Bound,
): Promise<BoundedRows> {
  const room = held?.reserve();
  if (room) await room;
  const statement = new BoundedStatement(query, { bytes, rows, whose });
  statement.limit = TIME_LIMITS[query.kind ?? "read"];
  await on.query(statement).finally(() => held?.read(statement.bytes));
  return { rows: statement.rows, next: statement.next, bytes: statement.bytes };
}

/** How long the longest rows of each group were: lately, and in the while before that. */
class Lengths {
  private lately = new Map<string, number>();
  private before = new Map<string, number>();
  private since = performance.now();

  /** Undefined where none was met. */
  expected(whose: string): number | undefined {
    const [now, then] = [this.lately.get(whose), this.before.get(whose)];
    return now === undefined ? then : Math.max(now, then ?? 0);
  }

  learn(whose: string, length: number): void {
    if (this.lately.size >= MAX_KNOWN || performance.now() - this.since > LATELY_MS) this.turnOver();
    if (length > (this.lately.get(whose) ?? 0)) this.lately.set(whose, length);
  }

  private turnOver(): void {
    this.before = this.lately;
    this.lately = new Map();
    this.since = performance.now();
  }
}

const lengths = new Lengths();

class BoundedStatement extends Statement implements Taker {
  bytes = 0;
  next: TextRow | null = null;
  readonly rows: TextRow[] = [];
  private readonly most: number;
  private readonly whose: string;
  private longest = 0;
  /** All rows are asked for at once, and the end of the statement with them: that spares two round trips. */
  private readonly atOnce: boolean;

  constructor(query: TextQuery, { bytes, rows, whose }: Bound) {
    super(query.text, query.values, nameOf(query));
    this.most = bytes;
    this.whose = whose;
    const expected = lengths.expected(whose);
    this.atOnce = rows <= (expected === undefined ? FIRST_PIECE : pieceOf(bytes, expected));
  }

  override get isOpen(): boolean {
    return !this.atOnce;
  }

  /** Long rows take as long to make as long lists. */
  override get isLong(): boolean {
    return super.isLong || (!this.atOnce && (lengths.expected(this.whose) ?? 0) > LONG_ROW_BYTES);
  }

  override toPg(name: string | undefined): PortalQuery {
    return new PortalQuery({ text: this.text, values: this.values, name }, this);
  }

  piece(): number | null {
    if (this.atOnce) return null;
    const expected = lengths.expected(this.whose) ?? 0;
    if (this.rows.length === 0) return Math.min(FIRST_PIECE, pieceOf(this.most, expected));
    return Math.min(
      pieceOf(this.most - this.bytes, this.longest),
      pieceOf(MAX_EXPECTED_BYTES, expected),
      GROWTH * this.rows.length,
    );
  }

  take({ fields, length }: DataRow): boolean {
    if (this.next) return false;
    if (length > this.longest) {
      this.longest = length;
      // Others who read the same at this moment are to know before their next piece.
      lengths.learn(this.whose, length);
    }
    if (this.rows.length > 0 && this.bytes + length > this.most) {
      this.next = fields;
      return false;
    }
    this.bytes += length;
    this.rows.push(fields);
    return true;
  }
}

/** How many rows to ask for; one more than fits, to see whether more follows. */
const pieceOf = (bytes: number, length: number): number =>
  Math.min(Math.max(Math.floor(bytes / Math.max(length, 1)), 0) + 1, MAX_PIECE);
