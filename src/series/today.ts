// What the database says of here and now: the time, and somebody's time zone.
import type { Caller } from "../entities/caller";
import { columns, instant, selectRow, sql, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { toMs } from "../values/instants";

const NOW = columns({ now: instant("date_trunc('milliseconds', tidemark_now())") });

/** Milliseconds. */
export async function readNow(client: Queryable): Promise<number> {
  const row = await selectRow(client, NOW, { text: `select ${NOW.list}`, values: [] });
  if (!row) throw new Error("The database does not say what time it is.");
  return toMs(row.now);
}

const ZONE = columns({ timezone: text("timezone") });

/** The time zone of a user: what a series says where it says none. */
export async function readZone(
  client: Queryable,
  { organisationId, userId, timezone }: Caller,
  ofUser: string,
): Promise<string> {
  if (ofUser === userId) return timezone;
  const row = await selectRow(
    client,
    ZONE,
    sql`select ${ZONE} from app_user where organisation_id = ${organisationId} and id = ${ofUser}`,
  );
  return row?.timezone ?? timezone;
}
