/**
 * Stops the embedded server after a process that used it died without saying so (kill -9, power cut of a
 * container, a crash). A shell of a megabyte sleeps on a pipe from that process; when the pipe closes it turns
 * into this file's `main`, which looks whether anybody else uses the server.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { Cluster } from "./cluster";
import { connect } from "./lease";
import { livingServer } from "./lock-files";
import { stopUnlessUsed } from "./postmaster";

export interface Watchdog {
  /** It goes away and does nothing. */
  dismiss(): void;
  /** It does its work now, as if we had died. */
  release(): void;
}

const SCRIPT = 'read -r word; [ "$word" = dismissed ] || exec "$@"';

/** Time for a restarted service to take up the server, which spares a stop and a start. */
const GRACE_MS = 1_500;
/** How long a server may take to come up that its starter did not live to see. */
const ARRIVAL_MS = 3_000;
const PATIENCE_MS = 60_000;

/** To be called before the server is started, so that there is no moment at which nobody would stop it. */
export function setWatchdog({ folder, log }: Cluster, env: NodeJS.ProcessEnv): Watchdog {
  const errors = openSync(log, "a", 0o600);
  const command = [process.execPath, ...loader(), __filename, folder];
  const child = spawn("/bin/sh", ["-c", SCRIPT, "tidemark-watchdog", ...command], {
    cwd: "/",
    // hostOf() must come to the same answer there as here.
    env: { ...env, TMPDIR: os.tmpdir() },
    detached: true,
    stdio: ["pipe", "ignore", errors],
  });
  closeSync(errors);
  // The types do not tell that a pipe was asked for, nor that Node's pipes are sockets.
  const pipe = child.stdin as Socket;
  child.on("error", ignore);
  pipe.on("error", ignore);
  child.unref();
  pipe.unref();
  return {
    dismiss: () => pipe.end("dismissed\n"),
    release: () => pipe.end(),
  };
}

// Without a shell, or when it was killed, there is no watchdog; the next start finds the server and uses it.
function ignore(): void {}

/** Compiled, this file runs as it is; in tests and `npm run dev` it is TypeScript. */
function loader(): string[] {
  return path.extname(__filename) === ".ts" ? ["-r", require.resolve("@swc-node/register")] : [];
}

async function main(folder: string): Promise<void> {
  const began = performance.now();
  await sleep(GRACE_MS);
  while (performance.now() - began < PATIENCE_MS) {
    const client = await connect(folder, "tidemark-watchdog");
    if (client instanceof Client) {
      const outcome = await stopUnlessUsed(client, folder, PATIENCE_MS);
      if (outcome !== "gone") return;
    } else if (performance.now() - began > ARRIVAL_MS && (await livingServer(folder)) === null) {
      return;
    }
    await sleep(250);
  }
}

if (require.main === module) void main(process.argv[2] ?? "");
