// The read path: rows arrive as arrays of PostgreSQL's own text, unparsed. Turning timestamps into Dates and
// jsonb into objects, only to print them again, costs three times as much as the query (test/bench).
import { Statement, type TextRow, type TextRows } from "./statement";
import { TIME_LIMITS, type StatementKind } from "./time-limits";

export type { TextRow } from "./statement";

export interface TextQuery {
  /** Never holds a literal of a client's: every text becomes one prepared statement per connection, but with `once`. */
  text: string;
  values: unknown[];
  /** For texts of which there are many, one for each set of columns: not kept as prepared statements. */
  once?: true;
  /** Finds one short row by its key, so that it may go with others of its kind (src/database/look-ups.ts). */
  isLookUp?: true;
  /** How long it may take, outside a transaction: by default what a read may. */
  kind?: StatementKind;
}

/** What runs a statement: the pool, or the client of a transaction. */
export interface Queryable {
  query(statement: Statement): Promise<TextRows>;
}

const names = new Map<string, string>();

export function nameOf({ text, once }: TextQuery): string | undefined {
  if (once) return undefined;
  let name = names.get(text);
  if (name === undefined) {
    name = `tidemark-${names.size + 1}`;
    names.set(text, name);
  }
  return name;
}

export async function textRows(on: Queryable, query: TextQuery): Promise<TextRow[]> {
  const statement = new Statement(query.text, query.values, nameOf(query));
  statement.limit = TIME_LIMITS[query.kind ?? "read"];
  statement.isLookUp = query.isLookUp ?? false;
  return (await on.query(statement)).rows;
}

/** The same connection in the middle of a transaction, whose time limit is set. */
export const limited = (on: Queryable): Queryable => ({
  query: (statement) => {
    statement.isLimited = true;
    return on.query(statement);
  },
});

/** The only row there is, or null. */
export async function textRow(on: Queryable, query: TextQuery): Promise<TextRow | null> {
  return (await textRows(on, query))[0] ?? null;
}
