// Subscribers as front ends are: graphql-ws' and graphql-sse's own clients.
import { createClient as createSseClient } from "graphql-sse";
import { createClient, type Client, type ClientOptions } from "graphql-ws";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";

export const EVENT_CHANGED = `subscription ($since: DateTime, $calendarId: ID) {
  eventChanged(since: $since, calendarId: $calendarId) {
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
}

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
  async until(so: (heard: Heard) => boolean, ms = 5_000): Promise<number> {
    const from = performance.now();
    while (!so(this)) {
      if (performance.now() - from > ms) throw new Error(`Not within ${ms} ms: ${JSON.stringify(this)}`);
      await sleep(5);
    }
    return performance.now() - from;
  }

  take(result: { data?: unknown; errors?: unknown }): void {
    const { data, errors } = result as { data?: { eventChanged?: Change }; errors?: Heard["errors"] };
    if (data?.eventChanged) this.changes.push(data.eventChanged);
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
      { query: EVENT_CHANGED, variables: { ...asked } },
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
      { query: EVENT_CHANGED, variables: { ...asked } },
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
