// What a release left behind goes on under this build: its database is brought up to date, and nobody notices. Of each release
// the repository keeps a database and what its clients were answered (test/database/releases/make.ts).
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { migrate } from "../../src/database/migrate";
import { query, schemaOf } from "../support/catalogue";
import { expectSound } from "../support/plain-sql";
import { callGraphQL, callRest, cloneDatabase, openWorld } from "../support/world";
import type { Kept } from "./releases/kept";

const FOLDER = path.join(__dirname, "releases");
const releases = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".sql.gz"))
  .map((name) => name.replace(".sql.gz", ""));

/** A database as it was then. */
async function restored(release: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const database = await cloneDatabase("template1");
  const sql = gunzipSync(readFileSync(path.join(FOLDER, `${release}.sql.gz`))).toString();
  await query(database.url, sql);
  return database;
}

/** As PostgreSQL prints it after a dump and a restore it may have other brackets. */
const withoutBrackets = (schema: object): unknown => JSON.parse(JSON.stringify(schema).replace(/[()]/g, ""));

const eachRelease = releases.length > 0 ? describe.each(releases) : describe.skip.each(["no release yet"]);

eachRelease("a database of %s", (release) => {
  test("has the tables, functions and indexes of a new one after a start, and is sound", async () => {
    const { url, drop } = await restored(release);
    await migrate({ url });
    const { url: usual, drop: dropUsual } = await cloneDatabase();
    expect(withoutBrackets(await schemaOf(url))).toEqual(withoutBrackets(await schemaOf(usual)));
    const sql = new pg.Pool({ connectionString: url });
    await expectSound(sql);
    await sql.end();
    await Promise.all([drop(), dropUsual()]);
  });

  test("answers its people what it answered them then, and their feeds go on", async () => {
    const kept = JSON.parse(readFileSync(path.join(FOLDER, `${release}.json`), "utf8")) as Kept;
    const world = await openWorld({}, await restored(release));
    const { admin, member } = kept.tokens;
    for (const { who, asked, said } of kept.answers) {
      const token = kept.tokens[who];
      const now = asked.startsWith("/")
        ? (await callRest(world.url, token, { method: "GET", path: asked })).body
        : (await callGraphQL(world.url, token, { query: asked })).data;
      expect({ asked, said: now as unknown }).toMatchObject({ asked, said });
    }
    const feed = (): ReturnType<typeof callRest> =>
      callRest(world.url, member, {
        method: "GET",
        path: `/events?deltaToken=${encodeURIComponent(kept.deltaToken)}`,
      });
    expect((await feed()).body).toMatchObject({ records: [] });
    const mine = await callRest(world.url, admin, { method: "GET", path: "/events?limit=1000" });
    const { id } = (mine.body.records as { id: string; subject: string }[]).find(
      ({ subject }) => subject === "Kick-off",
    )!;
    const changed = await callRest(world.url, admin, {
      method: "PATCH",
      path: `/events/${id}`,
      body: { location: "Bern" },
    });
    expect(changed.status).toBe(200);
    expect((await feed()).body.records).toMatchObject([{ id, location: "Bern" }]);
    await expectSound(world.sql);
    await world.close();
  });
});
