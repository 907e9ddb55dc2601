// The other tenant: what its small requests took and how many were refused, quiet and under attack.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../../prove/http";
import type { Somebody } from "./ground";
import type { Sample, Told } from "./neighbour-process";

export interface Calm {
  requests: number;
  p50: number;
  p99: number;
  longest: number;
  /** Each with what was asked and what was answered. */
  refusals: string[];
}

export class Neighbour {
  private constructor(
    private readonly child: ChildProcess,
    private readonly told: Told,
  ) {}

  static async move(url: URL, { token }: Somebody, everyMs: number): Promise<Neighbour> {
    const made = await call(url.origin, {
      ...{ method: "POST", path: "/api/v1/events", token },
      body: { subject: "Mine", startTime: "2026-03-02T10:00:00Z", endTime: "2026-03-02T11:00:00Z" },
    });
    if (made.status !== 201) throw new Error(`The neighbour could not move in: ${JSON.stringify(made.body)}`);
    const child = fork(path.join(__dirname, "neighbour-process.ts"), {
      execArgv: ["-r", "@swc-node/register"],
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
    });
    const eventId = (made.body as { id: string }).id;
    return new Neighbour(child, { url: url.origin, token, eventId, everyMs });
  }

  /** Asks until the work is done; what is under way then is waited for. */
  async during(work: () => Promise<unknown>): Promise<Calm> {
    this.child.send({ begin: this.told });
    const [said] = (await Promise.race([once(this.child, "message"), once(this.child, "exit")])) as [unknown];
    if (said !== "connected") throw new Error(`The neighbour could not connect: ${String(said)}`);
    try {
      await work();
    } finally {
      this.child.send({ end: true });
    }
    const [samples] = (await once(this.child, "message")) as [Sample[]];
    return calmOf(samples);
  }

  quiet(ms: number): Promise<Calm> {
    return this.during(() => sleep(ms));
  }

  async leave(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.disconnect();
    await gone;
  }
}

function calmOf(samples: readonly Sample[]): Calm {
  const times = samples.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN;
  return {
    ...{ requests: samples.length, p50: at(0.5), p99: at(0.99), longest: at(1) },
    refusals: samples
      .filter(({ refusal }) => refusal !== null)
      .map(({ kind, ms, refusal }) => `${kind}, after ${ms.toFixed(0)} ms: ${refusal}`),
  };
}
