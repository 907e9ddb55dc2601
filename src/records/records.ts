// The CRM objects an event can be linked to: Contacts, Accounts, Opportunities and Leads.
import { In } from "typeorm";
import { requireScope, type Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { textRows, type TextQuery, type TextRow } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { Record, type RecordType } from "../entities/record";
import { badRequest, notFound } from "../errors";
import { MAX_PAGE_BYTES } from "../values/pages";
import { beyondName, type NameWindow } from "../people/by-name";
import type { RecordInput } from "./record.inputs";
import { loaderById } from "../context";

const ADDRESSES_MOST = 100;
export const SAVED_MOST = 500;

export interface RecordSearch {
  type?: RecordType | null;
  emails?: readonly string[] | null;
  /** A part of the name, ignoring case. */
  q?: string | null;
}

const COLUMNS = "r.organisation_id, r.id, r.type, r.name, to_json(r.emails), r.account_id";

export interface FoundRecords {
  records: Record[];
  /** Not all of them: the next one would have been too many bytes. */
  isCut: boolean;
  bytes: number;
}

/** Records by name, without archived ones, 100 addresses at most; up to so many bytes. One statement. */
export async function searchRecords(
  { db, caller, held }: Context,
  { type, emails, q }: RecordSearch,
  window: NameWindow,
  bytes = MAX_PAGE_BYTES,
): Promise<FoundRecords> {
  if (emails && emails.length > ADDRESSES_MOST) {
    throw badRequest({ field: "email", message: `email must name ${ADDRESSES_MOST} addresses at most.` });
  }
  const values: unknown[] = [caller.organisationId, window.limit];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ["r.organisation_id = $1", "r.archived_at is null"];
  if (type) conditions.push(`r.type = ${bind(type)}`);
  if (q)
    conditions.push(`r.name ilike '%' || regexp_replace(${bind(q)}, '([\\\\%_])', '\\\\\\1', 'g') || '%'`);
  const others = `${conditions.join(" and ")}${beyondName(window, ["r.name", "r.id"], bind)}`;
  // Addresses are found through their own index, whatever else is asked: see src/event/found.ts.
  const where = emails
    ? `record_keys(r.organisation_id, r.emails) && (select record_keys($1, ${bind(emails)}::text[])) and (${others}) is true`
    : others;
  const statement: TextQuery = {
    text: `select ${COLUMNS} from record r where ${where} order by r.name, r.id limit $2`,
    values,
    kind: emails ? "search" : "list",
  };
  const whose = `records of ${caller.organisationId}`;
  const found = await boundedRows(db.pool, statement, { bytes, rows: window.limit ?? 0, whose, held });
  return { records: found.rows.map(toRecord), isCut: found.next !== null, bytes: found.bytes };
}

/** Records by id, archived ones only where asked for. One statement. */
export async function findRecords(
  { db, caller }: Context,
  ids: readonly string[],
  archived = false,
): Promise<Record[]> {
  const rows = await textRows(db.pool, {
    text: `
      select ${COLUMNS} from record r
      where r.organisation_id = $1 and r.id = any ($2) and ($3 or r.archived_at is null)`,
    values: [caller.organisationId, ids, archived],
  });
  return rows.map(toRecord);
}

function toRecord(row: TextRow): Record {
  const [organisationId, id, type, name, emails, accountId] = row as [
    string,
    string,
    RecordType,
    string,
    string,
    string,
  ];
  return Object.assign(new Record(), {
    organisationId,
    id,
    type,
    name,
    emails: JSON.parse(emails) as string[],
    accountId,
    archivedAt: null,
  });
}

/**
 * Creates records, and changes those that come with an id; all of them or none. `path` is what faults are named
 * with: where in the client's input the record of an index stands.
 */
export async function saveRecords(
  ctx: Context,
  inputs: readonly RecordInput[],
  path: (index: number) => string,
): Promise<Record[]> {
  requireScope(ctx, "write");
  const { organisationId } = ctx.caller;
  const ids = await withEntities(ctx.db.dataSource, async ({ manager }) => {
    const mentioned = inputs.flatMap(({ id, accountId }) => [id, accountId]).filter((id) => id != null);
    const known = await manager.findBy(Record, { organisationId, id: In(mentioned) });
    const saved: string[] = [];
    for (const [index, { id, type, ...fields }] of inputs.entries()) {
      const field = (name: string): string => `${path(index)}${name}`;
      requireAccount(fields.accountId, known, field("accountId"));
      if (id) {
        const before = known.find((record) => record.id === id);
        if (!before) throw notFound("This record");
        refuseOtherType(before, type, field("type"));
        if (Object.keys(fields).length > 0) await manager.update(Record, { organisationId, id }, fields);
        saved.push(id);
      } else {
        const record = manager.create(Record, {
          organisationId,
          emails: [],
          ...fields,
          ...requireNew(type, fields, field),
        });
        await manager.insert(Record, record);
        saved.push(record.id);
      }
    }
    return saved;
  });
  const records = new Map((await findRecords(ctx, ids, true)).map((record) => [record.id, record]));
  return ids.flatMap((id) => records.get(id) ?? []);
}

function requireNew(
  type: RecordType | undefined,
  { name }: RecordInput,
  field: (name: string) => string,
): { type: RecordType; name: string } {
  if (type && name) return { type, name };
  const missing = field(type ? "name" : "type");
  throw badRequest({ field: missing, message: `${missing} is required to create a record.` });
}

function requireAccount(id: string | null | undefined, known: readonly Record[], field: string): void {
  if (!id || known.some((record) => record.id === id && record.type === "Account")) return;
  throw badRequest({ field, message: `${field} must be an Account of the organisation.` });
}

function refuseOtherType(before: Record, type: RecordType | undefined, field: string): void {
  if (type && type !== before.type)
    throw badRequest({ field, message: `${field} must stay ${before.type}.` });
}

/** Archives records: no longer found or offered; links to them stay. */
export async function archiveRecords(ctx: Context, ids: readonly string[]): Promise<Record[]> {
  requireScope(ctx, "write");
  const { organisationId } = ctx.caller;
  await withEntities(ctx.db.dataSource, async ({ manager }) => {
    const { affected } = await manager
      .createQueryBuilder()
      .update(Record)
      .set({ archivedAt: () => "coalesce(archived_at, tidemark_now())" })
      .where("organisation_id = :organisationId and id = any (:ids)", { organisationId, ids })
      .execute();
    if (affected !== new Set(ids).size) throw notFound("One of these records");
  });
  return findRecords(ctx, ids, true);
}

/** Links to archived records stay, so they still lead somewhere. */
export const recordLoader = loaderById((ctx, ids) => findRecords(ctx, ids, true));
