// The service under attack: the built program as a process of its own, with a debugger's eye on its memory.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import WebSocket from "ws";

const ROOT = path.resolve(__dirname, "../..");
const PROGRAM = path.join(ROOT, "dist/src/main.js");
const MIB = 2 ** 20;

export interface Target {
  url: URL;
  /** MiB of objects that are still in use after everything else was collected. */
  heap(): Promise<number>;
  /** MiB of memory the process holds; null where the system does not tell. */
  resident(): Promise<number | null>;
  /** What it wrote to its log: with LOG_LEVEL=error nothing, unless something is wrong. */
  complaints(): readonly string[];
  /** Ends it in order; answers its exit code. */
  stop(): Promise<number | null>;
}

export async function startTarget(settings: Record<string, string>): Promise<Target> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--inspect=127.0.0.1:0", PROGRAM, "start"], {
    cwd: ROOT,
    env: {
      ...{ PATH, HOME, PORT: "0", DEMO: "off", LOG_LEVEL: "error" },
      ...{ RATE_LIMIT_PER_MINUTE: "0", TRUST_PROXY: "1", ...settings },
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  const complaints: string[] = [];
  const inspector = new Promise<string>((resolve) => {
    createInterface(child.stderr).on("line", (line) => {
      const address = /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
      if (address) resolve(address);
      else if (!/^(For help, see|Debugger (attached|ending))/.test(line)) complaints.push(line);
    });
  });
  const url = await new Promise<URL>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      const ready = /^Tidemark ready: (\S+)\/ \(REST/.exec(line)?.[1];
      if (ready) resolve(new URL(ready));
    });
    void closed.then(() => reject(new Error(`It ended before it was ready.\n${complaints.join("\n")}`)));
  });
  const address = await inspector;
  return {
    url,
    heap: () => heapOf(address),
    resident: () => residentOf(child.pid as number),
    complaints: () => complaints,
    stop: async () => {
      child.kill("SIGTERM");
      return (await closed)[0];
    },
  };
}

/** Through Chrome's debugging protocol: collects, then asks. */
async function heapOf(address: string): Promise<number> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const ask = async (id: number, method: string): Promise<{ usedSize?: number }> => {
    socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const [message] = (await once(socket, "message")) as [Buffer];
      const answer = JSON.parse(message.toString("utf8")) as { id?: number; result?: { usedSize?: number } };
      if (answer.id === id) return answer.result ?? {};
    }
  };
  await ask(1, "HeapProfiler.collectGarbage");
  const { usedSize = NaN } = await ask(2, "Runtime.getHeapUsage");
  socket.close();
  await once(socket, "close");
  return usedSize / MIB;
}

async function residentOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => null);
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}
