// One instance of the built service, which is killed and started again, and says what it could not explain.
import { setTimeout as sleep } from "node:timers/promises";
import { startService, type Running } from "../support/child";
import { call } from "./http";

const KEPT_CHARACTERS = 8_000;
const MAX_LINE_LENGTH = 1_500;
const READY_WITHIN_MS = 90_000;

export class Instance {
  /** Null while it is down. */
  url: string | null = null;
  demoToken: string | null = null;
  private running: Running | null = null;
  /** How often it ended without being told to. */
  private deaths = 0;
  private told = false;
  /** Of those that have ended. */
  private earlier = "";

  constructor(private readonly settings: Record<string, string>) {}

  /** Null while it is down. */
  get pid(): number | null {
    return this.running?.pid ?? null;
  }

  /** The end of what it wrote on standard error. */
  get complained(): string {
    return (this.earlier + unexplained(this.running)).slice(-KEPT_CHARACTERS);
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    this.told = false;
    const running = await startService({
      LOG_LEVEL: "error",
      RATE_LIMIT_PER_MINUTE: "0",
      ...this.settings,
    });
    this.running = running;
    this.url = running.url;
    this.demoToken ??= running.demoToken;
    void running.ended.then(() => this.buried(running));
  }

  async kill(): Promise<void> {
    const { running } = this;
    this.url = null;
    this.told = true;
    await running?.kill();
    if (running) this.buried(running);
  }

  /** Resolves when the database answers it; starts it anew where it died. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      if (this.running === null) await this.start();
      const { url } = this;
      const reply = url && (await call(url, { method: "GET", path: "/readyz" }).catch(() => null));
      if (reply && reply.status === 200) return;
      if (performance.now() > deadline) throw new Error(`An instance did not recover.\n${this.complained}`);
      await sleep(100);
    }
  }

  /** Ends it in order; answers what was wrong with that, and before. */
  async stop(): Promise<string[]> {
    const { running } = this;
    this.told = true;
    const code = running ? await running.stop() : 0;
    if (running) this.buried(running);
    const faults = Array.from({ length: this.deaths }, () => "an instance died on its own");
    if (code !== 0) faults.push(`SIGTERM ended an instance with ${code}`);
    return faults.map((fault) => `${fault}\n${this.complained}`);
  }

  private buried(running: Running): void {
    if (this.running !== running) return;
    this.earlier = this.complained;
    this.url = null;
    this.running = null;
    if (!this.told) this.deaths++;
  }
}

/** Told of a killed database it complains a lot; what it cannot explain is what matters. */
const unexplained = (running: Running | null): string =>
  (running?.stderr() ?? "")
    .split("\n")
    .filter((line) => line !== "" && !/"msg":"[^"]*(try again|unavailable)/.test(line))
    .map((line) => `${line.slice(0, MAX_LINE_LENGTH)}\n`)
    .join("");
