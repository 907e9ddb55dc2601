// Writing records. Contacts that come by an address come by the events that have it (migrations/functions/records.sql), so
// whoever may change events takes the organisation's lock before any row.
import { In, type EntityManager } from "typeorm";
import { requireScope, type Context } from "../context";
import { withEntities } from "../database/entity-transaction";
import { textRow, type Queryable } from "../database/text-rows";
import { Record, type RecordType } from "../entities/record";
import { badRequest, notFound } from "../errors";
import { beginAct } from "../people/acting";
import type { RecordInput } from "./record.inputs";
import { recordsById } from "./records";
import { touchChanged } from "../database/changed-calendars";

export const MAX_SAVED = 500;

/** The first statement of a write of records that may change events. Waits for writers of events, as they do for it. */
export async function beginRecordWrite({ caller }: Context, client: Queryable): Promise<void> {
  await beginAct(client, caller);
  const values = [caller.organisationId, caller.tokenId];
  await textRow(client, { text: "select begin_record_write($1, $2)", values });
}

/** Names a field of the client's input. */
type Path = (name: string) => string;

/**
 * Creates records, and changes those that come with an id; all of them or none. An archived one is `not_found`. `path` is
 * what faults are named with: where in the client's input the record of an index stands.
 */
export async function saveRecords(
  ctx: Context,
  inputs: readonly RecordInput[],
  path: (index: number) => string,
): Promise<Record[]> {
  requireScope(ctx, "write");
  const ids = await withEntities(ctx.db, async ({ manager, client, touched }) => {
    if (inputs.some(({ emails }) => emails !== undefined)) await beginRecordWrite(ctx, client);
    else await beginAct(client, ctx.caller);
    const known = await namedBy(ctx, manager, inputs);
    const saved: string[] = [];
    for (const [index, input] of inputs.entries()) {
      const field: Path = (name) => `${path(index)}${name}`;
      const record = input.id
        ? await changeRecord(manager, { ...input, id: input.id }, known, field)
        : await insertRecord(ctx, manager, { input, known, field });
      saved.push(record.id);
    }
    await touchChanged(client, ctx.caller.organisationId, touched);
    return saved;
  });
  const records = await recordsById(ctx, ids, true);
  return ids.flatMap((id) => records.get(id) ?? []);
}

/** The records that the inputs name. */
export function namedBy(
  { caller }: Context,
  manager: EntityManager,
  inputs: readonly RecordInput[],
): Promise<Record[]> {
  const mentioned = inputs.flatMap(({ id, accountId }) => [id, accountId]).filter((id) => id != null);
  if (mentioned.length === 0) return Promise.resolve([]);
  return manager.findBy(Record, { organisationId: caller.organisationId, id: In(mentioned) });
}

/** Inserts a record. */
export async function insertRecord(
  { caller }: Context,
  manager: EntityManager,
  {
    input: { name, type, emails = [], accountId = null },
    known,
    field,
  }: { input: RecordInput; known: readonly Record[]; field: Path },
): Promise<Record> {
  requireAccount(accountId, known, field("accountId"));
  const { organisationId } = caller;
  const named = requireNew({ type, name }, field);
  const record = manager.create(Record, { ...named, emails, accountId, organisationId });
  await manager.insert(Record, record);
  return record;
}

async function changeRecord(
  manager: EntityManager,
  { id, type, ...fields }: RecordInput & { id: string },
  known: readonly Record[],
  field: Path,
): Promise<Record> {
  const before = known.find((record) => record.id === id);
  if (!before || before.archivedAt !== null) throw notFound("This record");
  // An account that was archived since may stay where it is.
  if (fields.accountId !== before.accountId) requireAccount(fields.accountId, known, field("accountId"));
  refuseOtherType(before, type, field("type"));
  const { organisationId } = before;
  if (Object.keys(fields).length > 0) await manager.update(Record, { organisationId, id }, fields);
  return before;
}

function requireNew({ type, name }: RecordInput, field: Path): { type: RecordType; name: string } {
  if (type && name) return { type, name };
  const missing = field(type ? "name" : "type");
  throw badRequest({ field: missing, message: `${missing} is required to create a record.` });
}

function requireAccount(id: string | null | undefined, known: readonly Record[], field: string): void {
  const isAccount = ({ id: other, type, archivedAt }: Record): boolean =>
    other === id && type === "Account" && archivedAt === null;
  if (!id || known.some(isAccount)) return;
  throw badRequest({ field, message: `${field} must be an Account of the organisation.` });
}

function refuseOtherType(before: Record, type: RecordType | undefined, field: string): void {
  if (type && type !== before.type)
    throw badRequest({ field, message: `${field} must stay ${before.type}.` });
}
