/**
 * How the clients of all organisations keep up, for /metrics: asked of the database once for all who look within fifteen
 * seconds, and for two seconds at most. A database that does not answer is told as that.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { textRow, textRows, type Queryable } from "../database/text-rows";
import type { Log } from "../telemetry/log";
import { plainName } from "../telemetry/client-name";

const GOOD_FOR_MS = 15_000;
const PATIENCE_MS = 2_000;
/** Names of clients are users' own: so many have a series each, the others one together. */
const NAMES_MOST = 20;
const OTHERS = "(other)";

export interface Health {
  up: boolean;
  /** NaN where it is not known. */
  tombstones: number;
  clients: { client: string; lagSeconds: number }[];
  states: { in_step: number; behind: number; silent: number };
}

const UNKNOWN: Health = {
  up: false,
  tombstones: NaN,
  clients: [],
  states: { in_step: NaN, behind: NaN, silent: NaN },
};

// Those whose calendar's clock stands at their watermark have nothing to wait for, and cost no look into the feed.
const CLIENTS = `
  select name, count(*), max(lag), count(*) filter (where lag > 300),
         count(*) filter (where lag <= 300 and silent), count(*) filter (where lag <= 300 and not silent)
  from (
    select t.name, s.heard_at < tidemark_now() - interval '1 hour' as silent,
      greatest(coalesce(extract(epoch from tidemark_now() - waiting.since), 0), 0) as lag
    from sync_client s
    join access_token t on t.organisation_id = s.organisation_id and t.id = s.token_id and t.revoked_at is null
      and coalesce(t.expires_at > tidemark_now(), true)
    join calendar c on c.organisation_id = s.organisation_id and c.id = s.calendar_id
    left join lateral (
      select least(
        (select min(n.tick) from calendar_entry n
         where n.organisation_id = s.organisation_id and n.calendar_id = s.calendar_id
           and n.removed_at is null and n.tick > s.watermark),
        (select min(n.tick) from calendar_entry n
         where n.organisation_id = s.organisation_id and n.calendar_id = s.calendar_id
           and n.removed_at is not null and n.tick > s.watermark)) as since
      where c.clock > s.watermark
    ) waiting on true
    where s.polled_at is not null and s.heard_at > tidemark_now() - interval '1 day'
  ) client
  group by name order by count(*) desc, name`;

const TOMBSTONES = "select greatest(reltuples, 0) from pg_class where oid = 'entry_tombstone'::regclass";

export class FleetHealth {
  private reading: Promise<Health> | undefined;
  private readAt = 0;
  private failing = false;

  constructor(
    private readonly pool: Queryable,
    private readonly log: Log,
  ) {}

  read(): Promise<Health> {
    if (this.reading === undefined || performance.now() - this.readAt > GOOD_FOR_MS) {
      this.readAt = performance.now();
      this.reading = Promise.race([this.ask(), sleep(PATIENCE_MS, UNKNOWN, { ref: false })]);
    }
    return this.reading;
  }

  /** That it does not answer is an answer. Why not is told once. */
  private async ask(): Promise<Health> {
    try {
      const health = await ask(this.pool);
      this.failing = false;
      return health;
    } catch (error) {
      if (!this.failing)
        this.log.warn({ err: error }, "metrics: the database does not say how clients keep up");
      this.failing = true;
      return UNKNOWN;
    }
  }
}

async function ask(pool: Queryable): Promise<Health> {
  const rows = (await textRows(pool, { text: CLIENTS, values: [] })) as string[][];
  const tombstones = await textRow(pool, { text: TOMBSTONES, values: [] });
  const sum = (column: number): number => rows.reduce((all, row) => all + Number(row[column]), 0);
  return {
    up: true,
    tombstones: Number(tombstones?.[0]),
    clients: byName(rows),
    states: { behind: sum(3), silent: sum(4), in_step: sum(5) },
  };
}

function byName(rows: readonly string[][]): Health["clients"] {
  const lags = new Map<string, number>();
  for (const [name = "", , lag] of rows) {
    const client = (lags.size < NAMES_MOST ? plainName(name) : null) ?? OTHERS;
    lags.set(client, Math.max(lags.get(client) ?? 0, Number(lag)));
  }
  return [...lags].map(([client, lagSeconds]) => ({ client, lagSeconds }));
}
