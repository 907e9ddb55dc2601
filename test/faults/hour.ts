// An hour, or less, of steady load on two instances of which one is ended every minute. Clients try again at the other;
// what was acknowledged must be there once, and what is held open must not grow.
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type Reach } from "../prove/client";
import { Findings, type Example } from "../prove/findings";
import { Random } from "../support/random";
import { Stage } from "../prove/stage";
import { Diarist } from "./diarist";
import { BESIDE_POOL, Instances, POOL } from "./instances";
import { Attempts, drift, heldBy, postgresOf, residentOf, socketsOf, type Sample } from "./measures";

export interface Wish {
  minutes: number;
  seed: string;
  /** Operations a second, of all clients together. */
  rate: number;
  clients: number;
  /** Between two ends of an instance. */
  everySeconds: number;
  progress?: (line: string) => void;
  /** For a test of this one: does harm that must be found. */
  meddle?: (instances: Instances) => Promise<unknown>;
}

export interface Report {
  seed: string;
  seconds: number;
  operations: number;
  kills: number;
  stops: number;
  endings: Record<string, number>;
  latency: ReturnType<Attempts["percentiles"]>;
  eventsAtEnd: number;
  lost: number;
  duplicates: number;
  samples: Sample[];
  faults: number;
  examples: (Example | { promise: "held"; text: string })[];
  /** The end of the instances' log, where something is wrong. */
  complaints: string;
}

const SAMPLE_MS = 5_000;
/** Connections that come and go: to ask whether PostgreSQL answers. */
const LOOSE_CONNECTIONS = 4;
/** A process that was started anew is not the size of the one before it; what leaks grows by more. */
const GROWTH = 1.3;
const LOOSE_SOCKETS = 12;

export async function spendHour(wish: Wish): Promise<Report> {
  const instances = await Instances.start();
  const [findings, attempts] = [new Findings(), new Attempts()];
  const reach: Reach = {
    urls: () => instances.urls,
    cut: () => null,
    findings,
    heard: (ending, ms) => attempts.note(ending, ms),
  };
  try {
    const diarists = await cast(reach, instances, wish);
    const samples: Sample[] = [];
    const began = performance.now();
    const isOver = (): boolean => performance.now() - began > wish.minutes * 60_000;
    await Promise.all([
      ...diarists.map((diarist) => keepDiary(diarist, wish, isOver)),
      endInTurn(instances, wish, isOver),
      sampleUntil(isOver, () => sample(instances, samples, began)),
      wish.meddle?.(instances),
    ]);
    const seconds = (performance.now() - began) / 1_000;
    for (const diarist of diarists) await diarist.judge();
    await findDuplicates(instances, diarists, findings);
    return report(wish, { instances, findings, attempts, diarists, samples, seconds });
  } finally {
    await instances.remove();
  }
}

async function cast(reach: Reach, instances: Instances, { clients, seed }: Wish): Promise<Diarist[]> {
  const stage = await Stage.open(reach, instances.adminToken, seed);
  const people = await stage.people("diarist", clients);
  return Promise.all(
    people.map(async (person) => {
      const client: Client = await stage.client(person, "load");
      return new Diarist(
        person,
        client,
        people.filter((other) => other !== person),
        seed,
      );
    }),
  );
}

/** One operation after another, at a steady pace; what takes long is made up for. */
async function keepDiary(
  diarist: Diarist,
  { rate, clients, seed }: Wish,
  isOver: () => boolean,
): Promise<void> {
  const pauseMs = (clients / rate) * 1_000;
  let due = performance.now() + new Random(`${seed} ${diarist.person.id}`).next() * pauseMs;
  while (!isOver()) {
    await sleep(Math.max(0, due - performance.now()));
    await diarist.step();
    due = Math.max(due + pauseMs, performance.now() - 10 * pauseMs);
  }
}

async function endInTurn(instances: Instances, { everySeconds }: Wish, isOver: () => boolean): Promise<void> {
  for (let turn = 0, due = performance.now(); ; turn++) {
    for (due += everySeconds * 1_000; performance.now() < due; await sleep(50)) if (isOver()) return;
    await instances.endOne(turn);
  }
}

async function sampleUntil(isOver: () => boolean, take: () => Promise<void>): Promise<void> {
  for (let due = 0; !isOver(); await sleep(50)) {
    if (performance.now() < due) continue;
    due = performance.now() + SAMPLE_MS;
    await take();
  }
}

async function sample(instances: Instances, samples: Sample[], began: number): Promise<void> {
  const [row] = await instances.query(
    "select count(*) as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  samples.push({
    seconds: Math.round((performance.now() - began) / 1_000),
    instances: instances.pids.map((pid) => (pid === null ? null : heldBy(pid))),
    postgres: Number(row?.open),
  });
}

/** An event that was acknowledged twice over, or that nobody knows of. */
async function findDuplicates(
  instances: Instances,
  diarists: readonly Diarist[],
  findings: Findings,
): Promise<void> {
  const twice = await instances.query(
    "select subject, count(*) as n from event where subject like 'diarist%' group by subject having count(*) > 1",
  );
  for (const { subject, n } of twice)
    findings.fault("duplicatesCreated", `"${String(subject)}" is there ${String(n)} times`);
  const [row] = await instances.query("select count(*) as n from event where subject like 'diarist%'");
  const known = diarists.reduce((sum, { size }) => sum + size, 0);
  if (Number(row?.n) > known)
    findings.fault("duplicatesCreated", `${String(row?.n)} events are there, of which ${known} are known of`);
}

/** What grew that must not. */
function grown(samples: readonly Sample[]): string[] {
  const most = Math.max(...samples.flatMap(postgresOf));
  const bound = 2 * (POOL + BESIDE_POOL) + LOOSE_CONNECTIONS;
  const sockets = drift(samples, socketsOf);
  const resident = drift(samples, residentOf);
  return [
    ...(most > bound ? [`PostgreSQL had ${most} connections, of ${bound} that there may be`] : []),
    ...(sockets[1] > sockets[0] + LOOSE_SOCKETS
      ? [`sockets of an instance: ${sockets.join(", then ")}`]
      : []),
    ...(resident[1] > resident[0] * GROWTH ? [`MiB of an instance: ${resident.join(", then ")}`] : []),
  ];
}

interface Spent {
  instances: Instances;
  findings: Findings;
  attempts: Attempts;
  diarists: readonly Diarist[];
  samples: Sample[];
  seconds: number;
}

function report({ seed }: Wish, spent: Spent): Report {
  const { instances, findings, attempts, diarists, samples, seconds } = spent;
  const wrong = [...instances.faults, ...grown(samples)];
  for (const [ending, count] of attempts.endings)
    if (/^answered 5/.test(ending) && ending !== "answered 503") wrong.push(`${ending}: ${count}`);
  const faults = findings.total + wrong.length;
  return {
    seed,
    seconds: Math.round(seconds),
    operations: diarists.reduce((sum, { operations }) => sum + operations, 0),
    kills: instances.kills,
    stops: instances.stops,
    endings: Object.fromEntries(attempts.endings),
    latency: attempts.percentiles(),
    eventsAtEnd: diarists.reduce((sum, { size }) => sum + size, 0),
    lost: findings.counts.writesLost,
    duplicates: findings.counts.duplicatesCreated + findings.counts.deliveredTwice,
    samples,
    faults,
    examples: [...findings.examples, ...wrong.map((text) => ({ promise: "held" as const, text }))],
    complaints: faults > 0 ? instances.complaints : "",
  };
}
