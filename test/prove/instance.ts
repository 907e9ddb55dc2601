// One instance of the built service, as a process of its own.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { call } from "./http";

const ROOT = path.resolve(__dirname, "../..");
const PROGRAM = path.join(ROOT, "dist/src/main.js");
const READY = /^Tidemark ready: (http:\S+)\/ \(REST/m;
const TOKEN = /^Demo token \(\S+\): (tmk_\S+)$/m;
const KEPT_CHARACTERS = 8_000;
const LONGEST_LINE = 1_500;
const READY_WITHIN_MS = 90_000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

export class Instance {
  /** Null while it is down. */
  url: string | null = null;
  demoToken: string | null = null;
  private child: Child | null = null;
  /** How often it ended without being told to. */
  private deaths = 0;
  private ended: Promise<unknown> = Promise.resolve();
  private told = false;
  private said = "";
  /** The end of what it wrote on standard error. */
  complained = "";

  constructor(private readonly settings: Record<string, string>) {}

  /** Null while it is down. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn(process.execPath, [PROGRAM, "start"], {
      cwd: ROOT,
      env: { PATH, HOME, PORT: "0", LOG_LEVEL: "error", RATE_LIMIT_PER_MINUTE: "0", ...this.settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    this.said = "";
    this.told = false;
    this.ended = once(child, "close").then(() => {
      if (this.child !== child) return;
      this.url = null;
      this.child = null;
      if (!this.told) this.deaths++;
    });
    // Told of a killed database it complains a lot; what it cannot explain is what matters.
    createInterface(child.stderr).on("line", (line) => {
      if (!/"msg":"[^"]*(try again|unavailable)/.test(line))
        this.complained = `${this.complained}${line.slice(0, LONGEST_LINE)}\n`.slice(-KEPT_CHARACTERS);
    });
    child.stdout.setEncoding("utf8");
    this.url = await new Promise<string>((resolve, reject) => {
      child.stdout.on("data", (piece: string) => {
        this.said += piece;
        const url = READY.exec(this.said)?.[1];
        if (url) resolve(url);
      });
      child.once("close", () =>
        reject(new Error(`An instance ended before it was ready.\n${this.complained}`)),
      );
    });
    this.demoToken ??= TOKEN.exec(this.said)?.[1] ?? null;
  }

  async kill(): Promise<void> {
    this.url = null;
    this.told = true;
    this.child?.kill("SIGKILL");
    await this.ended;
  }

  /** Resolves when the database answers it; starts it anew where it died. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      if (this.child === null) await this.start();
      const { url } = this;
      const reply = url && (await call(url, { method: "GET", path: "/readyz" }).catch(() => null));
      if (reply && reply.status === 200) return;
      if (performance.now() > deadline) throw new Error(`An instance did not recover.\n${this.complained}`);
      await sleep(100);
    }
  }

  /** Ends it in order; answers what was wrong with that, and before. */
  async stop(): Promise<string[]> {
    const { child } = this;
    this.told = true;
    child?.kill("SIGTERM");
    await this.ended;
    const faults = Array.from({ length: this.deaths }, () => "an instance died on its own");
    if (child && child.exitCode !== 0) faults.push(`SIGTERM ended an instance with ${child.exitCode}`);
    return faults.map((fault) => `${fault}\n${this.complained}`);
  }
}
