// What a start does with a database that is there already: it brings it up to date, all of it or nothing, under instances
// that go on working; and it leaves alone what is not its own, or what a later Tidemark has brought further.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { migrate } from "../../src/database/migrate";
import { query, schemaOf } from "../support/catalogue";
import { ensureBuilt, killServices, ROOT, run, startService, tidemark, type Outcome } from "../support/child";
import { expectSound } from "../support/plain-sql";
import { cloneDatabase, openWorld } from "../support/world";

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };

let room: string;

beforeAll(async () => {
  await ensureBuilt();
  room = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-upgrades-"));
});

afterAll(async () => {
  await killServices();
  fs.rmSync(room, { recursive: true, force: true });
});

const TYPEORM =
  "create table migrations (id serial primary key, timestamp bigint not null, name varchar not null)";
const LATER = "update schema_file set version = version + 1, hash = 'of a later text'";

describe("a database is refused in one sentence, and not touched, where it", () => {
  const cases: [holds: string, template: string, sql: string, says: RegExp][] = [
    [
      "was made by a Tidemark from before the first release",
      "template1",
      `${TYPEORM}; insert into migrations (timestamp, name) values (1767225600000, 'Initial1767225600000');
       create table organisation (id bigint); create table event (id bigint); create table secret (name text)`,
      /tables that it did not make \(event, migrations, organisation, secret\).*empty database/,
    ],
    [
      "lost such a Tidemark's tables, but for the note that they were made",
      "template1",
      `${TYPEORM}; insert into migrations (timestamp, name) values (1767225600000, 'Initial1767225600000')`,
      /tables that it did not make \(migrations\).*empty database/,
    ],
    ["holds a table of another program", "template1", "create table invoice (id int)", /\(invoice\).*empty/],
    [
      "holds a view of another program",
      "template1",
      "create view open as select 1 as one",
      /\(open\).*empty/,
    ],
    [
      "has a migration that this build does not know",
      "",
      "insert into migrations (timestamp, name) values (9999, 'Rooms0000000009999')",
      /migrations that it does not know \(Rooms0000000009999\)/,
    ],
    [
      "was made by numbered files that have changed since",
      "",
      "update schema_file set hash = 'of an earlier text' where name = '0001-tables.sql'",
      /tables of another 0001-tables\.sql.*empty database/,
    ],
    ["was brought further by a later Tidemark", "", LATER, /A later Tidemark.* start the later one\.$/],
    [
      "was brought further by a later Tidemark, by a migration too",
      "",
      `${LATER}; insert into migrations (timestamp, name) values (9999, 'Rooms0000000009999')`,
      /A later Tidemark.* start the later one\.$/,
    ],
  ];

  test.each(cases)("%s", async (_holds, template, sql, says) => {
    const { url, drop } = await cloneDatabase(template || undefined);
    await query(url, sql);
    const before = await schemaOf(url);
    const { code, stdout, stderr } = await tidemark(["start"], { DATABASE_URL: url, PORT: "0" });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.trimEnd()).toMatch(says);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(await schemaOf(url)).toEqual(before);
    await drop();
  });
});

test("what an extension brought is nobody's table: the database is as good as empty", async () => {
  const { url, drop } = await cloneDatabase("template1");
  await query(
    url,
    "create extension btree_gist; create table part (id int); alter extension btree_gist add table part",
  );
  expect((await migrate({ url })).files.length).toBeGreaterThan(0);
  await drop();
});

test("a migration that fails in the middle leaves nothing behind, and runs once its cause has gone", async () => {
  const { url, drop } = await cloneDatabase("template1");
  await query(url, "create type tidemark_held as (taken integer)");
  const before = await schemaOf(url);
  await expect(migrate({ url })).rejects.toThrow('type "tidemark_held" already exists');
  expect(await schemaOf(url)).toEqual(before);
  await query(url, "drop type tidemark_held");
  await migrate({ url });
  const { url: usual, drop: dropUsual } = await cloneDatabase();
  expect(await schemaOf(url)).toEqual(await schemaOf(usual));
  await Promise.all([drop(), dropUsual()]);
});

const forget = (url: string, files: string): Promise<unknown> =>
  query(
    url,
    `update schema_file set version = 0, hash = 'of an earlier text' where name ~ '^functions/${files}'`,
  );

test("a function of an earlier version is replaced by the next start, which runs no other file", async () => {
  const { url, drop } = await cloneDatabase();
  const before = await schemaOf(url);
  await query(
    url,
    `create or replace function address_keys(addresses text[]) returns text[] language sql immutable parallel safe
     as 'select addresses'`,
  );
  await forget(url, "writes");
  expect((await migrate({ url })).files).toEqual(["functions/writes.sql"]);
  expect(await schemaOf(url)).toEqual(before);
  expect((await migrate({ url })).files).toEqual([]);
  await drop();
});

