// The private parts of pg that the service uses (src/database/pg-inside.ts): a release of pg that changes one of them fails
// here, and not in the middle of a page.
import { readFileSync } from "node:fs";
import pg from "pg";
import { boundedRows, type Bound } from "../../src/database/bounded-rows";
import { newClient } from "../../src/database/connection";
import { PortalQuery, type DataRow } from "../../src/database/pg-inside";
import { Statement } from "../../src/database/statement";
import { textRows } from "../../src/database/text-rows";
import { openWorld, type World } from "../support/world";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const methodsOf = (prototype: object, names: readonly string[]): string[] =>
  names.filter((name) => typeof (prototype as Record<string, unknown>)[name] === "function");

test("pg's client and query have the private methods that are overridden, and call them", () => {
  expect(methodsOf(pg.Client.prototype, ["getStartupConf"])).toEqual(["getStartupConf"]);
  const ofQuery = [
    "prepare",
    "_getRows",
    "handleDataRow",
    "handlePortalSuspended",
    "handleCommandComplete",
    "handleError",
    "handleReadyForQuery",
  ];
  expect(methodsOf(pg.Query.prototype, ofQuery)).toEqual(ofQuery);
  const source = (file: string): string => readFileSync(require.resolve(`pg/lib/${file}`), "utf8");
  expect(source("client.js").match(/con\.startup\(self\.getStartupConf\(\)\)/g)).toHaveLength(2);
  for (const name of ofQuery.slice(2)) expect(source("client.js")).toContain(`activeQuery.${name}(`);
  for (const call of [
    "this.prepare(connection)",
    "this._getRows(connection, this.rows)",
    "connection.describe(",
  ])
    expect(source("query.js")).toContain(call);
});

test("pg's connection has what a query of pieces says to it, and a client its connection", () => {
  const { connection } = new pg.Client() as unknown as { connection: object };
  const said = ["describe", "execute", "flush", "sync"];
  expect(methodsOf(connection, said)).toEqual(said);
});

test("a session speaks UTC and ISO dates from its first word on, whatever the server's are", async () => {
  const client = newClient({ url: world.databaseUrl });
  const said: Record<string, string> = {};
  (client.connection as unknown as NodeJS.EventEmitter).on(
    "parameterStatus",
    ({ parameterName, parameterValue }: { parameterName: string; parameterValue: string }) =>
      void (said[parameterName] = parameterValue),
  );
  await client.connect();
  await client.end();
  expect(said).toMatchObject({ TimeZone: "UTC", DateStyle: "ISO, MDY" });
});

const ROWS = "select n, repeat('x', $2::int) from generate_series(1, $1::int) n";
const ask = (values: unknown[], bound: Partial<Bound>) =>
  boundedRows(
    world.db.pool,
    { text: ROWS, values },
    { bytes: 1 << 30, rows: 1 << 20, whose: JSON.stringify([values, bound]), ...bound },
  );

test.each([
  ["at once", { rows: 10 }],
  ["in pieces", {}],
])("rows asked for %s are all there, in order, as text, with their bytes", async (_name, bound) => {
  const count = "rows" in bound ? 10 : 5_000;
  const { rows, next, bytes } = await ask([count, 3], bound);
  expect(next).toBeNull();
  expect(rows).toEqual(Array.from({ length: count }, (_, i) => [String(i + 1), "xxx"]));
  // A row is its length, its count of columns, and each column's length and bytes.
  const digits = rows.reduce((all, [n]) => all + n!.length, 0);
  expect(bytes).toBe(count * (4 + 2 + 4 + 4 + 3) + digits);
});

test("pieces under a time limit of their own leave no transaction open", async () => {
  const client = newClient({ url: world.databaseUrl });
  await client.connect();
  const text = "select n, current_setting('statement_timeout') from generate_series(1, $1::int) n";
  const bound = { bytes: 1 << 30, rows: 5_000, whose: "limited" };
  const { rows } = await boundedRows(client, { text, values: [5_000], kind: "digest" }, bound);
  expect([rows.length, rows.at(-1)]).toEqual([5_000, ["5000", "30s"]]);
  await client.query("select");
  expect(client.getTransactionStatus()).toBe("I");
  await client.end();
});

