// The read path: rows arrive as arrays of PostgreSQL's own text, unparsed. Turning timestamps into Dates and
// jsonb into objects, only to print them again, costs three times as much as the query (test/bench).
import type { CustomTypesConfig } from "pg";

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
  query(config: object): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

const unparsed: CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `tidemark-${names.size + 1}`;
    names.set(text, name);
  }
  return name;
}

export async function textRows(on: Queryable, { text, values, once }: TextQuery): Promise<TextRow[]> {
  const name = once ? undefined : nameOf(text);
  const { rows } = await on.query({ text, values, name, rowMode: "array", types: unparsed });
  return rows as TextRow[];
}

/** The only row there is, or null. */
export async function textRow(on: Queryable, query: TextQuery): Promise<TextRow | null> {
  return (await textRows(on, query))[0] ?? null;
}
