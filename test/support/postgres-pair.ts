// A PostgreSQL with a streaming standby that every commit waits for, on ports of this machine, made of the programs that
// come with the service.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { findBinaries } from "../../src/database/binaries";
import { freePort } from "./keep-alive-client";

const NOBODY = 65534;
const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** The processes that a process has started and that still run. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

/** A server that can be killed. */
export class Postgres {
  private process: ChildProcess | undefined;

  constructor(
    private readonly bin: string,
    readonly folder: string,
    readonly port: number,
  ) {}

  async start(): Promise<void> {
    const log = openSync(`${this.folder}.log`, "a");
    this.process = spawn(join(this.bin, "postgres"), ["-D", this.folder, "-p", String(this.port)], {
      stdio: ["ignore", log, log],
      ...identity,
    });
    for (;;) {
      const reached = await this.query("select 1").catch(() => null);
      if (reached) return;
      if (this.process.exitCode !== null)
        throw new Error(`PostgreSQL did not start.\n${readFileSync(`${this.folder}.log`, "utf8")}`);
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
    for (const pid of [this.process.pid, ...childrenOf(this.process.pid)]) process.kill(pid, name);
  }

  /** As a machine that loses its power: nothing is finished, nothing is told. */
  async kill(): Promise<void> {
    const { process: running } = this;
    if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    for (const pid of [running.pid, ...childrenOf(running.pid)]) process.kill(pid, "SIGKILL");
    await ended;
  }
}

export interface Pair {
  primary: Postgres;
  standby: Postgres;
  /** Kills both and leaves nothing. */
  remove(): Promise<void>;
}

export async function startPair(): Promise<Pair> {
  const { folder: bin } = await findBinaries({ major: null, identity, env: process.env });
  const home = mkdtempSync(join(tmpdir(), "tidemark-pair-"));
  if (identity.uid) chownSync(home, NOBODY, NOBODY);
  const [first, second] = [join(home, "primary"), join(home, "standby")];
  await promisify(execFile)(
    join(bin, "initdb"),
    ["-D", first, "-U", "tidemark", "-A", "trust", "-E", "UTF8", "--no-sync"],
    { cwd: home, env: { PATH: process.env.PATH, LC_ALL: "C" }, ...identity },
  );
  const settings = `
    listen_addresses = '127.0.0.1'
    unix_socket_directories = '${home}'
    fsync = off
    wal_level = replica`;
  appendFileSync(join(first, "postgresql.conf"), settings);
  appendFileSync(join(first, "pg_hba.conf"), "\nhost replication all 127.0.0.1/32 trust\n");
  // Never started so far, so a copy is the same cluster at the same moment.
  cpSync(first, second, { recursive: true, preserveTimestamps: true });
  const [primary, standby] = [
    new Postgres(bin, first, await freePort()),
    new Postgres(bin, second, await freePort()),
  ];
  appendFileSync(join(first, "postgresql.conf"), "\nsynchronous_standby_names = '*'\n");
  const source = `host=127.0.0.1 port=${primary.port} user=tidemark sslmode=disable`;
  appendFileSync(join(second, "postgresql.conf"), `\nprimary_conninfo = '${source}'\n`);
  writeFileSync(join(second, "standby.signal"), "");
  chmodSync(second, 0o700);
  if (identity.uid) await promisify(execFile)("chown", ["-R", `${NOBODY}:${NOBODY}`, second]);
  const remove = async (): Promise<void> => {
    await Promise.all([primary.kill(), standby.kill()]);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await primary.start();
    await standby.start();
    return { primary, standby, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
