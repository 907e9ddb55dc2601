// A statement as the service sends it: its rows are PostgreSQL's own text, and it may take its time limit, and the beginning
// and the end of its transaction along, so that none of them waits for a round trip of its own (src/database/client.ts).
import type pg from "pg";
import { setLimit, TIME_LIMITS, type TimeLimit } from "./time-limits";

/** A row of text columns, in the order of the SELECT list; a boolean is "t" or "f". */
export type TextRow = (string | null)[];

export interface TextRows {
  rows: TextRow[];
}

const AS_TEXT = { getTypeParser: () => (text: string) => text } as pg.CustomTypesConfig;

export class Statement {
  /** The transaction starts just before it. */
  starts = false;
  /** The transaction is committed just after it, unless it fails. */
  commits = false;
  /** What it may take; of the statements of a transaction, the one that starts it sets the limit of all. */
  limit: TimeLimit = TIME_LIMITS.read;
  /** Its transaction has a limit already. */
  isLimited = false;
  /** Outside a transaction it goes where look-ups of one row go (src/database/look-ups.ts). */
  isLookUp = false;

  /** `name` is that of a statement which stays prepared. */
  constructor(
    public text: string,
    public values: unknown[],
    readonly name: string | undefined,
  ) {}

  /** While its rows come, nothing else may be sent on its connection. */
  get isOpen(): boolean {
    return false;
  }

  /** It may keep PostgreSQL busy for long. Searches and digests go through many rows to find a few. */
  get isLong(): boolean {
    return this.limit === TIME_LIMITS.search || this.limit === TIME_LIMITS.digest;
  }

  /** In the words of pg. */
  toPg(name: string | undefined): pg.QueryArrayConfig | pg.Query {
    return { text: this.text, values: this.values, name, rowMode: "array", types: AS_TEXT };
  }

  /** What is sent before it in its transaction, if anything; `sessionMs` is the limit of the session. */
  before(sessionMs: number | null): string | null {
    const isOwn = this.isLimited || (this.limit.ms === sessionMs && !this.limit.also);
    if (isOwn) return this.starts ? "start transaction" : null;
    return `start transaction; ${setLimit(this.limit)}`;
  }
}
