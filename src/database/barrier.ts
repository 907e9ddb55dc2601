// The barrier of a list: it waits for writers in flight on the calendar, so that a client which polls by its own
// clock misses nothing (migrations/README.md says why). It runs before the statement that reads.
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { busy, isRateLimited } from "../errors";
import { isRetryable } from "../failures";
import { counts } from "../telemetry/counts";
import { FairTurns, type Asker } from "../turns/fair-turns";
import type { Instant } from "../values/instants";
import { columns, flag, instant, selectRow, sql } from "./rows";
import type { Queryable } from "./text-rows";

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
/** Of an organisation: one is left to the others. */
const MAX_OF_ORGANISATION = WAITING_CONNECTIONS - 1;
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 250;
const MAX_WAIT_MS = 5_000;
const MAX_ATTEMPTS = 5;
const READING = columns({ clock: instant("clock"), floor: instant("floor") });
const PASSING = columns({ clock: instant("clock"), floor: instant("floor"), passed: flag("passed") });
const BARRIER = `select ${READING.list} from calendar_barrier($1, $2)`;

export class Barrier {
  /** Waiters sit here, so that a stuck writer cannot drain the pool everybody else needs. */
  private readonly waiting: pg.Pool;
  private readonly seats = new FairTurns({
    line: "barriers",
    all: WAITING_CONNECTIONS,
    organisation: MAX_OF_ORGANISATION,
    token: 1,
    waiting: 0,
    tooLong: stillAtWork,
  });
  /** Those without a seat look again and again: one of an organisation at a time, on a connection of its share. */
  private readonly looks = new FairTurns({
    line: "barriers",
    organisation: 1,
    token: 1,
    waiting: Infinity, // One for each calendar.
    tooLong: stillAtWork,
  });
  private readonly inProgress = new Map<string, Promise<ClockReading>>();

  constructor(
    private readonly pool: Queryable,
    config: pg.PoolConfig,
  ) {
    this.waiting = new pg.Pool({
      ...config,
      max: WAITING_CONNECTIONS,
      connectionTimeoutMillis: MAX_WAIT_MS,
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
    return passed ? now : counted(inTime(this.wait(key, now, on)));
  }

  /** The clock without waiting, for a cursor that is a watermark of ours. */
  async peek({ organisationId, calendarId }: CalendarKey, on: Queryable = this.pool): Promise<ClockReading> {
    const { text, values } =
      sql`select ${READING} from calendar where organisation_id = ${organisationId} and id = ${calendarId}`;
    return readingOf(await selectRow(on, READING, { text, values, isLookUp: true }));
  }

  async close(): Promise<void> {
    await this.waiting.end();
  }

  // A wait that is in progress here may have ended in the database before this call began, its answer still under
  // way; a clock that has gone on since is the proof that it did not. A wait that begins now needs none.
  private async wait(key: CalendarKey, seen: ClockReading, on: Queryable): Promise<ClockReading> {
    const shared = await this.inProgress.get(nameOf(key))?.catch(() => null);
    return shared && shared.clock > seen.clock ? shared : this.beginWait(key, on);
  }

  private beginWait(key: CalendarKey, on: Queryable): Promise<ClockReading> {
    const name = nameOf(key);
    const begun = this.inProgress.get(name);
    if (begun) return begun;
    const wait = this.waitInTurn(key, on).finally(() => this.inProgress.delete(name));
    this.inProgress.set(name, wait);
    return wait;
  }

  private async waitInTurn(key: CalendarKey, on: Queryable): Promise<ClockReading> {
    // In the turns a calendar stands where a token would: all who wait for it wait together.
    const asker: Asker = { organisationId: key.organisationId, tokenId: key.calendarId };
    const until = performance.now() + MAX_WAIT_MS;
    for (
      let pause = FIRST_PAUSE_MS;
      !this.seats.takeNow(asker);
      pause = Math.min(pause * 1.5, MAX_PAUSE_MS)
    ) {
      await sleep(pause);
      if (performance.now() > until) throw stillAtWork();
      const { passed, now } = await this.looks.during(asker, () => look(on, key));
      if (passed && now) return now;
    }
    return this.waitSeated(key).finally(() => this.seats.give(asker));
  }

  private async waitSeated({ organisationId, calendarId }: CalendarKey): Promise<ClockReading> {
    for (let attempt = 1; ; attempt++) {
      try {
        const values = [organisationId, calendarId];
        return readingOf(await selectRow(this.waiting, READING, { text: BARRIER, values }));
      } catch (error) {
        // A waiter can be the one PostgreSQL picks to break a deadlock between writers.
        if (!isRetryable(error) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }
}

const nameOf = ({ organisationId, calendarId }: CalendarKey): string => `${organisationId} ${calendarId}`;

const stillAtWork = (): Error => busy("Writers are still at work on this calendar: try again.");

/** That whoever began the wait has too much in line is nothing to those who wait with them: the next look may be theirs. */
async function look(on: Queryable, key: CalendarKey): Promise<{ passed: boolean; now: ClockReading | null }> {
  try {
    return await tryPass(on, key);
  } catch (error) {
    if (isRateLimited(error)) return { passed: false, now: null };
    throw error;
  }
}

async function tryPass(
  on: Queryable,
  { organisationId, calendarId }: CalendarKey,
): Promise<{ passed: boolean; now: ClockReading }> {
  const row = await selectRow(on, PASSING, {
    text: `select ${PASSING.list} from try_calendar_barrier($1, $2)`,
    values: [organisationId, calendarId],
    isLookUp: true,
  });
  return { passed: row?.passed ?? false, now: readingOf(row) };
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
  const late = sleep(MAX_WAIT_MS, null, { signal: over.signal }).then(() => {
    throw stillAtWork();
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
    work.catch(() => undefined);
  }
}

function readingOf(row: ClockReading | null): ClockReading {
  if (!row) throw new Error("The calendar of a request is gone; calendars are never deleted.");
  return { clock: row.clock, floor: row.floor };
}
