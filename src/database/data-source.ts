// The TypeORM DataSource: entities, migrations and how to connect.
import "reflect-metadata";
import pg from "pg";
import { DataSource, type DataSourceOptions } from "typeorm";
import { migrationClasses } from "../../migrations";
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
    migrations: migrationClasses(),
    namingStrategy: new SnakeCase(),
    // The schema is the migrations' business; TypeORM would drop the indexes it does not know.
    synchronize: false,
    installExtensions: false,
    logging: false,
  };
  return new DataSource(options);
}
