// The CRM objects an event can be linked to: Contacts, Accounts, Opportunities and Leads.
import DataLoader from "dataloader";
import { perRequest, type Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { countedRows } from "../access/counted-rows";
import {
  columns,
  joined,
  json,
  NOTHING,
  orNull,
  raw,
  sql,
  text,
  value,
  word,
  type Sql,
  type Value,
} from "../database/rows";
import type { TextQuery, TextRow } from "../database/text-rows";
import { Record, RecordType } from "../entities/record";
import { MAX_PAGE_BYTES } from "../values/pages";
import { beyondName, type NameWindow } from "../people/by-name";

export interface RecordSearch {
  type?: RecordType | null;
  emails?: readonly string[] | null;
  /** A part of the name, without case and accents. */
  q?: string | null;
}

const RECORD_COLUMNS = {
  organisationId: text("r.organisation_id"),
  id: text("r.id"),
  type: word<RecordType>("r.type"),
  name: text("r.name"),
  emails: json<string[]>("to_json(r.emails)"),
  accountId: orNull(text("r.account_id")),
};
const RECORD = columns(RECORD_COLUMNS);

/** No part, or one that so many names hold that a walk soon has a page of them. */
const FREQUENT = /^[\x20-\x7e]{0,2}$/;

export interface FoundRecords {
  records: Record[];
  /** Not all of them: the next one would have been too many bytes. */
  isCut: boolean;
  bytes: number;
}

/** Records by name, without archived ones; up to so many bytes. One statement. */
export async function searchRecords(
  { db, caller, held }: Context,
  { type, emails, q }: RecordSearch,
  window: NameWindow,
  bytes = MAX_PAGE_BYTES,
): Promise<FoundRecords> {
  const own = value(caller.organisationId);
  const limit = value(window.limit);
  const part = q ? sql` and strpos(plain_text(r.name), (select plain_text(${q}))) > 0` : NOTHING;
  const others = sql`r.archived_at is null${part}${beyondName(window, raw("r.name, r.id"))}`;
  const types = type ? [type] : Object.values(RecordType);
  const common = { own, limit, others };
  const isFound = emails != null || (q != null && !FREQUENT.test(q));
  const { text: statement, values } = isFound
    ? foundSql(common, emails ? addressedSql(own, emails) : partSql(own, q), type)
    : namedSql(common, types, q != null && q !== "");
  const query: TextQuery = { text: statement, values, kind: isFound ? "search" : "names" };
  const whose = `records of ${caller.organisationId}`;
  const found = await boundedRows(db.pool, query, { bytes, rows: window.limit ?? 0, whose, held });
  return { records: found.rows.map(toRecord), isCut: found.next !== null, bytes: found.bytes };
}

/** What both statements have in common. */
interface Common {
  own: Value;
  limit: Value;
  /** Conditions over alias `r`. */
  others: Sql;
}

/** Found through one index, whatever else is asked: see src/event/found.ts. */
const foundSql = (
  { own, limit, others }: Common,
  found: Sql,
  type: RecordType | null | undefined,
): Sql => sql`
  select ${RECORD} from record r
  where ${found} and (r.organisation_id = ${own}${type ? sql` and r.type = ${type}` : NOTHING} and ${others}) is true
  order by r.name, r.id limit ${limit}`;

const addressedSql = (own: Value, emails: readonly string[]): Sql =>
  sql`record_keys(r.organisation_id, r.emails) && (select record_keys(${own}, ${emails}::text[]))`;

/** The index knows pieces of names: whether they stand together is asked of the name. */
const partSql = (own: Value, q: string | null | undefined): Sql =>
  sql`name_parts(r.organisation_id, r.name) @@ (select part_query(${own}, ${q}::text))`;

/** By name: type by type along the index, no further than to as many as are wanted of each. */
function namedSql({ own, limit, others }: Common, types: readonly RecordType[], isPart: boolean): Sql {
  // Names are looked through in the index alone; what is found is looked up by its key.
  const walks = types.map(
    (type) => sql`
      (select ${raw(isPart ? "r.id, r.name" : "*")} from record r
       where by_name(r.organisation_id) = ${own} and r.type = ${type} and ${others}
       order by r.name, r.id limit ${limit})`,
  );
  const walk =
    walks.length === 1
      ? joined(walks, "")
      : sql`(${joined(walks, " union all ")} order by name, id limit ${limit})`;
  const found = isPart
    ? sql`${walk} k cross join lateral (select * from record r where r.organisation_id = ${own} and r.id = k.id offset 0) r`
    : sql`${walk} r`;
  return sql`select ${RECORD} from ${found} order by r.name, r.id`;
}

/** A record that was asked for by the id before it. */
const ASKED = columns({ asked: text("asked.id"), ...RECORD_COLUMNS });

/**
 * Records of the organisation by the ids they were asked for with: one that was merged answers as its survivor. Archived
 * ones only where asked for. One statement.
 */
export async function recordsById(
  ctx: Context,
  ids: readonly string[],
  archived = false,
): Promise<Map<string, Record>> {
  const own = value(ctx.caller.organisationId);
  const query = sql`
    select ${ASKED} from record asked
    join record r on r.organisation_id = asked.organisation_id and r.id = coalesce(asked.merged_into, asked.id)
    where asked.organisation_id = ${own} and asked.id = any (${ids}) and (${archived} or r.archived_at is null)`;
  const rows = await countedRows(ctx, query, "records", ids.length);
  const found = new Map<string, Record>();
  for (const row of rows) {
    const { asked, ...record } = ASKED.plain(row);
    if (!found.has(asked)) found.set(asked, Object.assign(new Record(), record, { archivedAt: null }));
  }
  return found;
}

/** The same as a list, each once. */
export const findRecords = async (
  ctx: Context,
  ids: readonly string[],
  archived = false,
): Promise<Record[]> => {
  const found = [...(await recordsById(ctx, ids, archived)).values()];
  return [...new Map(found.map((record) => [record.id, record])).values()];
};

const toRecord = (row: TextRow): Record =>
  Object.assign(new Record(), RECORD.plain(row), { archivedAt: null });

/** Links to archived records stay, so they still lead somewhere. */
export const recordLoader = perRequest(
  (ctx) =>
    new DataLoader(async (ids: readonly string[]) => {
      const found = await recordsById(ctx, ids, true);
      return ids.map((id) => found.get(id) ?? null);
    }),
);