test("an earlier version that starts again puts no earlier function back", async () => {
  const { url, drop } = await cloneDatabase();
  await query(
    url,
    `create or replace function tidemark_token() returns bigint language sql stable as 'select 7::bigint'; ${LATER}`,
  );
  const later = await schemaOf(url);
  expect(await tidemark(["start"], { DATABASE_URL: url, PORT: "0" })).toMatchObject({ code: 1 });
  expect(await schemaOf(url)).toEqual(later);
  await drop();
});

test("instances work on while functions and triggers are replaced under them: no request fails or waits in a circle", async () => {
  const world = await openWorld();
  const [ada, ben] = [await world.person(), await world.person()];
  let over = false;
  const statuses: number[] = [];
  const writer = async (): Promise<void> => {
    while (!over) {
      const made = await ada.rest("POST", "/events", { ...TIMES, attendees: [{ userId: ben.id }] });
      const changed = await ada.rest("PATCH", `/events/${made.body.id as string}`, { subject: "moved" });
      const gone = await ada.rest("DELETE", `/events/${made.body.id as string}`);
      statuses.push(made.status, changed.status, gone.status);
    }
  };
  const reader = async (): Promise<void> => {
    while (!over) statuses.push((await ben.rest("GET", "/events?showDeleted=true&since=0")).status);
  };
  const arrivals = async (): Promise<void> => {
    while (!over) await world.person();
  };
  const upgrades = async (): Promise<void> => {
    for (let round = 0; round < 8; round++) {
      await forget(world.databaseUrl, "");
      expect((await migrate({ url: world.databaseUrl })).files).toContain("functions/triggers.sql");
    }
    over = true;
  };
  await Promise.all([writer(), writer(), reader(), arrivals(), upgrades().finally(() => (over = true))]);
  expect([...new Set(statuses)].sort()).toEqual([200, 201, 204]);
  await expectSound(world.sql);
  await world.close();
});

describe("TypeORM's command line shows which migrations have run", () => {
  const show = (settings: Record<string, string>): Promise<Outcome> =>
    run("npx", ["typeorm", "migration:show", "-d", path.join(ROOT, "dist/ormconfig.js")], settings);

  test("of DATABASE_URL, and of DATABASE_DIRECT_URL where a pooler stands before it", async () => {
    const { url, drop } = await cloneDatabase();
    const shown = await show({ DATABASE_URL: url });
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/^\[X\] 1 Tables0000000000001\n/)]);
    const pooler = "postgres://tidemark@127.0.0.1:1/tidemark";
    const direct = await show({ DATABASE_URL: pooler, DATABASE_DIRECT_URL: url });
    expect([direct.code, direct.stdout]).toEqual([0, shown.stdout]);
    await drop();
  });

  test("of an empty database too, which can be migrated afterwards", async () => {
    const { url, drop } = await cloneDatabase("template1");
    const shown = await show({ DATABASE_URL: url });
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringMatching(/^\[ \] Tables0000000000001\n/)]);
    expect((await migrate({ url })).files).toContain("0001-tables.sql");
    await drop();
  });

  test("of the embedded server, whether a service runs it or not", async () => {
    const settings = { DATA_DIR: path.join(room, "data"), DEMO: "off" };
    const isRunning = (): boolean => fs.existsSync(path.join(settings.DATA_DIR, "postgres/postmaster.pid"));
    const service = await startService(settings);
    const beside = await show(settings);
    expect([beside.code, beside.stdout]).toEqual([
      0,
      expect.stringMatching(/^\[X\] 1 Tables0000000000001\n/),
    ]);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    await service.stop();
    expect(isRunning()).toBe(false);
    const alone = await show(settings);
    expect([alone.code, alone.stdout]).toEqual([0, beside.stdout]);
    expect(isRunning()).toBe(false);
  });
});

test("a database without the right to create tables is refused in one line", async () => {
  const { url, drop } = await cloneDatabase("template1");
  const role = `guest_${path.basename(room).replace(/\W/g, "_").toLowerCase()}`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `create role ${role} login password 'guest'; grant all on database ${client.database!} to ${role}`,
  );
  const guest = new URL(url);
  guest.username = role;
  guest.password = "guest";
  const { code, stderr } = await tidemark(["migrate"], { DATABASE_URL: guest.toString() });
  expect({ code, lines: stderr.trimEnd().split("\n").length }).toEqual({ code: 1, lines: 1 });
  expect(stderr).toContain("permission denied for schema public");
  await client.query(
    `revoke all on database ${client.database!} from ${role}; drop owned by ${role}; drop role ${role}`,
  );
  await client.end();
  await drop();
});
