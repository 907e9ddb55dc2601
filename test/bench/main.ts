// npm run bench: what each operation costs at both doors, beside two floors on the same data.
import path from "node:path";
import { parseArgs } from "node:util";
import { EVENTS_A_USER } from "./data";
import { Load } from "./load";
import { describeMachine, loadAverage, memoryPeak } from "./machine";
import { compareAnswers, measure, spread, typical, warmUp, type Contender, type Figures } from "./measure";
import { OPERATIONS, type Operation } from "./operations";
import { report, type Row } from "./report";
import { onStage, peerVersion, startFloor, startPeer, startService, type Server, type Stage } from "./stage";

const USAGE = `npm run bench -- [options]
  --events N       how many events, a thousand to a user (1000000)
  --rounds N       how often each operation is measured (3)
  --seconds S      how long each time (2)
  --connections N  at once (16); several, such as 1,16,64, one after the other
  --only TEXT      operations whose name holds it
  --before DIR     another built working copy, measured beside this one on a database of its own
  --peer           PostGraphile beside them, where it is installed (test/README.md, "Speed")
  --data DIR       where the database is kept, to be used again
  --json           the figures as one JSON object`;

const whole = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`"${text}" is no whole number.\n\n${USAGE}`);
  return Number(text);
};

function readOptions() {
  const { values } = parseArgs({
    options: {
      events: { type: "string", default: "1000000" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "2" },
      connections: { type: "string", default: "16" },
      only: { type: "string", default: "" },
      data: { type: "string" },
      before: { type: "string" },
      peer: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const events = whole(values.events);
  return {
    events,
    rounds: whole(values.rounds),
    forMs: Number(values.seconds) * 1_000,
    connections: values.connections.split(",").map(whole),
    only: values.only,
    dataDir: values.data,
    before: values.before,
    peer: values.peer ? peerVersion() : undefined,
    json: values.json,
  };
}

async function sideBySide(
  contenders: readonly Contender[],
  operation: Operation,
  rounds: number,
  how: Parameters<typeof measure>[2],
): Promise<Row> {
  const writes = operation.events === null;
  const able = contenders.filter(({ onlyWrites }) => writes || !onlyWrites);
  const taken = new Map<Contender, Figures[]>(able.map((contender) => [contender, []]));
  if (writes) for (const contender of able) await warmUp(contender, operation, how);
  for (let round = 0; round < rounds; round++) {
    for (const [contender, all] of taken) {
      all.push(await measure(contender, operation, how));
    }
  }
  const cells = [...taken].map(([{ name, door, beside }, all]) => ({
    name,
    door,
    beside,
    spread: spread(all),
    ...typical(all),
  }));
  return { operation: operation.name, cells };
}

type Servers = Record<
  "json" | "text" | "same" | "service" | "before" | "peer" | "peerBare",
  Server | undefined
>;

function contendersOf(servers: Servers, connections: number): Contender[] {
  const listed: (Omit<Contender, "server" | "load"> & { server: Server | undefined })[] = [
    { name: "floor, JSON by PostgreSQL", door: "floor", server: servers.json, beside: "bare" },
    { name: "floor, text spliced", door: "floor", server: servers.text, beside: "bare" },
    { name: "floor, same promises", door: "floor", server: servers.same, onlyWrites: true, beside: "same" },
    { name: "PostGraphile", door: "peer", server: servers.peer, beside: "peer" },
    { name: "PostGraphile, bare table", door: "peer", server: servers.peerBare, onlyWrites: true },
    { name: "REST", door: "rest", server: servers.service },
    { name: "GraphQL", door: "graphql", server: servers.service },
    { name: "REST before", door: "rest", server: servers.before },
    { name: "GraphQL before", door: "graphql", server: servers.before },
  ];
  return listed.flatMap(({ server, ...who }) =>
    server ? [{ ...who, server, load: new Load(server.url, connections) }] : [],
  );
}

const SETTINGS = { RATE_LIMIT_PER_MINUTE: "0" };

async function serviceBefore(stage: Stage, directory: string): Promise<Server> {
  const program = path.resolve(directory, "dist/src/main.js");
  return startService({ databaseUrl: await stage.ofAnother(program) }, SETTINGS, program);
}

async function startAll(stage: Stage): Promise<Servers> {
  return {
    json: await startFloor(stage, "json"),
    text: await startFloor(stage, "text"),
    same: await startFloor(stage, "same"),
    service: await startService(stage, SETTINGS),
    before: before ? await serviceBefore(stage, before) : undefined,
    peer: peer ? await startPeer(stage, "event") : undefined,
    peerBare: peer ? await startPeer(stage, "floor_event") : undefined,
  };
}

async function rowsOf(stage: Stage, contenders: readonly Contender[]): Promise<Row[]> {
  const users = Math.ceil(events / EVENTS_A_USER);
  const walBytes = async (): Promise<number> => {
    const { rows } = await stage.client.query<{ bytes: string }>(
      "select pg_current_wal_insert_lsn() - '0/0' as bytes",
    );
    return Number(rows[0]?.bytes);
  };
  const rows: Row[] = [];
  for (const operation of OPERATIONS.filter(({ name }) => name.includes(only))) {
    await compareAnswers(contenders, operation, users);
    const how = { users, postmaster: stage.postmaster, forMs, walBytes };
    rows.push(await sideBySide(contenders, operation, rounds, how));
    process.stderr.write(`${operation.name}: done\n`);
  }
  return rows;
}

const { events, rounds, forMs, connections, only, dataDir, json, before, peer } = readOptions();

onStage(
  events,
  async (stage) => {
    const servers = await startAll(stage);
    for (const many of connections) {
      const contenders = contendersOf(servers, many);
      const rows = await rowsOf(stage, contenders);
      const peaks = Object.entries(servers).flatMap(([name, server]) =>
        server ? [[name, memoryPeak(server.pid)] as const] : [],
      );
      const about = {
        machine: describeMachine() + (peer ? `, PostGraphile ${peer}` : ""),
        loadBefore: loadAverage(),
        events,
        connections: many,
        rounds,
        peakMemory: Object.fromEntries(peaks),
      };
      console.log(json ? JSON.stringify({ about, rows }) : report(about, rows));
      for (const contender of contenders) contender.load.close();
    }
  },
  dataDir,
);
