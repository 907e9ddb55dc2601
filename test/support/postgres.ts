// A PostgreSQL of a test's own, on a port of this machine, made of the programs that come with the service: it can be
// killed and stopped in its tracks.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chownSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { findBinaries } from "../../src/embedded/binaries";
import { freePort } from "./keep-alive-client";

export const run = promisify(execFile);
const NOBODY = 65534;
/** PostgreSQL refuses to run as root. */
const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** The processes that a process has started and that still run. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** A server that can be killed. */
export class Postgres {
  private process: ChildProcess | undefined;

  constructor(
    readonly bin: string,
    readonly folder: string,
    readonly port: number,
  ) {}

  /** Where it says what it has to say. */
  get logFile(): string {
    return `${this.folder}.log`;
  }

  /** Adds settings, for the next start. */
  configure(settings: string): void {
    appendFileSync(join(this.folder, "postgresql.conf"), `${settings}\n`);
  }

  /** Whether its processes run. */
  get isRunning(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  async start(): Promise<void> {
    const log = openSync(this.logFile, "a");
    this.process = spawn(join(this.bin, "postgres"), ["-D", this.folder, "-p", String(this.port)], {
      stdio: ["ignore", log, log],
      ...identity,
    });
    for (;;) {
      const reached = await this.query("select 1").catch(() => null);
      if (reached) return;
      if (this.process.exitCode !== null)
        throw new Error(`PostgreSQL did not start.\n${readFileSync(this.logFile, "utf8")}`);
      await sleep(50);
    }
  }

  async query(text: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  url(database: string): string {
    return `postgres://tidemark@127.0.0.1:${this.port}/${database}?sslmode=disable`;
  }

  /** Stops all its processes where they are, until it is resumed. */
  pause(): void {
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  private signal(name: NodeJS.Signals): void {
    if (this.process?.pid === undefined) throw new Error("It does not run.");
    // Backends have groups of their own.
    for (const pid of [this.process.pid, ...childrenOf(this.process.pid)]) send(pid, name);
  }

  /** As a machine that loses its power: nothing is finished, nothing is told. */
  async kill(): Promise<void> {
    const { process: running } = this;
    if (running?.pid === undefined || !this.isRunning) return;
    const ended = once(running, "exit");
    for (const pid of [running.pid, ...childrenOf(running.pid)]) send(pid, "SIGKILL");
    await ended;
  }
}

/** A new folder of a test's, which PostgreSQL may write to. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "tidemark-postgres-"));
  give(home);
  return home;
}

/** Makes it PostgreSQL's. */
export function give(folder: string): void {
  if (identity.uid) chownSync(folder, NOBODY, NOBODY);
}

/** With all that is in it. */
export async function giveAll(folder: string): Promise<void> {
  if (identity.uid) await run("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
}

/** A cluster in `home/name`, not started. `initdb` takes these words too. */
export async function newCluster(home: string, name: string, words: string[] = []): Promise<Postgres> {
  const { folder: bin } = await findBinaries({ major: null, identity, env: process.env });
  const folder = join(home, name);
  await run(
    join(bin, "initdb"),
    ["-D", folder, "-U", "tidemark", "-A", "trust", "-E", "UTF8", "--no-sync", ...words],
    { cwd: home, env: { PATH: process.env.PATH, LC_ALL: "C" }, ...identity },
  );
  const server = new Postgres(bin, folder, await freePort());
  server.configure(`
    listen_addresses = '127.0.0.1'
    unix_socket_directories = '${home}'
    fsync = off`);
  return server;
}

export interface OwnServer {
  server: Postgres;
  /** Kills it and leaves nothing. */
  remove(): Promise<void>;
}

export async function startPostgres(settings = ""): Promise<OwnServer> {
  const home = newHome();
  const server = await newCluster(home, "data");
  server.configure(settings);
  await server.start();
  const remove = async (): Promise<void> => {
    await server.kill();
    rmSync(home, { recursive: true, force: true });
  };
  return { server, remove };
}

/** A backend may have ended since it was counted. */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
