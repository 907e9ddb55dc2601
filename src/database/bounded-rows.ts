// Rows for a client, as many as fit into a number of bytes. How large a row is shows only when it is there: an event may
// have a hundred bytes or eight million. So rows are asked for in pieces of the length that those before let expect, and
// once the bytes are full nothing more is asked for, or kept of what is under way. PostgreSQL makes rows as they are asked
// for, so that what is not wanted costs it nothing either.
import { nameOf, answered, type Queryable, type TextQuery, type TextRow } from "./text-rows";
import { TIME_LIMITS } from "./time-limits";
import { TextRowsQuery, type Connection, type DataRow } from "./text-rows-query";

/** How many rows are asked for at once where nothing is known of their length; more than a usual page. */
const MAX_FIRST_PIECE = 128;
const MAX_PIECE = 1_024;
/** Of so many groups of rows it is known how long theirs were. */
const MAX_KNOWN = 10_000;

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
  { text, values, once, kind = "read" }: TextQuery,
  { bytes, rows, whose, held }: Bound,
): Promise<BoundedRows> {
  const room = held?.reserve();
  if (room) await room;
  const expected = known.get(whose);
  const query = new BoundedRowsQuery(text, values, once ? undefined : nameOf(text), {
    bytes,
    rows,
    expected,
  });
  query.limit = TIME_LIMITS[kind];
  const found = await answered(on, query).finally(() => held?.read(query.bytes));
  learn(whose, Math.max(query.longest, (expected ?? 0) / 2));
  return { rows: found, next: query.next, bytes: query.bytes };
}

/** How long rows were, the last time and the times before. */
const known = new Map<string, number>();

function learn(whose: string, length: number): void {
  if (!known.has(whose) && known.size >= MAX_KNOWN) {
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  }
  known.set(whose, length);
}

interface Expectation extends Pick<Bound, "bytes" | "rows"> {
  /** How long a row is thought to be at most. */
  expected: number | undefined;
}

class BoundedRowsQuery extends TextRowsQuery {
  bytes = 0;
  longest = 0;
  next: TextRow | null = null;
  private readonly most: number;
  private piece: number;
  /** All rows are asked for at once, and the end of the statement with them: that spares two round trips. */
  private readonly atOnce: boolean;

  constructor(
    text: string,
    values: unknown[],
    name: string | undefined,
    { bytes, rows, expected }: Expectation,
  ) {
    super(text, values, name);
    this.most = bytes;
    this.piece = expected === undefined ? MAX_FIRST_PIECE : pieceOf(bytes, expected);
    this.atOnce = rows <= this.piece;
  }

  override _getRows(): void {
    if (this.atOnce) super._getRows();
    else this.ask();
  }

  override handleDataRow(row: DataRow): void {
    if (this.next) return;
    this.longest = Math.max(this.longest, row.length);
    if (this.found.length > 0 && this.bytes + row.length > this.most) {
      this.next = row.fields;
      return;
    }
    this.bytes += row.length;
    super.handleDataRow(row);
  }

  override handlePortalSuspended(connection: Connection): void {
    if (this.next) {
      connection.sync();
      return;
    }
    this.piece = pieceOf(this.most - this.bytes, this.longest);
    this.ask();
  }

  protected override completed(connection: Connection): void {
    if (!this.atOnce) connection.sync();
  }

  override handleError(error: Error, connection: Connection): void {
    if (!this.atOnce) connection.sync();
    super.handleError(error, connection);
  }

  private ask(): void {
    this.connection.execute({ rows: this.piece });
    this.connection.flush();
  }
}

/** How many rows to ask for; one more than fits, to see whether more follows. */
const pieceOf = (bytes: number, length: number): number =>
  Math.min(Math.max(Math.floor(bytes / Math.max(length, 1)), 0) + 1, MAX_PIECE);
