// The disk of PostgreSQL is full: writes are 503, nothing that was acknowledged is lost, and once there is room again all
// goes on without a restart of the service. Where the log of transactions has its own disk, reads go on all the while.
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startCrm, type Crm } from "../support/crm";
import { keepWriting, writingAgain } from "../support/keep-alive-client";
import { newCluster, newHome, type Postgres } from "../support/postgres";
import { describeWithSmallDisk, mountDisk, type SmallDisk } from "../support/small-disk";
import { callGraphQL, callRest, type RestReply } from "../support/world";

const FULL_WITHIN_MS = 40_000;
const WELL_WITHIN_MS = 30_000;
const REFUSED = 10;
const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
/** Without the first two, the log would go on in the files that it has. */
const SETTINGS = `
  wal_keep_size = '1GB'
  wal_recycle = off
  min_wal_size = '2MB'
  shared_buffers = '8MB'
  autovacuum = off`;

describeWithSmallDisk("with the disk full", () => {
  let home: string;
  let disk: SmallDisk;
  let server: Postgres;
  let crm: Crm;

  /** With the tables on the small disk, or the log of transactions. */
  const start = async (small: "tables" | "log"): Promise<void> => {
    home = newHome();
    disk = mountDisk(join(home, "disk"), small === "tables" ? 110 : 40);
    const [tables, log] = small === "tables" ? [disk.folder, home] : [home, disk.folder];
    server = await newCluster(tables, "data", ["--wal-segsize=1", "--waldir", join(log, "wal")]);
    server.configure(SETTINGS);
    if (small === "tables") symlinkSync(join(home, "said"), server.logFile); // There is no room for it.
    await server.start();
    crm = await startCrm(server, { DATABASE_POOL: "4" });
  };
  afterEach(async () => {
    await crm?.close();
    await server?.kill();
    disk?.remove();
    rmSync(home, { recursive: true, force: true });
  });

  const ask = (method: string, path: string, body?: unknown, key?: string): Promise<RestReply> =>
    callRest(crm.service.url, crm.token, {
      method,
      path,
      body,
      headers: key === undefined ? {} : { "Idempotency-Key": key },
    });

  /** Fills the disk again and again, for PostgreSQL gives back what it needs no more, until `enough`. */
  async function fillUntil(enough: () => boolean): Promise<void> {
    const from = performance.now();
    for (; !enough(); await sleep(20)) {
      disk.fill();
      if (performance.now() - from > FULL_WITHIN_MS) throw new Error("The disk was never full.");
    }
  }

  test("reads go on, writes are 503, and go on when there is room again", async () => {
    await start("tables");
    const stop = new AbortController();
    const { tried, ended } = keepWriting(crm.client, 4, "writer ", stop.signal);
    while (tried.made.length < 20) await sleep(20);
    const { body: event } = await ask("POST", "/events", { ...TIMED, subject: "Before" });
    await fillUntil(() => tried.open.length >= REFUSED);

    const long = { ...TIMED, subject: "Meanwhile", description: noise(100_000) };
    const refused = await ask("POST", "/events", long, "meanwhile");
    expect([refused.status, refused.body.code, refused.body.message]).toEqual([
      503,
      "unavailable",
      "The database has no room left to write: try again later.",
    ]);
    expect((await ask("PATCH", `/events/${event.id}`, { description: noise(100_000) })).status).toBe(503);
    const mutation = `mutation { createEvent(input: { subject: "Meanwhile", description: "${noise(100_000)}",
      startTime: "${TIMED.startTime}", endTime: "${TIMED.endTime}" }) { id } }`;
    const { errors } = await callGraphQL(crm.service.url, crm.token, { query: mutation });
    expect(errors?.[0]?.extensions.code).toBe("unavailable");
    for (const path of [`/events/${event.id}`, "/events?since=0&limit=5", "/events?limit=5", "/me"])
      expect([path, (await ask("GET", path)).status]).toEqual([path, 200]);
    expect((await ask("GET", `/events/${event.id}`)).body).toEqual(event);
    expect((await fetch(`${crm.service.url}/readyz`)).status).toBe(200);

    disk.free();
    const took = await writingAgain(tried, WELL_WITHIN_MS);
    stop.abort();
    await ended;
    console.log(
      `${tried.made.length} written, ${tried.open.length} refused, well after ${Math.round(took)} ms`,
    );
    expect(took).toBeLessThan(WELL_WITHIN_MS);
    expect(tried.wrong).toEqual([]);
    const again = await ask("POST", "/events", long, "meanwhile");
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, null]);
    const there = await crm.subjects();
    expect(tried.made.filter((subject) => !there.has(subject))).toEqual([]);
    expect(tried.open.filter((subject) => there.has(subject))).toEqual([]);
  });

  test("PostgreSQL itself gives up over its log, is started again when there is room, and nothing acknowledged is lost", async () => {
    await start("log");
    const stop = new AbortController();
    const { tried, ended } = keepWriting(crm.client, 4, "writer ", stop.signal);
    while (tried.made.length < 20) await sleep(20);
    await fillUntil(() => tried.open.length >= REFUSED);
    expect((await fetch(`${crm.service.url}/healthz`)).status).toBe(200);
    expect(readFileSync(server.logFile, "utf8")).toMatch(/PANIC: .*No space left on device/);

    disk.free();
    // As its supervisor would: it may have recovered by itself, or not.
    const supervise = async (): Promise<void> => void (server.isRunning || (await server.start()));
    const took = await writingAgain(tried, WELL_WITHIN_MS, supervise);
    stop.abort();
    await ended;
    console.log(
      `${tried.made.length} written, ${tried.open.length} refused, well after ${Math.round(took)} ms`,
    );
    expect(took).toBeLessThan(WELL_WITHIN_MS);
    expect(tried.wrong).toEqual([]);
    const there = await crm.subjects();
    expect(tried.made.filter((subject) => !there.has(subject))).toEqual([]);
  });
});

/** Text that PostgreSQL cannot make smaller. */
function noise(length: number): string {
  let text = "";
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text.slice(0, length);
}
