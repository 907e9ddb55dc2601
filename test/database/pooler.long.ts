// Behind a connection pooler in transaction mode, where the next transaction may be given any session: pgbouncer 1.18,
// which knows no named statements, in front of Debian's PostgreSQL.
import pg from "pg";
import { createDataSource } from "../../src/database/data-source";
import { migrate } from "../../src/database/migrate";
import { openDatabase } from "../../src/database/open";
import { debianPrograms, startDebianServer, type DebianServer } from "../support/debian-server";
import { TEMPLATE } from "../support/global-setup";
import { followWs, fromThisInstant } from "../support/live";
import { hasPooler, startPooler, type Pooler } from "../support/pooler";
import { callGraphQL, callRest, openWorld, testConfig, type Person, type World } from "../support/world";

const programs = hasPooler() ? debianPrograms() : null;
const reason = "No pgbouncer, or no PostgreSQL (Debian: apt-get install pgbouncer postgresql).";
if (!programs) console.warn(`Skipped: behind a pooler. ${reason}`);
const whereInstalled = programs || process.env.TIDEMARK_NO_SKIPS ? describe : describe.skip;

const SESSIONS = 3;
const TIMES = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

whereInstalled("behind a pooler", () => {
  let server: DebianServer;
  let pooler: Pooler;
  let world: World;
  let ada: Person;
  let instances: { url: string; close: () => Promise<void> }[];

  beforeAll(async () => {
    if (!programs) throw new Error(reason);
    server = await startDebianServer(programs);
    process.env.TIDEMARK_TEST_SERVER = server.url;
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    // A server that speaks of times as nobody here expects, unless it is asked to.
    await admin.query("alter system set timezone = 'Asia/Tokyo'");
    await admin.query("alter system set datestyle = 'German'");
    await admin.query("select pg_reload_conf()");
    await admin.query(`create database ${TEMPLATE}`);
    await admin.end();
    await migrate({ url: server.url.replace("/postgres?", `/${TEMPLATE}?`) });
    pooler = await startPooler(server.url, SESSIONS);
    world = await openWorld();
    ada = await world.person();
    instances = await Promise.all([world.instance(pooled()), world.instance(pooled())]);
  });
  afterAll(async () => {
    await Promise.all(instances.map(({ close }) => close()));
    await world.close();
    await pooler.stop();
    await server.stop();
  });

  const pooled = () => ({
    databaseUrl: pooler.through(world.databaseUrl),
    databaseDirectUrl: world.databaseUrl,
    databasePrepare: false,
  });
  const at = (i: number): string => instances[i % 2]!.url;
  const rest = (i: number, method: string, path: string, body?: unknown) =>
    callRest(at(i), ada.token, { method, path, body });

  test("two instances share three sessions: all written by many at once is in the feed, once, with its instants", async () => {
    let since = "0";
    const seen: string[] = [];
    let writing = true;
    const poll = async (i: number): Promise<void> => {
      const { status, body } = await rest(i, "GET", `/events?deltaToken=${since}`);
      expect(status).toBe(200);
      seen.push(...(body.records as { id: string }[]).map(({ id }) => id));
      since = body.nextDeltaToken as string;
    };
    const polling = (async () => {
      for (let i = 0; writing; i++) await poll(i);
    })();
    const replies = await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        const made = [];
        for (let i = 0; i < 15; i++)
          made.push(await rest(writer, "POST", "/events", { subject: "E", ...TIMES }));
        return made;
      }),
    );
    writing = false;
    await polling;
    await poll(0);
    const ids = replies.flat().map(({ status, body }) => {
      expect([status, body.startTime]).toEqual([201, "2026-03-02T15:00:00.000Z"]);
      return body.id as string;
    });
    expect([...seen].sort()).toEqual(ids.sort());
    const { rows } = await world.sql.query<{ n: string }>(
      "select count(*) as n from pg_stat_activity where datname = current_database() and application_name = 'pooled'",
    );
    expect(Number(rows[0]!.n)).toBe(SESSIONS);
  });

  test("batches, search and deletions at the GraphQL door", async () => {
    const ask = async (i: number, query: string, variables = {}) => {
      const { data, errors } = await callGraphQL(at(i), ada.token, { query, variables });
      expect(errors).toBeUndefined();
      return data;
    };
    const inputs = Array.from({ length: 70 }, (_, i) => ({ subject: `Batch pooled ${i}`, ...TIMES }));
    const made = await ask(
      0,
      "mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs, atomic: true) { id error { code } } }",
      { inputs },
    );
    expect(made.createEvents).toHaveLength(70);
    const found = await ask(1, '{ events(filter: { text: "pooled" }) { totalCount } }');
    expect(found.events.totalCount).toBe(70);
    await ask(1, "mutation($ids: [ID!]!) { deleteEvents(ids: $ids) { id } }", {
      ids: made.createEvents.map(({ id }: { id: string }) => id),
    });
    const after = await ask(
      0,
      '{ events(filter: { text: "pooled" }) { totalCount } deletedEvents { records { id } } }',
    );
    expect([after.events.totalCount, after.deletedEvents.records.length]).toEqual([0, 70]);
  });

  test("a subscription on one instance hears at once of a change made on the other", async () => {
    const heard = await followWs(at(0), ada.token, fromThisInstant());
    const took: number[] = [];
    for (const subject of ["Heard", "Heard again", "Heard once more"]) {
      await rest(1, "POST", "/events", { subject, ...TIMES });
      took.push(await heard.until(({ subjects }) => subjects.includes(subject)));
    }
    // The look for what sends no hints comes every two seconds. The fewest of three: a machine may be busy.
    expect(Math.min(...took)).toBeLessThan(1_500);
    await heard.stop();
  });

  test("a list waits for a writer in flight, as without a pooler", async () => {
    const writer = await world.sql.connect();
    await writer.query("begin");
    await writer.query("select lock_calendars($1, array[$2::bigint])", [ada.organisationId, ada.calendarId]);
    const from = performance.now();
    const waited = rest(0, "GET", "/events");
    setTimeout(() => void writer.query("commit"), 1_000);
    expect((await waited).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThan(900);
    writer.release();
  });

  test("instances that start at the same moment on an empty database migrate it once, past the pooler", async () => {
    const empty = server.url.replace("/postgres?", "/empty?");
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query("create database empty");
    const config = testConfig(pooler.through(empty), { databaseDirectUrl: empty, databasePrepare: false });
    const opened = await Promise.all(Array.from({ length: 3 }, () => openDatabase(config, () => undefined)));
    expect(opened.filter(({ migrated }) => migrated.length > 0)).toHaveLength(1);
    await Promise.all(opened.map((db) => db.close()));
    await admin.query("drop database empty with (force)");
    await admin.end();
  });

  test("with named statements it does not go, which is what DATABASE_PREPARE=off is for", async () => {
    const named = await world.instance({ ...pooled(), databasePrepare: true });
    const replies = await Promise.all(
      Array.from({ length: 60 }, () => callRest(named.url, ada.token, { method: "GET", path: "/events" })),
    );
    expect(replies.some(({ status }) => status >= 500)).toBe(true);
    await named.close();
  });

  test("sessions say in their startup message what they need, and nothing a pooler refuses", async () => {
    const dataSource = createDataSource({ url: pooler.through(world.databaseUrl) }, 1);
    await dataSource.initialize();
    const [row] = await dataSource.query<{ zone: string; style: string }[]>(
      "select current_setting('TimeZone') as zone, current_setting('DateStyle') as style",
    );
    expect(row).toEqual({ zone: "UTC", style: "ISO, MDY" });
    await dataSource.destroy();
  });
});
