// Connections to PostgreSQL, by address.
import pg from "pg";
import { readHosts } from "../values/database-url";
import type { Connection } from "./data-source";
import { Hosts } from "./hosts";

export function connectionTo(url: string): Connection {
  const several = readHosts(url);
  return several ? { url: several.url, hosts: new Hosts(several.hosts) } : { url };
}

export type ClientClass = NonNullable<pg.PoolConfig["Client"]>;

export const clientOf = (connection: Connection, plain: ClientClass = pg.Client): ClientClass =>
  "url" in connection && connection.hosts ? connection.hosts.clientOf(plain) : plain;

/** A connection of its own, not yet open. */
export function newClient(connection: Connection, plain?: ClientClass): pg.Client {
  const Client = clientOf(connection, plain) as typeof pg.Client;
  return new Client({ ...toClientConfig(connection), connectionTimeoutMillis: 5_000, keepAlive: true });
}

/** The same address in the words of pg. */
export function toClientConfig(connection: Connection): pg.ClientConfig {
  if ("url" in connection) return { connectionString: connection.url };
  const { username: user, ...address } = connection;
  return { ...address, user };
}
