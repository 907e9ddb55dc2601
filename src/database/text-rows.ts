// The read path: rows arrive as arrays of PostgreSQL's own text, unparsed. Turning timestamps into Dates and
// jsonb into objects, only to print them again, costs three times as much as the query (test/bench).
import pg from "pg";

/** A row of text columns, in the order of the SELECT list; a boolean is "t" or "f". */
export type TextRow = (string | null)[];

export interface TextQuery {
  /** Never holds a literal of a client's: every text becomes one prepared statement per connection, but with `once`. */
  text: string;
  values: unknown[];
  /** For texts of which there are many, one for each set of columns: not kept as prepared statements. */
  once?: true;
}

/** What runs a query: the pool, or the client of a transaction. */
export interface Queryable {
  query(query: pg.Query): unknown;
}

/** What pg's Query is to its connection, beyond what its types say. */
interface Conversation {
  name?: string | undefined;
  queryMode?: "extended";
  callback?: (error: Error | null, rows?: TextRow[]) => void;
  prepare(connection: Connection): void;
}
type Connection = { describe(): void } & object;

/** The connection, but that it never asks PostgreSQL to describe the columns: who reads text by position needs no names. */
const undescribed = new WeakMap<Connection, Connection>();

function withoutDescribe(connection: Connection): Connection {
  let quiet = undescribed.get(connection);
  if (!quiet) {
    quiet = Object.create(connection, { describe: { value: () => undefined } }) as Connection;
    undescribed.set(connection, quiet);
  }
  return quiet;
}

/**
 * pg's own query, less the description of the result, which costs both sides more than a row does: some 20
 * microseconds each, at every execution.
 */
class TextRowsQuery extends (pg.Query as unknown as new (
  text: string,
  values: unknown[],
) => pg.Query & Conversation) {
  override readonly queryMode = "extended";
  private readonly found: TextRow[] = [];

  // A configuration in one object would be copied, descriptor by descriptor, which takes longer than all the rest of it.
  constructor({ text, values, once }: TextQuery) {
    super(text, values);
    this.name = once ? undefined : nameOf(text);
  }

  override prepare(connection: Connection): void {
    super.prepare(withoutDescribe(connection));
  }

  handleDataRow({ fields }: { fields: TextRow }): void {
    this.found.push(fields);
  }

  handleReadyForQuery(): void {
    this.callback?.(null, this.found);
  }
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `tidemark-${names.size + 1}`;
    names.set(text, name);
  }
  return name;
}

export function textRows(on: Queryable, asked: TextQuery): Promise<TextRow[]> {
  const query = new TextRowsQuery(asked);
  const answered = on.query(query);
  // A pool calls back itself, when it has taken its connection home; a connection leaves that to the query.
  if (answered !== query) return answered as Promise<TextRow[]>;
  return new Promise((resolve, reject) => {
    query.callback = (error, rows) => (error ? reject(error) : resolve(rows ?? []));
  });
}

/** The only row there is, or null. */
export async function textRow(on: Queryable, query: TextQuery): Promise<TextRow | null> {
  return (await textRows(on, query))[0] ?? null;
}
