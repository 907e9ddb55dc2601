// Commands that look after the database, and those that print what the doors are.
import { printedSchema } from "../graphql/schema";
import { describedApi } from "../rest/openapi/served";
import { sweepTombstones } from "../retention";
import { UsageError, type Run } from "./command";

/** Opening the database migrates it. */
export async function migrateOnly({ open }: Run): Promise<object> {
  const { migrated } = await open();
  return { migrations: migrated };
}

/** Forgets tombstones and history older than the retention, and lifts the floors of their calendars. */
export async function sweep({ config, given, open }: Run): Promise<object> {
  const days = given.optional("retention-days") ?? String(config.retentionDays);
  // Not 0, which elsewhere means "no limit" and here would have every client load everything again.
  if (!/^0*[1-9]\d{0,4}$/.test(days))
    throw new UsageError("--retention-days must be a whole number of days, from 1.");
  return sweepTombstones(await open(), Number(days));
}

export async function printSchema({ write }: Run): Promise<null> {
  await write(printedSchema());
  return null;
}

export async function printOpenApi({ write }: Run): Promise<null> {
  await write(`${JSON.stringify(describedApi(), null, 2)}\n`);
  return null;
}
