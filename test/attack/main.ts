// npm run attack: makes the attack on a service of its own, or lays siege to one, and says how it went.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runProgram } from "../support/command-line";
import { attack, type Report } from "./attack";
import { LARGE_GROUND, SMALL_GROUND } from "./siege/ground";
import { siege } from "./siege/siege";
import { readableSiege } from "./siege/verdict";

const USAGE = `npm run attack -- [--requests N] [--seed S] [--only NUMBER] [--json]
npm run attack -- --minutes M [--pool N] [--only WORDS] [--small] [--json]
  --requests N    how many hostile requests are drawn (100000)
  --seed S        what is sent is drawn from it (a new one each time, told in the report)
  --only NUMBER   sends this one request of the seed alone
  --minutes M     instead, one tenant attacks for so long in every way that is known, while another asks for small things
  --pool N        DATABASE_POOL of the service (10)
  --only WORDS    only the ways to attack whose names have these words in them; alternatives by |
  --small         on 20,000 events instead of 200,000
  --json          the report as one JSON object
It starts the service itself, on an embedded PostgreSQL in a temporary folder.
Exit code 0: nothing was wrong. 1: something was. 2: wrong usage.`;

interface Options {
  requests: number;
  seed: string;
  only: string | null;
  minutes: number | null;
  pool: number;
  small: boolean;
  json: boolean;
}

function readable({ seed, requests, seconds, byStatus, byDoor, heap, resident, faults }: Report): string {
  const counts = (of: Record<string, number>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const mib = (value: number | null): string => (value === null ? "?" : `${value.toFixed(1)} MiB`);
  return [
    `${requests} requests in ${seconds.toFixed(0)} s, seed ${seed}`,
    `by door: ${counts(byDoor)}`,
    `by status (0: a bare socket): ${counts(byStatus)}`,
    `heap after a tenth and at the end: ${heap.map(mib).join(", ")}; resident: ${resident.map(mib).join(", ")}`,
    `faults: ${faults.length}`,
    ...faults,
  ].join("\n");
}

function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      requests: { type: "string", default: "100000" },
      seed: { type: "string", default: Math.random().toString(36).slice(2, 10) },
      only: { type: "string" },
      minutes: { type: "string" },
      pool: { type: "string", default: "10" },
      small: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const { requests, minutes, pool, only = null } = values;
  for (const text of [requests, pool, minutes === undefined ? (only ?? "0") : "0"])
    if (!/^\d{1,9}$/.test(text)) throw new Error(`"${text}" is no whole number.`);
  if (!/^\d{1,4}(\.\d+)?$/.test(minutes ?? "1")) throw new Error(`"${minutes}" is no number of minutes.`);
  return {
    ...{ requests: Number(requests), pool: Number(pool), only },
    ...{ seed: values.seed, small: values.small, json: values.json },
    minutes: minutes === undefined ? null : Number(minutes),
  };
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
};

/** Answers the faults and the report as a person reads it, or a program. */
async function make(options: Options, settings: Record<string, string>): Promise<[string[], string]> {
  const { minutes, pool, only, json, small } = options;
  if (minutes === null) {
    const report = await attack({
      ...options,
      only: only === null ? null : Number(only),
      settings,
      progress,
    });
    return [report.faults, json ? JSON.stringify(report) : readable(report)];
  }
  const sizes = small ? SMALL_GROUND : LARGE_GROUND;
  const report = await siege({ minutes, pool, only, sizes, settings, timed: true, progress: say });
  return [report.faults, json ? JSON.stringify(report) : readableSiege(report)];
}

runProgram(USAGE, readOptions, async (options) => {
  const home = await mkdtemp(path.join(tmpdir(), "tidemark-attack-"));
  try {
    const [faults, report] = await make(options, { DATA_DIR: path.join(home, "data") });
    progress("");
    console.log(report);
    return faults.length === 0;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
});
