// The barrier of a list: it waits for writers in flight on the calendar, so that a client which polls by its own
// clock misses nothing (migrations/README.md says why). It runs before the statement that reads.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { busy, isRetryable } from "../errors";
import { counts } from "../telemetry/counts";
import { instantFromDatabase, type Instant } from "../values/instants";
import { textRow, type Queryable, type TextRow } from "./text-rows";

export interface ClockReading {
  /** The greatest tick committed in the calendar. */
  clock: Instant;
  /** The oldest instant from which its feed is complete. */
  floor: Instant;
}

export interface CalendarKey {
  organisationId: string;
  calendarId: string;
}

const WAITING_CONNECTIONS = 4;
const LONGEST_WAIT_MS = 5_000;
const ATTEMPTS = 5;
const BARRIER = "select clock, floor from calendar_barrier($1, $2)";

export class Barrier {
  /** Waiters sit here, so that a stuck writer cannot drain the pool everybody else needs. */
  private readonly waiting: pg.Pool;
  private readonly inProgress = new Map<string, Promise<ClockReading>>();

  constructor(
    private readonly pool: Queryable,
    config: pg.PoolConfig,
  ) {
    this.waiting = new pg.Pool({
      ...config,
      max: WAITING_CONNECTIONS,
      connectionTimeoutMillis: LONGEST_WAIT_MS,
      idleTimeoutMillis: 10_000,
    });
    this.waiting.on("error", () => undefined); // An idle connection broke; the next wait opens another.
  }

  /**
   * Waits until no writer that was in flight at the call still is, and answers the clock as it stands then. One
   * statement where nobody writes. After 5 s it throws `unavailable`.
   */
  async pass(key: CalendarKey, on: Queryable = this.pool): Promise<ClockReading> {
    const { passed, now } = await tryPass(on, key);
    return passed ? now : counted(inTime(this.wait(key, now)));
  }

  /** The clock without waiting, for a cursor that is a watermark of ours. */
  async peek({ organisationId, calendarId }: CalendarKey, on: Queryable = this.pool): Promise<ClockReading> {
    const row = await textRow(on, {
      text: "select clock, floor from calendar where organisation_id = $1 and id = $2",
      values: [organisationId, calendarId],
    });
    return reading(row);
  }

  async close(): Promise<void> {
    await this.waiting.end();
  }

  // A wait that is in progress here may have ended in the database before this call began, its answer still under
  // way; a clock that has gone on since is the proof that it did not. A wait that begins now needs none.
  private async wait(key: CalendarKey, seen: ClockReading): Promise<ClockReading> {
    const shared = await this.inProgress.get(key.calendarId)?.catch(() => null);
    return shared && shared.clock > seen.clock ? shared : this.beginWait(key);
  }

  private beginWait(key: CalendarKey): Promise<ClockReading> {
    const begun = this.inProgress.get(key.calendarId);
    if (begun) return begun;
    const wait = this.waitInLine(key).finally(() => this.inProgress.delete(key.calendarId));
    this.inProgress.set(key.calendarId, wait);
    return wait;
  }

  private async waitInLine(key: CalendarKey): Promise<ClockReading> {
    const { organisationId, calendarId } = key;
    for (let pause = 10; this.isCrowded(); pause = Math.min(pause * 1.5, 250)) {
      await sleep(pause);
      const { passed, now } = await tryPass(this.pool, key);
      if (passed) return now;
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return reading(await textRow(this.waiting, { text: BARRIER, values: [organisationId, calendarId] }));
      } catch (error) {
        // A waiter can be the one PostgreSQL picks to break a deadlock between writers.
        if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Writers on other calendars keep every waiting connection busy. */
  private isCrowded(): boolean {
    return this.waiting.totalCount >= WAITING_CONNECTIONS && this.waiting.idleCount === 0;
  }
}

async function tryPass(
  on: Queryable,
  { organisationId, calendarId }: CalendarKey,
): Promise<{ passed: boolean; now: ClockReading }> {
  const row = await textRow(on, {
    text: "select clock, floor, passed from try_calendar_barrier($1, $2)",
    values: [organisationId, calendarId],
  });
  return { passed: row?.[2] === "t", now: reading(row) };
}

async function counted<T>(wait: Promise<T>): Promise<T> {
  const from = performance.now();
  counts.barrierWaits++;
  try {
    return await wait;
  } finally {
    counts.barrierWaitSeconds += (performance.now() - from) / 1_000;
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(LONGEST_WAIT_MS, null, { signal: over.signal }).then(() => {
    throw busy("Writers are still at work on this calendar: try again.");
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}

function reading(row: TextRow | null): ClockReading {
  const [clock, floor] = row ?? [];
  if (!clock || !floor) throw new Error("The calendar of a request is gone; calendars are never deleted.");
  return { clock: instantFromDatabase(clock), floor: instantFromDatabase(floor) };
}
