// WORKERS=n: several processes, one service.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  ensureBuilt,
  killServices,
  PROGRAM,
  run,
  startService,
  tidemark,
  type Running,
} from "../support/child";
import { callRest, openWorld, type Person, type World } from "../support/world";
import { followSse, fromThisInstant } from "../support/live";
import { untilWaiting } from "../support/plain-sql";
import { until } from "../support/wait";

let world: World;
let ada: Person;
let settings: Record<string, string>;

beforeAll(async () => {
  await ensureBuilt();
  world = await openWorld();
  ada = await world.person();
  settings = { DATABASE_URL: world.databaseUrl, DATABASE_POOL: "4", WORKERS: "2", LOG_LEVEL: "error" };
});
afterEach(killServices);
afterAll(() => world.close());

/** The processes that a process has started and that still run. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const [state, parent] = readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)!.split(" ");
        return Number(parent) === pid && state !== "Z";
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number);
}
const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024;

/** A request on a connection of its own: each goes to the next worker. Answers its status, and what it says is left. */
function get(url: string): Promise<[status: number, left: number]> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${ada.token}` };
    http
      .get(url, { agent: new http.Agent(), headers }, (reply) => {
        const left = Number(/r=(\d+)/.exec(String(reply.headers.ratelimit))?.[1]);
        reply.resume().on("end", () => resolve([reply.statusCode!, left]));
      })
      .on("error", reject);
  });
}
const statuses = (replies: [number, number][]): number[] => [...new Set(replies.map(([status]) => status))];
const ready = (service: Running): string[] => service.stdout().match(/^Tidemark ready: .*$/gm) ?? [];

test("two processes serve on one address, say once that they are ready, and all end on SIGTERM", async () => {
  const service = await startService(settings);
  const workers = childrenOf(service.pid);
  expect(workers).toHaveLength(2);
  const replies = await Promise.all(Array.from({ length: 100 }, () => get(`${service.url}/api/v1/me`)));
  expect(statuses(replies)).toEqual([200]);
  // Each counts for itself until it has a sixteenth of the limit to tell: one alone would have counted to a hundred.
  expect(Math.min(...replies.map(([, left]) => left))).toBeGreaterThan(6_000 - 70);
  expect(ready(service)).toHaveLength(1);
  expect(await service.stop()).toBe(0);
  expect(workers.filter((pid) => childrenOf(pid).length > 0)).toEqual([]);
  expect(() => process.kill(workers[0]!, 0)).toThrow();
  expect(() => process.kill(workers[1]!, 0)).toThrow();
});

test("what is in flight is finished, also where a supervisor tells every process to end", async () => {
  const service = await startService(settings);
  const writer = await world.sql.connect();
  await writer.query("begin");
  await writer.query("select lock_calendars($1, array[$2::bigint])", [ada.organisationId, ada.calendarId]);
  const waiting = Array.from({ length: 4 }, () => get(`${service.url}/api/v1/events`));
  await untilWaiting(world, 1);
  await sleep(700); // All four are on their way.
  for (const pid of childrenOf(service.pid)) process.kill(pid, "SIGTERM");
  const stopped = service.stop();
  await sleep(500);
  await writer.query("rollback");
  writer.release();
  expect(statuses(await Promise.all(waiting))).toEqual([200]);
  expect(await stopped).toBe(0);
});

test("a worker that dies is replaced, and a subscription on the other goes on", async () => {
  const service = await startService(settings);
  const before = childrenOf(service.pid);
  const heard = await followSse(service.url, ada.token, fromThisInstant());
  process.kill(before[0]!, "SIGKILL");
  await until(() => childrenOf(service.pid).filter((pid) => !before.includes(pid)).length === 1);
  await until(() => service.stderr().includes("a worker ended; another takes its place"));
  await sleep(2_000);
  const replies = await Promise.all(Array.from({ length: 20 }, () => get(`${service.url}/api/v1/me`)));
  expect(statuses(replies)).toEqual([200]);
  const followed =
    heard.errors.length > 0 ? await followSse(service.url, ada.token, fromThisInstant()) : heard;
  const event = { subject: "Seen", startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
  await callRest(service.url, ada.token, { method: "POST", path: "/events", body: event });
  await followed.until(({ subjects }) => subjects.includes("Seen"));
  expect(await service.stop()).toBe(0);
});

test("the metrics are those of all workers, whichever is asked", async () => {
  const service = await startService(settings);
  for (let i = 0; i < 2; i++) {
    const text = await (await fetch(`${service.url}/metrics`, { headers: { Connection: "close" } })).text();
    const told = Number(/^process_resident_memory_bytes (\d+)/m.exec(text)![1]);
    const single = Math.max(...childrenOf(service.pid).map(residentBytes));
    expect(told).toBeGreaterThan(1.4 * single);
  }
  await service.stop();
});

test("where the address is taken, all end with the reason", async () => {
  const service = await startService({ ...settings, WORKERS: "1" });
  const { port } = new URL(service.url);
  const { code, stderr } = await tidemark(["start"], { ...settings, PORT: port });
  expect(code).toBe(1);
  expect(stderr).toContain(`Port ${port} of 127.0.0.1 is taken`);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
});

test("more workers than the embedded server has connections for are refused with what would fit", async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "tidemark-workers-"));
  const { code, stderr } = await run(process.execPath, [PROGRAM, "start"], {
    DATA_DIR: path.join(dataDir, "data"),
    PORT: "0",
    WORKERS: "8",
    LOG_LEVEL: "error",
  });
  expect([code, stderr.trim()]).toEqual([1, expect.stringContaining("set DATABASE_POOL=4")]);
  rmSync(dataDir, { recursive: true, force: true });
});
