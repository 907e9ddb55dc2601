// The TypeORM DataSource: entities, migrations and how to connect.
import "reflect-metadata";
import pg from "pg";
import { DataSource, type DataSourceOptions } from "typeorm";
import { Initial1767225600000 } from "../../migrations/0001-initial";
import { Idempotency1767225600001 } from "../../migrations/0002-idempotency";
import { Batches1767225600002 } from "../../migrations/0003-batches";
import { Search1767225600003 } from "../../migrations/0004-search";
import { RateLimits1767225600004 } from "../../migrations/0005-rate-limits";
import { Issuers1767225600005 } from "../../migrations/0006-issuers";
import { SyncLog1767225600006 } from "../../migrations/0007-sync-log";
import { History1767225600007 } from "../../migrations/0008-history";
import type { Hosts } from "./hosts";
import { UNLIMITED, type SessionOptions } from "./session";
import { SnakeCase } from "./snake-case";
import { AccessToken } from "../entities/access-token";
import { Calendar } from "../entities/calendar";
import { CalendarEntry } from "../entities/calendar-entry";
import { Event } from "../entities/event";
import { Organisation } from "../entities/organisation";
import { Record } from "../entities/record";
import { User } from "../entities/user";

/** Where PostgreSQL is: a URL (of the first of several hosts), or the parts of a socket's address. */
export type Connection =
  | { url: string; hosts?: Hosts }
  | { host: string; port: number; username: string; password?: string; database: string; ssl: boolean };

export function createDataSource(
  connection: Connection,
  pool: number,
  session: SessionOptions = UNLIMITED,
): DataSource {
  const { hosts, ...address } = "url" in connection ? connection : { ...connection, hosts: undefined };
  const options: DataSourceOptions = {
    type: "postgres",
    ...address,
    poolSize: pool,
    extra: hosts ? { ...session, Client: hosts.clientOf(session.Client ?? pg.Client) } : session,
    entities: [AccessToken, Calendar, CalendarEntry, Event, Organisation, Record, User],
    migrations: [
      Initial1767225600000,
      Idempotency1767225600001,
      Batches1767225600002,
      Search1767225600003,
      RateLimits1767225600004,
      Issuers1767225600005,
      SyncLog1767225600006,
      History1767225600007,
    ],
    migrationsTransactionMode: "each",
    namingStrategy: new SnakeCase(),
    // The schema is the migrations' business; TypeORM would drop the indexes it does not know.
    synchronize: false,
    installExtensions: false,
    logging: false,
  };
  return new DataSource(options);
}
