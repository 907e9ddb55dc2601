// A DATABASE_URL with several servers, one of which takes writes: `postgres://user@one:5432,two:5432/database`, in the form
// of libpq, which node-postgres does not know. Connections go to the server that is no standby; where it is gone they go to
// the one that was promoted, as soon as it was.
import { unavailable } from "../errors";
import type { Host } from "../values/database-url";

export class Hosts {
  /** The server that takes writes, as far as is known. */
  private primary: Host | undefined;
  private search: Promise<Host> | undefined;

  /** `isStandby` asks one of them, and throws where there is no answer. */
  constructor(
    private readonly all: readonly Host[],
    private readonly isStandby: (host: Host) => Promise<boolean>,
  ) {}

  /** The server that takes writes. Clients that look for it at the same time share one search. */
  async find(): Promise<Host> {
    if (this.primary) return this.primary;
    this.search ??= Promise.any(this.all.map((host) => this.requirePrimary(host))).finally(
      () => (this.search = undefined),
    );
    try {
      return (this.primary = await this.search);
    } catch (error) {
      throw unavailable("No server of the database takes writes right now: try again.", reasonOf(error));
    }
  }

  /** It is to be asked again whether it takes writes. */
  forget(host: Host): void {
    if (this.primary === host) this.primary = undefined;
  }

  private async requirePrimary(host: Host): Promise<Host> {
    if (await this.isStandby(host)) throw new Error(`${host.host}:${host.port} is a standby.`);
    return host;
  }
}

const reasonOf = (error: unknown): Error =>
  error instanceof AggregateError
    ? new Error(error.errors.map(String).join("; "), { cause: error })
    : (error as Error);
