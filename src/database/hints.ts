// Hints that a calendar has changed, from the instance that changed it to all others. They leave after the commit, a few
// times a second, on a connection of their own: NOTIFY in a write transaction makes all commits of a database queue.
// A hint may get lost; whoever relies on one also looks by itself now and then (src/live/hub.ts).
import { randomUUID } from "node:crypto";
import type pg from "pg";

/** Names a calendar by its user, whom a writer knows. */
export const calendarKey = (organisationId: string, userId: string): string => `${organisationId}/${userId}`;

type Listener = (keys: readonly string[]) => void;
type Log = (message: string) => void;

const CHANNEL = "tidemark_hints";
const BATCH_MS = 30;
const RECONNECT_MS = 1_000;
/** PostgreSQL takes less than 8,000 bytes. */
const MAX_PAYLOAD_BYTES = 7_500;

export class Hints {
  private readonly sender = randomUUID().slice(0, 8);
  private readonly waiting = new Set<string>();
  private readonly listeners = new Set<Listener>();
  private client: pg.Client | undefined;
  private connection: Promise<pg.Client> | undefined;
  private sending: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly newClient: () => pg.Client,
    private readonly log: Log,
  ) {}

  /** Says that these calendars have changed: here at once, to other instances within some 30 ms. */
  announce(keys: Iterable<string>): void {
    const changed = [...keys];
    if (changed.length === 0 || this.closed) return;
    this.tell(changed);
    for (const key of changed) this.waiting.add(key);
    this.sending ??= this.sendAll();
  }

  /** Hears of every change that an instance announces, this one included. */
  listen(listener: Listener): void {
    this.listeners.add(listener);
    this.connect().catch(() => undefined); // It is tried again, and was logged.
  }

  async close(): Promise<void> {
    await this.sending;
    this.closed = true;
    const client = await this.connection?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  private tell(keys: readonly string[]): void {
    for (const listener of this.listeners) listener(keys);
  }

  /** Sends what waits, and what comes to wait meanwhile, batch after batch. */
  private async sendAll(): Promise<void> {
    while (this.waiting.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, BATCH_MS));
      const payloads = inPayloads(this.sender, this.waiting);
      this.waiting.clear();
      await this.send(payloads).catch((error: Error) => this.log(`hints: ${error.message}`));
    }
    this.sending = undefined;
  }

  private async send(payloads: readonly string[]): Promise<void> {
    const client = await this.connect();
    await client.query("select pg_notify($1, payload) from unnest($2::text[]) payload", [CHANNEL, payloads]);
  }

  private connect(): Promise<pg.Client> {
    this.connection ??= this.open();
    return this.connection;
  }

  private async open(): Promise<pg.Client> {
    const client = this.newClient();
    client.on("notification", ({ payload = "" }) => {
      const [sender, ...keys] = payload.split(" ");
      if (sender !== this.sender) this.tell(keys);
    });
    client.on("error", (error: Error) => this.lost(client, error));
    this.client = client;
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      return client;
    } catch (error) {
      this.lost(client, error as Error);
      throw error;
    }
  }

  /** A connection broke: another is made for whoever listens. What is hinted meanwhile goes unheard. */
  private lost(client: pg.Client, error: Error): void {
    if (client !== this.client) return;
    this.client = undefined;
    this.connection = undefined;
    client.end().catch(() => undefined);
    if (this.closed || this.listeners.size === 0) return;
    this.log(`hints: ${error.message}`);
    setTimeout(() => void (this.closed || this.connect().catch(() => undefined)), RECONNECT_MS).unref();
  }
}

function inPayloads(sender: string, keys: Iterable<string>): string[] {
  const payloads: string[] = [];
  let payload = sender;
  for (const key of keys) {
    if (payload.length + key.length >= MAX_PAYLOAD_BYTES) {
      payloads.push(payload);
      payload = sender;
    }
    payload += ` ${key}`;
  }
  return [...payloads, payload];
}
