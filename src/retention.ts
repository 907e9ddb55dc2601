// What is kept for a while only: tombstones and the history of events through the retention period, idempotency keys for
// two days, the sync log for a day. Every instance tries now and then. Of two at once one sweeps keys and log, and a
// calendar's tombstones are swept by whoever has its lock: sweeps wait for nobody.
import type { Config } from "./config";
import type { Database } from "./database/database";
import { LOCK_SPACE } from "./database/migrate";
import { textRow } from "./database/text-rows";
import { inTransaction, type Transaction } from "./database/transaction";
import type { Log } from "./telemetry/log";
import { sweepSyncLog } from "./sync-log/sweep";
import { counts } from "./telemetry/counts";
import { instantFromDatabase, type Instant } from "./values/instants";

const RETENTION_LOCK = 3;
const EVERY_MS = 10 * 60_000;
const KEYS_AT_ONCE = 5_000;

export interface Sweep {
  before: Instant;
  /** Tombstones. */
  purged: number;
  /** Entries of the history of events. */
  forgotten: number;
}

/**
 * Buries every tombstone older than `days`, a few thousand a transaction, and lifts the floors of their calendars; history
 * of that age goes too. What lies in calendars that others are writing to, or that another sweep has in hand, waits for
 * the next round.
 */
export async function sweepTombstones(db: Database, days: number): Promise<Sweep> {
  const sweep: Sweep = { before: "", purged: 0, forgotten: 0 };
  for (;;) {
    const { before, purged, forgotten } = await inTransaction(db, (tx) => sweepOnce(tx, days));
    sweep.before = before;
    sweep.purged += purged;
    sweep.forgotten += forgotten;
    if (purged + forgotten === 0) return sweep;
  }
}

async function sweepOnce({ client }: Transaction, days: number): Promise<Sweep> {
  const due = await textRow(client, {
    text: `
      select before, exists (select from calendar_entry where removed_at < before)
        or exists (select from event_history where at < before)
      from (select (tidemark_now() - make_interval(days => $1))::timestamptz(3) as before) due`,
    values: [days],
  });
  const [before, some] = due as [string, string];
  if (some !== "t") return { before: instantFromDatabase(before), purged: 0, forgotten: 0 };
  const row = await textRow(client, {
    text: "insert into sweep (before) values ($1) returning purged, forgotten",
    values: [before],
  });
  return { before: instantFromDatabase(before), purged: Number(row?.[0]), forgotten: Number(row?.[1]) };
}

/** Forgets idempotency keys whose 48 hours are over. */
async function sweepKeys({ client }: Transaction): Promise<void> {
  await textRow(client, {
    text: `
      delete from idempotency_key where (organisation_id, user_id, key) in (
        select organisation_id, user_id, key from idempotency_key
        where created_at <= tidemark_now() - interval '48 hours' order by created_at limit ${KEYS_AT_ONCE})`,
    values: [],
  });
}

/**
 * One round, unless another instance is at it. Transactions follow one another: a pool of one connection is
 * enough, and the rows of keys are not locked while tombstones are swept.
 */
export async function keepRetention(db: Database, { retentionDays }: Config): Promise<Sweep | null> {
  const mine = await inTransaction(db, async (tx) => {
    const lock = "select pg_try_advisory_xact_lock($1, $2)";
    const row = await textRow(tx.client, { text: lock, values: [LOCK_SPACE, RETENTION_LOCK] });
    if (row?.[0] !== "t") return false;
    await sweepKeys(tx);
    await sweepSyncLog(tx);
    return true;
  });
  return mine ? sweepTombstones(db, retentionDays) : null;
}

/** Keeps at it until `stop` is called. What goes wrong is logged and tried again at the next round. */
export function startRetention(db: Database, config: Config, log: Log): { stop: () => void } {
  const round = (): void => {
    keepRetention(db, config).then(
      (sweep) => {
        counts.sweeps++;
        counts.sweptAt = performance.now();
        counts.swept += sweep?.purged ?? 0;
        if (sweep && sweep.purged + sweep.forgotten > 0) log.info(sweep, "swept what is older than is kept");
      },
      (error: unknown) => {
        counts.failedSweeps++;
        log.error({ err: error }, "retention failed; it is tried again");
      },
    );
  };
  const timer = setInterval(round, EVERY_MS).unref();
  round();
  return { stop: () => clearInterval(timer) };
}
