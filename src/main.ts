#!/usr/bin/env node
// The tidemark command: the first word says what to do, `start` runs the service.
import "reflect-metadata";
import cluster from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import { readCommand, usage, type Command } from "./commands/commands";
import { UsageError } from "./commands/command";
import { versionLine } from "./commands/version";
import { ConfigError, readConfig, type Config } from "./config";
import { type Database } from "./database/database";
import { openDatabase, requireDatabase } from "./database/open";
import { Problem } from "./errors";
import { toProblem } from "./failures";
import { keepHeapSmall } from "./server/heap";
import { createLog, type Log } from "./telemetry/log";
import { requireFreePort } from "./server/port";
import { serve, type Service } from "./server/serve";
import { serveAsWorker, serveWithWorkers } from "./server/workers";

const HELP = ["help", "--help", "-h"];
const VERSION = ["version", "--version", "-v"];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Whoever reads the output has had enough, such as `head`: nothing is wrong, and nothing more to be done. */
class Enough extends Error {}

/** Resolves when the text has been taken: a pipe may be slow, and the process ends right after. */
const write = (text: string): Promise<void> =>
  new Promise((resolve, reject) =>
    process.stdout.write(text, (error) => {
      if (!error) resolve();
      else if ((error as NodeJS.ErrnoException).code === "EPIPE") reject(new Enough());
      else reject(new Error(`Nobody takes the output: ${error.message}`));
    }),
  );

// Whoever writes hears of a reader that has gone, such as `head`; here it must not end the process with a stack.
process.stdout.on("error", () => undefined);

async function start(): Promise<void> {
  keepHeapSmall();
  const config = readConfig();
  const log = createLog(config.logLevel);
  // Listened for from the beginning: a supervisor may change its mind before the service is ready.
  const told = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      // A second one ends the process, but for a worker: a supervisor and the primary may both tell it.
      if (cluster.isWorker) process.on(name, resolve);
      else process.once(name, resolve);
    }
  });
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  // Before anything is written: a start that fails leaves nothing behind. A worker shares what the primary has looked at.
  if (!cluster.isWorker) await requireFreePort(config);
  const service = await Promise.race([begin(config, log, print), told.then(() => null)]);
  log.info({ signal: await told }, "stopping");
  await service?.stop();
}

function begin(config: Config, log: Log, print: (line: string) => void): Promise<Service> {
  if (cluster.isWorker) return serveAsWorker(config, log);
  return config.workers > 1 ? serveWithWorkers(config, log, print) : serve(config, log, print);
}

/** Runs one command and answers the exit code: 0, 1 for a refusal, 2 for wrong usage. */
async function run([name = "", ...words]: readonly string[]): Promise<number> {
  try {
    if (HELP.includes(name)) await write(`${usage(words.join(" "))}\n`);
    else if (VERSION.includes(name)) await write(`${versionLine()}\n`);
    else if (words.some((word) => HELP.includes(word) && word !== "help"))
      await write(`${usage([name, ...words].filter((word) => !HELP.includes(word)).join(" "))}\n`);
    else if (name === "start") await start();
    else await runCommand([name, ...words]);
    return 0;
  } catch (error) {
    if (error instanceof Enough) return 0;
    if (error instanceof UsageError) {
      say(`${error.message}\n\n${usage([name, ...words].join(" "))}`);
      return 2;
    }
    say(error instanceof ConfigError ? error.message : reason(error));
    return 1;
  }
}

async function runCommand(argv: readonly string[]): Promise<void> {
  const { command, given } = readCommand(argv);
  const config = readConfig();
  let db: Database | undefined;
  try {
    const result = await command.run({
      config,
      given,
      say,
      write,
      open: async () => {
        requireDatabase(config);
        return (db ??= await openDatabase({ ...config, databaseReadUrl: null }, say));
      },
    });
    if (result) await write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    throw error instanceof Problem ? inWordsOf(command, error) : error;
  } finally {
    await db?.close();
  }
}

/** A refusal that speaks of an input's field, as whoever wrote the command named it: `--expires`, not `expiresAt`. */
function inWordsOf({ options = [], fields = {} }: Command, problem: Problem): Error {
  if (problem.details.length === 0) return problem;
  const lines = problem.details.map(({ field, message }) => {
    const kebab = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const option = fields[field] ?? `--${kebab}`;
    if (!options.some((known) => known.split(/[[\] ]/).includes(option))) return message;
    return message.startsWith(field) ? `${option}${message.slice(field.length)}` : `${option}: ${message}`;
  });
  return new Error(lines.join(" "));
}

/** The one line that says why not: a refusal in its own words, anything else with what the system says. */
function reason(error: unknown): string {
  const problem = toProblem(error);
  const cause = problem.cause instanceof Error ? problem.cause.message : "";
  const message = problem.code === "internal" ? cause || String(error) : problem.message;
  return (problem.code === "unavailable" && cause ? `${message} (${cause})` : message).replaceAll("\n", " ");
}

void run(process.argv.slice(2)).then(async (code) => {
  process.exitCode = code;
  // Whatever a library left open must not keep a finished command alive.
  await sleep(1_000, undefined, { ref: false });
  process.exit();
});
