// npm run bench:streams: a whole calendar without a limit, to a fast reader and a slow one, and to two hundred at once.
import http from "node:http";
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { GUEST_TOKENS, eventId, guestToken, tokenOf } from "./data";
import { Load } from "./load";
import { describeMachine, memoryNow, memoryPeak } from "./machine";
import { onStage, startService, type Server, type Stage } from "./stage";

const EVENTS = Number(process.argv[2] ?? 1_000_000);

interface Read {
  firstByteMs: number;
  seconds: number;
  bytes: number;
  length: number;
}

/** Reads all of the guest's calendar; `pauseMs` after each piece. */
function readAll(url: string, token: string, pauseMs = 0, onPiece?: () => void): Promise<Read> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let firstByteMs = 0;
    let bytes = 0;
    let tail = "";
    const request = http.get(`${url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    request.on("error", reject);
    request.on("response", (response) => {
      response.on("data", (piece: Buffer) => {
        firstByteMs ||= performance.now() - began;
        bytes += piece.length;
        tail = (tail + piece.toString("latin1")).slice(-80);
        onPiece?.();
        if (pauseMs > 0) {
          response.pause();
          setTimeout(() => response.resume(), pauseMs);
        }
      });
      response.on("error", reject);
      response.on("close", () => reject(new Error("The stream broke.")));
      response.on("end", () => {
        const length = Number(/"length":(\d+)}$/.exec(tail)?.[1] ?? NaN);
        resolve({ firstByteMs, seconds: (performance.now() - began) / 1_000, bytes, length });
      });
    });
  });
}

/** Forgets the most memory that a process ever had. */
const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5");

async function alone({ url, pid }: Server, stage: Stage): Promise<void> {
  const idle = memoryNow(pid);
  forgetPeak(pid);
  const fast = await readAll(url, guestToken(0));
  if (fast.length !== EVENTS) throw new Error(`${fast.length} of ${EVENTS} events came.`);
  console.log(
    `fast reader: ${fast.length.toLocaleString("en-US")} events, ${Math.round(fast.bytes / 1e6)} MB in ${fast.seconds.toFixed(1)} s, first byte after ${fast.firstByteMs.toFixed(0)} ms, ${memoryPeak(pid) - idle} MB above the ${idle} MB of idling (goals: 200 ms, 150 MB)`,
  );
  forgetPeak(pid);
  let [busy, looks] = [0, 0];
  const slow = readAll(url, guestToken(0), 100).catch((error: Error) => error.message);
  for (; looks < 50; looks++) {
    await sleep(200);
    const { rows } = await stage.client.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' and backend_type = 'client backend'",
    );
    if ((rows[0]?.count ?? 0) > 0) busy++;
  }
  console.log(
    `slow reader: ${memoryPeak(pid) - idle} MB above idling; the database was at work for it in ${busy} of ${looks} looks`,
  );
  void slow;
}

async function together({ url, pid }: Server): Promise<void> {
  const idle = memoryNow(pid);
  forgetPeak(pid);
  const load = new Load(url, 4);
  let turn = 0;
  const small = () => {
    turn++;
    return {
      method: "GET" as const,
      path: `/api/v1/events/${eventId(turn % 10, turn % 1000)}`,
      headers: { authorization: `Bearer ${tokenOf(turn % 10)}` },
    };
  };
  const told = (what: string, { latencies }: { latencies: number[] }): void => {
    latencies.sort((a, b) => a - b);
    const at = (share: number): string => (latencies[Math.floor(share * latencies.length)] ?? NaN).toFixed(1);
    console.log(`${what}: ${latencies.length} small requests in 5 s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  };
  told("with nothing else going on", await load.run(5_000, small));
  const streams = Array.from({ length: GUEST_TOKENS }, (_, number) =>
    readAll(url, guestToken(number), 50).catch(() => null),
  );
  await sleep(2_000);
  told(`beside ${streams.length} streams`, await load.run(5_000, small));
  console.log(`${memoryPeak(pid) - idle} MB above idling with ${streams.length} streams`);
  load.close();
}

onStage(EVENTS, async (stage) => {
  console.log(describeMachine());
  const service = await startService(stage, { RATE_LIMIT_PER_MINUTE: "0" });
  await alone(service, stage);
  await together(service);
});
