// The schema goes up and down, by one instance or several at once, and a database that was dumped and restored goes on
// where it was: no client notices.
import pg from "pg";
import { createDataSource } from "../src/database/data-source";
import { migrate } from "../src/database/migrate";
import { debianPrograms, startDebianServer, type DebianServer } from "./support/debian-server";
import { TEMPLATE } from "./support/global-setup";
import { expectSound } from "./support/plain-sql";
import { callRest, cloneDatabase, openWorld, type Person, type RestReply } from "./support/world";

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

// What PostgreSQL knows of the schema, but for what came with an extension and TypeORM's own table.
const CATALOGUE: Record<string, string> = {
  columns: `
    select table_name, column_name, data_type, datetime_precision, is_nullable, column_default, is_identity, identity_maximum
    from information_schema.columns where table_schema = 'public' order by table_name, ordinal_position`,
  constraints: `
    select conrelid::regclass::text as of, conname, pg_get_constraintdef(oid) as def from pg_constraint
    where connamespace = 'public'::regnamespace order by 1, 2`,
  indexes: "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2",
  functions: `
    select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as def, obj_description(p.oid) as comment
    from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1`,
  triggers: `
    select tgrelid::regclass::text as of, tgname, pg_get_triggerdef(oid) as def from pg_trigger
    where not tgisinternal order by 1, 2`,
  types: `
    select t.typname, t.typtype from pg_type t
    where t.typnamespace = 'public'::regnamespace and t.typtype in ('e', 'd', 'c') order by 1`,
  comments: `
    select objoid::regclass::text as of, objsubid, description from pg_description
    where classoid = 'pg_class'::regclass and objoid >= 16384 order by 1, 2`,
  storage: `
    select relname, reloptions from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'S') order by 1`,
};

const isTypeOrms = (row: unknown): boolean => /"migrations(_|")/.test(JSON.stringify(row));

async function schemaOf(url: string): Promise<Record<string, unknown[]>> {
  const found = Object.entries(CATALOGUE).map(async ([what, text]) => {
    const rows = await query(url, text);
    return [what, rows.filter((row) => !isTypeOrms(row))] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

async function migrateDown(url: string): Promise<number> {
  const dataSource = await createDataSource({ url }, 1).initialize();
  try {
    const count = (await query(url, "select from migrations")).length;
    for (let left = count; left > 0; left--) await dataSource.undoLastMigration();
    return count;
  } finally {
    await dataSource.destroy();
  }
}

test("down takes back all of it, also where there are events, and up again makes the same schema", async () => {
  const { url, drop } = await cloneDatabase();
  const before = await schemaOf(url);
  await query(
    url,
    `insert into organisation (name) values ('o');
     insert into app_user (organisation_id, email, name, timezone) select id, 'a@test.test', 'A', 'UTC' from organisation;
     insert into event (organisation_id, owner_id, start_time, end_time)
     select organisation_id, id, '2026-01-01', '2026-01-01' from app_user`,
  );
  const count = await migrateDown(url);
  const nothing = await schemaOf(url);
  for (const [what, rows] of Object.entries(nothing)) expect({ [what]: rows }).toEqual({ [what]: [] });
  expect(await migrate({ url })).toHaveLength(count);
  expect(await schemaOf(url)).toEqual(before);
  await drop();
});

test("five instances that start at the same moment on an empty database migrate it once", async () => {
  const { url, drop } = await cloneDatabase("template1");
  const ran = await Promise.all(Array.from({ length: 5 }, () => migrate({ url })));
  expect(ran.filter((names) => names.length > 0)).toHaveLength(1);
  const { url: usual, drop: dropUsual } = await cloneDatabase();
  expect(await schemaOf(url)).toEqual(await schemaOf(usual));
  await Promise.all([drop(), dropUsual()]);
});

const programs = debianPrograms();
const reason =
  "No PostgreSQL with pg_dump and pg_restore under /usr/lib/postgresql (Debian: apt-get install postgresql).";
if (!programs) console.warn(`Skipped: dump and restore. ${reason}`);

/** Skipped aloud where the programs are missing, unless nothing may be skipped. */
const whereInstalled = programs || process.env.TIDEMARK_NO_SKIPS ? test : test.skip;

/** Everything a client of `person` could be polling with. */
async function cursors(url: string, { token }: Person): Promise<{ tokens: string[]; page: string }> {
  const get = (path: string): Promise<RestReply> => callRest(url, token, { method: "GET", path });
  const feed = await get("/events?showDeleted=true&since=0");
  const records = feed.body.records as { lastModifiedAt: string }[];
  const page = await get("/events?limit=1");
  return {
    tokens: [feed.body.nextDeltaToken as string, ...records.map(({ lastModifiedAt }) => lastModifiedAt)],
    page: page.body.nextPageToken as string,
  };
}

async function live(url: string, { token }: Person, path: string): Promise<unknown> {
  const { status, body } = await callRest(url, token, { method: "GET", path });
  expect(status).toBe(200);
  return body;
}

describe("after a dump and a restore", () => {
  let server: DebianServer;

  beforeAll(async () => {
    if (!programs) throw new Error(reason);
    server = await startDebianServer(programs);
    process.env.TIDEMARK_TEST_SERVER = server.url;
    await query(server.url, `create database ${TEMPLATE}`);
    const template = new URL(server.url);
    template.pathname = `/${TEMPLATE}`;
    await migrate({ url: template.toString() });
  });
  afterAll(() => server?.stop());

  whereInstalled(
    "every cursor and page token goes on, nothing comes twice, and changes come later",
    async () => {
      const world = await openWorld();
      const [ada, ben] = [await world.person(), await world.person()];
      const made: string[] = [];
      for (let count = 0; count < 4; count++) {
        const { body } = await ada.rest("POST", "/events", { ...TIMES, attendees: [{ userId: ben.id }] });
        made.push(body.id as string);
      }
      await ben.rest("DELETE", `/events/${made[1]}`);
      await ada.rest("DELETE", `/events/${made[2]}`);
      const { tokens, page } = await cursors(world.url, ben);

      const name = new URL(world.databaseUrl).pathname.slice(1);
      await server.run("pg_dump", "-Fc", "-f", "dump", name);
      await server.run("createdb", "restored");
      await server.run("pg_restore", "--exit-on-error", "-d", "restored", "dump");
      const url = new URL(server.url);
      url.pathname = "/restored";
      const restored = await world.instance({ databaseUrl: url.toString() });
      const paths = [
        "/events",
        `/events?limit=1&pageToken=${encodeURIComponent(page)}`,
        ...tokens.flatMap((token) => [`/events?since=${token}`, `/deletedEvents?deltaToken=${token}`]),
      ];
      for (const path of paths) {
        expect(await live(restored.url, ben, path)).toEqual(await live(world.url, ben, path));
      }

      // The machine it was restored on has a clock that is behind.
      await query(
        url.toString(),
        `create or replace function tidemark_now() returns timestamptz language sql volatile
       as 'select clock_timestamp() - interval ''1 hour'''`,
      );
      const path = `/events/${made[3]}`;
      const changed = await callRest(restored.url, ada.token, {
        method: "PATCH",
        path,
        body: { subject: "after" },
      });
      for (const token of tokens) expect(changed.body.lastModifiedAt > token).toBe(true);
      expect(await live(restored.url, ben, `/events?since=${tokens[0]}`)).toMatchObject({
        records: [{ id: made[3], subject: "after" }],
        length: 1,
      });
      await restored.close();
      const sql = new pg.Pool({ connectionString: url.toString() });
      await expectSound(sql);
      await sql.end();
      await world.close();
    },
  );
});
