// The TypeORM DataSource: entities, migrations and how to connect.
import "reflect-metadata";
import { DataSource, type DataSourceOptions } from "typeorm";
import { migrationClasses } from "../../migrations";
import type { Connection } from "./connection";
import { withPartitions } from "./partitions";
import { unlimited, type SessionOptions } from "./session";
import { SnakeCase } from "./snake-case";
import { AccessToken } from "../entities/access-token";
import { Calendar } from "../entities/calendar";
import { CalendarEntry } from "../entities/calendar-entry";
import { Event } from "../entities/event";
import { Organisation } from "../entities/organisation";
import { Record } from "../entities/record";
import { User } from "../entities/user";

export function createDataSource(
  connection: Connection,
  pool: number,
  { session = unlimited(connection), partitions = 0 }: { session?: SessionOptions; partitions?: number } = {},
): DataSource {
  const options: DataSourceOptions = {
    type: "postgres",
    ...("url" in connection ? { url: connection.url } : connection),
    poolSize: pool,
    extra: session,
    entities: [AccessToken, Calendar, CalendarEntry, Event, Organisation, Record, User],
    migrations: migrationClasses((text) => withPartitions(text, partitions)),
    namingStrategy: new SnakeCase(),
    // The schema is the migrations' business; TypeORM would drop the indexes it does not know.
    synchronize: false,
    installExtensions: false,
    logging: false,
  };
  return new DataSource(options);
}
