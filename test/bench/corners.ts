// npm run bench:corners: batches, thirty-two writers in one calendar, starting and idling, more processes than one, and the
// plans of the reads with what they touched.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import WebSocket from "ws";
import { EVENTS_A_USER, ORGANISATION, tokenOf, userId } from "./data";
import { Load } from "./load";
import { childrenOf, cpuOf, describeMachine, memoryNow } from "./machine";
import { pickOf } from "./measure";
import { type Operation, OPERATIONS, type Request } from "./operations";
import { plansOf } from "./plans";
import { onStage, startService, type Server, type Stage } from "./stage";

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const USERS = Math.ceil(EVENTS / EVENTS_A_USER);
const QUIET = { RATE_LIMIT_PER_MINUTE: "0" };
const FOR_MS = 8_000;
// Three rounds of pings to whoever is subscribed.
const IDLE_MS = 75_000;
// What starting and connecting leave behind is collected by then.
const REST_MS = 30_000;
const SUBSCRIBERS = 1_000;

let turn = 0;
const input = (user: number): object => {
  const from = Date.parse("2031-01-01T08:00:00Z") + ++turn * 1_800_000;
  const [startTime, endTime] = [from, from + 1_800_000].map((at) => new Date(at).toISOString());
  return {
    subject: `New ${turn}`,
    startTime,
    endTime,
    attendees: [{ userId: userId(user), status: "Accepted" }],
  };
};

const post = (user: number, at: string, body: object): Request => ({
  method: "POST",
  path: at,
  headers: { authorization: `Bearer ${tokenOf(user)}`, "content-type": "application/json" },
  body: JSON.stringify(body),
});

async function perSecond(url: string, connections: number, next: () => Request): Promise<number> {
  const load = new Load(url, connections);
  await load.run(FOR_MS / 4, next);
  const began = performance.now();
  const { latencies } = await load.run(FOR_MS, next);
  load.close();
  return latencies.length / ((performance.now() - began) / 1_000);
}

async function batches({ url }: Server): Promise<void> {
  const query = "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id error { code } } }";
  const rate = await perSecond(url, 4, () => {
    const { user } = pickOf(USERS);
    return post(user, "/graphql", {
      query,
      variables: { inputs: Array.from({ length: 500 }, () => input(user)) },
    });
  });
  console.log(`batches of 500: ${Math.round(rate * 500)} events a second (goal 5,000)`);
}

/** What PostgreSQL alone does for one row that everybody locks. */
async function lockedRows({ databaseUrl }: Stage): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const until = performance.now() + FOR_MS;
  let done = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() < until) {
      const client = await pool.connect();
      await client.query("begin");
      await client.query({
        name: "lock",
        text: "select from floor_event where organisation_id = $1 and id = 10000001 for no key update",
        values: [ORGANISATION],
      });
      await client.query({
        name: "insert",
        text: "insert into floor_event (organisation_id, owner_id, subject, start_time, end_time, timezone, organizer_email, last_modified_at) values ($1, 1, 'x', now(), now(), 'UTC', 'x', now())",
        values: [ORGANISATION],
      });
      await client.query("commit");
      client.release();
      done++;
    }
  };
  await Promise.all(Array.from({ length: 32 }, writer));
  await pool.end();
  return done / (FOR_MS / 1_000);
}

async function contention({ url }: Server, stage: Stage): Promise<void> {
  const alone = await lockedRows(stage);
  const ours = await perSecond(url, 32, () => post(0, "/api/v1/events", input(0)));
  console.log(
    `32 writers in one calendar: ${Math.round(ours)} creates a second, PostgreSQL alone with one locked row ${Math.round(alone)}: ${(ours / alone).toFixed(2)} of it (goal 0.5)`,
  );
}

async function coldAndIdle(stage: Stage): Promise<void> {
  const began = performance.now();
  const service = await startService(stage, QUIET);
  const ready = performance.now() - began;
  await sleep(2_000);
  const memory = memoryNow(service.pid);
  await sleep(REST_MS);
  const alone = await idling(service);
  for (let number = 0; number < SUBSCRIBERS; number++) await subscribe(service, number % USERS);
  await sleep(REST_MS);
  const followed = await idling(service);
  console.log(
    `ready after ${Math.round(ready)} ms (goal 1,500), idling with ${memory} MB (goal 130) and ${alone}% of a core; with ${SUBSCRIBERS} subscribers ${followed}% (goal 0.5)`,
  );
  await service.stop();
}

/** The share of a core, in percent, that it takes while nothing happens. */
async function idling({ pid }: Server): Promise<string> {
  const before = cpuOf(pid);
  await sleep(IDLE_MS);
  return ((cpuOf(pid) - before) / (IDLE_MS * 10)).toFixed(2);
}

/** Follows a user's calendar over a WebSocket of its own. */
async function subscribe({ url }: Server, user: number): Promise<void> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(
    JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${tokenOf(user)}` } }),
  );
  await once(socket, "message");
  const query = "subscription { eventChanged { id } }";
  socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
}

async function workers(stage: Stage): Promise<void> {
  const feed = OPERATIONS.find(({ name }) => name === "feed page of 100");
  for (const count of [1, 2, 3]) {
    const service = await startService(stage, { ...QUIET, WORKERS: String(count) });
    const rate = await perSecond(service.url, 16, () => (feed as Operation).ask("rest", pickOf(USERS)));
    const memory = [service.pid, ...childrenOf(service.pid)].reduce((sum, pid) => sum + memoryNow(pid), 0);
    console.log(`WORKERS=${count}: ${Math.round(rate)} feed pages of 100 a second, ${memory} MB in all`);
    await service.stop();
  }
}

onStage(EVENTS, async (stage) => {
  console.log(`${describeMachine()}; ${EVENTS.toLocaleString("en-US")} events`);
  await coldAndIdle(stage);
  const service = await startService(stage, QUIET);
  await batches(service);
  await contention(service, stage);
  await service.stop();
  await workers(stage);
  for (const { name, plan } of await plansOf(stage)) console.log(`${name}:\n${plan}`);
});
