// One transaction that somebody left open: who it may keep waiting, and for how long.
import { setTimeout as sleep } from "node:timers/promises";
import type { PoolClient } from "pg";
import { keepRetention } from "../../src/retention";
import type { Database } from "../../src/database/database";
import { withEntities } from "../../src/database/entity-transaction";
import { textRow } from "../../src/database/text-rows";
import { inTransaction } from "../../src/database/transaction";
import { isUnavailable } from "../../src/failures";
import { begin, expectSound, insertEvent, refusal, rollbackAll } from "../support/plain-sql";
import { openWorld, testConfig, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;
let cleo: Person;

beforeEach(async () => {
  world = await openWorld({ databasePool: 5 });
  ada = await world.person({ name: "Ada", role: "admin" });
  [ben, cleo] = [await world.person({ name: "Ben" }), await world.person({ name: "Cleo" })];
});
afterEach(rollbackAll);
afterEach(() => expectSound(world.sql));
afterEach(() => world.close());

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const DORA = { email: "dora@test.test", name: "Dora", timezone: "UTC" };

/** A poll and a write of somebody else, who waits for neither. */
async function othersGoOn(): Promise<void> {
  expect((await cleo.rest("GET", "/events?since=0")).status).toBe(200);
  expect((await cleo.rest("POST", "/events", TIMES)).status).toBe(201);
}

test("a user who is being added waits for an open transaction; others do not wait for the user", async () => {
  const session = await begin(world);
  await insertEvent(session, ben);
  const add = (): ReturnType<Person["graphql"]> =>
    ada.graphql("mutation($input: UserInput!) { createUser(input: $input) { id } }", { input: DORA });
  let ended = false;
  const added = add().finally(() => (ended = true));
  for (let round = 0; round < 3; round++) await othersGoOn();
  expect(ended).toBe(false);
  const [refused] = (await added).errors ?? [];
  expect(refused?.extensions.code).toBe("unavailable");
  expect(refused?.message).toBe("Others are writing to this calendar right now: try again.");
  const insert = `insert into app_user (organisation_id, email, name, timezone) values ($1, 'e@test.test', 'E', 'UTC')`;
  const impatient = await begin(world);
  await impatient.query("set local lock_timeout = '200ms'");
  expect(await refusal(impatient.query(insert, [ada.organisationId]))).toBe("55P03");
  await impatient.rollback();
  setTimeout(() => void session.commit(), 500);
  expect((await add()).errors).toBeUndefined();
});

test("a meeting of a hundred waits for an open transaction; others do not wait for the meeting", async () => {
  await world.sql.query(
    `insert into app_user (organisation_id, email, name, timezone)
     select $1, n || '@crowd.test', 'Crowd', 'UTC' from generate_series(1, 100) n`,
    [ada.organisationId],
  );
  const session = await begin(world);
  await insertEvent(session, ben);
  const attendees = Array.from({ length: 100 }, (_, n) => ({ emailAddress: `${n + 1}@crowd.test` }));
  let ended = false;
  const meeting = ada.rest("POST", "/events", { ...TIMES, attendees }).finally(() => (ended = true));
  for (let round = 0; round < 3; round++) await othersGoOn();
  expect(ended).toBe(false);
  await session.commit();
  expect((await meeting).status).toBe(201);
});

test("a sweep passes over a calendar that is being written to, and comes back to it", async () => {
  for (const person of [ada, ben]) {
    const { body } = await person.rest("POST", "/events", TIMES);
    await person.rest("DELETE", `/events/${body.id}`);
  }
  const { id } = await insertEvent(world.sql, ben);
  await world.sql.query(
    `create or replace function tidemark_now() returns timestamptz language sql volatile
     as $$ select clock_timestamp() + interval '401 days' $$`,
  );
  const config = testConfig(world.databaseUrl);
  const session = await begin(world);
  await session.query("update event set subject = 'x' where id = $1", [id]);
  expect(await keepRetention(world.db, config)).toMatchObject({ purged: 1 });
  expect((await ada.rest("GET", "/events?since=0")).status).toBe(200);
  await session.commit();
  expect(await keepRetention(world.db, config)).toMatchObject({ purged: 1 });
  expect(await keepRetention(world.db, config)).toMatchObject({ purged: 0 });
});

/** A pool whose connections cannot roll back. */
function withoutRollback({ pool, hints }: Database): Pick<Database, "pool" | "hints"> {
  const connect = async (): Promise<PoolClient> => {
    const connection = await pool.connect();
    const asking = connection as unknown as { query(asked: { text: string }): unknown };
    const query = asking.query.bind(connection);
    asking.query = (asked) => {
      if (asked.text === "rollback") throw new Error("no way back");
      return query(asked);
    };
    return connection;
  };
  return { hints, pool: Object.assign(Object.create(pool), { connect }) as Database["pool"] };
}

test("a pool of one connection is enough for retention, and a connection that cannot roll back is not lent again", async () => {
  const own = await openWorld({ databasePool: 1 });
  const { dataSource } = own.db;
  expect(await keepRetention(own.db, testConfig(own.databaseUrl))).toMatchObject({ purged: 0 });
  const pidOf = async (): Promise<unknown> => dataSource.query("select pg_backend_pid()");
  const before = await pidOf();
  const failing = withEntities(own.db, ({ manager }) => {
    manager.queryRunner!.rollbackTransaction = () => Promise.reject(new Error("no way back"));
    throw new Error("the first error");
  });
  await expect(failing).rejects.toThrow("the first error");
  const between = await pidOf();
  expect(between).not.toEqual(before);
  const ours = inTransaction(withoutRollback(own.db), async ({ client }) => {
    await textRow(client, { text: "select 1", values: [] });
    throw new Error("the first error");
  });
  await expect(ours).rejects.toThrow("the first error");
  expect(await pidOf()).not.toEqual(between);
  await own.close();
});

test("a connection that breaks between two statements of a write costs that write, and not the process", async () => {
  const own = await openWorld({ databasePool: 1 });
  const broken = inTransaction(own.db, async ({ client }) => {
    const row = await textRow(client, { text: "select pg_backend_pid()", values: [] });
    await own.sql.query("select pg_terminate_backend($1)", [row?.[0]]);
    await sleep(200); // Nobody waits for an answer when the news comes.
    await textRow(client, { text: "select 1", values: [] });
  });
  expect(isUnavailable(await broken.catch((error: unknown) => error))).toBe(true);
  expect(await textRow(own.db.pool, { text: "select 1", values: [] })).toEqual(["1"]);
  await own.close();
});

test("a write of one statement is committed with it, and what would follow its last statement is refused", async () => {
  const own = await openWorld({ databasePool: 1 });
  const organisationId = await own.organisation();
  const rename = (name: string) => ({
    text: "update organisation set name = $2 where id = $1",
    values: [organisationId, `${name} ${organisationId}`],
  });
  for (const name of ["parsed now", "parsed before"]) {
    await inTransaction(own.db, ({ last }) => textRow(last, rename(name)));
    const { rows } = await own.sql.query("select name from organisation where id = $1", [organisationId]);
    expect(rows).toEqual([{ name: `${name} ${organisationId}` }]);
  }
  const late = inTransaction(own.db, async ({ client, last }) => {
    await textRow(last, rename("the last"));
    await textRow(client, rename("too late"));
  });
  await expect(late).rejects.toThrow("The last statement");
  const careless = inTransaction(own.db, async ({ last }) => {
    await textRow(last, { text: "select 1 / 0", values: [] }).catch(() => undefined);
  });
  await expect(careless).rejects.toThrow("has failed");
  expect(await textRow(own.db.pool, { text: "select pg_current_xact_id_if_assigned()", values: [] })).toEqual(
    [null],
  );
  await own.close();
});

test("a statement that failed as the first of a transaction may come second in the next on the same connection", async () => {
  const own = await openWorld({ databasePool: 1 });
  const divide = (by: number) => ({ text: "select 1 / $1::integer", values: [by] });
  await expect(inTransaction(own.db, ({ client }) => textRow(client, divide(0)))).rejects.toThrow(
    "division by zero",
  );
  const answer = await inTransaction(own.db, async ({ client }) => {
    await textRow(client, { text: "select 1", values: [] });
    return textRow(client, divide(1));
  });
  expect(answer).toEqual(["1"]);
  await own.close();
});
