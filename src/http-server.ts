// The HTTP server with everything that is served through it: the application, and GraphQL's sockets and streams.
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Authenticator } from "./access/authenticate";
import { createApp } from "./app";
import type { Config } from "./config";
import type { Database } from "./database/database";
import { createApollo } from "./graphql/apollo";
import type { GraphQLEngine } from "./graphql/operation";
import { EventStreams } from "./graphql/sse";
import { WebSockets } from "./graphql/websocket";
import { Hub } from "./live/hub";
import type { Log } from "./log";

const DRAIN_MS = 8_000;

export interface HttpServerParts {
  config: Config;
  db: Database;
  log: Log;
  /** How long a client of a stream or socket may leave what was sent unread; 30 s by default. */
  slowMs?: number;
}

export interface HttpServer {
  server: Server;
  /** Finishes what sockets and streams are answering, then ends them, so that the server can close: clients come back. */
  endStreams: () => Promise<void>;
}

/** The server, not yet listening. */
export async function createHttpServer({ config, db, log, slowMs }: HttpServerParts): Promise<HttpServer> {
  const authenticator = new Authenticator(db.pool);
  const apollo = createApollo({ introspection: config.introspection, log });
  await apollo.start();
  const hub = new Hub(db, log);
  const engine: GraphQLEngine = {
    apollo,
    authenticate: (header) => authenticator.authenticate(header),
    db,
    hub,
    log,
    answering: new Set(),
  };
  const streams = new EventStreams(engine, slowMs);
  const server = createServer(await createApp({ config, engine, streams }));
  const sockets = new WebSockets(server, engine, slowMs);
  return {
    server,
    endStreams: async () => {
      sockets.drain();
      await Promise.race([Promise.allSettled(engine.answering), sleep(DRAIN_MS, undefined, { ref: false })]);
      await sleep(0); // What was answered leaves.
      streams.close();
      await sockets.close();
      hub.close();
    },
  };
}
