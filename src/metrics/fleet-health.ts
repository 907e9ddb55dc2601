/**
 * How the clients of all organisations keep up, for /metrics: asked of the database once for all who look within fifteen
 * seconds, and for two seconds at most. A database that does not answer is told as that.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { columns, number, selectRow, selectRows, sql, text, type Selected } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { countOverdue } from "../series/extend";
import type { Log } from "../telemetry/log";
import { countStates } from "../webhooks/shown";
import { plainName } from "../telemetry/client-name";
import { Trouble } from "../telemetry/trouble";

const GOOD_FOR_MS = 15_000;
const PATIENCE_MS = 2_000;
/** Names of clients are users' own: so many have a series each, the others one together. */
const MAX_NAMES = 20;
const OTHERS = "(other)";

export interface Health {
  up: boolean;
  /** NaN where it is not known. */
  tombstones: number;
  /** Series whose occurrences are due to be made since an hour or more. */
  overdueSeries: number;
  clients: { client: string; lagSeconds: number }[];
  states: { in_step: number; behind: number; silent: number };
  webhooks: { on: number; failing: number; paused: number };
}

const UNKNOWN: Health = {
  up: false,
  tombstones: NaN,
  overdueSeries: NaN,
  clients: [],
  states: { in_step: NaN, behind: NaN, silent: NaN },
  webhooks: { on: NaN, failing: NaN, paused: NaN },
};

// Those whose calendar's clock stands at their watermark have nothing to wait for, and cost no look into the feed.
const CLIENT = columns({
  name: text("name"),
  count: number("count(*)"),
  lag: number("max(lag)"),
  behind: number("count(*) filter (where lag > 300)"),
  silent: number("count(*) filter (where lag <= 300 and silent)"),
  inStep: number("count(*) filter (where lag <= 300 and not silent)"),
});
type Client = Selected<typeof CLIENT>;

const CLIENTS = `
  select ${CLIENT.list}
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
         where by_change(n.organisation_id) = s.organisation_id and n.calendar_id = s.calendar_id
           and n.removed_at is null and n.tick > s.watermark),
        (select min(n.tick) from calendar_entry n
         where by_change(n.organisation_id) = s.organisation_id and n.calendar_id = s.calendar_id
           and n.removed_at is not null and n.tick > s.watermark)) as since
      where c.clock > s.watermark
    ) waiting on true
    where s.polled_at is not null and s.heard_at > tidemark_now() - interval '1 day'
  ) client
  group by name order by count(*) desc, name`;

const TOMBSTONES = columns({ count: number("coalesce(sum(greatest(reltuples, 0)), 0)") });

const ANSWERS = { text: "select 1", values: [] };

export class FleetHealth {
  private reading: Promise<Health> | undefined;
  private readAt = 0;
  private asking: Promise<Health> | undefined;
  private readonly trouble: Trouble;

  constructor(
    private readonly pool: Queryable,
    log: Log,
  ) {
    this.trouble = new Trouble(log, "metrics: the database does not say how clients keep up");
  }

  read(): Promise<Health> {
    if (this.reading === undefined || performance.now() - this.readAt > GOOD_FOR_MS) {
      this.readAt = performance.now();
      this.reading = this.inTime();
    }
    return this.reading;
  }

  /** What takes too long is not known: that many clients are behind does not make the database one that does not answer. */
  private async inTime(): Promise<Health> {
    const late = sleep(PATIENCE_MS, null, { ref: false });
    const isUp = Promise.race([
      textRow(this.pool, ANSWERS).then(
        () => true,
        () => false,
      ),
      late.then(() => false),
    ]);
    // The last question may be under way still: a second one beside it would be answered later yet.
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return (await Promise.race([this.asking, late])) ?? { ...UNKNOWN, up: await isUp };
  }

  /** That it does not answer is an answer. Why not is told once. */
  private async ask(): Promise<Health> {
    try {
      const health = await ask(this.pool);
      this.trouble.over();
      return health;
    } catch (error) {
      this.trouble.tell(error);
      return UNKNOWN;
    }
  }
}

async function ask(pool: Queryable): Promise<Health> {
  const rows = await selectRows(pool, CLIENT, { text: CLIENTS, values: [] });
  const webhooks = await countStates(pool);
  const tombstones = await selectRow(
    pool,
    TOMBSTONES,
    sql`select ${TOMBSTONES} from pg_class c
      where c.relkind = 'i' and (c.oid = 'entry_tombstone'::regclass
        or exists (select from pg_inherits i where i.inhrelid = c.oid and i.inhparent = 'entry_tombstone'::regclass))`,
  );
  const sum = (state: "behind" | "silent" | "inStep"): number =>
    rows.reduce((all, row) => all + row[state], 0);
  return {
    up: true,
    tombstones: tombstones?.count ?? 0,
    webhooks: {
      on: countOf(webhooks, "ON"),
      failing: countOf(webhooks, "FAILING"),
      paused: countOf(webhooks, "PAUSED"),
    },
    overdueSeries: await countOverdue(pool),
    clients: byName(rows),
    states: { behind: sum("behind"), silent: sum("silent"), in_step: sum("inStep") },
  };
}

const countOf = (states: Awaited<ReturnType<typeof countStates>>, wanted: string): number =>
  states.find(({ state }) => state === wanted)?.count ?? 0;

function byName(rows: readonly Client[]): Health["clients"] {
  const lags = new Map<string, number>();
  for (const { name, lag } of rows) {
    const client = (lags.size < MAX_NAMES ? plainName(name) : null) ?? OTHERS;
    lags.set(client, Math.max(lags.get(client) ?? 0, lag));
  }
  return [...lags].map(([client, lagSeconds]) => ({ client, lagSeconds }));
}
