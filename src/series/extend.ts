// Making the occurrences that have become due: every instance looks when it starts and every ten minutes. Each series is
// extended in a transaction of its own; one that somebody else has in hand is left to them.
import type { Database } from "../database/database";
import { columns, json, number, selectRow, selectRows, text } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { inTransaction, type Transaction } from "../database/transaction";
import { isLockTimeout, isRetryable, isUnavailable } from "../failures";
import { ZONE_DATA } from "../values/zone-data";
import { insertEvents } from "../event/stored";
import type { Log } from "../telemetry/log";
import { counts } from "../telemetry/counts";
import { nextAhead, type Made } from "./ahead";
import { clocksGoingOn, clocksOf } from "./clocks";
import { occurrenceOf, participantsOf } from "./occurrence";
import { placeAnew } from "./place-anew";
import { recurrenceIdOf, wallOf } from "./places";
import { SERIES, SERVICE, stateOf, updateSeries, writeAsSeries, type SeriesRow } from "./stored";
import { readNow } from "./today";

const EVERY_MS = 10 * 60_000;
/** So long what newer time zone data has placed is left to an instance that has it, too. */
const PATIENCE = "6 hours";
/** Series looked up at a time. */
const MAX_AT_ONCE = 100;
interface Due {
  organisationId: string;
  id: string;
  ownerId: string;
}

const DUE = columns({
  organisationId: text("due.organisation_id"),
  id: text("due.id"),
  ownerId: text("due.owner_id"),
});

export interface Extension {
  /** Series that have more occurrences now, or none to come. */
  extended: number;
  created: number;
  failed: number;
}

/** Extends what is due, all of it. What fails is logged, and tried again a day later. */
export async function extendSeries(
  db: Database,
  log: Log,
  isStopped = (): boolean => false,
): Promise<Extension> {
  const done: Extension = { extended: 0, created: 0, failed: 0 };
  const skipped = new Set<string>();
  for (;;) {
    const due = await findDue(db, [...skipped]);
    if (due.length === 0) return done;
    for (const one of due) {
      if (isStopped()) return done;
      const created = await attempt(db, log, one);
      if (created === "failed") done.failed++;
      else if (created !== "left") {
        done.extended++;
        done.created += created;
      }
      if (typeof created === "string") skipped.add(one.id);
    }
  }
}

/** How many occurrences were made, or that somebody else is at it, or that it cannot be done. */
async function attempt(db: Database, log: Log, due: Due): Promise<number | "left" | "failed"> {
  try {
    return (await inTransaction(db, (tx) => extendOne(db, tx, due))) ?? "left";
  } catch (error) {
    // Others are at work there: it is as due at the next look.
    if (isLockTimeout(error) || isRetryable(error) || isUnavailable(error)) return "left";
    log.error({ err: error, seriesId: due.id }, "a series could not be extended; it is tried again in a day");
    await postpone(db, due);
    return "failed";
  }
}

/** The next that are due: of each organisation the oldest first, and the organisations by turns, in an order that chance makes anew. */
async function findDue(db: Database, skipped: readonly string[]): Promise<Due[]> {
  return selectRows(db.pool, DUE, {
    text: `
      select ${DUE.list} from (
        select s.organisation_id, s.id, s.owner_id,
          row_number() over (partition by s.organisation_id order by s.extend_at, s.id) as turn
        from series s
        join app_user u on u.organisation_id = s.organisation_id and u.id = s.owner_id and u.disabled_at is null
        join organisation o on o.id = s.organisation_id and o.closed_at is null
        where s.extend_at <= tidemark_now() and not s.id = any ($1)
          and (s.all_day or s.zone_data <= $2 or s.extend_at <= tidemark_now() - interval '${PATIENCE}')) due
      order by due.turn, random() limit ${MAX_AT_ONCE}`,
    values: [skipped, ZONE_DATA],
  });
}

/** How many occurrences were made; null where somebody else is at it, or it is not due any more. */
async function extendOne(db: Database, tx: Transaction, due: Due): Promise<number | null> {
  const { organisationId, id, ownerId } = due;
  const row = await holdSeries(tx, due);
  if (!row) return null;
  const state = stateOf(row);
  const now = await readNow(tx.client);
  const today = { now, horizonDays: db.seriesHorizonDays, participants: participantsOf(state) };
  const decided = state.until ?? 0;
  const made = await findMade(tx, due, recurrenceIdOf(decided, state.definition.allDay));
  const ahead = nextAhead(state.definition, today, decided, made);
  await writeAsSeries(tx.client, [id]);
  const events = ahead.places.map((wall) => occurrenceOf(id, state, wall));
  const views = await insertEvents({ caller: { organisationId } }, tx, tx.client, ownerId, events);
  const clocks = clocksGoingOn(state.clocks ?? clocksOf(row.timezone), row.timezone);
  const { until, lookAt } = ahead;
  await updateSeries(tx.client, organisationId, id, { ...state, until, lookAt, clocks });
  return views.length;
}

