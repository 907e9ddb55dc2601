// Records that go, come back, and become one. Admins only: what everybody's events say of them changes with them.
import { requireAdmin, requireScope, type Context } from "../context";
import { columns, flag, orNull, selectRows, sql, text, type Selected } from "../database/rows";
import { textRows } from "../database/text-rows";
import { inTransaction } from "../database/transaction";
import type { Record } from "../entities/record";
import { badRequest, notFound } from "../errors";
import { findRecords } from "./records";
import { beginRecordWrite } from "./saving";
import { touchChanged } from "../database/changed-calendars";

const CHANGED = columns({ id: text("id") });

/** Archives records, for an admin: no longer found, offered or linked; links to them stay until their event is written. */
export async function archiveRecords(ctx: Context, ids: readonly string[]): Promise<Record[]> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "archive records");
  await changeAll(ctx, ids, "archived_at = coalesce(archived_at, tidemark_now())");
  return findRecords(ctx, ids, true);
}

/**
 * Takes records out of the archive, for an admin; Contacts are linked to what has their address and no contact. One that
 * was merged is a record of its own again: what went over stays with the survivor.
 */
export async function restoreRecords(ctx: Context, ids: readonly string[]): Promise<Record[]> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "restore records");
  await changeAll(ctx, ids, "archived_at = null, merged_into = null");
  return findRecords(ctx, ids);
}

/** All of them or none: `not_found` where one of them is none of the organisation's. */
function changeAll(ctx: Context, ids: readonly string[], changes: string): Promise<void> {
  return inTransaction(ctx.db, async ({ client, touched }) => {
    await beginRecordWrite(ctx, client);
    const changed = await selectRows(client, CHANGED, {
      text: `update record set ${changes} where organisation_id = $1 and id = any ($2) returning ${CHANGED.list}`,
      values: [ctx.caller.organisationId, ids],
    });
    if (changed.length !== new Set(ids).size) throw notFound("One of these records");
    await touchChanged(client, ctx.caller.organisationId, touched);
  });
}

const FOUND = columns({
  id: text("id"),
  type: text("type"),
  archived: flag("archived_at is not null"),
  mergedInto: orNull(text("merged_into")),
});

/**
 * Makes `into` take over records of its type, for an admin: their addresses, their links and attendees' contacts (as
 * changes of the events), and an Account's records. They are archived, and answer as `into`. Repeated, it changes nothing.
 * One transaction, during which nobody else of the organisation writes.
 */
export async function mergeRecords(ctx: Context, from: readonly string[], into: string): Promise<Record> {
  requireScope(ctx, "write");
  requireAdmin(ctx, "merge records");
  const { organisationId } = ctx.caller;
  await inTransaction(ctx.db, async ({ client, touched }) => {
    await beginRecordWrite(ctx, client);
    const named = await selectRows(
      client,
      FOUND,
      sql`select ${FOUND} from record
        where organisation_id = ${organisationId} and id = any (${[...from, into]}) order by id for no key update`,
    );
    const gone = requireMergeable(from, into, new Map(named.map((record) => [record.id, record])));
    if (gone.length === 0) return;
    await textRows(client, {
      text: "select merge_records($1, $2, $3)",
      values: [organisationId, gone, into],
    });
    await touchChanged(client, organisationId, touched);
  });
  const [survivor] = await findRecords(ctx, [into]);
  if (!survivor) throw notFound("This record");
  return survivor;
}

/** Those that are still to be merged. */
function requireMergeable(
  from: readonly string[],
  into: string,
  known: ReadonlyMap<string, Selected<typeof FOUND>>,
): string[] {
  const target = known.get(into);
  if (!target || target.archived) throw notFound("This record");
  const faults = from.flatMap((id, index) => {
    const record = known.get(id);
    if (!record) throw notFound("One of these records");
    const fault = faultOf(record, target);
    return fault === null ? [] : [{ field: `from[${index}]`, message: `from[${index}] ${fault}.` }];
  });
  if (faults.length > 0) throw badRequest(...faults);
  return [...new Set(from)].filter((id) => known.get(id)?.mergedInto !== into);
}

function faultOf(record: Selected<typeof FOUND>, target: Selected<typeof FOUND>): string | null {
  if (record.id === target.id) return "must not be the record that the others go into";
  if (record.type !== target.type) return `must be of the type ${target.type}, as what it goes into`;
  if (record.mergedInto !== null && record.mergedInto !== target.id)
    return `was merged into record ${record.mergedInto} already`;
  return null;
}
