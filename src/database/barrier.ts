// The barrier of a list: it waits for writers in flight on the calendar, so that a client which polls by its own
// clock misses nothing (migrations/0001-initial.up.sql says why). It runs before the statement that reads.
import pg from "pg";
import { isRetryable } from "../errors";
import { instantFromDatabase, type Instant } from "../values/instants";
import { textRow, type Queryable, type TextRow } from "./text-rows";

export interface ClockReading {
  /** The greatest tick committed in the calendar. */
  clock: Instant;
  /** The oldest instant from which its feed is complete. */
  floor: Instant;
}

interface CalendarKey {
  organisationId: string;
  calendarId: string;
}

const WAITING_CONNECTIONS = 4;
const ATTEMPTS = 5;

export class Barrier {
  /** Waiters sit here, so that a stuck writer cannot drain the pool everybody else needs. */
  private readonly waiting: pg.Pool;
  private readonly inProgress = new Map<string, Promise<ClockReading>>();

  constructor(
    private readonly pool: Queryable,
    config: pg.ClientConfig,
  ) {
    this.waiting = new pg.Pool({
      ...config,
      max: WAITING_CONNECTIONS,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 10_000,
    });
    this.waiting.on("error", () => undefined); // An idle connection broke; the next wait opens another.
  }

  /**
   * Waits until no writer that was in flight at the call still is, and answers the clock as it stands then. One
   * statement where nobody writes. After 5 s it throws PostgreSQL's lock timeout, which is `unavailable`.
   */
  async pass(key: CalendarKey): Promise<ClockReading> {
    const now = await textRow(this.pool, query("try_calendar_barrier", key));
    return now?.[0] ? reading(now) : this.wait(key);
  }

  /** The clock without waiting, for a cursor that is a watermark of ours. */
  async peek({ organisationId, calendarId }: CalendarKey): Promise<ClockReading> {
    const row = await textRow(this.pool, {
      text: "select clock, floor from calendar where organisation_id = $1 and id = $2",
      values: [organisationId, calendarId],
    });
    return reading(row);
  }

  async close(): Promise<void> {
    await this.waiting.end();
  }

  // A wait in progress ends later than this call begins, so it serves this call too; a finished one would not.
  private wait(key: CalendarKey): Promise<ClockReading> {
    const known = this.inProgress.get(key.calendarId);
    if (known) return known;
    const wait = this.waitInLine(key).finally(() => this.inProgress.delete(key.calendarId));
    this.inProgress.set(key.calendarId, wait);
    return wait;
  }

  private async waitInLine(key: CalendarKey): Promise<ClockReading> {
    for (let attempt = 1; ; attempt++) {
      try {
        return reading(await textRow(this.waiting, query("calendar_barrier", key)));
      } catch (error) {
        // A waiter can be the one PostgreSQL picks to break a deadlock between writers.
        if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }
}

const query = (barrier: string, { organisationId, calendarId }: CalendarKey) => ({
  text: `select clock, floor from ${barrier}($1, $2)`,
  values: [organisationId, calendarId],
});

function reading(row: TextRow | null): ClockReading {
  const [clock, floor] = row ?? [];
  if (!clock || !floor) throw new Error("The calendar of a request is gone; calendars are never deleted.");
  return { clock: instantFromDatabase(clock), floor: instantFromDatabase(floor) };
}
