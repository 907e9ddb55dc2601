// Subscribers as front ends are: graphql-ws' and graphql-sse's own clients.
import { createClient as createSseClient } from "graphql-sse";
import { createClient, type Client, type ClientOptions } from "graphql-ws";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import type { Config } from "../../src/config";
import { type Database } from "../../src/database/database";
import { openDatabase } from "../../src/database/open";
import { createHttpServer } from "../../src/server/http-server";
import { createLog } from "../../src/telemetry/log";
import { testConfig, type Person } from "./world";
import { until, WITHIN_MS } from "./wait";

export const EVENT_CHANGED = `subscription ($since: DateTime, $calendarId: ID) {
  eventChanged(since: $since, calendarId: $calendarId) {
    id deleted reason lastModifiedAt watermark event { id subject private owner { name } attendees { name } }
  }
}`;

export const RECORD_CHANGED = `subscription ($type: RecordType!, $id: ID!, $since: DateTime) {
  recordChanged(type: $type, id: $id, since: $since) {
    id deleted reason lastModifiedAt watermark event { id subject private owner { name } attendees { name } }
  }
}`;

export interface Change {
  id: string;
  deleted: boolean;
  reason: string | null;
  lastModifiedAt: string;
  watermark: string;
  event: { subject: string; owner: { name: string } | null; attendees: { name: string }[] } | null;
}

export interface Asked {
  since?: string;
  calendarId?: string;
  /** For RECORD_CHANGED: the record. */
  type?: string;
  id?: string;
}

/**
 * From this instant on. "From now on" is when the subscription gets there: on a busy machine after the first changes of a
 * test, which it then rightly does not tell.
 */
export const fromThisInstant = (): Asked => ({ since: new Date().toISOString() });

const documentOf = ({ id }: Asked): string => (id === undefined ? EVENT_CHANGED : RECORD_CHANGED);

/** What a subscription has received, and how it ended. */
export class Heard {
  readonly changes: Change[] = [];
  readonly errors: { message: string; extensions: { code: string; requestId: string } }[] = [];
  closed: { code: number; reason: string } | null = null;
  completed = false;
  stop: () => void | Promise<void> = () => undefined;

  get subjects(): (string | undefined)[] {
    return this.changes.map(({ event }) => event?.subject);
  }

  /** Waits until so; fails after `ms`, saying what was heard. Answers how long it took. */
  async until(so: (heard: Heard) => boolean, ms = WITHIN_MS): Promise<number> {
    const from = performance.now();
    while (!so(this)) {
      if (performance.now() - from > ms) throw new Error(`Not within ${ms} ms: ${JSON.stringify(this)}`);
      await sleep(5);
    }
    return performance.now() - from;
  }

  take(result: { data?: unknown; errors?: unknown }): void {
    const { data, errors } = result as { data?: Record<string, Change>; errors?: Heard["errors"] };
    const change = data?.eventChanged ?? data?.recordChanged;
    if (change) this.changes.push(change);
    if (errors) this.errors.push(...errors);
  }
}

export const wsUrl = (url: string): string => `${url.replace(/^http/, "ws")}/graphql`;

export function wsClient(url: string, token: string | null, options: Partial<ClientOptions> = {}): Client {
  return createClient({
    url: wsUrl(url),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: token === null ? undefined : { Authorization: `Bearer ${token}` },
    ...options,
  });
}

const isClose = (error: unknown): error is { code: number; reason: string } =>
  typeof (error as { code?: unknown }).code === "number";

