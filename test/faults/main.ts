// npm run faults:hour: an hour of load on two instances with one of them ended every minute, and how it went.
import { parseArgs } from "node:util";
import { hangUp } from "../prove/http";
import { runProgram } from "../support/command-line";
import { spendHour, type Report } from "./hour";
import { drift, postgresOf, residentOf, socketsOf, type Sample } from "./measures";

const USAGE = `npm run faults:hour -- [--minutes N] [--seed S] [--rate N] [--clients N] [--every SECONDS] [--json]
  --minutes N       how long (60)
  --seed S          what the clients do is drawn from it (a new one each time, told in the report)
  --rate N          operations a second, of all clients together (80)
  --clients N       how many clients, each with a calendar (24)
  --every SECONDS   between two ends of an instance, by turns with kill -9 and SIGTERM (60)
  --json            the report as one JSON object
It starts two instances itself, on a PostgreSQL of its own in a temporary folder.
Exit code 0: nothing was lost, made twice or answered with a defect, and nothing leaks. 1: something was. 2: wrong usage.`;

const ROWS = 12;

function readOptions(words: readonly string[]) {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: "string", default: "60" },
      seed: { type: "string", default: Math.random().toString(36).slice(2, 10) },
      rate: { type: "string", default: "80" },
      clients: { type: "string", default: "24" },
      every: { type: "string", default: "60" },
      json: { type: "boolean", default: false },
    },
  });
  const whole = (name: "minutes" | "rate" | "clients" | "every"): number => {
    if (!/^[1-9]\d{0,4}$/.test(values[name]))
      throw new Error(`--${name} must be a whole number, not "${values[name]}".`);
    return Number(values[name]);
  };
  return {
    minutes: whole("minutes"),
    seed: values.seed,
    rate: whole("rate"),
    clients: Math.max(2, whole("clients")),
    everySeconds: whole("every"),
    json: values.json,
  };
}

function readable(report: Report): string {
  const { samples, latency, endings } = report;
  const flat = (read: (sample: Sample) => number[]): string => drift(samples, read).join(", then ");
  return [
    `Tidemark, ${report.operations} operations in ${report.seconds} s on two instances. Seed ${report.seed}.`,
    `instances ended: ${report.kills} with kill -9, ${report.stops} with SIGTERM, and started again`,
    `tries: ${Object.entries(endings)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}`,
    `answered within, in ms: p50 ${latency.p50}, p95 ${latency.p95}, p99 ${latency.p99}, the longest ${latency.most}`,
    `acknowledged writes lost: ${report.lost}; made or delivered twice: ${report.duplicates}; events at the end: ${report.eventsAtEnd}`,
    `connections at PostgreSQL, median of the first quarter and of the last: ${flat(postgresOf)}`,
    `sockets of an instance: ${flat(socketsOf)}; resident MiB of an instance: ${flat(residentOf)}`,
    "",
    "   second  at PostgreSQL  sockets of each  MiB of each",
    ...rows(samples).map(line),
    ...report.examples.map(({ promise, text }) => `${promise}: ${text}`),
    ...(report.complaints === "" ? [] : ["The end of the instances' log:", report.complaints]),
    report.faults === 0 ? "Nothing was wrong." : `WRONG: ${report.faults} faults.`,
  ].join("\n");
}

function rows(samples: readonly Sample[]): Sample[] {
  const step = Math.max(1, Math.floor(samples.length / ROWS));
  return samples.filter((_, index) => index % step === 0);
}

function line({ seconds, postgres, instances }: Sample): string {
  const each = (read: "sockets" | "residentMib"): string =>
    instances
      .map((held) => String(held?.[read] ?? "-").padStart(4))
      .join(" ")
      .padStart(15);
  return `${String(seconds).padStart(9)}${String(postgres).padStart(15)}  ${each("sockets")}  ${each("residentMib")}`;
}

runProgram(USAGE, readOptions, async (options) => {
  const report = await spendHour(options);
  hangUp();
  console.log(options.json ? JSON.stringify(report) : readable(report));
  return report.faults === 0;
});
