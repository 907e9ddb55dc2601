// A query of pg's whose rows are PostgreSQL's own text, and which may take the beginning and the end of its transaction
// along, so that neither waits for a round trip of its own.
import pg from "pg";

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
  prepare(connection: Connection): void;
  _getRows(): void;
  handlePortalSuspended(connection: Connection): void;
  handleCommandComplete(complete: unknown, connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}

export interface Connection {
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
  /** The transaction is committed just after it, unless it fails: PostgreSQL skips what follows a failure. */
  commits = false;
  /** It has been answered, and not by an error. */
  isAnswered = false;
  protected readonly found: TextRow[] = [];
  #connection: Connection | undefined;

  // A configuration in one object would be copied, descriptor by descriptor, which takes longer than all the rest of it.
  constructor(text: string, values: unknown[], name: string | undefined) {
    super(text, values);
    this.name = name;
  }

  override prepare(connection: Connection): void {
    this.#connection = connection;
    // Without a name of its own it would be displaced by what is parsed after it; with one, pg takes the first statement
    // that is parsed for it.
    const startsFirst = this.starts && this.name === undefined;
    if (startsFirst) command(connection, "start transaction");
    super.prepare(this.starts && !startsFirst ? starting(connection) : undescribed(connection));
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

/** The same, and a transaction starts between a statement's Parse and its Bind. */
const starting = altered((connection) => ({
  describe: nothing,
  bind: (portal) => {
    command(connection, "start transaction");
    connection.bind(portal);
  },
}));

/** Makes a connection's double, once for each. */
function altered(by: (connection: Connection) => Partial<Connection>): (of: Connection) => Connection {
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
