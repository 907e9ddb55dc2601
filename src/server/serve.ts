// Runs the service: database, application, listener, and an orderly end.
import cluster from "node:cluster";
import { once } from "node:events";
import type { Server } from "node:http";
import { warnOfIssuers } from "../access/bindings";
import type { Config } from "../config";
import { type Database } from "../database/database";
import { openDatabase } from "../database/open";
import { seedDemo, type DemoToken } from "../demo";
import { drain, DRAIN_MS } from "./drain";
import { createHttpServer } from "./http-server";
import type { Log } from "../telemetry/log";
import { startRetention } from "../retention";
import { startTracing } from "../telemetry/tracing";

export interface Service {
  url: string;
  db: Database;
  /** No new work; what is in flight is finished, up to 10 s; then everything is closed. */
  stop(): Promise<void>;
}

/** Starts the service and resolves when it is ready. `say` prints a line for a person. */
export async function serve(config: Config, log: Log, say: (line: string) => void): Promise<Service> {
  const tracing = await startTracing(config);
  const db = await openDatabase(config, (message) => log.info(message), tracing);
  try {
    const demo = config.demo ? await seedDemo(db) : null;
    // Of several processes the primary says it.
    if (!cluster.isWorker) await warnOfIssuers(db.pool, config, log);
    const http = await createHttpServer({ config, db, log, tracing });
    const { server } = http;
    await listen(server, config);
    const url = addressOf(server, config.host);
    const retention = startRetention(db, config, log);
    announce(url, demo, say);
    const stop = async (): Promise<void> => {
      // PostgreSQL may hang; by then nobody is left to be answered.
      const late = setTimeout(() => db.giveUp(), DRAIN_MS).unref();
      retention.stop();
      await drain(http);
      await db.close();
      clearTimeout(late);
      await tracing?.close();
    };
    return { url, db, stop };
  } catch (error) {
    await db.close();
    throw error;
  }
}

export function announce(url: string, demo: DemoToken | null, say: (line: string) => void): void {
  if (demo) for (const line of firstSteps(url, demo)) say(line);
  say(`Tidemark ready: ${url}/ (REST /api/v1, GraphQL /graphql)`);
}

/** What a person who has just started it for the first time may want to do next. */
const firstSteps = (url: string, { email, secret }: DemoToken): string[] => [
  `Demo token (${email}): ${secret}`,
  `Her calendar, in a browser: ${url}/#token=${secret}`,
  "To try it, in another terminal:",
  `  export TIDEMARK_URL=${url} TIDEMARK_TOKEN=${secret}`,
  '  curl -H "Authorization: Bearer $TIDEMARK_TOKEN" $TIDEMARK_URL/api/v1/events',
  `  npm run --silent tidemark -- export --email ${email}`,
];

async function listen(server: Server, { host, port }: Config): Promise<void> {
  server.listen(port, host);
  await once(server, "listening");
}

function addressOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
