// Columns have names, and pieces of SQL their values (src/database/rows.ts).
import {
  columns,
  flag,
  instant,
  joined,
  json,
  number,
  orNull,
  raw,
  selectRow,
  selectRows,
  sql,
  text,
  value,
} from "../../src/database/rows";
import { openWorld, type World } from "../support/world";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test("each column is read by its name, as what it is", async () => {
  const KINDS = columns({
    word: text("'a \"b\" €'"),
    count: number("12::bigint"),
    yes: flag("true"),
    no: flag("false"),
    at: instant("timestamptz '2026-03-02 15:00:00.12+00'"),
    list: json<number[]>("jsonb '[1, 2]'"),
    none: orNull(text("null::text")),
  });
  const expected = {
    word: 'a "b" €',
    count: 12,
    yes: true,
    no: false,
    at: "2026-03-02T15:00:00.120Z",
    list: [1, 2],
    none: null,
  };
  const [row] = await selectRows(world.db.pool, KINDS, sql`select ${KINDS}`);
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, row![name as "word"]]))).toEqual(
    expected,
  );
  expect(await selectRow(world.db.pool, KINDS, sql`select ${KINDS} where false`)).toBeNull();
  expect(KINDS.plain(['a "b" €', "12", "t", "f", "2026-03-02 15:00:00.12+00", "[1, 2]", null])).toEqual(
    expected,
  );
});

test("columns that stand behind others are read at their place", () => {
  const BEHIND = columns({ id: text("n.id"), gone: flag("n.gone") }, 2);
  expect(BEHIND.list).toBe("n.id, n.gone");
  expect(BEHIND.plain(["x", "y", "7", "t"])).toEqual({ id: "7", gone: true });
});

test("a column that must not be null and is throws as it is read, and only then", () => {
  const row = columns({ name: text("name"), clock: instant("clock") }).of(["Ada", null]);
  expect(row.name).toBe("Ada");
  expect(() => row.clock).toThrow('The column "clock" of a row is null.');
});

test("pieces of SQL keep their values in the order of their places; one that is named is one parameter", () => {
  const own = value("7");
  const types = ["a", "b"].map((type) => sql`(t = ${type} and o = ${own})`);
  const whole = sql`select ${raw("x")} from t where o = ${own} and ${joined(types, " or ")} limit ${null}`;
  expect(whole.text).toBe(
    "select x from t where o = $1 and (t = $2 and o = $1) or (t = $3 and o = $1) limit $4",
  );
  expect(whole.values).toEqual(["7", "a", "b", null]);
});

test("what a client gives is never SQL", async () => {
  const FOUND = columns({ given: text("given") });
  const given = "'; drop table event; --";
  expect(
    (await selectRow(world.db.pool, FOUND, sql`select ${FOUND} from (select ${given}::text as given) g`))
      ?.given,
  ).toBe(given);
});
