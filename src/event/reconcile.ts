// Proof of being in step: what a client should hold, version by version (manifest), or a hash a month (digest).
import { requireScope, type CalendarRef, type Context } from "../context";
import { textRows } from "../database/text-rows";
import { instantFromDatabase, type Instant } from "../values/instants";
import { overlapSql, type Interval } from "./feed-entries";

export interface ManifestRow {
  id: string;
  lastModifiedAt: Instant;
}

export interface MonthDigest {
  /** `2026-03`, in UTC. */
  month: string;
  count: number;
  hash: string;
}

/** The live events of a calendar by id, beyond `after`. One statement over one index range. */
export async function readManifest(
  ctx: Context,
  calendar: CalendarRef,
  interval: Interval,
  { after, limit }: { after: string | null; limit: number | null },
): Promise<ManifestRow[]> {
  requireScope(ctx, "read");
  const values: unknown[] = [ctx.caller.organisationId, calendar.id, after ?? "0", limit];
  const overlap = overlapSql(interval, (value) => `$${values.push(value)}`);
  const rows = await textRows(ctx.db.pool, {
    text: `
      select n.event_id, n.tick from calendar_entry n
      where n.organisation_id = $1 and n.calendar_id = $2 and n.event_id > $3 and n.removed_at is null${overlap}
      order by n.event_id limit $4`,
    values,
    kind: "list",
  });
  ctx.tally.rows += rows.length;
  return rows.map(([id, tick]) => ({
    id: id as string,
    lastModifiedAt: instantFromDatabase(tick as string),
  }));
}

/**
 * For each UTC month in which a live event of the calendar starts: how many do, and the SHA-256 over the lines
 * `id:lastModifiedAt` of them, by id as a number. One statement, one snapshot.
 */
export async function readDigest(ctx: Context, calendar: CalendarRef): Promise<MonthDigest[]> {
  requireScope(ctx, "read");
  const rows = await textRows(ctx.db.pool, {
    text: `
      select month, count(*), encode(sha256(convert_to(string_agg(line, '' order by event_id), 'UTF8')), 'hex')
      from (
        select n.event_id, to_char(n.start_time at time zone 'UTC', 'YYYY-MM') as month,
          n.event_id || ':' || to_char(n.tick at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || chr(10) as line
        from calendar_entry n
        where n.organisation_id = $1 and n.calendar_id = $2 and n.removed_at is null
      ) entry
      group by month order by month`,
    values: [ctx.caller.organisationId, calendar.id],
    kind: "digest",
  });
  return rows.map((row) => ({ month: row[0] as string, count: Number(row[1]), hash: row[2] as string }));
}
