// npm run bench:lookups: what a look-up of one row costs through the pool, as callers have it, and on the connection that all of
// them share. One caller, 16 and 64, both ways alternately.
import pg from "pg";
import { Client } from "../../src/database/client";
import { LookUps } from "../../src/database/look-ups";
import type { Queryable } from "../../src/database/text-rows";
import { textRow } from "../../src/database/text-rows";
import { ORGANISATION, userId } from "./data";
import { cpuOf, cpuOfTree, describeMachine, loadAverage, usedSince } from "./machine";
import { pickOf } from "./measure";
import { onStage } from "./stage";

const EVENTS = 100_000;
const USERS = EVENTS / 1_000;
const POOLED = 10;
const ROUNDS = 5;
const ROUND_MS = 1_500;
/** What an empty poll asks. */
const CLOCK = "select clock, floor from calendar where organisation_id = $1 and id = $2";

const FIGURES = ["perSecond", "p50", "p99", "client", "postgres"] as const;
type Figures = Record<(typeof FIGURES)[number], number>;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function measure(on: Queryable, callers: number, postmaster: number): Promise<Figures> {
  const before = [cpuOf(process.pid), cpuOfTree(postmaster)] as const;
  const took: number[] = [];
  const began = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - began < ROUND_MS) {
      const asked = performance.now();
      const values = [ORGANISATION, userId(pickOf(USERS).user)];
      await textRow(on, { text: CLOCK, values, isLookUp: true });
      took.push(performance.now() - asked);
      // The next request comes with a turn of the event loop of its own.
      await new Promise(setImmediate);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const seconds = (performance.now() - began) / 1_000;
  const client = (cpuOf(process.pid) - before[0]) / took.length;
  const postgres = usedSince(before[1], cpuOfTree(postmaster)) / took.length;
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(share * took.length)] ?? 0;
  return { perSecond: took.length / seconds, p50: at(0.5), p99: at(0.99), client, postgres };
}

onStage(EVENTS, async ({ databaseUrl, postmaster }) => {
  const config = { connectionString: databaseUrl };
  const pool = new pg.Pool({ ...config, max: POOLED, Client });
  const lookUps = new LookUps(() => new Client(config));
  const ways: Record<string, Queryable> = { "pool of 10": pool, "one connection": lookUps };
  for (const callers of [1, 16, 64]) {
    const rounds = new Map<string, Figures[]>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, on] of Object.entries(ways))
        rounds.set(name, [...(rounds.get(name) ?? []), await measure(on, callers, postmaster)]);
    }
    for (const [name, all] of rounds) {
      const [perSecond, p50, p99, client, postgres] = FIGURES.map((key) =>
        median(all.map((one) => one[key])),
      );
      console.log(
        `${callers} callers, ${name}: ${perSecond?.toFixed(0)}/s, p50 ${p50?.toFixed(2)} ms, p99 ${p99?.toFixed(2)} ms, CPU ${client?.toFixed(0)} + ${postgres?.toFixed(0)} us`,
      );
    }
  }
  console.log(`${describeMachine()}; load ${loadAverage()}`);
  await lookUps.close();
  await pool.end();
});
