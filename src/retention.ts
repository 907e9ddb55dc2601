// What is kept for a while only: tombstones and the history of events through the retention period, idempotency keys for
// two days, the sync log and the calls of webhooks for a day. Every instance tries now and then. Of two at once one sweeps keys and log, and a
// calendar's tombstones are swept by whoever has its lock: sweeps wait for nobody.
import type { Config } from "./config";
import type { Database } from "./database/database";
import { LOCKS } from "./database/locks";
import { columns, flag, instant, number, selectRow, sql } from "./database/rows";
import type { Instant } from "./values/instants";
import { inTransaction, type Transaction } from "./database/transaction";
import type { Log } from "./telemetry/log";
import { sweepKeys } from "./event/idempotency";
import { sweepSyncLog } from "./sync-log/sweep";
import { sweepLost } from "./event/timeline-changes";
import { sweepAttempts } from "./webhooks/sweep";
import { counts } from "./telemetry/counts";

const EVERY_MS = 10 * 60_000;

export interface Sweep {
  before: Instant;
  /** Tombstones. */
  purged: number;
  /** Entries of the history of events. */
  forgotten: number;
}

/**
 * Removes every tombstone older than `days`, a few thousand a transaction, and lifts the floors of their calendars; history
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

const DUE = columns({
  before: instant("before"),
  isAny: flag(`coalesce((select min(removed_at) from calendar_entry where reason is not null) < before, false)
        or coalesce((select min(at) from event_history) < before, false)
        or coalesce((select min(at) from admin_history) < before, false)`),
});
const SWEPT = columns({ purged: number("purged"), forgotten: number("forgotten") });
const LOCKED = columns({ isMine: flag("pg_try_advisory_xact_lock($1, $2)") });

async function sweepOnce({ client }: Transaction, days: number): Promise<Sweep> {
  const due = await selectRow(
    client,
    DUE,
    sql`
      select ${DUE}
      from (select (tidemark_now() - make_interval(days => ${days}))::timestamptz(3) as before) due`,
  );
  if (!due) throw new Error("The database does not say what is due.");
  const { before } = due;
  if (!due.isAny) return { before, purged: 0, forgotten: 0 };
  const swept = await selectRow(
    client,
    SWEPT,
    sql`insert into sweep (before) values (${before}) returning ${SWEPT}`,
  );
  if (!swept) throw new Error("The database does not say what it swept.");
  return { before, purged: swept.purged, forgotten: swept.forgotten };
}

/** Some of everything but tombstones and history. Whether there may be more; null where another instance is at it. */
const sweepSome = (db: Database, retentionDays: number): Promise<boolean | null> =>
  inTransaction(db, async (tx) => {
    const values = [...LOCKS.retention];
    const locked = await selectRow(tx.client, LOCKED, { text: `select ${LOCKED.list}`, values });
    if (!locked?.isMine) return null;
    const more = [
      await sweepKeys(tx.client),
      await sweepSyncLog(tx),
      await sweepAttempts(tx),
      await sweepLost(tx, retentionDays),
    ];
    return more.includes(true);
  });

/**
 * One round, unless another instance is at it. Transactions follow one another: a pool of one connection is
 * enough, and the rows of keys are not locked while tombstones are swept.
 */
export async function keepRetention(db: Database, { retentionDays }: Config): Promise<Sweep | null> {
  let isMore = await sweepSome(db, retentionDays);
  if (isMore === null) return null;
  while (isMore) isMore = await sweepSome(db, retentionDays);
  return sweepTombstones(db, retentionDays);
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
