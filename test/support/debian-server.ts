// A PostgreSQL of the Debian package, with the programs that the embedded one comes without: pg_dump and pg_restore of
// the server's own version.
import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const HOME = "/usr/lib/postgresql";
const PROGRAMS = ["initdb", "pg_ctl", "pg_dump", "pg_restore"];
const OLDEST = 15;
const NOBODY = 65534;

export interface DebianServer {
  url: string;
  /** Runs one of its programs against one of its databases. */
  run(program: string, ...args: string[]): Promise<void>;
  stop(): Promise<void>;
}

/** The folder of a complete set of programs; null where none is installed. */
export function debianPrograms(): string | null {
  const versions = existsSync(HOME) ? readdirSync(HOME).filter((name) => Number(name) >= OLDEST) : [];
  const folders = versions.sort().map((version) => join(HOME, version, "bin"));
  return folders.find((bin) => PROGRAMS.every((program) => existsSync(join(bin, program)))) ?? null;
}

export async function startDebianServer(bin: string): Promise<DebianServer> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-debian-"));
  // PostgreSQL refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (identity.uid) chownSync(folder, NOBODY, NOBODY);
  const program = async (name: string, ...args: string[]): Promise<void> => {
    await run(join(bin, name), args, {
      cwd: folder,
      env: { PATH: process.env.PATH, LC_ALL: "C" },
      ...identity,
    });
  };
  const data = join(folder, "data");
  await program("initdb", "-D", data, "-U", "tidemark", "-A", "trust", "-E", "UTF8", "--no-sync");
  const settings = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off -c deadlock_timeout=200ms`;
  await program("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", settings, "start");
  return {
    url: `postgres://tidemark@localhost:5432/postgres?host=${encodeURIComponent(folder)}&sslmode=disable`,
    run: (name, ...args) => program(name, "-h", folder, "-U", "tidemark", ...args),
    stop: async () => {
      await program("pg_ctl", "-D", data, "-w", "-m", "fast", "stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
