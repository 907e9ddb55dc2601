// npm run bench:corners -- [events] [parts]: starting and idling, batches, thirty-two writers in one calendar, writers beside one whose
// calendar somebody holds, more processes than one, and the plans of the reads with what they touched.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import WebSocket from "ws";
import { EVENTS_A_USER, ORGANISATION, tokenOf, userId } from "./data";
import { Load } from "./load";
import { childrenOf, cpuOf, cpuOfTree, describeMachine, loadAverage, memoryNow, usedSince } from "./machine";
import { pickOf } from "./measure";
import { type Operation, OPERATIONS, type Request } from "./operations";
import { plansOf } from "./plans";
import { onStage, startService, type Server, type Stage } from "./stage";

const [, , events = "1000000", ...parts] = process.argv;
const EVENTS = Number(events);
const USERS = Math.ceil(EVENTS / EVENTS_A_USER);
const QUIET = { RATE_LIMIT_PER_MINUTE: "0" };
const FOR_MS = 4_000;
const ROUNDS = 3;
// Three rounds of pings to whoever is subscribed.
const IDLE_MS = 75_000;
// What starting and connecting leave behind is collected by then.
const REST_MS = 30_000;
const SUBSCRIBERS = 1_000;
const HELD_MS = 2_500;
const WRITERS = 32;

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

interface Rate {
  perSecond: number;
  /** Microseconds of processor for each: of the service, and of PostgreSQL. */
  cost: readonly [number, number];
}

async function rateOf(
  { url, pid }: Server,
  { postmaster }: Stage,
  connections: number,
  next: () => Request,
): Promise<Rate> {
  const load = new Load(url, connections);
  await load.run(FOR_MS / 4, next);
  const before = [cpuOf(pid), cpuOfTree(postmaster)] as const;
  const began = performance.now();
  const { latencies } = await load.run(FOR_MS, next);
  const ms = performance.now() - began;
  const cost = [cpuOf(pid) - before[0], usedSince(before[1], cpuOfTree(postmaster))] as const;
  load.close();
  const each = (used: number): number => used / latencies.length;
  return { perSecond: latencies.length / (ms / 1_000), cost: [each(cost[0]), each(cost[1])] };
}

async function batches(service: Server, stage: Stage): Promise<void> {
  const query = "mutation ($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id error { code } } }";
  for (let round = 0; round < ROUNDS; round++) {
    const { perSecond, cost } = await rateOf(service, stage, 4, () => {
      const { user } = pickOf(USERS);
      return post(user, "/graphql", {
        query,
        variables: { inputs: Array.from({ length: 500 }, () => input(user)) },
      });
    });
    const [ours, postgres] = cost.map((us) => (us / 500).toFixed(1));
    console.log(
      `batches of 500: ${Math.round(perSecond * 500)} events a second (goal 8,000), ${ours} + ${postgres} us an event`,
    );
  }
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
  await Promise.all(Array.from({ length: WRITERS }, writer));
  await pool.end();
  return done / (FOR_MS / 1_000);
}

async function contention(service: Server, stage: Stage): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await lockedRows(stage);
    const { perSecond } = await rateOf(service, stage, WRITERS, () => post(0, "/api/v1/events", input(0)));
    const [ours, share] = [Math.round(perSecond), (perSecond / alone).toFixed(2)];
    console.log(
      `32 writers in one calendar: ${ours} creates a second (goal 2,000), ${share} of PostgreSQL alone with one locked row (goal 0.5)`,
    );
  }
}

/** Thirty write in calendars of their own while somebody holds one that two others write in; and while nobody does. */
async function besideHeld({ url }: Server, { databaseUrl }: Stage): Promise<void> {
  const stranger = new pg.Client({ connectionString: databaseUrl });
  await stranger.connect();
  const [two, others] = [new Load(url, 2), new Load(url, WRITERS - 2)];
  const writeIn = (load: Load, user: () => number): ReturnType<Load["run"]> =>
    load.run(HELD_MS, () => {
      const whose = user();
      return post(whose, "/api/v1/events", input(whose));
    });
  const round = async (isHeld: boolean): Promise<number[]> => {
    await stranger.query("begin");
    if (isHeld) await stranger.query("select pg_advisory_xact_lock($1)", [userId(0)]);
    const insisting = writeIn(two, () => 0);
    const { latencies } = await writeIn(others, () => 1 + (++turn % (USERS - 1)));
    await stranger.query("commit");
    await insisting;
    return latencies.sort((a, b) => a - b);
  };
  const at = (all: readonly number[], share: number): number => all[Math.floor(share * all.length)] ?? 0;
  await round(false);
  for (let count = 0; count < 2 * ROUNDS; count++) {
    const [quiet, held] = [await round(false), await round(true)];
    const [told, toldHeld] = [quiet, held].map((all) =>
      [0.5, 0.99].map((share) => at(all, share).toFixed(1)).join(" and "),
    );
    console.log(
      `30 writers: median and 99% ${told} ms; beside one calendar that is held for ${HELD_MS / 1_000} s ${toldHeld} ms: ${(at(held, 0.99) / at(quiet, 0.99)).toFixed(2)} times (goal 2)`,
    );
  }
  for (const load of [two, others]) load.close();
  await stranger.end();
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
    const { perSecond } = await rateOf(service, stage, 16, () =>
      (feed as Operation).ask("rest", pickOf(USERS)),
    );
    const memory = [service.pid, ...childrenOf(service.pid)].reduce((sum, pid) => sum + memoryNow(pid), 0);
    console.log(`WORKERS=${count}: ${Math.round(perSecond)} feed pages of 100 a second, ${memory} MB in all`);
    await service.stop();
  }
}

/** A part that needs the service has one of its own. */
const withService = (part: (service: Server, stage: Stage) => Promise<void>) => async (stage: Stage) => {
  const service = await startService(stage, QUIET);
  await part(service, stage);
  await service.stop();
};

const PARTS: Record<string, (stage: Stage) => Promise<void>> = {
  idle: coldAndIdle,
  batches: withService(batches),
  contention: withService(contention),
  held: withService(besideHeld),
  workers,
  plans: async (stage) => {
    for (const { name, plan } of await plansOf(stage)) console.log(`${name}:\n${plan}`);
  },
};

onStage(EVENTS, async (stage) => {
  console.log(`${describeMachine()}; ${EVENTS.toLocaleString("en-US")} events`);
  for (const name of parts.length > 0 ? parts : Object.keys(PARTS)) {
    await PARTS[name]?.(stage);
    console.log(`${name}: load ${loadAverage()}`);
  }
});