test("rows end with the bytes they may have, the first that does not fit is told, and little more was made", async () => {
  await world.sql.query("create sequence made");
  const text = "select nextval('made'), repeat('x', 1000) from generate_series(1, $1::int)";
  const { rows, next } = await boundedRows(
    world.db.pool,
    { text, values: [100_000] },
    { bytes: 300_000, rows: 100_000, whose: "made" },
  );
  expect([rows[0]?.[0], next?.[0]]).toEqual(["1", String(rows.length + 1)]);
  expect(rows.length).toBeGreaterThan(200);
  const { rows: made } = await world.sql.query<{ last_value: string }>("select last_value from made");
  expect(Number(made[0]?.last_value)).toBeLessThan(1_000);
});

/** How many rows PostgreSQL made for a list of 100,000 with so many bytes of room, `short` of which come before the long ones. */
async function rowsMade(whose: string, bytes: number, short = 0): Promise<number> {
  const sequence = `made_for_${whose}`;
  await world.sql.query(`create sequence ${sequence}`);
  const text = `select nextval('${sequence}'), repeat('x', case when n > $1::int then 400000 else 10 end)
    from generate_series(1, 100000) n`;
  await boundedRows(world.db.pool, { text, values: [short] }, { bytes, rows: 100_000, whose });
  const { rows } = await world.sql.query<{ made: string }>(`select last_value as made from ${sequence}`);
  return Number(rows[0]?.made);
}

test("rows that were long lately are expected to be long again, however many short ones were met since", async () => {
  const one = (length: number) =>
    boundedRows(
      world.db.pool,
      { text: "select repeat('x', $1::int)", values: [length] },
      { bytes: 1 << 20, rows: 1, whose: "mixed" },
    );
  await one(400_000);
  for (let n = 0; n < 40; n++) await one(1);
  expect(await rowsMade("mixed", 1 << 20)).toBeLessThan(20);
});

test("little is read ahead where nothing is known of the rows, or long ones follow short ones", async () => {
  expect(await rowsMade("unknown", 1 << 20)).toBeLessThan(20);
  expect(await rowsMade("changing", 1 << 24, 20)).toBeLessThan(100);
});

test("of long rows no more is taken in one turn of the event loop than others can wait for", async () => {
  let [turn, most] = [0, 0];
  let isOver = false;
  const next = (): void => {
    turn = 0;
    if (!isOver) setImmediate(next);
  };
  const taken = world.db.pool.query(
    new Taken("select repeat('x', 100000) from generate_series(1, 120)", (bytes) => {
      turn += bytes;
      most = Math.max(most, turn);
    }),
  );
  next();
  await taken;
  isOver = true;
  expect(most).toBeLessThan(768 * 1024);
});

/** Asks for all rows of a query at once, and hears how long each of them was. */
class Taken extends Statement {
  constructor(
    text: string,
    private readonly heard: (bytes: number) => void,
  ) {
    super(text, [], undefined);
  }

  override toPg(name: string | undefined): PortalQuery {
    const taker = { piece: () => null, take: ({ length }: DataRow) => (this.heard(length), true) };
    return new PortalQuery({ text: this.text, values: [], name }, taker);
  }
}

test("an error among pieces is told, and the connection goes on", async () => {
  const client = newClient({ url: world.databaseUrl });
  await client.connect();
  const failing = { text: "select 1 / (3000 - n) from generate_series(1, $1::int) n", values: [5_000] };
  const bound = { bytes: 1 << 30, rows: 5_000, whose: "failing" };
  await expect(boundedRows(client, failing, bound)).rejects.toMatchObject({ code: "22012" });
  expect(await textRows(client, { text: "select $1::text", values: ["on"] })).toEqual([["on"]]);
  await client.end();
});

test("nothing is asked on a connection while the rows of pieces still come", async () => {
  const client = newClient({ url: world.databaseUrl });
  await client.connect();
  const text = "select n from generate_series(1, $1::int) n";
  const pieces = boundedRows(
    client,
    { text, values: [5_000] },
    { bytes: 1 << 30, rows: 5_000, whose: "open" },
  );
  await expect(textRows(client, { text: "select 1", values: [] })).rejects.toThrow("still come");
  expect((await pieces).rows).toHaveLength(5_000);
  expect(await textRows(client, { text: "select 1", values: [] })).toEqual([["1"]]);
  await client.end();
});
