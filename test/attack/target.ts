// The service under attack: the built program as a process of its own, with a debugger's eye on its memory.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import WebSocket from "ws";
import { PROGRAM, READY, startProgram } from "../support/child";

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
  const service = await startProgram(
    ["--inspect=127.0.0.1:0", PROGRAM, "start"],
    {
      ...{ PORT: "0", DEMO: "off", LOG_LEVEL: "error" },
      ...{ RATE_LIMIT_PER_MINUTE: "0", TRUST_PROXY: "1", ...settings },
    },
    READY,
  );
  const debuggerAt = (): string => {
    const address = /^Debugger listening on (ws:\S+)/m.exec(service.stderr())?.[1];
    if (address === undefined) throw new Error(`It has no debugger.\n${service.stderr()}`);
    return address;
  };
  return {
    url: new URL(service.url),
    heap: () => heapOf(debuggerAt()),
    resident: () => residentOf(service.pid),
    complaints: () =>
      service
        .stderr()
        .split("\n")
        .filter((line) => !/^(Debugger (listening|attached|ending)|For help, see|$)/.test(line)),
    stop: service.stop,
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
