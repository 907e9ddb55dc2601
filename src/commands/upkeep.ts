// Commands that look after the database, and the one that prints the schema.
import { textRow } from "../database/text-rows";
import { printedSchema } from "../graphql/schema";
import { instantFromDatabase } from "../values/instants";
import { UsageError, type Run } from "./commands";

/** Opening the database migrates it. */
export async function migrateOnly({ open }: Run): Promise<object> {
  const { migrated } = await open();
  return { migrations: migrated };
}

/** Buries tombstones older than the retention, and lifts the floors of their calendars. */
export async function sweep({ config, given, open }: Run): Promise<object> {
  const days = given.optional("retention-days") ?? String(config.retentionDays);
  if (!/^\d{1,5}$/.test(days)) throw new UsageError("--retention-days must be a whole number of days.");
  const db = await open();
  const row = await textRow(db.pool, {
    text: "insert into sweep (before) values (tidemark_now() - make_interval(days => $1)) returning before, purged",
    values: [Number(days)],
  });
  return { before: instantFromDatabase(row?.[0] as string), purged: Number(row?.[1]) };
}

export async function printSchema({ write }: Run): Promise<null> {
  await write(printedSchema());
  return null;
}
