// Runs the service: database, application, listener, and an orderly end.
import cluster from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "node:http";
import { warnOfIssuers } from "../access/bindings";
import { type Config } from "../config";
import { type Database } from "../database/database";
import { openDatabase } from "../database/open";
import { warnOfSuperuser } from "../database/own-user";
import { seedDemo, type Demo } from "../demo/demo";
import { drain, DRAIN_MS } from "./drain";
import { createHttpServer } from "./http-server";
import { listen } from "./port";
import type { Log } from "../telemetry/log";
import { startRetention } from "../retention";
import type { Queryable } from "../database/text-rows";
import { startExtending } from "../series/extend";
import { readNow } from "../series/today";
import { zoneDataAt, zoneDataWarning } from "../values/zone-data";
import { startTracing } from "../telemetry/tracing";

/** A collector that does not answer is given up after this: the process is to be gone within ten seconds. */
const SPANS_MS = 1_000;

export interface Service {
  url: string;
  db: Database;
  /**
   * No new work; what is in flight is finished, for up to 8 s (src/server/drain.ts), in which a database that hangs is
   * given up too; then the last spans are sent, for up to 1 s. Within ten seconds all of it is over.
   */
  stop(): Promise<void>;
}

/** Starts the service and resolves when it is ready. `say` prints a line for a person. */
export async function serve(config: Config, log: Log, say: (line: string) => void): Promise<Service> {
  const tracing = await startTracing(config);
  const db = await openDatabase(config, (message) => log.info(message), tracing);
  try {
    // Of several processes the primary says it.
    if (!cluster.isWorker) {
      await warnOfSuperuser(db.pool, config, log);
      await warnOfIssuers(db.pool, config, log);
      await tellZoneData(db.pool, log);
    }
    const http = await createHttpServer({ config, db, log, tracing });
    const { server } = http;
    await listen(server, config);
    const url = urlOf(server, config.host);
    const retention = startRetention(db, config, log);
    const demo = config.demo ? await seedDemo(db) : null;
    const extending = startExtending(db, log);
    announce(url, demo, say);
    const stop = async (): Promise<void> => {
      // PostgreSQL may hang; by then nobody is left to be answered.
      const late = setTimeout(() => db.giveUp(), DRAIN_MS).unref();
      retention.stop();
      extending.stop();
      await drain(http);
      await db.close();
      clearTimeout(late);
      await Promise.race([tracing?.close(), sleep(SPANS_MS, undefined, { ref: false })]);
    };
    return { url, db, stop };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Says by which rules clocks are reckoned, and warns of old ones. */
async function tellZoneData(pool: Queryable, log: Log): Promise<void> {
  const told = zoneDataAt(await readNow(pool));
  const warning = zoneDataWarning(told);
  log.info(told, `time zone data ${told.version}`);
  if (warning !== null) log.warn(warning);
}

export function announce(url: string, demo: Demo | null, say: (line: string) => void): void {
  if (demo) for (const line of firstSteps(url, demo)) say(line);
  say(`Tidemark ready: ${url}/ (REST /api/v1, GraphQL /graphql)`);
}

/** What a person who has just started it for the first time may want to do next. */
const firstSteps = (url: string, { email, secret }: Demo): string[] =>
  secret === null
    ? [
        `The demo's token is in use. Another: npm run --silent tidemark -- token create --email ${email} --name NAME`,
      ]
    : stepsWith(url, email, secret);

const stepsWith = (url: string, email: string, secret: string): string[] => [
  `Demo token (${email}): ${secret}`,
  `Her calendar, in a browser: ${url}/#token=${secret}`,
  "To try it, in another terminal:",
  `  export TIDEMARK_URL=${url} TIDEMARK_TOKEN=${secret}`,
  '  curl -H "Authorization: Bearer $TIDEMARK_TOKEN" $TIDEMARK_URL/api/v1/events',
  `  npm run --silent tidemark -- export --email ${email}`,
];

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
