// Two instances are restarted in turn under load, as a deployment does it: no request fails, and none is done twice.
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, startService, type Running } from "../support/child";
import { freePort, KeepAliveClient } from "../support/keep-alive-client";
import { openWorld, type Person, type World } from "../support/world";

const CLIENTS = 6;
/** Of both instances; `npm run faults` asks for 20. */
const ROUNDS = Number(process.env.RESTART_ROUNDS ?? 2);

let world: World;
let ada: Person;
let ports: number[];

beforeAll(async () => {
  await ensureBuilt();
  world = await openWorld();
  ada = await world.person();
  ports = [await freePort(), await freePort()];
});
afterEach(killServices);
afterAll(() => world.close());

const instance = (port: number): Promise<Running> =>
  startService({
    DATABASE_URL: world.databaseUrl,
    DATABASE_POOL: "4",
    RATE_LIMIT_PER_MINUTE: "0",
    DEMO: "off",
    LOG_LEVEL: "error",
    PORT: String(port),
  });

interface Load {
  made: string[];
  requests: number;
  failures: string[];
}

/** Writes and polls, with pauses now and then in which its connections are idle, until it is told to stop. */
async function work(name: string, load: Load, stop: AbortSignal): Promise<void> {
  const client = new KeepAliveClient(ports, ada.token);
  const body = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
  for (let n = 0; !stop.aborted; n++) {
    const subject = `${name}-${n}`;
    try {
      const post = await client.ask({ method: "POST", path: "/events", body: { ...body, subject } });
      if (post.status === 201) load.made.push(subject);
      else load.failures.push(`POST ${post.status} ${post.body}`);
      const poll = await client.ask({ method: "GET", path: "/events?since=0&limit=5" });
      if (poll.status !== 200) load.failures.push(`GET ${poll.status} ${poll.body}`);
    } catch (error) {
      load.failures.push(`${subject}: ${String(error)} ${(error as NodeJS.ErrnoException).code ?? ""}`);
    }
    load.requests += 2;
    await sleep(n % 4 === 0 ? Math.random() * 120 : 5);
  }
  client.close();
}

test("two instances that are restarted in turn under load fail no request, and make nothing twice", async () => {
  const running = await Promise.all(ports.map(instance));
  const load: Load = { made: [], requests: 0, failures: [] };
  const stop = new AbortController();
  const clients = Array.from({ length: CLIENTS }, (_, n) => work(`client${n}`, load, stop.signal));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const which of [0, 1]) {
        await sleep(300);
        expect(await running[which]!.stop()).toBe(0);
        running[which] = await instance(ports[which]!);
      }
    }
  } finally {
    stop.abort();
    await Promise.all(clients);
  }
  console.log(`${ROUNDS * 2} restarts, ${load.requests} requests, ${load.failures.length} failed`);
  expect(load.failures).toEqual([]);
  expect(load.requests).toBeGreaterThan(CLIENTS);
  const { rows } = await world.sql.query<{ subject: string }>(
    "select subject from event where organisation_id = $1",
    [world.organisationId],
  );
  expect(rows.map(({ subject }) => subject).sort()).toEqual([...load.made].sort());
});
