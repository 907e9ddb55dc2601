// The database as a caller has it: every connection, TypeORM's too, is taken through the caller's lane.
import type pg from "pg";
import type { DataSource } from "typeorm";
import type { Asker } from "../turns/fair-turns";
import type { CalendarKey, ClockReading } from "./barrier";
import type { Database } from "./database";
import type { EventKey, LockLine, Pool } from "./pool";
import type { Lanes } from "./lanes";
import type { Queryable } from "./text-rows";

/** The database as it is for one caller: all of it goes through their lane. */
export class CallersDatabase implements Database {
  readonly pool: Pool;
  private entities: DataSource | undefined;

  constructor(
    private readonly whole: Database,
    private readonly lanes: Lanes,
    private readonly asker: Asker,
  ) {
    this.pool = lanes.poolOf(asker);
  }

  get dataSource(): DataSource {
    return (this.entities ??= through(this.pool, this.whole.dataSource));
  }

  get barrier(): Database["barrier"] {
    const { barrier } = this.whole;
    return {
      pass: (key: CalendarKey): Promise<ClockReading> => barrier.pass(key, this.pool),
      peek: (key: CalendarKey, on: Queryable = this.pool): Promise<ClockReading> => barrier.peek(key, on),
    };
  }

  get hints(): Database["hints"] {
    return this.whole.hints;
  }

  get standby(): Database["standby"] {
    return this.whole.standby;
  }

  get seriesHorizonDays(): number {
    return this.whole.seriesHorizonDays;
  }

  get migrated(): readonly string[] {
    return this.whole.migrated;
  }

  of(asker: Asker): Database {
    return this.whole.of(asker);
  }

  inTurnOf<T>(event: EventKey, work: () => Promise<T>): Promise<T> {
    return this.lanes.inTurnOf(event, this.asker.tokenId, work);
  }

  lineOf(calendar: CalendarKey): LockLine {
    return this.lanes.lineOf(calendar, this.asker.tokenId);
  }

  giveUp(): void {
    this.whole.giveUp();
  }

  close(): Promise<void> {
    return this.whole.close();
  }
}

/** What TypeORM asks its driver for, and in which words. */
interface Driver {
  obtainMasterConnection(): Promise<[pg.PoolClient, (error?: Error) => void]>;
}

/** The same TypeORM, but that it takes its connections there. */
function through(pool: Pool, dataSource: DataSource): DataSource {
  const own: Driver = {
    obtainMasterConnection: async () => {
      const client = await pool.connect();
      return [client, (error) => client.release(error)];
    },
  };
  const driver = Object.assign(Object.create(dataSource.driver) as DataSource["driver"], own);
  const view = Object.create(dataSource, { driver: { value: driver } }) as DataSource;
  return Object.defineProperty(view, "manager", { value: view.createEntityManager() });
}
