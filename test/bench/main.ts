// npm run bench: what each operation costs at both doors, beside two floors on the same data.
import path from "node:path";
import { parseArgs } from "node:util";
import { EVENTS_A_USER } from "./data";
import { Load } from "./load";
import { describeMachine, loadAverage, memoryPeak } from "./machine";
import { compareAnswers, measure, spread, typical, type Contender, type Figures } from "./measure";
import { OPERATIONS, type Operation } from "./operations";
import { report, type Row } from "./report";
import { onStage, startFloor, startService, type Stage } from "./stage";

const USAGE = `npm run bench -- [options]
  --events N       how many events, a thousand to a user (1000000)
  --rounds N       how often each operation is measured (3)
  --seconds S      how long each time (2)
  --connections N  at once (16)
  --only TEXT      operations whose name holds it
  --before DIR     another built working copy, measured beside this one on a database of its own
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
      json: { type: "boolean", default: false },
    },
  });
  const events = whole(values.events);
  return {
    events,
    rounds: whole(values.rounds),
    forMs: Number(values.seconds) * 1_000,
    connections: whole(values.connections),
    only: values.only,
    dataDir: values.data,
    before: values.before,
    json: values.json,
  };
}

async function sideBySide(
  contenders: readonly Contender[],
  operation: Operation,
  rounds: number,
  how: Parameters<typeof measure>[2],
): Promise<Row> {
  const taken = new Map<Contender, Figures[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [contender, all] of taken) {
      all.push(await measure(contender, operation, how));
    }
  }
  const cells = [...taken].map(([{ name, door }, all]) => ({
    name,
    door,
    spread: spread(all),
    ...typical(all),
  }));
  return { operation: operation.name, cells };
}

async function doorsBefore(
  stage: Stage,
  directory: string,
  load: (url: string) => Load,
): Promise<Contender[]> {
  const program = path.resolve(directory, "dist/src/main.js");
  const databaseUrl = await stage.ofAnother(program);
  const server = await startService({ databaseUrl }, { RATE_LIMIT_PER_MINUTE: "0" }, program);
  return [
    { name: "REST before", door: "rest", server, load: load(server.url) },
    { name: "GraphQL before", door: "graphql", server, load: load(server.url) },
  ];
}

const { events, rounds, forMs, connections, only, dataDir, json, before } = readOptions();

onStage(
  events,
  async (stage) => {
    const [bare, spliced, service] = [
      await startFloor(stage, "json"),
      await startFloor(stage, "text"),
      await startService(stage, { RATE_LIMIT_PER_MINUTE: "0" }),
    ];
    const load = (url: string): Load => new Load(url, connections);
    const contenders: Contender[] = [
      { name: "floor, JSON by PostgreSQL", door: "floor", server: bare, load: load(bare.url) },
      { name: "floor, text spliced", door: "floor", server: spliced, load: load(spliced.url) },
      { name: "REST", door: "rest", server: service, load: load(service.url) },
      { name: "GraphQL", door: "graphql", server: service, load: load(service.url) },
    ];
    if (before) contenders.push(...(await doorsBefore(stage, before, load)));
    const users = Math.ceil(events / EVENTS_A_USER);
    const rows: Row[] = [];
    for (const operation of OPERATIONS.filter(({ name }) => name.includes(only))) {
      await compareAnswers(contenders, operation, users);
      rows.push(
        await sideBySide(contenders, operation, rounds, { users, postmaster: stage.postmaster, forMs }),
      );
      process.stderr.write(`${operation.name}: done\n`);
    }
    const about = {
      machine: describeMachine(),
      loadBefore: loadAverage(),
      events,
      connections,
      rounds,
      peakMemory: {
        service: memoryPeak(service.pid),
        json: memoryPeak(bare.pid),
        text: memoryPeak(spliced.pid),
      },
    };
    const text = report(about, rows);
    console.log(json ? JSON.stringify({ about, rows }) : text);
    for (const contender of contenders) contender.load.close();
  },
  dataDir,
);
