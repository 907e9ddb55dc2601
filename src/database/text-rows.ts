// The read path: rows arrive as arrays of PostgreSQL's own text, unparsed. Turning timestamps into Dates and
// jsonb into objects, only to print them again, costs three times as much as the query (test/bench).
import { TextRowsQuery, type TextRow } from "./text-rows-query";
import { TIME_LIMITS, type StatementKind } from "./time-limits";

export type { TextRow } from "./text-rows-query";

export interface TextQuery {
  /** Never holds a literal of a client's: every text becomes one prepared statement per connection, but with `once`. */
  text: string;
  values: unknown[];
  /** For texts of which there are many, one for each set of columns: not kept as prepared statements. */
  once?: true;
  /** How long it may take, outside a transaction: by default what a read may. */
  kind?: StatementKind;
}

/** What runs a query: the pool, or the client of a transaction. */
export interface Queryable {
  query(query: TextRowsQuery): unknown;
}

const names = new Map<string, string>();

export function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `tidemark-${names.size + 1}`;
    names.set(text, name);
  }
  return name;
}

export function textRows(
  on: Queryable,
  { text, values, once, kind = "read" }: TextQuery,
): Promise<TextRow[]> {
  const query = new TextRowsQuery(text, values, once ? undefined : nameOf(text));
  query.limit = TIME_LIMITS[kind];
  return answered(on, query);
}

/** The rows of a query, sent. */
export function answered(on: Queryable, query: TextRowsQuery): Promise<TextRow[]> {
  const sent = on.query(query);
  // A pool calls back itself, when it has taken its connection home; a connection leaves that to the query.
  if (sent !== query) return sent as Promise<TextRow[]>;
  return new Promise((resolve, reject) => {
    query.callback = (error, rows) => (error ? reject(error) : resolve(rows ?? []));
  });
}

/** The same connection in the middle of a transaction, whose time limit is set. */
export const limited = (on: Queryable): Queryable => ({
  query: (query) => {
    query.isLimited = true;
    return on.query(query);
  },
});

/** The only row there is, or null. */
export async function textRow(on: Queryable, query: TextQuery): Promise<TextRow | null> {
  return (await textRows(on, query))[0] ?? null;
}
