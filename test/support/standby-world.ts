// A world with a hot standby: real servers, the one streaming from the other, a service that asks the primary alone, and one
// that may ask the standby, too (DATABASE_READ_URL). The standby's replay can be held up.
import { startPair, type Pair } from "./postgres-pair";
import { eventually, until } from "./wait";
import { openWorld, type World } from "./world";

export interface StandbyNow {
  answers: boolean;
  behindSeconds: number | null;
  trouble: string | null;
}

export class StandbyWorld {
  private constructor(
    readonly pair: Pair,
    /** Its own service asks the primary alone. */
    readonly world: World,
    /** The same with the standby. */
    readonly reading: { url: string; close: () => Promise<void> },
  ) {}

  /** The standby answers when this resolves. */
  static async open(): Promise<StandbyWorld> {
    const pair = await startPair({ isSynchronous: false, ofStandby: "max_standby_streaming_delay = 0" });
    await pair.primary.query("create database crm");
    await until(
      async () => (await pair.standby.query("select from pg_database where datname = 'crm'")).length > 0,
    );
    const world = await openWorld({}, { url: pair.primary.url("crm"), drop: () => Promise.resolve() });
    await inStep(pair);
    const reading = await world.instance({ databaseReadUrl: pair.standby.url("crm") });
    const opened = new StandbyWorld(pair, world, reading);
    await eventually(async () => expect(await opened.now()).toMatchObject({ answers: true }));
    return opened;
  }

  async close(): Promise<void> {
    await this.reading.close();
    await this.world.close();
    await this.pair.remove();
  }

  /** It has replayed all that was committed before. */
  inStep(): Promise<void> {
    return inStep(this.pair);
  }

  /** What is committed from now on does not reach it. */
  async holdUp(): Promise<void> {
    const { standby } = this.pair;
    await this.inStep();
    await standby.query("select pg_wal_replay_pause()");
    await until(async () => {
      const [row] = await standby.query("select pg_get_wal_replay_pause_state() as state");
      return row?.state === "paused";
    });
  }

  async letGo(): Promise<void> {
    await this.pair.standby.query("select pg_wal_replay_resume()");
  }

  async now(): Promise<StandbyNow> {
    const reply = await fetch(`${this.reading.url}/readyz`);
    expect(reply.status).toBe(200);
    return ((await reply.json()) as { standby: StandbyNow }).standby;
  }

  /** By whom, or why not by the standby, what `work` asks was answered. */
  async answeredBy(work: () => Promise<unknown>): Promise<string[]> {
    const before = await this.answered();
    await work();
    const after = await this.answered();
    return Object.keys(after).filter((result) => after[result] !== before[result]);
  }

  /** How many reads each has answered, and why the primary has. */
  async answered(): Promise<Record<string, number>> {
    const text = await (await fetch(`${this.reading.url}/metrics`)).text();
    const lines = text.matchAll(/^tidemark_standby_reads_total\{result="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, result, count]) => [result, Number(count)]));
  }
}

async function inStep({ primary, standby }: Pair): Promise<void> {
  const [row] = await primary.query("select pg_current_wal_flush_lsn()::text as lsn");
  const reached = `select pg_last_wal_replay_lsn() >= '${String(row?.lsn)}' as so`;
  await until(async () => (await standby.query(reached))[0]?.so === true);
}
