// The attack: so many requests, drawn from a seed, at both doors and below them; and what came of it.
import { buildSchema, type GraphQLSchema } from "graphql";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../../src/config";
import { openDatabase } from "../../src/database/open";
import { hangUp } from "../prove/http";
import { Random } from "../support/random";
import { graphQLShot } from "./graphql-shots";
import { Gun } from "./gun";
import { pageShot } from "./page-shots";
import { rawShot, socketShot } from "./raw-shots";
import { restShot } from "./rest-shots";
import { readable, type Shot } from "./shot";
import { setStage, type Stage } from "./stage";
import { startTarget, type Target } from "./target";
import { faultsOf } from "./verdict";

export interface Plan {
  requests: number;
  seed: string;
  /** The number of the one request to be made; null: all. */
  only: number | null;
  /** Of the database: DATABASE_URL, or DATA_DIR for the embedded one. */
  settings: Record<string, string>;
  progress?: (line: string) => void;
}

export interface Report {
  seed: string;
  requests: number;
  seconds: number;
  /** How many answers had which status; 0: a bare socket. */
  byStatus: Record<string, number>;
  byDoor: Record<string, number>;
  /** MiB in use after a tenth of the requests, and at the end. */
  heap: [number, number];
  resident: [number | null, number | null];
  /** Each with seed, number and request. */
  faults: string[];
}

const AT_ONCE = 8;
const RESTORED_EVERY = 250;
const MAX_FAULTS = 20;
const FAULT_SHOWN = 1_000;
/** A leak of a kilobyte a request would be 2 MiB in the short form and 90 in the long one. */
export const MAX_HEAP_GROWTH = 24;
const HOSTILITIES = [0, 0, 0.05, 0.3];
const STRANGERS = 0.06;
const DOORS = { rest: 42, graphql: 40, page: 6, raw: 7, socket: 5 } as const;

const SCHEMA = readFileSync(path.resolve(__dirname, "../../schema.graphql"), "utf8");

/** The shot of a number: it depends on nothing else. */
export function shotOf(seed: string, number: number, stage: Stage, schema: GraphQLSchema): Shot {
  const random = new Random(`${seed}/${number}`);
  const { home, authorization } = random.pick(random.chance(STRANGERS) ? stage.strangers : stage.attackers);
  const draw = { random, hostility: random.pick(HOSTILITIES), home, known: stage.known };
  const door = random.weighted(DOORS);
  if (door === "rest") return restShot(draw, authorization);
  if (door === "graphql") return graphQLShot(schema, draw, authorization);
  if (door === "page") return pageShot(draw, authorization);
  if (door === "raw") return rawShot(draw, authorization);
  return socketShot(schema, draw, authorization);
}

/** Makes the attack on a service and a database that hold nothing else. */
export async function attack(plan: Plan): Promise<Report> {
  const db = await openDatabase(readConfig({ ...plan.settings, DEMO: "off" }), () => undefined);
  try {
    const target = await startTarget(plan.settings);
    const report = await setStage(db, target.url.origin)
      .then((stage) => run(plan, target, stage))
      .finally(hangUp)
      .catch(async (error: unknown) => {
        await target.stop();
        throw error;
      });
    const code = await target.stop();
    if (code !== 0) report.faults.push(`the service ended with ${code} at SIGTERM`);
    for (const line of target.complaints())
      report.faults.push(`the service complained: ${line.slice(0, 2_000)}`);
    return report;
  } finally {
    await db.close();
  }
}

async function run(plan: Plan, target: Target, stage: Stage): Promise<Report> {
  const { seed, requests, only } = plan;
  const [schema, gun] = [buildSchema(SCHEMA), new Gun(target.url)];
  const report: Report = {
    ...{ seed, requests: only === null ? requests : 1, seconds: 0, byStatus: {}, byDoor: {}, faults: [] },
    ...{ heap: [NaN, NaN], resident: [null, null] },
  };
  const from = performance.now();
  let next = only ?? 0;
  const end = only === null ? requests : only + 1;
  const shoot = async (number: number): Promise<void> => {
    const shot = shotOf(seed, number, stage, schema);
    const said = await gun.fire(shot).catch((error: unknown) => String((error as Error).message));
    const faults = typeof said === "string" ? [said] : faultsOf(shot, said, stage.homes);
    if (typeof said !== "string") report.byStatus[said.status] = (report.byStatus[said.status] ?? 0) + 1;
    report.byDoor[shot.door] = (report.byDoor[shot.door] ?? 0) + 1;
    for (const fault of faults) {
      report.faults.push(
        `${fault.slice(0, FAULT_SHOWN)}
  again: npm run attack -- --seed ${seed} --only ${number}\n  request: ${readable(shot)}`,
      );
    }
  };
  const shooter = async (until: number): Promise<void> => {
    while (next < until && report.faults.length < MAX_FAULTS) {
      const number = next++;
      if (number % RESTORED_EVERY === 0) await stage.restore();
      await shoot(number);
      if (number % 500 === 0) plan.progress?.(`${number} of ${end}`);
    }
  };
  const measure = async (index: 0 | 1): Promise<void> => {
    await sleep(200); // What was broken off is given up by then.
    report.heap[index] = await target.heap();
    report.resident[index] = await target.resident();
  };
  for (const [index, until] of [Math.ceil(end / 10), end].entries()) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => shooter(until)));
    await measure(index as 0 | 1);
  }
  gun.close();
  report.seconds = (performance.now() - from) / 1_000;
  report.faults.push(...(await aftermath(target, stage, report)));
  return report;
}

/** What must hold afterwards: the service answers, to people who may ask, and its memory is what it was. */
async function aftermath(target: Target, stage: Stage, { heap, requests }: Report): Promise<string[]> {
  await stage.restore();
  await sleep(3_500); // Dead tokens are remembered so long.
  const faults: string[] = [];
  const ready = await fetch(`${target.url.origin}/readyz`);
  if (ready.status !== 200) faults.push(`the service is not ready afterwards: ${ready.status}`);
  for (const { authorization } of stage.attackers.slice(0, 2)) {
    const me = await fetch(`${target.url.origin}/api/v1/me`, {
      headers: { Authorization: authorization ?? "" },
    });
    if (me.status !== 200) faults.push(`somebody with a good token is refused afterwards: ${me.status}`);
  }
  if (requests > 1 && heap[1] - heap[0] > MAX_HEAP_GROWTH) {
    faults.push(`the heap grew from ${heap[0].toFixed(1)} to ${heap[1].toFixed(1)} MiB`);
  }
  return faults;
}
