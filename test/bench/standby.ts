// npm run bench:standby: what polls, lists and reads by id cost where a standby answers them (DATABASE_READ_URL), beside the same
// asked of the primary alone, both ways alternately; and how far behind the standby is while a client writes. Both PostgreSQL
// run on this machine, and share its processors with the service and the client.
import { readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { migrate } from "../../src/database/migrate";
import { killServices } from "../support/child";
import { startPair, type Pair } from "../support/postgres-pair";
import { until } from "../support/wait";
import { EVENTS_A_USER, FIRST_START, FIRST_TICK, STEP_MS, eventId, load, tokenOf } from "./data";
import { Load } from "./load";
import { cpuOf, cpuOfTree, describeMachine, loadAverage, usedSince } from "./machine";
import { pickOf } from "./measure";
import { FIELDS, type Pick, type Request } from "./operations";
import { startService, toTheEnd, type Server } from "./stage";

const EVENTS = Number(process.argv[2] ?? 50_000);
const USERS = EVENTS / EVENTS_A_USER;
const CONNECTIONS = 8;
const ROUNDS = 5;
const ROUND_MS = 2_000;
const WRITING_MS = 10_000;
const DAY_MS = 86_400_000;
const MOST_SECONDS = 30;

const iso = (at: number): string => new Date(at).toISOString();
const CLOCK = FIRST_TICK + EVENTS_A_USER;

const rest = ({ user }: Pick, since: number): Request => ({
  method: "GET",
  path: `/api/v1/events?deltaToken=${iso(since)}&showDeleted=true&limit=100`,
  headers: { authorization: `Bearer ${tokenOf(user)}` },
});
const graphql = ({ user }: Pick, query: string, variables: object): Request => ({
  method: "POST",
  path: "/graphql",
  headers: { authorization: `Bearer ${tokenOf(user)}`, "content-type": "application/json" },
  body: JSON.stringify({ query, variables: { ...variables, seconds: MOST_SECONDS } }),
});

const WEEK = `query ($startAt: DateTime!, $endAt: DateTime!, $seconds: Int) {
  events(filter: { startAt: $startAt, endAt: $endAt }, maxStalenessSeconds: $seconds) {
    edges { node { ${FIELDS} } } watermark } }`;
const ONE = `query ($id: ID!, $seconds: Int) { event(id: $id, maxStalenessSeconds: $seconds) { ${FIELDS} } }`;

const QUESTIONS: Record<string, (pick: Pick) => Request> = {
  "empty poll": (pick) => rest(pick, CLOCK),
  "page of 100 changes": (pick) => rest(pick, FIRST_TICK + ((pick.turn * 37) % (EVENTS_A_USER - 100))),
  "a week, 7 events": (pick) => {
    const from = FIRST_START + ((pick.turn * 37) % 800) * STEP_MS;
    return graphql(pick, WEEK, { startAt: iso(from), endAt: iso(from + 7 * DAY_MS) });
  },
  "one by id": (pick) => graphql(pick, ONE, { id: eventId(pick.user, (pick.turn * 37) % EVENTS_A_USER) }),
};

interface Way {
  name: string;
  server: Server;
  load: Load;
}

/** Of a request: requests a second, and microseconds of processor by whom. */
type Figures = Record<"perSecond" | "service" | "primary" | "standby", number>;

interface Postmasters {
  primary: number;
  standby: number;
}

async function measure(
  { server, load: client }: Way,
  next: (pick: Pick) => Request,
  { primary, standby }: Postmasters,
): Promise<Figures> {
  const ask = (): Request => next(pickOf(USERS));
  await client.run(ROUND_MS / 4, ask);
  const before = [cpuOf(server.pid), cpuOfTree(primary), cpuOfTree(standby)] as const;
  const began = performance.now();
  const { latencies } = await client.run(ROUND_MS, ask);
  const seconds = (performance.now() - began) / 1_000;
  const { length } = latencies;
  return {
    perSecond: length / seconds,
    service: (cpuOf(server.pid) - before[0]) / length,
    primary: usedSince(before[1], cpuOfTree(primary)) / length,
    standby: usedSince(before[2], cpuOfTree(standby)) / length,
  };
}

const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const typical = (rounds: Figures[], key: keyof Figures): number => middle(rounds.map((one) => one[key]));

/** How many reads came to what, since the service was started. */
async function readsOf({ url }: Server): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^tidemark_standby_reads_total\{result="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, result = "", count]) => [result, Number(count)]));
}

async function behindNow({ url }: Server): Promise<number> {
  const { standby } = (await (await fetch(`${url}/readyz`)).json()) as {
    standby: { behindSeconds: number | null };
  };
  return standby.behindSeconds ?? Infinity;
}

async function compare(alone: Way, reading: Way, postmasters: Postmasters): Promise<void> {
  console.log("| | requests/s | service | primary | standby |\n| --- | --- | --- | --- | --- |");
  for (const [name, next] of Object.entries(QUESTIONS)) {
    const rounds = new Map<Way, Figures[]>([
      [alone, []],
      [reading, []],
    ]);
    const before = await readsOf(reading.server);
    for (let round = 0; round < ROUNDS; round++)
      for (const [way, all] of rounds) all.push(await measure(way, next, postmasters));
    const after = await readsOf(reading.server);
    const others = [...after].filter(([result]) => result !== "answered");
    const missed = others.reduce((sum, [result, count]) => sum + count - (before.get(result) ?? 0), 0);
    if (missed > 0) console.log(`${name}: ${missed} of the standby's reads were the primary's`);
    for (const [way, all] of rounds) {
      const ratio = typical(all, "perSecond") / typical(rounds.get(alone) ?? [], "perSecond");
      const costs = (["service", "primary", "standby"] as const).map((key) => typical(all, key).toFixed(0));
      console.log(`| ${name}, ${way.name} | ${ratio.toFixed(2)} | ${costs.join(" | ")} |`);
    }
  }
}

/** While a client writes, and another polls: how far behind the standby is, and how many polls it answers. */
async function whileWriting({ server, load: client }: Way): Promise<void> {
  const before = await readsOf(server);
  const behind: number[] = [];
  const writer = new Load(server.url, 4);
  let number = 0;
  const write = (): Request => ({
    method: "POST",
    path: "/api/v1/events",
    headers: { authorization: `Bearer ${tokenOf(number % USERS)}`, "content-type": "application/json" },
    body: JSON.stringify({
      subject: `New ${++number}`,
      startTime: "2029-01-01T08:00:00Z",
      endTime: "2029-01-01T09:00:00Z",
    }),
  });
  const looking = setInterval(() => void behindNow(server).then((seconds) => behind.push(seconds)), 100);
  const [written] = await Promise.all([
    writer.run(WRITING_MS, write),
    client.run(WRITING_MS, () => rest(pickOf(USERS), CLOCK)),
  ]);
  clearInterval(looking);
  const reads = [...(await readsOf(server))].map(
    ([result, count]) => `${count - (before.get(result) ?? 0)} ${result}`,
  );
  const perSecond = (written.latencies.length / WRITING_MS) * 1_000;
  behind.sort((a, b) => a - b);
  console.log(
    `while ${perSecond.toFixed(0)} events a second were made: at most ${middle(behind).toFixed(2)} s behind (median of ${behind.length} looks), ${behind.at(-1)?.toFixed(2)} s the most; reads: ${reads.join(", ")}`,
  );
  writer.close();
}

async function filled(pair: Pair): Promise<{ primary: string; standby: string }> {
  await pair.primary.query("create database bench");
  const primary = pair.primary.url("bench");
  await migrate({ url: primary });
  const client = new pg.Client({ connectionString: primary });
  await client.connect();
  await load(client, EVENTS);
  const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_flush_lsn()::text as lsn");
  await client.end();
  const reached = `select pg_last_wal_replay_lsn() >= '${rows[0]?.lsn}' as so`;
  await until(async () => (await pair.standby.query(reached))[0]?.so === true);
  return { primary, standby: pair.standby.url("bench") };
}

async function work(): Promise<void> {
  const pair = await startPair({ isSynchronous: false });
  try {
    const urls = await filled(pair);
    const settings = { RATE_LIMIT_PER_MINUTE: "0" };
    const wayOf = async (name: string, more: Record<string, string>): Promise<Way> => {
      const server = await startService({ databaseUrl: urls.primary }, { ...settings, ...more });
      return { name, server, load: new Load(server.url, CONNECTIONS) };
    };
    const alone = await wayOf("primary alone", {});
    const reading = await wayOf("standby", { DATABASE_READ_URL: urls.standby });
    const postmasterOf = ({ folder }: { folder: string }): number =>
      Number(readFileSync(path.join(folder, "postmaster.pid"), "utf8").split("\n")[0]);
    const postmasters = { primary: postmasterOf(pair.primary), standby: postmasterOf(pair.standby) };
    await compare(alone, reading, postmasters);
    await whileWriting(reading);
    console.log(`${EVENTS} events; ${describeMachine()}; load ${loadAverage()}`);
  } finally {
    await killServices();
    await pair.remove();
  }
}

toTheEnd(work());
