// Debian's pgbouncer in transaction mode, before a server on a socket: a few sessions, lent for one transaction each.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAM = "/usr/sbin/pgbouncer";
const NOBODY = 65534;

export const hasPooler = (): boolean => existsSync(PROGRAM);

export interface Pooler {
  /** The address of a database, through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export async function startPooler(serverUrl: string, sessions: number): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-pooler-"));
  const server = new URL(serverUrl);
  const port = await freePort();
  const settings = join(folder, "pgbouncer.ini");
  const users = join(folder, "users.txt");
  // What it says who it is to the server with; whoever comes to it is let in.
  writeFileSync(users, `"${server.username}" "${server.password}"\n`);
  writeFileSync(
    settings,
    `[databases]
* = host=${server.searchParams.get("host")} port=${server.port} connect_query='set application_name to pooled'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${sessions}
max_client_conn = 200
`,
  );
  // It refuses to run as root.
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (identity.uid) chownSync(folder, NOBODY, NOBODY);
  const child: ChildProcessByStdio<null, null, Readable> = spawn(PROGRAM, [settings], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    ...identity,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (said += piece));
  for (; !said.includes("process up"); await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended.\n${said}`);
  }
  return {
    through: (url) => {
      const { pathname, username } = new URL(url);
      return `postgres://${username}@127.0.0.1:${port}${pathname}?sslmode=disable`;
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
