// Several processes on one machine as one service (WORKERS): the primary opens the database, has workers serve on one
// address, and puts another in the place of one that ends. Each worker is an instance like any other.
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { warnOfIssuers } from "../access/bindings";
import type { Config } from "../config";
import { type Database } from "../database/database";
import { openDatabase } from "../database/open";
import { columns, number, selectRow, sql } from "../database/rows";
import { seedDemo } from "../demo/demo";
import type { Log } from "../telemetry/log";
import { gatherMetrics } from "../metrics/metrics";
import { announce, serve, type Service } from "./serve";

/** Beside its pool a worker has those who wait for writers, one for look-ups, one for hints, and its lease of the embedded server. */
const BESIDE_POOL = 7;
/** For the primary, for commands, and for whoever looks at the database by hand. */
const SPARE = 8;
/** A worker that ends as soon as this is started anew after a pause, or it would do so all day. */
const SHORT_LIFE_MS = 5_000;
const PAUSE_MS = 1_000;
/** A little longer than a worker takes at most to finish what it has (src/server/serve.ts). */
const END_WITHIN_MS = 15_000;

interface Ready {
  url: string;
}

/** In a worker: serves, and tells the primary when it is ready. */
export async function serveAsWorker(config: Config, log: Log): Promise<Service> {
  const service = await serve({ ...config, demo: false }, log, () => undefined);
  process.send?.({ url: service.url } satisfies Ready);
  return service;
}

/** In the primary: resolves when all workers are ready. `say` prints a line for a person. */
export async function serveWithWorkers(
  config: Config,
  log: Log,
  say: (line: string) => void,
): Promise<Service> {
  const db = await openDatabase({ ...config, databaseReadUrl: null }, (message) => log.info(message));
  try {
    await refuseTooMany(db, config);
    const demo = config.demo ? await seedDemo(db) : null;
    await warnOfIssuers(db.pool, config, log);
    gatherMetrics(log);
    const crew = new Crew(config.workers, log);
    const url = await crew.start();
    announce(url, demo, say);
    return { url, db, stop: () => crew.stop().then(() => db.close()) };
  } catch (error) {
    await db.close();
    throw error;
  }
}

const BEARABLE = columns({ bearable: number("current_setting('max_connections')") });

/** The embedded server is ours: what it can bear is known at the start. */
async function refuseTooMany(
  { pool }: Database,
  { databaseUrl, workers, databasePool }: Config,
): Promise<void> {
  if (databaseUrl !== null) return;
  const row = await selectRow(pool, BEARABLE, sql`select ${BEARABLE}`);
  if (!row) throw new Error("The database does not say how many connections it takes.");
  const { bearable } = row;
  const needed = workers * (databasePool + BESIDE_POOL) + SPARE;
  if (needed <= bearable) return;
  const fitting = Math.floor((bearable - SPARE) / workers) - BESIDE_POOL;
  throw new Error(
    `${workers} workers with DATABASE_POOL=${databasePool} may need ${needed} connections, and the embedded ` +
      `PostgreSQL has ${bearable}: set ${fitting > 0 ? `DATABASE_POOL=${fitting}` : "fewer WORKERS"}.`,
  );
}

class Crew {
  private readonly workers = new Set<Worker>();
  private stopping = false;

  constructor(
    private readonly size: number,
    private readonly log: Log,
  ) {}

  /** Answers the address of the service. Where one worker cannot start none is left. */
  async start(): Promise<string> {
    try {
      // One port for all of them, also where it is 0 and any free one is taken.
      const [url = ""] = await Promise.all(Array.from({ length: this.size }, () => this.add()));
      return url;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Every worker finishes what it has; one that takes too long is killed. */
  async stop(): Promise<void> {
    this.stopping = true;
    const ends = [...this.workers].map((worker) => once(worker, "exit"));
    for (const worker of this.workers) worker.process.kill("SIGTERM");
    const late = setTimeout(() => {
      for (const worker of this.workers) worker.process.kill("SIGKILL");
    }, END_WITHIN_MS);
    await Promise.all(ends);
    clearTimeout(late);
  }

  /** Resolves with its address when it is ready; rejects when it ends before. */
  private add(): Promise<string> {
    const worker = cluster.fork();
    this.workers.add(worker);
    const from = performance.now();
    return new Promise((resolve, reject) => {
      let ready = false;
      worker.on("message", ({ url }: Partial<Ready>) => {
        if (url === undefined) return;
        ready = true;
        resolve(url);
      });
      worker.once("exit", (code, signal) => {
        this.workers.delete(worker);
        // Why, it has said itself.
        reject(new Error(`A worker ended before it was ready (${signal || `exit ${code}`}).`));
        if (ready && !this.stopping) {
          this.log.error(
            { pid: worker.process.pid, code, signal },
            "a worker ended; another takes its place",
          );
          void this.replace(performance.now() - from < SHORT_LIFE_MS);
        }
      });
    });
  }

  private async replace(soon: boolean): Promise<void> {
    for (let pause = soon; !this.stopping; pause = true) {
      if (pause) await sleep(PAUSE_MS);
      if (this.stopping) return;
      try {
        await this.add();
        return;
      } catch (error) {
        this.log.error({ err: error }, "a worker could not be replaced; it is tried again");
      }
    }
  }
}
