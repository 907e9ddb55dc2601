// The HTTP server with everything that is served through it: the application, and GraphQL's sockets and streams.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { networkAddressOf, networkOf } from "../access/address";
import { Gate } from "../access/gate";
import { createApp } from "./app";
import type { Config } from "../config";
import { Connections } from "../http/connections";
import type { Database } from "../database/database";
import { createApollo } from "../graphql/apollo";
import type { GraphQLEngine } from "../graphql/operation";
import { EventStreams, SLOW_MS } from "../graphql/sse";
import { WebSockets } from "../graphql/websocket";
import { Registry } from "prom-client";
import { Dispatcher } from "../webhooks/dispatcher";
import { Hub } from "../live/hub";
import type { Log } from "../telemetry/log";
import { metrics } from "../metrics/metrics";
import { messagesOf } from "./messages";
import { cutSlowReaders } from "./slow-readers";
import { PollLog } from "../sync-log/poll-log";
import { Instruments } from "../metrics/instruments";
import { Telemetry } from "../metrics/telemetry";
import type { Tracing } from "../telemetry/tracing";
import { someoneCame } from "../turns/pauses";
import { Starts, type Client } from "../turns/starts";
import { answerUnreadable } from "../http/unreadable";
import { takeUpgrades } from "./upgrades";

/** What sockets are answering has so long to be finished; a socket then has 2 s to close. */
const ANSWERING_MS = 5_500;
/** For a request to arrive: its head, and all of it. A proxy's idle connections outlive the proxy's own timeout. */
const TIME_LIMITS: ServerOptions = {
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
};

export interface HttpServerParts {
  config: Config;
  db: Database;
  log: Log;
  tracing?: Tracing | null;
  /** How long a client of a stream or socket may leave what was sent unread; 30 s by default. */
  slowMs?: number;
  /** How many connections may be open at once; 10,000 by default. */
  maxConnections?: number;
}

export interface HttpServer {
  server: Server;
  /** Finishes what sockets and streams are answering, then ends them, so that the server can close: clients come back. */
  endStreams: () => Promise<void>;
  /** Cuts every connection, whatever it does. */
  cut: () => void;
}

/** The server, not yet listening. */
export async function createHttpServer(parts: HttpServerParts): Promise<HttpServer> {
  const { config, slowMs = SLOW_MS, maxConnections } = parts;
  const register = new Registry();
  const { engine, polls } = await openDoors(parts, register);
  const dispatcher = new Dispatcher(parts.db, parts.log, config.webhookInternalHosts);
  const streams = new EventStreams(engine, slowMs);
  const app = await createApp({ config, engine, streams, metrics: metrics(register) });
  const listener = watched(app, engine.telemetry, parts);
  // Node would refuse what names no host without a word; the application says why.
  const server = createServer({ ...TIME_LIMITS, requireHostHeader: false, ...messagesOf(app) }, listener);
  // What nobody knows to expect is no reason to refuse.
  server.on("checkExpectation", listener);
  answerUnreadable(server);
  const connections = new Connections(server, maxConnections);
  cutSlowReaders(server, connections, slowMs);
  const sockets = new WebSockets(engine, connections, config.corsOrigins, slowMs);
  takeUpgrades(server, sockets);
  return {
    server,
    cut: () => connections.cut(),
    endStreams: async () => {
      // A client that asks once more on an open connection is told to open its next one elsewhere.
      server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
      sockets.drain();
      const delivered = dispatcher.close();
      await Promise.race([
        Promise.allSettled(engine.answering),
        sleep(ANSWERING_MS, undefined, { ref: false }),
      ]);
      await sleep(0); // What was answered leaves.
      streams.close();
      await sockets.close();
      engine.hub.close();
      await polls.close();
      await engine.gate.close();
      await delivered;
    },
  };
}

/** What both doors answer with. */
async function openDoors(
  { config, db, log }: HttpServerParts,
  register: Registry,
): Promise<{ engine: GraphQLEngine; polls: PollLog }> {
  const { introspection } = config;
  const gate = new Gate(db.pool, config, log);
  const apollo = createApollo({ introspection, log });
  await apollo.start();
  const polls = new PollLog(db.pool, log, gate.uses);
  const hub = new Hub(db, log, polls, config.retentionDays);
  const telemetry = new Telemetry(log, new Instruments(register, { db, hub, log }), polls);
  const answering = new Set<Promise<unknown>>();
  return { engine: { apollo, db, gate, hub, log, telemetry, introspection, answering }, polls };
}

/** On whose account it is, before anything is looked up for it. The scheme may be spelt in many ways. */
const clientOf = (req: IncomingMessage, proxies: number): Client => ({
  network: networkOf(networkAddressOf(req, proxies)),
  secret: (req.headers.authorization ?? "").replace(/^\s*\w+\s+/, ""),
});

function watched(
  app: RequestListener,
  telemetry: Telemetry,
  { tracing = null, config }: HttpServerParts,
): RequestListener {
  const proxies = config.trustProxy;
  const starts = new Starts();
  return (req, res) => {
    someoneCame();
    telemetry.watch(req, res);
    const answer = (): void => void app(req, res);
    const start = tracing ? () => tracing.request(req, res, answer) : answer;
    starts.begin(req.socket, start, () => clientOf(req, proxies));
  };
}
