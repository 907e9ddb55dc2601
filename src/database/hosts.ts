// A DATABASE_URL with several servers, one of which takes writes: `postgres://user@one:5432,two:5432/database`, in the form
// of libpq, which node-postgres does not know. Connections go to the server that is no standby; where it is gone they go to
// the one that was promoted, as soon as it was.
import type pg from "pg";
import { unavailable } from "../errors";
import type { Host } from "../values/database-url";

const ANSWERS_WITHIN_MS = 3_000;

/** pg's client as it is, where its types are too wide or leave something out. */
type Client = Omit<pg.Client, "connect"> & {
  connect(callback?: Connected): Promise<void> | void;
  connection: { on(event: "parameterStatus", listener: (status: ParameterStatus) => void): void };
};
interface ParameterStatus {
  parameterName: string;
  parameterValue: string;
}
type ClientClass = new (config?: pg.ClientConfig) => Client;
type PooledClass = NonNullable<pg.PoolConfig["Client"]>;
type Connected = (error?: Error) => void;

export class Hosts {
  /** The server that takes writes, as far as is known. */
  private primary: Host | undefined;
  private search: Promise<Host> | undefined;

  constructor(private readonly all: readonly Host[]) {}

  /** A class whose clients connect to the server that takes writes, whatever host they are told. */
  clientOf(plain: PooledClass): typeof pg.Client {
    const Plain = plain as unknown as ClientClass;
    const find = (config?: pg.ClientConfig): Promise<Host> => this.find(Plain, config);
    const forget = (host: Host): void => this.forget(host);
    class PrimaryClient extends Plain {
      constructor(private readonly config?: pg.ClientConfig) {
        super(config);
      }

      override connect(callback?: Connected): Promise<void> | void {
        const connected = this.reach();
        if (!callback) return connected;
        connected.then(() => callback(), callback);
      }

      private async reach(): Promise<void> {
        const host = await find(this.config);
        Object.assign(this, host);
        // Whatever ended it, the next one asks again who is who.
        this.once("end", () => forget(host));
        try {
          await super.connect();
        } catch (error) {
          forget(host);
          throw error;
        }
      }
    }
    return PrimaryClient as unknown as typeof pg.Client;
  }

  private forget(host: Host): void {
    if (this.primary === host) this.primary = undefined;
  }

  /** Clients that look for the primary at the same time share one search. */
  private async find(plain: ClientClass, config?: pg.ClientConfig): Promise<Host> {
    if (this.primary) return this.primary;
    this.search ??= Promise.any(this.all.map((host) => requirePrimary(plain, config, host))).finally(
      () => (this.search = undefined),
    );
    try {
      return (this.primary = await this.search);
    } catch (error) {
      throw unavailable("No server of the database takes writes right now: try again.", reasonOf(error));
    }
  }
}

/** The server, which says as it greets whether it is a standby. */
async function requirePrimary(plain: ClientClass, config: pg.ClientConfig = {}, host: Host): Promise<Host> {
  const client = new plain({ ...config, connectionTimeoutMillis: ANSWERS_WITHIN_MS });
  Object.assign(client, host);
  client.on("error", () => undefined); // What matters is whether it answers.
  let isStandby = false;
  client.connection.on("parameterStatus", ({ parameterName, parameterValue }) => {
    if (parameterName === "in_hot_standby") isStandby = parameterValue === "on";
  });
  await client.connect();
  client.end().catch(() => undefined);
  if (isStandby) throw new Error(`${host.host}:${host.port} is a standby.`);
  return host;
}

const reasonOf = (error: unknown): Error =>
  error instanceof AggregateError
    ? new Error(error.errors.map(String).join("; "), { cause: error })
    : (error as Error);