/** The series, locked after the calendars in which its occurrences will be; null where it is not to be extended now. */
async function holdSeries(tx: Transaction, { organisationId, id, ownerId }: Due): Promise<SeriesRow | null> {
  const seen = await selectRow(tx.client, SERIES, {
    text: `select ${SERIES.list} from series s where s.organisation_id = $1 and s.id = $2`,
    values: [organisationId, id],
  });
  if (!seen) return null;
  const guests = seen.content.attendees.flatMap(({ userId }) => userId ?? []);
  const userIds = [...new Set([ownerId, ...guests])];
  await textRow(tx.client, {
    text: "select begin_write($1, $2, $3)",
    values: [organisationId, SERVICE, userIds.length],
  });
  await textRow(tx.client, { text: "select lock_calendars_of($1, $2)", values: [organisationId, userIds] });
  // Whose list has changed since it was looked at needs other calendars: it waits for the next look.
  return selectRow(tx.client, SERIES, {
    text: `
      select ${SERIES.list} from series s
      where s.organisation_id = $1 and s.id = $2 and s.extend_at <= tidemark_now() and s.owner_id = $3
        and s.last_modified_at = $4
      for no key update skip locked`,
    values: [organisationId, id, ownerId, seen.lastModifiedAt],
  });
}

const MADE = columns({
  standing: number("count(*) filter (where e.recurrence_id <= $3 and e.end_time > tidemark_now())"),
  beyond: json<string[]>("coalesce(json_agg(e.recurrence_id) filter (where e.recurrence_id > $3), '[]')"),
});

/** What is made of it already, where places are decided up to here. */
async function findMade(tx: Transaction, { organisationId, id }: Due, decided: string): Promise<Made> {
  const row = await selectRow(tx.client, MADE, {
    text: `
      select ${MADE.list} from event e
      where e.series_id = $2 and (e.organisation_id = $1) is true`,
    values: [organisationId, id, decided],
  });
  return { standing: row?.standing ?? 0, beyond: new Set(row?.beyond.map(wallOf)) };
}

async function postpone(db: Database, { organisationId, id }: Due): Promise<void> {
  await textRow(db.pool, {
    text: `
      update series s set extend_at = tidemark_now() + interval '1 day'
      where s.organisation_id = $1 and s.id = $2 and s.extend_at <= tidemark_now()`,
    values: [organisationId, id],
  });
}

/** Keeps at it until `stop` is called. */
export function startExtending(db: Database, log: Log): { stop: () => void } {
  let isStopped = false;
  let isAtIt = false;
  const round = async (): Promise<void> => {
    if (isAtIt) return;
    isAtIt = true;
    await placeAnew(db, log, () => isStopped).catch((error: unknown) => {
      // What cannot be placed anew holds up nothing that is due.
      log.error({ err: error }, "placing series anew failed; it is tried again");
    });
    try {
      const done = await extendSeries(db, log, () => isStopped);
      counts.seriesExtended += done.extended;
      counts.seriesFailed += done.failed;
      if (done.extended + done.failed > 0) log.info(done, "extended series that were due");
    } catch (error) {
      counts.seriesFailed++;
      log.error({ err: error }, "extending series failed; it is tried again");
    } finally {
      isAtIt = false;
    }
  };
  const timer = setInterval(() => void round(), EVERY_MS).unref();
  void round();
  return {
    stop: () => {
      isStopped = true;
      clearInterval(timer);
    },
  };
}

const OVERDUE = columns({ overdue: number("count(*)") });

/** Series whose occurrences should have been made an hour ago, of owners who are not disabled. */
export async function countOverdue(pool: Queryable): Promise<number> {
  const row = await selectRow(pool, OVERDUE, {
    text: `
      select ${OVERDUE.list} from series s
      join app_user u on u.organisation_id = s.organisation_id and u.id = s.owner_id and u.disabled_at is null
      join organisation o on o.id = s.organisation_id and o.closed_at is null
      where s.extend_at <= tidemark_now() - interval '1 hour'`,
    values: [],
  });
  return row?.overdue ?? 0;
}
