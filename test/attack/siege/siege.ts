// The siege: an attacker's organisation tries one assault after another, each for a while, and next door a neighbour goes
// on asking for small things. At the end the process is told to stop while sockets are open that do not close.
import { constants, setPriority } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { readConfig } from "../../../src/config";
import { openDatabase } from "../../../src/database/open";
import { hangUp } from "../../prove/http";
import { startTarget, type Target } from "../target";
import { whileBusy } from "./busy";
import { DOORS } from "./doors";
import { layGround, type Ground, type Sizes } from "./ground";
import { LARGE_BODIES } from "./large-bodies";
import { Neighbour, type Calm } from "./neighbour";
import { PLANS } from "./plans";
import { Pressure, type Assault } from "./pressure";
import { SHARES } from "./shares";
import { SOCKETS, subscriber, unfinished, unread } from "./sockets";
import {
  DESCRIPTORS_BESIDE_POOL,
  faultsOfAssault,
  faultsOfEnd,
  faultsOfLog,
  readableAssault,
  type Memory,
  type Outcome,
  type SiegeReport,
} from "./verdict";

export const ASSAULTS: readonly Assault[] = [...DOORS, ...PLANS, ...SHARES, ...SOCKETS, ...LARGE_BODIES];

export interface SiegePlan {
  /** All of it, the quiet before it included. */
  minutes: number;
  /** DATABASE_POOL. */
  pool: number;
  sizes: Sizes;
  /** Of the database: DATABASE_URL, or DATA_DIR for the embedded one. */
  settings: Record<string, string>;
  /** Those whose names have this, or one of the alternatives between its |, in them; null: all. */
  only: string | null;
  /** Whether what a slow machine may fail is judged too. */
  timed: boolean;
  progress?: (line: string) => void;
}

/** Between two requests of the neighbour. */
const EVERY_MS = 50;
/** The quiet lasts as long as this many assaults … */
const QUIET_PARTS = 2;
/** … and what is measured beside it, on busy cores, as long as one. */
const BUSY_PARTS = 1;
const SETTLED_WITHIN_MS = 20_000;
const SETTLED_EVERY_MS = 250;
const KILLED_AFTER_MS = 30_000;

/** Lays siege to a service and a database that hold nothing else. */
export async function siege(plan: SiegePlan): Promise<SiegeReport> {
  const db = await openDatabase(readConfig({ ...plan.settings, DEMO: "off" }), () => undefined);
  try {
    const ground = await layGround(db, plan.sizes);
    const settings = { ...plan.settings, DATABASE_POOL: String(plan.pool), RATE_LIMIT_PER_MINUTE: "6000" };
    const target = await startTarget(settings);
    try {
      return await hold(plan, target, ground);
    } finally {
      hangUp();
      await target.kill();
    }
  } finally {
    await db.close();
  }
}

async function hold(plan: SiegePlan, target: Target, ground: Ground): Promise<SiegeReport> {
  const assaults = ASSAULTS.filter(
    ({ name }) => plan.only === null || plan.only.split("|").some((words) => name.includes(words)),
  );
  if (assaults.length === 0) throw new Error(`No assault has "${plan.only}" in its name.`);
  const each = (plan.minutes * 60_000) / (assaults.length + QUIET_PARTS + BUSY_PARTS);
  const neighbour = await Neighbour.move(target.url, ground.neighbour, EVERY_MS);
  await neighbour.quiet(1_000); // Whatever is done once is done.
  const quiet = await neighbour.quiet(each * QUIET_PARTS);
  const busy = await whileBusy(plan.pool, () => neighbour.quiet(each * BUSY_PARTS));
  // An attacker's client has a machine of its own. What it works here takes the processor from nobody, and waits for it.
  if (plan.timed) setPriority(constants.priority.PRIORITY_LOW);
  const before = await memoryOf(target);
  const descriptorsBefore = await target.descriptors();
  const judge = { ...plan, quiet, busy, residentBefore: before.resident, descriptorsBefore };
  const setting = { target, ground, neighbour, each, descriptorsBefore, pool: plan.pool };
  const outcomes: Outcome[] = [];
  for (const assault of assaults) {
    const outcome = await attempt(assault, setting);
    outcomes.push(outcome);
    plan.progress?.(readableAssault(outcome, { quiet, busy }));
  }
  await neighbour.leave();
  const report: SiegeReport = {
    ...{ pool: plan.pool, quiet, busy, assaults: outcomes, stoppedAfterMs: null },
    memory: [before, await memoryOf(target)],
    descriptors: [descriptorsBefore, await target.descriptors()],
    faults: outcomes.flatMap((outcome) => faultsOfAssault(outcome, judge)),
  };
  const { ms, code } = await stopBesieged(target, ground);
  report.stoppedAfterMs = ms;
  report.faults.push(...faultsOfEnd(report, code, plan.timed));
  report.faults.push(...faultsOfLog(target.complaints()));
  return report;
}

interface Setting {
  target: Target;
  ground: Ground;
  neighbour: Neighbour;
  /** How long it lasts, in ms. */
  each: number;
  descriptorsBefore: number | null;
  pool: number;
}

async function attempt(assault: Assault, setting: Setting): Promise<Outcome> {
  const { target, ground, neighbour, each } = setting;
  await target.forget();
  const pressure = new Pressure(target.url, each);
  const from = performance.now();
  let found: string[] = [];
  const calm: Calm = await neighbour.during(async () => {
    found = await assault.run(pressure, ground).finally(() => pressure.release());
  });
  const seconds = (performance.now() - from) / 1_000;
  const longestHoldMs = await target.longestHold();
  const longestWorkMs = await target.longestWork();
  const residentPeak = await target.residentPeak();
  return {
    ...{ name: assault.name, mayTakeMb: assault.mayTakeMb, seconds, found, residentPeak },
    ...{ longestHoldMs, longestWorkMs },
    ...{ tally: pressure.tally, examples: pressure.examples, neighbour: calm },
    descriptorsAfter: await settled(setting),
  };
}

/** How many descriptors are left once nothing is under way any more. */
async function settled({ target, descriptorsBefore, pool }: Setting): Promise<number | null> {
  const until = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    await sleep(SETTLED_EVERY_MS);
    const count = await target.descriptors();
    const enough =
      count === null ||
      descriptorsBefore === null ||
      count <= descriptorsBefore + pool + DESCRIPTORS_BESIDE_POOL;
    if (enough || performance.now() > until) return count;
  }
}

async function memoryOf(target: Target): Promise<Memory> {
  return { heap: await target.heap(), resident: await target.resident() };
}

/** Tells it to stop while sockets of each kind are open, none of which will close by itself. */
async function stopBesieged(
  target: Target,
  { attackers, glutton }: Ground,
): Promise<{ ms: number | null; code: number | null }> {
  const pressure = new Pressure(target.url, KILLED_AFTER_MS);
  const { token = "" } = attackers[8] ?? {};
  for (let number = 0; number < 30; number++) await unfinished(pressure, number, token);
  for (let number = 0; number < 3; number++) await unread(pressure, glutton.token);
  for (let number = 0; number < 3; number++) (await subscriber(pressure, token, 5))?.pause();
  const from = performance.now();
  const late = setTimeout(() => void target.kill(), KILLED_AFTER_MS);
  const code = await target.stop();
  clearTimeout(late);
  pressure.release();
  const ms = performance.now() - from;
  return { ms: ms < KILLED_AFTER_MS ? ms : null, code };
}
