// The service under attack: the built program as a process of its own, with a debugger's eye on its memory and on how long
// its event loop is held.
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import WebSocket from "ws";
import { PROGRAM, READY, startProgram } from "../support/child";

const MIB = 2 ** 20;
/** How often the event loop is looked at: a hold is known to within so much. */
const LOOK_MS = 5;

export interface Target {
  url: URL;
  /** MiB of objects that are still in use after everything else was collected. */
  heap(): Promise<number>;
  /** MiB of memory the process holds; null where the system does not tell. */
  resident(): Promise<number | null>;
  /** The most MiB it has held since that was last forgotten. */
  residentPeak(): Promise<number | null>;
  /** How many descriptors it has open; null where the system does not tell. */
  descriptors(): Promise<number | null>;
  /** The longest that anything held its event loop since that was last forgotten, in ms. */
  longestHold(): Promise<number>;
  /** The most of a processor's time, in ms, that its main thread had in one such hold: what others do meanwhile is no part of it. */
  longestWork(): Promise<number>;
  /** From here on peak and holds are those of what follows. */
  forget(): Promise<void>;
  /** What it wrote to its log: with LOG_LEVEL=error nothing, unless something is wrong. */
  complaints(): readonly string[];
  /** Ends it in order; answers its exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

/** Two eyes on the event loop: how late it is, and what its thread has had of a processor from one look to the next. */
const WATCH = `
  globalThis.holds = process.getBuiltinModule("perf_hooks").monitorEventLoopDelay({ resolution: ${LOOK_MS} });
  holds.enable();
  globalThis.work = { longest: 0, before: NaN };
  setInterval(() => {
    const { readFileSync } = process.getBuiltinModule("fs");
    const now = readFileSync("/proc/self/task/" + process.pid + "/schedstat", "latin1").split(" ")[0] / 1e6;
    if (now - work.before > work.longest) work.longest = now - work.before;
    work.before = now;
  }, ${LOOK_MS}).unref();
  0`;

export async function startTarget(settings: Record<string, string>): Promise<Target> {
  const service = await startProgram(
    ["--inspect=127.0.0.1:0", PROGRAM, "start"],
    {
      ...{ PORT: "0", DEMO: "off", LOG_LEVEL: "error" },
      ...{ RATE_LIMIT_PER_MINUTE: "0", TRUST_PROXY: "1", ...settings },
    },
    READY,
  );
  const { pid } = service;
  const debuggerAt = /^Debugger listening on (ws:\S+)/m.exec(service.stderr())?.[1];
  if (debuggerAt === undefined) throw new Error(`It has no debugger.\n${service.stderr()}`);
  const run = (expression: string): Promise<number> => evaluate(debuggerAt, expression);
  await run(WATCH);
  return {
    url: new URL(service.url),
    heap: () => heapOf(debuggerAt),
    resident: () => statusOf(pid, "VmRSS"),
    residentPeak: () => statusOf(pid, "VmHWM"),
    descriptors: async () => (await readdir(`/proc/${pid}/fd`).catch(() => null))?.length ?? null,
    longestHold: async () => Math.max(0, (await run("holds.max / 1e6")) - LOOK_MS),
    longestWork: () => run("work.longest"),
    forget: async () => {
      await writeFile(`/proc/${pid}/clear_refs`, "5").catch(() => undefined);
      await run("holds.reset(); work.longest = 0");
    },
    complaints: () =>
      service
        .stderr()
        .split("\n")
        .filter((line) => !/^(Debugger (listening|attached|ending)|For help, see|$)/.test(line)),
    stop: service.stop,
    kill: service.kill,
  };
}

type Ask = (method: string, params?: object) => Promise<Record<string, unknown>>;

/** Asks through Chrome's debugging protocol. */
async function inspected<T>(address: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  let last = 0;
  const ask: Ask = async (method, params) => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [message] = (await once(socket, "message")) as [Buffer];
      const answer = JSON.parse(message.toString("utf8")) as {
        id?: number;
        result?: Record<string, unknown>;
      };
      if (answer.id === id) return answer.result ?? {};
    }
  };
  const result = await work(ask);
  socket.close();
  await once(socket, "close");
  return result;
}

/** Collects, then asks. */
const heapOf = (address: string): Promise<number> =>
  inspected(address, async (ask) => {
    await ask("HeapProfiler.collectGarbage");
    const { usedSize } = await ask("Runtime.getHeapUsage");
    return Number(usedSize) / MIB;
  });

/** The number that an expression comes to in the process. */
const evaluate = (address: string, expression: string): Promise<number> =>
  inspected(address, async (ask) => {
    const { result } = (await ask("Runtime.evaluate", { expression })) as { result?: { value?: number } };
    return result?.value ?? NaN;
  });

async function statusOf(pid: number, field: string): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => null);
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}
