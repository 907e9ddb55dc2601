// Newer time zone data: where it moves the clocks of a zone, occurrences to come move with them, as changes that every client is
// told of. Those that have a time of their own stay where they are, and nothing is moved back by older data.
import { columns, instant, json, orNull, selectRow, selectRows, text } from "../database/rows";
import type { Database } from "../database/database";
import { textRow } from "../database/text-rows";
import { inTransaction, type Transaction } from "../database/transaction";
import { isLockTimeout, isRetryable, isUnavailable } from "../failures";
import { sayMoving } from "../event/rooms";
import type { Log } from "../telemetry/log";
import { toInstant, toMs } from "../values/instants";
import { ZONE_DATA } from "../values/zone-data";
import type { Offsets } from "../values/timezone";
import { clocksOf, goAlike, placedBy } from "./clocks";
import { timesAt } from "./definition";
import { TIME_FIELDS } from "./patched";
import { wallOf } from "./places";
import { SERIES, SERVICE, stateOf, updateSeries, writeAsSeries, type SeriesState } from "./stored";

/** Series looked up at a time. */
const MAX_AT_ONCE = 500;

interface Outdated {
  organisationId: string;
  id: string;
  timezone: string;
  zoneData: string;
  zoneOffsets: Offsets | null;
}

const OUTDATED = columns({
  organisationId: text("s.organisation_id"),
  id: text("s.id"),
  timezone: text("s.timezone"),
  zoneData: text("s.zone_data"),
  zoneOffsets: orNull(json<Offsets>("s.zone_offsets")),
});

export interface PlacedAnew {
  /** Occurrences that were moved. */
  moved: number;
  /** Series that could not be looked at: another look comes to them. */
  failed: number;
}

/** Looks at all series that older data has placed, and moves what has moved. */
export async function placeAnew(
  db: Database,
  log: Log,
  isStopped = (): boolean => false,
): Promise<PlacedAnew> {
  const skipped: string[] = [];
  let moved = 0;
  while (!isStopped()) {
    const outdated = await findOutdated(db, skipped);
    if (outdated.length === 0) break;
    await renew(db, outdated.filter(isStill));
    for (const one of outdated.filter((each) => !isStill(each))) {
      const movedOne = await attempt(db, log, one);
      if (movedOne === null) skipped.push(one.id);
      else moved += movedOne;
    }
  }
  const done = { moved, failed: skipped.length };
  if (moved > 0) log.info(done, `time zone data ${ZONE_DATA} has moved occurrences`);
  return done;
}

/** Whether the clocks of its zone go as they went. */
function isStill({ timezone, zoneOffsets }: Outdated): boolean {
  const { offsets } = clocksOf(timezone);
  return !zoneOffsets || !offsets || goAlike(zoneOffsets, offsets);
}

async function findOutdated(db: Database, skipped: readonly string[]): Promise<Outdated[]> {
  return selectRows(db.pool, OUTDATED, {
    text: `
      select ${OUTDATED.list} from series s
      where s.zone_data < $1 and not s.all_day and not s.id = any ($2)
      order by s.zone_data, s.id limit ${MAX_AT_ONCE}`,
    values: [ZONE_DATA, skipped],
  });
}

async function renew(db: Database, outdated: readonly Outdated[]): Promise<void> {
  if (outdated.length === 0) return;
  const rows = outdated.map(({ organisationId, id, timezone, zoneData }) => ({
    ...{ organisation_id: organisationId, id, timezone, was: zoneData },
    offsets: clocksOf(timezone).offsets,
  }));
  await textRow(db.pool, {
    text: `
      update series s set zone_data = $1, zone_offsets = x.offsets
      from jsonb_to_recordset($2) as x (organisation_id bigint, id bigint, timezone text, was text, offsets jsonb)
      where s.organisation_id = x.organisation_id and s.id = x.id and s.timezone = x.timezone and s.zone_data = x.was`,
    values: [ZONE_DATA, JSON.stringify(rows)],
  });
}

/** How many occurrences were moved; null where that could not be done now. */
async function attempt(db: Database, log: Log, one: Outdated): Promise<number | null> {
  try {
    return await inTransaction(db, (tx) => moveOne(tx, one));
  } catch (error) {
    if (!isLockTimeout(error) && !isRetryable(error) && !isUnavailable(error))
      log.error({ err: error, seriesId: one.id }, "a series could not be moved with the clocks of its zone");
    return null;
  }
}

const LIVE = columns({
  id: text("e.id"),
  recurrenceId: orNull(text("e.recurrence_id")),
  startTime: instant("e.start_time"),
  overrides: json<string[]>("to_json(e.overrides)"),
});
const ID = columns({ id: text("e.id") });

async function moveOne(tx: Transaction, { organisationId, id }: Outdated): Promise<number> {
  const known = await selectRows(tx.client, ID, {
    text: `
      select ${ID.list} from event e
      where e.series_id = $2 and (e.organisation_id = $1) is true and e.end_time > tidemark_now()`,
    values: [organisationId, id],
  });
  const ids = known.map((one) => one.id);
  const live = await selectRows(tx.client, LIVE, {
    text: `select ${LIVE.list} from lock_events($1, $2, $3) e`,
    values: [organisationId, SERVICE, ids],
  });
  const row = await selectRow(tx.client, SERIES, {
    text: `select ${SERIES.list} from lock_series($1, $2, $3) s`,
    values: [organisationId, id, ids],
  });
  // Somebody else has been there.
  if (!row || row.zoneData >= ZONE_DATA) return 0;
  const state = stateOf(row);
  const moving = live.flatMap(({ id: eventId, recurrenceId, startTime, overrides }) => {
    const isOwn = recurrenceId === null || TIME_FIELDS.some((field) => overrides.includes(field));
    const times = isOwn ? null : timesMoved(state, wallOf(recurrenceId), toMs(startTime));
    return times ? [{ id: eventId, ...times }] : [];
  });
  await writeAsSeries(tx.client, [id]);
  await sayMoving(
    tx.client,
    moving.map((one) => one.id),
  );
  if (moving.length > 0)
    await textRow(tx.client, {
      text: `
        update event e set start_time = x."startTime", end_time = x."endTime"
        from jsonb_to_recordset($2) as x (id bigint, "startTime" timestamptz, "endTime" timestamptz)
        where e.organisation_id = $1 and e.id = x.id`,
      values: [organisationId, JSON.stringify(moving)],
    });
  await updateSeries(tx.client, organisationId, id, { ...state, clocks: clocksOf(row.timezone) });
  return moving.length;
}

/** When an occurrence is that was where the clocks of before had its place; null where it stays as it is. */
function timesMoved(
  { definition, clocks }: SeriesState,
  wall: number,
  start: number,
): { startTime: string; endTime: string } | null {
  const was = clocks ? placedBy(clocks, wall) : null;
  if (was === null || was + definition.startMs !== start) return null;
  const { startTime, endTime } = timesAt(definition, wall);
  return startTime === toInstant(start) ? null : { startTime, endTime };
}
