// Two instances of the built service on one PostgreSQL, each always at the same address, one of which is ended and
// started again from time to time.
import { freePort } from "../support/keep-alive-client";
import { startPostgres, type OwnServer } from "../support/postgres";
import { Instance } from "../prove/instance";

export const POOL = 10;
/** Beside its pool an instance has connections for those who wait for writers, for hints, and to ask whether PostgreSQL answers. */
export const BESIDE_POOL = 6;
const DATABASE = "crm";

export class Instances {
  kills = 0;
  stops = 0;
  /** What was wrong with their ends. */
  readonly faults: string[] = [];

  private constructor(
    private readonly own: OwnServer,
    private readonly both: readonly [Instance, Instance],
    readonly urls: readonly [string, string],
    readonly adminToken: string,
  ) {}

  static async start(): Promise<Instances> {
    const own = await startPostgres("fsync = on");
    await own.server.query(`create database ${DATABASE}`);
    const ports = [await freePort(), await freePort()] as const;
    const [first, second] = ports.map(
      (port) =>
        new Instance({
          PORT: String(port),
          DATABASE_URL: own.server.url(DATABASE),
          DATABASE_POOL: String(POOL),
        }),
    ) as [Instance, Instance];
    const [one, other] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    try {
      // One after the other: the first one says the token of the demo's admin.
      await first.start();
      await second.start();
      return new Instances(own, [first, second], [one, other], first.demoToken ?? "");
    } catch (error) {
      await Promise.all([first.kill(), second.kill()]);
      await own.remove();
      throw error;
    }
  }

  /** Of each; null while it is down. */
  get pids(): (number | null)[] {
    return this.both.map(({ pid }) => pid);
  }

  /** What they wrote on standard error. */
  get complaints(): string {
    return this.both.map(({ complained }) => complained).join("");
  }

  query(text: string): Promise<Record<string, unknown>[]> {
    return this.own.server.query(text, DATABASE);
  }

  /** Ends one of them and starts it again: by turns with kill -9 and with SIGTERM, each of them with both. */
  async endOne(turn: number): Promise<void> {
    const instance = this.both[((turn >> 1) ^ turn) & 1] as Instance;
    if (turn % 2 === 0) {
      await instance.kill();
      this.kills++;
    } else {
      this.faults.push(...(await instance.stop()));
      this.stops++;
    }
    await instance.start();
  }

  async remove(): Promise<void> {
    try {
      for (const instance of this.both) this.faults.push(...(await instance.stop()));
    } finally {
      await Promise.all(this.both.map((instance) => instance.kill()));
      await this.own.remove();
    }
  }
}
