/**
 * A lease: one idle connection that each process using the embedded server holds, with a shared advisory lock.
 * Who wants to stop the server must get the same lock alone, so nobody stops it under a lease, and whoever
 * asks for a lease while it is being stopped waits, is turned away with the server, and may start it again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { PORT, SUPERUSER, hostOf } from "./cluster";
import { hasCode, messageOf } from "./error-codes";
import { passwordOf } from "./secret";

/** Any number would do; advisory locks of the database `postgres` are ours alone. (Others: src/database/locks.ts.) */
export const LEASE = 5_873_001;

/** What a caller can mend by waiting (`busy`) or by starting the server (`absent`). */
export interface NoLease {
  state: "absent" | "busy";
  reason: string;
}

const ABSENT = ["ENOENT", "ECONNREFUSED"];

// Starting, recovering or stopping; killed; no connection left; a lock not got in time; a socket cut off.
const BUSY = ["57P01", "57P02", "57P03", "53300", "55P03", "ECONNRESET", "EPIPE", "EAGAIN"];

/** Holds the lease until the connection ends, which the caller watches for. Rejects for what waiting won't mend. */
export async function takeLease(folder: string): Promise<Client | NoLease> {
  const client = await connect(folder, "tidemark-lease");
  if (!(client instanceof Client)) return client;
  try {
    await client.query("SELECT pg_advisory_lock_shared($1)", [LEASE]);
    return client;
  } catch (error) {
    await client.end();
    return orThrow(error);
  }
}

/** A connection to the cluster in this folder, as its owner. Rejects for what waiting won't mend. */
export async function connect(folder: string, name: string): Promise<Client | NoLease> {
  // Everything that PG* variables of the environment could otherwise decide is decided here.
  const client = new Client({
    host: await hostOf(folder),
    port: PORT,
    user: SUPERUSER,
    password: (await passwordOf(folder)) ?? "",
    database: "postgres",
    ssl: false,
    application_name: name,
    options: "-c lock_timeout=5s -c idle_session_timeout=0",
    connectionTimeoutMillis: 5_000,
  });
  // Unheard, it would end the process. Every loss also shows as "end", or as the failure of a query.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    return orThrow(error);
  }
}

function orThrow(error: unknown): NoLease {
  const reason = messageOf(error);
  if (hasCode(error, ...ABSENT)) return { state: "absent", reason };
  // pg gives neither a code nor a class to "Connection terminated …" and "timeout expired".
  const cut = /^Connection terminated|^timeout expired|not queryable/.test(reason);
  if (hasCode(error, ...BUSY) || cut) return { state: "busy", reason };
  throw error;
}

/** How an attempt to have the server for oneself ended. */
export type Claim = "alone" | "leased" | "connected" | "gone";

/**
 * Gives up this connection's own lease, if any, and claims the server. "alone": nobody else is connected, and
 * until this connection ends nobody gets a lease. "leased": another process holds one. "connected": somebody
 * without a lease stayed for all of `patienceMs` (a connection just closed needs a moment to vanish). "gone":
 * this connection was lost.
 */
export async function claim(client: Client, patienceMs: number): Promise<Claim> {
  const deadline = performance.now() + patienceMs;
  try {
    await client.query("SELECT pg_advisory_unlock_all()");
    for (;;) {
      const got = await client.query<{ locked: boolean }>("SELECT pg_try_advisory_lock($1) AS locked", [
        LEASE,
      ]);
      if (!got.rows[0]?.locked) return "leased";
      const others = await client.query(OTHERS);
      if (others.rowCount === 0) return "alone";
      await client.query("SELECT pg_advisory_unlock($1)", [LEASE]);
      if (performance.now() > deadline) return "connected";
      await sleep(50);
    }
  } catch (error) {
    orThrow(error);
    return "gone";
  }
}

const OTHERS = `
  SELECT pid FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
