// Queries whose columns have names. A row is still PostgreSQL's own text (src/database/text-rows.ts): a column is decoded
// where it is read, and only there. The SQL stays in sight:
//
//   const USER = columns({ id: text("u.id"), disabledAt: orNull(instant("u.disabled_at")) });
//   const user = await selectRow(pool, USER, sql`select ${USER} from app_user u where u.id = ${id}`);
import { instantFromDatabase, type Instant } from "../values/instants";
import { textRows, type Queryable, type TextQuery, type TextRow } from "./text-rows";

export interface Column<T> {
  /** What is selected. */
  readonly sql: string;
  readonly decode: (text: string) => T;
  readonly isNullable: boolean;
}

const kind =
  <T>(decode: (text: string) => T) =>
  (selected: string): Column<T> => ({ sql: selected, decode, isNullable: false });

export const text = kind((value) => value);
export const number = kind(Number);
export const flag = kind((value) => value === "t");
export const instant = kind<Instant>(instantFromDatabase);
export const json = <T>(selected: string): Column<T> => kind((value) => JSON.parse(value) as T)(selected);
/** One of a few words, as the database's constraints have it. */
export const word = <T extends string>(selected: string): Column<T> => kind((value) => value as T)(selected);

export const orNull = <T>(column: Column<T>): Column<T | null> => ({ ...column, isNullable: true });

type Columns = Record<string, Column<unknown>>;

export type RowOf<C extends Columns> = {
  readonly [Name in keyof C]: C[Name] extends Column<infer T> ? T : never;
};

/** A row of a selection. */
export type Selected<S> = S extends Selection<infer C> ? RowOf<C> : never;

interface Printable<C extends Columns> {
  /** As what it holds: its columns are no properties of its own. */
  toJSON(): RowOf<C>;
}

/** The columns of a SELECT or RETURNING list. */
export class Selection<C extends Columns> {
  /** Them, separated by commas. */
  readonly list: string;
  /** How many they are. */
  readonly width: number;
  private readonly Row: new (row: TextRow) => RowOf<C> & Printable<C>;

  constructor(
    columns: C,
    private readonly from: number,
  ) {
    this.list = Object.values(columns)
      .map(({ sql: selected }) => selected)
      .join(", ");
    this.width = Object.keys(columns).length;
    this.Row = rowClass(columns, from);
  }

  /** A row of theirs, by name; for what is printed or copied, see `plain`. Reading a column that is null, though it must not be, throws. */
  of = (row: TextRow): RowOf<C> => new this.Row(row);

  /** The same with every column decoded, as a plain object. */
  plain(row: TextRow): RowOf<C> {
    return new this.Row(row).toJSON();
  }

  /** What a row of theirs was read from, to be kept and read again. */
  texts(row: RowOf<C>): TextRow {
    return (row as unknown as { row: TextRow }).row.slice(this.from, this.from + this.width);
  }
}

/** Names the columns of a list; `from` is how many stand before them. */
export const columns = <C extends Columns>(named: C, from = 0): Selection<C> => new Selection(named, from);

function rowClass<C extends Columns>(named: C, from: number): new (row: TextRow) => RowOf<C> & Printable<C> {
  const names = Object.keys(named);
  class Row {
    constructor(readonly row: TextRow) {}

    toJSON(): object {
      return Object.fromEntries(names.map((name) => [name, (this as Record<string, unknown>)[name]]));
    }
  }
  Object.entries(named).forEach(([name, { decode, isNullable }], position) => {
    const index = from + position;
    Object.defineProperty(Row.prototype, name, {
      get(this: Row) {
        const value = this.row[index];
        if (value != null) return decode(value);
        if (isNullable) return null;
        throw new Error(`The column "${name}" of a row is null.`);
      },
    });
  });
  return Row as unknown as new (row: TextRow) => RowOf<C> & Printable<C>;
}

export async function selectRows<C extends Columns>(
  on: Queryable,
  selection: Selection<C>,
  query: TextQuery,
): Promise<RowOf<C>[]> {
  return (await textRows(on, query)).map(selection.of);
}

/** The only row there is, or null. */
export async function selectRow<C extends Columns>(
  on: Queryable,
  selection: Selection<C>,
  query: TextQuery,
): Promise<RowOf<C> | null> {
  const [row] = await textRows(on, query);
  return row ? selection.of(row) : null;
}

/** SQL text that is part of a statement as it is. Never a client's. */
export class Raw {
  constructor(readonly text: string) {}
}
export const raw = (text: string): Raw => new Raw(text);

/** A value that stands in several places of a statement, as one parameter. */
export class Value {
  constructor(readonly given: unknown) {}
}
export const value = (given: unknown): Value => new Value(given);

/** A piece of SQL with the values that stand in it: a statement, or a part of one. */
export class Sql implements TextQuery {
  private built: { text: string; values: unknown[] } | undefined;

  constructor(
    private readonly strings: readonly string[],
    private readonly given: readonly unknown[],
  ) {}

  get text(): string {
    return this.whole.text;
  }

  get values(): unknown[] {
    return this.whole.values;
  }

  private get whole(): { text: string; values: unknown[] } {
    return (this.built ??= this.build());
  }

  private build(): { text: string; values: unknown[] } {
    const values: unknown[] = [];
    const out = this.addTo(values);
    return { text: out, values: values.map((one) => (one instanceof Value ? one.given : one)) };
  }

  private addTo(values: unknown[]): string {
    return this.given.reduce<string>(
      (out, one, index) => out + added(one, values) + (this.strings[index + 1] as string),
      this.strings[0] as string,
    );

    function added(one: unknown, to: unknown[]): string {
      if (one instanceof Sql) return one.addTo(to);
      if (one instanceof Raw) return one.text;
      if (one instanceof Selection) return one.list;
      const known = one instanceof Value ? to.indexOf(one) : -1;
      return `$${known === -1 ? to.push(one) : known + 1}`;
    }
  }
}

/** SQL as it is written: a piece of SQL and a selection stand as they are, whatever else is given is a parameter. */
export const sql = (strings: TemplateStringsArray, ...given: unknown[]): Sql => new Sql(strings, given);

export const NOTHING = sql``;

/** Pieces, one after another. */
export const joined = (pieces: readonly Sql[], separator: string): Sql =>
  new Sql(["", ...pieces.slice(1).map(() => separator), ""].slice(0, pieces.length + 1), pieces);
