// Proof of being in step: what a client should hold, version by version (manifest), or a hash a month (digest).
import { requireScope, type CalendarRef, type Context } from "../context";
import { countedRows } from "../access/counted-rows";
import { textRows, type TextQuery } from "../database/text-rows";
import { columns, instant, number, sql, text, type Selected } from "../database/rows";
import { mapInPieces } from "../turns/pauses";
import type { Interval } from "../values/interval";
import { overlapSql } from "./feed-entries";

const VERSION = columns({ id: text("n.event_id"), lastModifiedAt: instant("n.tick") });
export type ManifestRow = Selected<typeof VERSION>;

const MONTH = columns({
  /** `2026-03`, in UTC. */
  month: text("month"),
  count: number("count(*)"),
  hash: text("encode(sha256(convert_to(string_agg(line, '' order by event_id), 'UTF8')), 'hex')"),
});
export type MonthDigest = Selected<typeof MONTH>;

/** The live events of a calendar by id, all or a piece of them. One statement over one index range. */
export async function readManifest(
  ctx: Context,
  calendar: CalendarRef,
  interval: Interval,
): Promise<ManifestRow[]> {
  requireScope(ctx, "read");
  const { piece } = ctx;
  const { text: statement, values } = sql`
    select ${VERSION} from calendar_entry n
    where n.organisation_id = ${ctx.caller.organisationId} and n.calendar_id = ${calendar.id}
      and n.event_id > ${piece?.place?.position ?? "0"} and n.removed_at is null${overlapSql(interval)}
    order by n.event_id limit ${piece?.rows ?? null}`;
  const query: TextQuery = { text: statement, values, kind: "list" };
  // A piece is bounded by its rows; otherwise all of it is part of one answer.
  const rows = piece ? await textRows(ctx.db.pool, query) : await countedRows(ctx, query, "manifest");
  ctx.tally.rows += rows.length;
  return mapInPieces(rows, (row) => VERSION.plain(row));
}

/**
 * For each UTC month in which a live event of the calendar starts: how many do, and the SHA-256 over the lines
 * `id:lastModifiedAt` of them, by id as a number. One statement, one snapshot.
 */
export async function readDigest(ctx: Context, calendar: CalendarRef): Promise<MonthDigest[]> {
  requireScope(ctx, "read");
  const rows = await textRows(ctx.db.pool, {
    text: `
      select ${MONTH.list}
      from (
        select n.event_id, to_char(n.start_time at time zone 'UTC', 'YYYY-MM') as month,
          n.event_id || ':' || to_char(n.tick at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || chr(10) as line
        from calendar_entry n
        where by_start(n.organisation_id) = $1 and n.calendar_id = $2 and n.removed_at is null
      ) entry
      group by month order by month`,
    values: [ctx.caller.organisationId, calendar.id],
    kind: "digest",
  });
  return rows.map((row) => MONTH.plain(row));
}
