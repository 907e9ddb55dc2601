// What is going to be done, drawn from the seed before anything happens: each writer's steps, and the harm done to
// the service. Which event a step hits is settled when it runs, by its `aim` at what there is then.
import { createHash } from "node:crypto";
import { Random } from "../support/random";

const ACTS = {
  create: 22,
  patch: 30,
  remove: 12,
  respond: 12,
  leave: 4,
  invite: 6,
  uninvite: 4,
  privacy: 5,
  same: 4,
  twice: 2,
  batch: 8,
} as const;
export type Act = keyof typeof ACTS;

/** The plan's acts, with so many batches in a hundred steps. */
export function withBatches(percent: number): Record<Act, number> {
  const others = Object.entries(ACTS).filter(([act]) => act !== "batch");
  const weight = others.reduce((sum, [, share]) => sum + share, 0);
  return { ...ACTS, batch: (weight * percent) / (100 - percent) };
}

const FATES = { arrives: 93, requestLost: 2, answerLost: 4, answerTorn: 1 } as const;
/** What becomes of the first try of a request. */
export type Fate = keyof typeof FATES;

export type Door = "rest" | "graphql";
export const STATUSES = ["Accepted", "Declined", "Tentative", "NoResponse"] as const;
export type Status = (typeof STATUSES)[number];
/** What people say: nobody takes an answer back. */
export const ANSWERS = ["Accepted", "Declined", "Tentative"] as const;
const TEXTS = ["subject", "location", "description", "times"] as const;
export type Part = (typeof TEXTS)[number];

export interface Step {
  number: number;
  act: Act;
  door: Door;
  /** Which instance is asked first. */
  instance: number;
  fate: Fate;
  /** From 0 to 1: which of the events, or people, that there are. */
  aim: number;
  other: number;
  guests: readonly number[];
  parts: readonly Part[];
  status: Status;
  /** Private or not; given back or not. */
  flag: boolean;
  /** Sent with a condition (a change) or with a key (a create). */
  careful: boolean;
  child: boolean;
  /** How many events a batch changes at most. */
  batchSize: number;
  /** Minutes after the first instant of the plan's calendar. */
  startsAfter: number;
  lasts: number;
}

/** What a plan is about, where it is about something. */
export interface Emphasis {
  /** How often each act, instead of everything. */
  acts?: Partial<Record<Act, number>>;
  /** How many of the creates make a child of another event. */
  children?: number;
  /** How many events a batch changes at most; 30 by default. */
  batchSize?: number;
}

const BATCH_SIZE = 30;

const MINUTES_AHEAD = 90 * 24 * 60;

export function* stepsOf(seed: string, writer: number, emphasis: Emphasis = {}): Generator<Step, never> {
  const random = new Random(`${seed}/writer ${writer}`);
  const acts = (emphasis.acts ?? ACTS) as Record<Act, number>;
  for (let number = 1; ; number++) {
    const guests = random.chance(0.45)
      ? Array.from({ length: 1 + random.below(3) }, () => random.next())
      : [];
    yield {
      number,
      act: random.weighted(acts),
      door: random.chance(0.6) ? "rest" : "graphql",
      instance: random.below(2),
      fate: random.weighted(FATES),
      aim: random.next(),
      other: random.next(),
      guests,
      parts: TEXTS.filter((_, index) => random.chance(index === 0 ? 0.6 : 0.3)),
      status: random.pick(ANSWERS),
      flag: random.chance(0.5),
      careful: random.chance(0.7),
      child: random.chance(emphasis.children ?? 0.12),
      batchSize: emphasis.batchSize ?? BATCH_SIZE,
      startsAfter: 15 * random.below(MINUTES_AHEAD / 15),
      lasts: 15 * random.below(12),
    };
  }
}

export type Harm =
  | { at: number; kind: "clock"; ms: number }
  | { at: number; kind: "killInstance"; instance: number }
  | { at: number; kind: "killBoth" }
  | { at: number; kind: "killPostgres" };

const ROUND = 25_000;
/** A short run has no time to recover from more. */
const SHORT = 5_000;
const HOUR_MS = 3_600_000;

/**
 * What is done to the service, each at a number of committed versions. The clock never goes behind the true time:
 * clients who poll by their own clock are promised completeness only while it is not ahead of the database's. The
 * hour comes late, for after it they fetch everything anew at each poll.
 */
export function harmOf(seed: string, versions: number): Harm[] {
  const random = new Random(`${seed}/harm`);
  const harm: Harm[] = [];
  const rounds = Math.ceil(versions / ROUND);
  for (let round = 0; round < rounds; round++) {
    const at = (share: number): number =>
      Math.round(((round + share + random.next() * 0.05) / rounds) * versions * 0.85);
    const step = 500 + random.below(4_000);
    harm.push(
      { at: at(0.05), kind: "clock", ms: step },
      ...(versions < SHORT
        ? []
        : [{ at: at(0.15), kind: "killInstance", instance: random.below(2) } as const]),
      { at: at(0.3), kind: "clock", ms: 0 },
      { at: at(0.4), kind: "killPostgres" },
      { at: at(0.6), kind: "clock", ms: 2 * step },
      { at: at(0.7), kind: "killBoth" },
      { at: at(0.85), kind: "clock", ms: step },
    );
  }
  const late = (share: number): number => Math.round(versions * share);
  harm.push(
    { at: late(0.9), kind: "clock", ms: HOUR_MS },
    ...(versions < SHORT ? [] : [{ at: late(0.93), kind: "killPostgres" } as const]),
    { at: late(0.95), kind: "clock", ms: 0 },
    { at: late(0.98), kind: "killInstance", instance: random.below(2) },
  );
  return harm;
}

const FINGERPRINTED = 500;

/** Names a plan: two runs with the same name were asked to do the same. */
export function planName(seed: string, writers: number, versions: number): string {
  const hash = createHash("sha256").update(JSON.stringify(harmOf(seed, versions)));
  for (let writer = 0; writer < writers; writer++) {
    const steps = stepsOf(seed, writer);
    for (let count = 0; count < FINGERPRINTED; count++) hash.update(JSON.stringify(steps.next().value));
  }
  return hash.digest("hex").slice(0, 16);
}
