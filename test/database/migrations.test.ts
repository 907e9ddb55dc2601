// An empty database is migrated by one instance or several at once, and one that was dumped and restored goes on where it
// was: no client notices.
import pg from "pg";
import { migrate } from "../../src/database/migrate";
import { query, schemaOf } from "../support/catalogue";
import { debianPrograms, startDebianServer, type DebianServer } from "../support/debian-server";
import { TEMPLATE, TEST_PARTITIONS } from "../support/global-setup";
import { expectSound } from "../support/plain-sql";
import { callRest, cloneDatabase, openWorld, type Person, type RestReply } from "../support/world";

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };

test("five instances that start at the same moment on an empty database migrate it once", async () => {
  const { url, drop } = await cloneDatabase("template1");
  const ran = await Promise.all(Array.from({ length: 5 }, () => migrate({ url }, TEST_PARTITIONS)));
  expect(ran.filter(({ files }) => files.length > 0)).toHaveLength(1);
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
