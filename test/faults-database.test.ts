// PostgreSQL is killed and started again, and stopped in its tracks for a while: what was acknowledged is there, what is
// answered meanwhile is 503 or late, and within seconds after it all is well, without anybody restarting the service.
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, startService, tidemark, type Running } from "./support/child";
import { KeepAliveClient, keepWriting } from "./support/keep-alive-client";
import { isLong } from "./support/long-form";
import { startPair, type Pair } from "./support/postgres-pair";

const PAUSE_MS = isLong ? 30_000 : 3_000;
const WELL_WITHIN_MS = 10_000;

let pair: Pair;
let service: Running;
let client: KeepAliveClient;

beforeAll(async () => {
  await ensureBuilt();
  pair = await startPair();
  await pair.primary.query("create database crm");
  const settings = { DATABASE_URL: pair.primary.url("crm"), DATABASE_POOL: "3", RATE_LIMIT_PER_MINUTE: "0" };
  service = await startService({ ...settings, LOG_LEVEL: "fatal" });
  const made = await tidemark(["token", "create", "--email", "ada@demo.test", "--name", "faults"], settings);
  const { token } = JSON.parse(made.stdout) as { token: string };
  client = new KeepAliveClient([Number(new URL(service.url).port)], token, 8);
}, 120_000);
afterAll(async () => {
  client?.close();
  await killServices();
  await pair?.remove();
});

const FAULTS: [string, () => Promise<unknown>][] = [
  ["killed, and started again", async () => (await pair.primary.kill(), pair.primary.start())],
  [
    `stopped in its tracks for ${PAUSE_MS / 1_000} s`,
    async () => {
      pair.primary.pause();
      await sleep(PAUSE_MS).finally(() => pair.primary.resume());
    },
  ],
];

test.each(FAULTS)(
  "PostgreSQL is %s: nothing acknowledged is lost, and all is well within seconds",
  async (what, fault) => {
    const stop = new AbortController();
    const { tried, ended } = keepWriting(client, 8, `${what} `, stop.signal);
    await sleep(1_000);
    await fault();
    const from = performance.now();
    const before = tried.made.length;
    while (tried.made.length < before + 20 && performance.now() - from < WELL_WITHIN_MS) await sleep(20);
    const took = performance.now() - from;
    stop.abort();
    await ended;
    console.log(
      `${what}: ${tried.made.length} written, ${tried.open.length} refused, well after ${Math.round(took)} ms`,
    );
    expect(took).toBeLessThan(WELL_WITHIN_MS);
    expect(before).toBeGreaterThan(0);
    expect(tried.wrong).toEqual([]);
    const { status, body } = await client.ask({ method: "GET", path: "/events?since=0" });
    expect(status).toBe(200);
    const { records } = JSON.parse(body) as { records: { subject: string }[] };
    const there = new Set(records.map(({ subject }) => subject));
    expect(tried.made.filter((subject) => !there.has(subject))).toEqual([]);
  },
  PAUSE_MS + 60_000,
);