/** Follows over WebSocket. Resolves when the socket is greeted: the subscription is on its way behind it. */
export async function followWs(url: string, token: string, asked: Asked = {}): Promise<Heard> {
  const heard = new Heard();
  const greeted = new Promise<void>((resolve) => {
    const client = wsClient(url, token, {
      on: { connected: () => resolve(), closed: () => resolve() },
    });
    client.subscribe(
      { query: documentOf(asked), variables: { ...asked } },
      {
        next: (result) => heard.take(result),
        error: (error) => {
          if (isClose(error)) heard.closed = { code: error.code, reason: error.reason };
          else heard.errors.push(...(error as Heard["errors"]));
        },
        complete: () => (heard.completed = true),
      },
    );
    heard.stop = () => client.dispose();
  });
  await greeted;
  return heard;
}

/** Follows over server-sent events. Resolves when the stream is open. */
export async function followSse(url: string, token: string, asked: Asked = {}): Promise<Heard> {
  const heard = new Heard();
  await new Promise<void>((resolve) => {
    const client = createSseClient({
      url: `${url}/graphql`,
      headers: { Authorization: `Bearer ${token}` },
      retryAttempts: 0,
      on: { connected: () => resolve() },
    });
    client.subscribe(
      { query: documentOf(asked), variables: { ...asked } },
      {
        next: (result) => heard.take(result),
        error: (error) => {
          heard.errors.push(error as Heard["errors"][number]);
          resolve();
        },
        complete: () => (heard.completed = true),
      },
    );
    heard.stop = () => client.dispose();
  });
  return heard;
}

/** Over whichever transport: the two must be alike. */
export const TRANSPORTS: [string, typeof followWs][] = [
  ["WebSocket", followWs],
  ["server-sent events", followSse],
];

/** An instance of the service whose inside a test can look into. */
export interface Instance {
  url: string;
  db: Database;
  isReady: () => Promise<boolean>;
  /** How many connections are open, idle ones too. */
  connections: () => Promise<number>;
  /** Waits until so many connections, but for idle ones, are left. */
  untilConnections: (count: number) => Promise<void>;
  /** As a process that is told to stop. */
  stop: () => Promise<void>;
}

export async function openInstance(
  databaseUrl: string,
  slowMs?: number,
  overrides: Partial<Config> = {},
): Promise<Instance> {
  const config = testConfig(databaseUrl, overrides);
  const db = await openDatabase(config, () => undefined);
  const { server, endStreams } = await createHttpServer({ config, db, log: createLog("silent"), slowMs });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    await endStreams();
    server.closeIdleConnections();
    await closed;
    await db.close();
  };
  const connections = (): Promise<number> =>
    new Promise((resolve, reject) =>
      server.getConnections((error, open) => (error ? reject(error) : resolve(open))),
    );
  const untilConnections = async (count: number): Promise<void> => {
    for (let left = Infinity; left > count; await sleep(20)) {
      server.closeIdleConnections();
      left = await connections();
    }
  };
  const isReady = async (): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;
  return { url, db, isReady, connections, untilConnections, stop };
}

/** A socket by hand: what it is told, and the code and reason it is closed with. */
export interface RawSocket {
  socket: WebSocket;
  heard: string[];
  closed: Promise<[code: number, reason: string]>;
}

export async function rawSocket(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
  const socket = new WebSocket(wsUrl(url), "graphql-transport-ws", { headers });
  socket.on("error", () => undefined);
  const heard: string[] = [];
  socket.on("message", (message: Buffer) => heard.push(message.toString()));
  const closed = new Promise<[number, string]>((resolve) => {
    socket.once("close", (code, reason) => resolve([code, String(reason)]));
  });
  await once(socket, "open");
  return { socket, heard, closed };
}

export const say = (socket: WebSocket, message: unknown): void => socket.send(JSON.stringify(message));

/** A socket by hand that has been let in. */
export const greeted = (url: string, person: Person): Promise<RawSocket> => greetedAs(url, person.token);

export async function greetedAs(url: string, token: string): Promise<RawSocket> {
  const connection = await rawSocket(url);
  const payload = { authorization: `bearer ${token}` };
  say(connection.socket, { type: "connection_init", payload });
  await until(() => connection.heard.length === 1);
  return connection;
}
