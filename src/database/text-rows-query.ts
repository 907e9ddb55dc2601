// A query of pg's whose rows are PostgreSQL's own text, and which may take the beginning and the end of its transaction
// along, and its time limit, so that none of them waits for a round trip of its own.
import pg from "pg";
import { sqlState, STATEMENT_ENDED } from "../errors";
import { setLimit, TIME_LIMITS, type TimeLimit } from "./time-limits";

/** A row of text columns, in the order of the SELECT list; a boolean is "t" or "f". */
export type TextRow = (string | null)[];

/** A row as it arrives, and how many bytes it took. */
export interface DataRow {
  fields: TextRow;
  length: number;
}

/** What pg's Query is to its connection, beyond what its types say. */
interface Conversation {
  name?: string | undefined;
  queryMode?: "extended";
  callback?: (error: Error | null, rows?: TextRow[]) => void;
  hasBeenParsed(connection: Connection): boolean;
  prepare(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
  _getRows(): void;
  handlePortalSuspended(connection: Connection): void;
  handleCommandComplete(complete: unknown, connection: Connection): void;
}

export interface Connection {
  parsedStatements: Record<string, string>;
  close(what: object): void;
  parse(statement: { text: string }): void;
  bind(portal: object): void;
  describe(what: object): void;
  execute(portal: object): void;
  flush(): void;
  sync(): void;
}

/** Sends a statement without values, whose answer nobody needs, ahead of the one that asks for an answer. */
function command(connection: Connection, text: string): void {
  connection.parse({ text });
  connection.bind({});
  connection.execute({});
}

/**
 * pg's own query, less the description of the result, which costs both sides more than a row does: some 20
 * microseconds each, at every execution. Who reads text by position needs no names.
 */
export class TextRowsQuery extends (pg.Query as unknown as new (
  text: string,
  values: unknown[],
) => pg.Query & Conversation) {
  override readonly queryMode = "extended";
  /** The transaction starts just before it. */
  starts = false;
  /** What it may take; of the statements of a transaction, the one that starts it sets the limit of all. */
  limit: TimeLimit = TIME_LIMITS.read;
  /** Its transaction has a limit already. */
  isLimited = false;
  /** The limit of the session that it is sent to; null: none. */
  sessionMs: number | null = null;
  /** The transaction is committed just after it, unless it fails: PostgreSQL skips what follows a failure. */
  commits = false;
  /** It has been answered, and not by an error. */
  isAnswered = false;
  protected readonly found: TextRow[] = [];
  private sentAt = 0;
  private isNew = false;
  /** How many statements that were sent before it are not yet complete. */
  private aheadOfIt = 0;
  #connection: Connection | undefined;

  // A configuration in one object would be copied, descriptor by descriptor, which takes longer than all the rest of it.
  constructor(text: string, values: unknown[], name: string | undefined) {
    super(text, values);
    this.name = name;
  }

  override prepare(connection: Connection): void {
    this.#connection = connection;
    this.sentAt = performance.now();
    const ahead = this.ahead();
    this.aheadOfIt = ahead.length;
    // Without a name of its own it would be displaced by what is parsed after it; with one, pg takes the first statement
    // that is parsed for it.
    this.isNew = this.name !== undefined && ahead.length > 0 && !this.hasBeenParsed(connection);
    if (this.name !== undefined && !this.isNew) {
      super.prepare(after(ahead)(connection));
      return;
    }
    for (const text of ahead) command(connection, text);
    // To parse it takes locks, which it must wait for under its own limit.
    if (this.isNew) connection.close({ type: "S", name: this.name });
    super.prepare(undescribed(connection));
  }

  /** What is sent before it, in its transaction. */
  private ahead(): string[] {
    const isOwn = this.isLimited || (this.limit.ms === this.sessionMs && !this.limit.also);
    return [...(this.starts ? ["start transaction"] : []), ...(isOwn ? [] : [setLimit(this.limit)])];
  }

  /** An error that says it was ended is told which limit that was, unless somebody ended it before. */
  override handleError(error: Error, connection: Connection): void {
    const isOver = performance.now() - this.sentAt >= this.limit.ms * 0.95;
    if (isOver && sqlState(error) === STATEMENT_ENDED) Object.assign(error, { limit: this.limit });
    // What pg takes for its parsing may have been that of a statement before it: next time it is closed and parsed anew.
    if (this.isNew && this.name !== undefined) delete connection.parsedStatements[this.name];
    super.handleError(error, connection);
  }

  override handleCommandComplete(_complete: unknown, connection: Connection): void {
    if (this.aheadOfIt > 0) this.aheadOfIt--;
    else this.completed(connection);
  }

  /** It is complete itself; what was sent after it is still to come. */
  protected completed(_connection: Connection): void {
    // All that it needs was sent with it.
  }

  /** Not its double, whose Bind starts a transaction. */
  protected get connection(): Connection {
    return this.#connection as Connection;
  }

  override _getRows(): void {
    const { connection } = this;
    connection.execute({});
    if (this.commits) command(connection, "commit");
    connection.sync();
  }

  handleDataRow({ fields }: DataRow): void {
    this.found.push(fields);
  }

  handleReadyForQuery(): void {
    this.isAnswered = true;
    this.callback?.(null, this.found);
  }
}

const nothing = (): void => undefined;

/** The same connection, but that it does not ask PostgreSQL to describe the columns. */
const undescribed = altered(() => ({ describe: nothing }));

type Alter = (of: Connection) => Connection;
const afterwards = new Map<string, Alter>();

/** The same, and `texts` (of which there are few) run between a statement's Parse and its Bind. */
function after(texts: readonly string[]): Alter {
  if (texts.length === 0) return undescribed;
  const key = texts.join(";");
  let alter = afterwards.get(key);
  if (!alter) {
    alter = altered((connection) => ({
      describe: nothing,
      bind: (portal) => {
        for (const text of texts) command(connection, text);
        connection.bind(portal);
      },
    }));
    afterwards.set(key, alter);
  }
  return alter;
}

/** Makes a connection's double, once for each. */
function altered(by: (connection: Connection) => Partial<Connection>): Alter {
  const doubles = new WeakMap<Connection, Connection>();
  return (connection) => {
    let double = doubles.get(connection);
    if (!double) {
      double = Object.assign(Object.create(connection) as Connection, by(connection));
      doubles.set(connection, double);
    }
    return double;
  };
}
