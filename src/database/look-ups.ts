// Look-ups of one short row by its key: whose token this is, how far a calendar has come. PostgreSQL does one in some 20 us, and
// to hand one of the pool's connections over and back costs more than that. So all of them share a connection, on which they go
// out one behind another, none waiting for the answer of the one before (`npm run bench:lookups`). What may take PostgreSQL
// long, or come to much, would hold up all others there.
import type { Tracing } from "../telemetry/tracing";
import type { PlainClient } from "./connection";
import type { Pool } from "./pool";
import type { Statement, TextRows } from "./statement";

export class LookUps {
  private client: PlainClient | null = null;
  private opening: Promise<PlainClient> | null = null;
  private isGathering = false;

  /** `newClient` makes a connection, not yet open. */
  constructor(private readonly newClient: () => PlainClient) {}

  /** Opens the connection where there is none, or it broke: what was asked on that one is refused, as on one of the pool's. */
  async query(statement: Statement): Promise<TextRows> {
    const client = this.client ?? (await (this.opening ??= this.open()));
    this.gather(client);
    return client.query(statement);
  }

  async close(): Promise<void> {
    await this.opening?.catch(() => null);
    const { client } = this;
    this.client = null;
    await client?.end();
  }

  /** What is asked in one turn of the event loop goes out in one write. */
  private gather({ socket }: PlainClient): void {
    if (this.isGathering) return;
    this.isGathering = true;
    socket.cork();
    setImmediate(() => {
      this.isGathering = false;
      socket.uncork();
    });
  }

  private async open(): Promise<PlainClient> {
    try {
      const client = this.newClient();
      const forget = (): void => void (this.client === client && (this.client = null));
      client.once("error", forget);
      client.once("end", forget);
      await client.connect();
      return (this.client = client);
    } finally {
      this.opening = null;
    }
  }
}

/** The pool, beside which look-ups have their connection. Traced, it is known for which request a query waits there. */
export const besideLookUps = (pool: Pool, lookUps: LookUps, tracing: Tracing | null): Pool => ({
  query: (statement) => {
    tracing?.asked(statement);
    return statement.isLookUp ? lookUps.query(statement) : pool.query(statement);
  },
  connect: () => pool.connect(),
  get totalCount() {
    return pool.totalCount;
  },
  get idleCount() {
    return pool.idleCount;
  },
  get waitingCount() {
    return pool.waitingCount;
  },
});
