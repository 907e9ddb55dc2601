// Connections to PostgreSQL, by address.
import type pg from "pg";
import { readHosts, type Host } from "../values/database-url";
import { Client, type Own, type OwnClientConfig } from "./client";
import { Hosts } from "./hosts";

/** Where PostgreSQL is: a URL (of the first of several hosts), or the parts of a socket's address. */
export type Connection =
  | { url: string; hosts?: Hosts }
  | { host: string; port: number; username: string; password?: string; database: string; ssl: boolean };

const CONNECTS_WITHIN_MS = 5_000;
/** For a server to say whether it is a standby. */
const ANSWERS_WITHIN_MS = 3_000;

export function connectionTo(url: string): Connection {
  const several = readHosts(url);
  if (!several) return { url };
  return { url: several.url, hosts: new Hosts(several.hosts, (host) => isStandby(several.url, host)) };
}

async function isStandby(url: string, host: Host): Promise<boolean> {
  const within = { connectionTimeoutMillis: ANSWERS_WITHIN_MS, query_timeout: ANSWERS_WITHIN_MS };
  const client: pg.Client = Object.assign(new Client({ connectionString: url, ...within }), host);
  try {
    await client.connect();
    const { rows } = await client.query<{ standby: boolean }>("select pg_is_in_recovery() standby");
    return rows[0]?.standby ?? true;
  } finally {
    client.end().catch(() => undefined);
  }
}

/** What every session of ours has, in the words of pg. */
export const sessionOf = (connection: Connection, own: Own): OwnClientConfig => ({
  connectionTimeoutMillis: CONNECTS_WITHIN_MS,
  keepAlive: true,
  own: { ...own, ...("url" in connection && connection.hosts && { hosts: connection.hosts }) },
});

/** A client with pg's own types. */
export type PlainClient = pg.Client & Pick<Client, "socket">;

/** A connection of its own, not yet open. */
export const newClient = (connection: Connection, own: Own = {}): PlainClient =>
  new Client({ ...toClientConfig(connection), ...sessionOf(connection, own) });

/** The same address in the words of pg. */
export function toClientConfig(connection: Connection): pg.ClientConfig {
  if ("url" in connection) return { connectionString: connection.url };
  const { username: user, ...address } = connection;
  return { ...address, user };
}
