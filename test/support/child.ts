// The built program as a process of its own: a command that ends, or a service that runs until it is told to stop.
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import pg from "pg";

/** Advisory locks of the tests' server, in a database that holds nothing of Tidemark's. */
export const TEST_LOCKS = { build: 7_310_999, pages: 7_310_998 };
export const ROOT = path.resolve(__dirname, "../..");
export const PROGRAM = path.join(ROOT, "dist/src/main.js");
/** Characters of a service's standard error. */
const MAX_SAID = 4_000_000;

type Environment = Record<string, string>;
type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Builds what the tests start, unless it is newer than all it is made of. Test files may ask at the same time. */
export const ensureBuilt = (): Promise<void> => buildIfStale(TEST_LOCKS.build, isStale, "program");

/** Builds the pages unless they are newer than all they are made of. */
export const ensurePages = (): Promise<void> => buildIfStale(TEST_LOCKS.pages, pagesAreStale, "pages");

/** Builds a part where it is stale; whoever asks meanwhile waits, and then finds it fresh. */
async function buildIfStale(lockKey: number, stale: () => boolean, part: "program" | "pages"): Promise<void> {
  const lock = new pg.Client({ connectionString: process.env.TIDEMARK_TEST_SERVER });
  await lock.connect();
  try {
    await lock.query("select pg_advisory_lock($1)", [lockKey]);
    if (!stale()) return;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["src/build.mjs", part], {
      cwd: ROOT,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`There is nothing to test: the build failed.\n${stdout}${stderr}`);
  } finally {
    await lock.end();
  }
}

function isStale(): boolean {
  if (!fs.existsSync(PROGRAM)) return true;
  const builtAt = fs.statSync(PROGRAM).mtimeMs;
  return ["src", "migrations"].some((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      // The pages are no part of the program: Vite builds them.
      .some(
        (file) =>
          file.split(path.sep)[0] !== "web" && fs.statSync(path.join(ROOT, folder, file)).mtimeMs > builtAt,
      ),
  );
}

function pagesAreStale(): boolean {
  const built = path.join(ROOT, "dist/web/index.html");
  if (!fs.existsSync(built)) return true;
  const builtAt = fs.statSync(built).mtimeMs;
  const sources = path.join(ROOT, "src/web");
  return fs
    .readdirSync(sources, { recursive: true, encoding: "utf8" })
    .some((file) => fs.statSync(path.join(sources, file)).mtimeMs > builtAt);
}

/** What a child sees of this environment: enough to find programs, none of the settings. */
export function environment(settings: Environment): Environment {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...settings };
}

/** Runs `tidemark` with these words to its end. */
export function tidemark(words: readonly string[], settings: Environment): Promise<Outcome> {
  return run(process.execPath, [PROGRAM, ...words], settings);
}

export async function run(
  program: string,
  words: readonly string[],
  settings: Environment,
): Promise<Outcome> {
  const child = spawn(program, words, {
    cwd: ROOT,
    env: environment(settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr)];
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

/** What a stream says; the end of it, where it is one that goes on for hours. */
function collected(stream: Readable, kept = Infinity): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    if (text.length > 2 * kept) text = text.slice(-kept);
  });
  return () => text;
}

export interface Running {
  /** Of the ready line, without the slash at the end. */
  url: string;
  /** Of the demo's admin, where this start filled the database. */
  demoToken: string | null;
  pid: number;
  stdout: () => string;
  stderr: () => string;
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<unknown>;
  /** Sends SIGTERM and answers the exit code. */
  stop: () => Promise<number | null>;
  /** Sends SIGKILL. */
  kill: () => Promise<void>;
}

const services = new Set<Child>();

export const READY = /^Tidemark ready: (http:\S+)\/ \(REST \/api\/v1, GraphQL \/graphql\)$/m;

/** Starts the service (of another installation) on a free port and resolves when it says that it is ready. */
export const startService = (settings: Environment, program = PROGRAM): Promise<Running> =>
  startProgram([program, "start"], { PORT: "0", ...settings }, READY);

/** Starts a program of ours and resolves when it has said where it listens. */
export async function startProgram(
  words: readonly string[],
  settings: Environment,
  ready: RegExp,
): Promise<Running> {
  const child = spawn(process.execPath, [...words], {
    cwd: ROOT,
    env: environment(settings),
    stdio: ["ignore", "pipe", "pipe"],
  });
  services.add(child);
  const closed = once(child, "close").finally(() => services.delete(child)) as Promise<[number | null]>;
  const [stdout, stderr] = [collected(child.stdout), collected(child.stderr, MAX_SAID)];
  const url = await readyAddress(child, ready, { stdout, stderr });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return (await closed)[0];
  };
  return {
    url,
    demoToken: /^Demo token \(ada@demo\.test\): (tmk_\S+)$/m.exec(stdout())?.[1] ?? null,
    pid: child.pid!,
    stdout,
    stderr,
    ended: closed,
    stop: () => end("SIGTERM"),
    kill: async () => void (await end("SIGKILL")),
  };
}

function readyAddress(
  child: Child,
  ready: RegExp,
  said: Pick<Running, "stdout" | "stderr">,
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout.on("data", () => {
      const url = ready.exec(said.stdout());
      if (url?.[1]) resolve(url[1]);
    });
    child.once("close", () => reject(new Error(`It ended before it was ready.\n${said.stderr()}`)));
  });
}

/** For `afterAll`: nothing that a failed test started stays behind. */
export async function killServices(): Promise<void> {
  const ends = [...services].map((child) => once(child, "close"));
  for (const child of services) child.kill("SIGKILL");
  await Promise.all(ends);
}
