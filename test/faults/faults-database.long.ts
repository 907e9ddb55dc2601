// PostgreSQL is killed and started again, and stopped in its tracks for a while: what was acknowledged is there, what is
// answered meanwhile is 503 or late, and within seconds after it all is well, without anybody restarting the service.
import { setTimeout as sleep } from "node:timers/promises";
import { startCrm, type Crm } from "../support/crm";
import { keepWriting, writingAgain } from "../support/keep-alive-client";
import { startPostgres, type OwnServer } from "../support/postgres";

const PAUSE_MS = 30_000;
const WELL_WITHIN_MS = 30_000;

let own: OwnServer;
let crm: Crm;

beforeAll(async () => {
  own = await startPostgres();
  crm = await startCrm(own.server, { DATABASE_POOL: "3" });
});
afterAll(async () => {
  await crm?.close();
  await own?.remove();
});

const FAULTS: [string, () => Promise<unknown>][] = [
  ["killed, and started again", async () => (await own.server.kill(), own.server.start())],
  [
    `stopped in its tracks for ${PAUSE_MS / 1_000} s`,
    async () => {
      own.server.pause();
      await sleep(PAUSE_MS).finally(() => own.server.resume());
    },
  ],
];

test.each(FAULTS)(
  "PostgreSQL is %s: nothing acknowledged is lost, and all is well within seconds",
  async (what, fault) => {
    const stop = new AbortController();
    const { tried, ended } = keepWriting(crm.client, 8, `${what} `, stop.signal);
    await sleep(1_000);
    await fault();
    const before = tried.made.length;
    const took = await writingAgain(tried, WELL_WITHIN_MS);
    stop.abort();
    await ended;
    console.log(
      `${what}: ${tried.made.length} written, ${tried.open.length} refused, well after ${Math.round(took)} ms`,
    );
    expect(took).toBeLessThan(WELL_WITHIN_MS);
    expect(before).toBeGreaterThan(0);
    expect(tried.wrong).toEqual([]);
    const there = await crm.subjects();
    expect(tried.made.filter((subject) => !there.has(subject))).toEqual([]);
  },
  PAUSE_MS + 60_000,
);
