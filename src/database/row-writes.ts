// The INSERT and UPDATE that TypeORM makes for a set of columns. Making one takes longer than running it, and it is the
// same text whenever the same columns are written: so each is made once, from stand-ins, and filled in from then on.
import type { InsertQueryBuilder, UpdateQueryBuilder } from "typeorm";
import { textRow, type Queryable, type TextRow } from "./text-rows";

type Values = Readonly<Record<string, unknown>>;
type Built = Pick<InsertQueryBuilder<object> | UpdateQueryBuilder<object>, "getQueryAndParameters">;

interface RowWrite {
  text: string;
  /** What stands where, in the order of the parameters. */
  parameters: { name: string; asJson: boolean }[];
  /** One of the few that stay prepared: of n columns there are 2^n sets. */
  isPrepared: boolean;
}

const MOST_PREPARED = 100;
const MOST_MADE = 2_000;
const made = new Map<string, RowWrite>();

/**
 * Runs the write that `build` makes of values (and, for an update, of what tells its row), and answers its RETURNING row.
 * `kind` names the build; values that are undefined are left out. One statement.
 */
export async function writeRow(
  client: Queryable,
  kind: string,
  given: Values,
  build: (values: Record<string, string>) => Built,
): Promise<TextRow> {
  const names = Object.keys(given)
    .filter((name) => given[name] !== undefined)
    .sort();
  const key = `${kind} ${names.join()}`;
  let write = made.get(key);
  if (!write) {
    write = make(names, build);
    if (made.size < MOST_MADE) made.set(key, write);
  }
  const values = write.parameters.map(({ name, asJson }) =>
    asJson && given[name] !== null ? JSON.stringify(given[name]) : given[name],
  );
  const row = await textRow(client, { text: write.text, values, ...(!write.isPrepared && { once: true }) });
  if (!row) throw new Error("The row to be written is gone, though it was locked.");
  return row;
}

// An instant can stand for a value of any type: it stays text, becomes a Date, or is quoted as JSON.
const standIn = (index: number): string => new Date(index).toISOString();

function make(names: readonly string[], build: (values: Record<string, string>) => Built): RowWrite {
  const standIns = Object.fromEntries(names.map((name, index) => [name, standIn(index)]));
  const [text, parameters] = build(standIns).getQueryAndParameters();
  return {
    text,
    parameters: parameters.map((parameter: unknown) => {
      const asJson = typeof parameter === "string" && parameter.startsWith('"');
      const stood = asJson ? (JSON.parse(parameter) as string) : (parameter as string | Date);
      const name = names[new Date(stood).getTime()];
      if (name === undefined) throw new Error(`Nothing stands for the parameter ${String(parameter)}.`);
      return { name, asJson };
    }),
    isPrepared: made.size < MOST_PREPARED,
  };
}
