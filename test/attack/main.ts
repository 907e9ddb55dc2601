// npm run attack: makes the attack on a service of its own and says how it went.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { runProgram } from "../support/command-line";
import { attack, type Report } from "./attack";

const USAGE = `npm run attack -- [--requests N] [--seed S] [--only NUMBER] [--json]
  --requests N    how many requests (100000)
  --seed S        what is sent is drawn from it (a new one each time, told in the report)
  --only NUMBER   sends this one request of the seed alone
  --json          the report as one JSON object
It starts the service itself, on an embedded PostgreSQL in a temporary folder.
Exit code 0: nothing was wrong. 1: something was. 2: wrong usage.`;

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

function readOptions(words: readonly string[]): {
  requests: number;
  seed: string;
  only: number | null;
  json: boolean;
} {
  const { values } = parseArgs({
    args: [...words],
    options: {
      requests: { type: "string", default: "100000" },
      seed: { type: "string", default: Math.random().toString(36).slice(2, 10) },
      only: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  for (const text of [values.requests, values.only ?? "0"]) {
    if (!/^\d{1,9}$/.test(text)) throw new Error(`"${text}" is no whole number.`);
  }
  const only = values.only === undefined ? null : Number(values.only);
  return { requests: Number(values.requests), seed: values.seed, only, json: values.json };
}

runProgram(USAGE, readOptions, async (options) => {
  const home = await mkdtemp(path.join(tmpdir(), "tidemark-attack-"));
  const progress = (line: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  };
  try {
    const report = await attack({ ...options, settings: { DATA_DIR: path.join(home, "data") }, progress });
    progress("");
    console.log(options.json ? JSON.stringify(report) : readable(report));
    return report.faults.length === 0;
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
});
