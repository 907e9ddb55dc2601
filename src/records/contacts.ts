// Creating one Contact, as a client does that may have asked before, or may not know that somebody else has.
import { createHash } from "node:crypto";
import { requireScope, type Context } from "../context";
import { withEntities } from "../database/entity-transaction";
import { columns, json, selectRow, sql, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { Record, RecordType, shownRecord } from "../entities/record";
import { contactExists } from "../errors";
import { readKey, recall, remember, type Idempotency } from "../access/idempotency-keys";
import { addressKey } from "../values/address-key";
import type { RecordInput } from "./record.inputs";
import { beginRecordWrite, insertRecord, namedBy } from "./saving";
import { touchChanged } from "../database/changed-calendars";

export interface ContactWish {
  input: RecordInput;
  idempotencyKey?: string | null | undefined;
  /** Another one is made, whoever has the address. */
  allowDuplicate: boolean;
}

export interface MadeContact {
  record: Record;
  /** It is the answer that an earlier request with the same key had. */
  isReplayed: boolean;
}

/**
 * Creates a Contact. Under a key it is made once in 48 hours, and every repeat gets the first answer. An address that a live
 * Contact has is `conflict`, which shows the oldest such Contact: of two requests at once the second is told so.
 */
export async function createContact(
  ctx: Context,
  { input, idempotencyKey, allowDuplicate }: ContactWish,
): Promise<MadeContact> {
  requireScope(ctx, "write");
  const key = idempotencyKey == null ? null : keyOf(ctx, idempotencyKey, input);
  const early = key && (await replay(ctx, ctx.db.pool, key));
  if (early) return early;
  return withEntities(ctx.db, async ({ manager, client, touched }) => {
    await beginRecordWrite(ctx, client);
    // Whoever was faster has committed by now.
    const late = key && (await replay(ctx, client, key));
    if (late) return late;
    const known = await namedBy(ctx, manager, [input]);
    if (!allowDuplicate) await refuseTaken(ctx, client, input.emails ?? []);
    const record = await insertRecord(ctx, manager, { input, known, field: (name) => name });
    if (key) await remember(ctx, client, key, shownRecord(record));
    await touchChanged(client, ctx.caller.organisationId, touched);
    return { record, isReplayed: false };
  });
}

/** The content, in one spelling: absent keys and the case of addresses make no difference. */
function keyOf(ctx: Context, key: string, { name, emails = [], accountId = null }: RecordInput): Idempotency {
  const content = JSON.stringify(["contact", name, emails.map(addressKey), accountId]);
  return { key: readKey(ctx, key), fingerprint: createHash("sha256").update(content).digest() };
}

async function replay(ctx: Context, on: Queryable, key: Idempotency): Promise<MadeContact | null> {
  const known = await recall<object>(ctx, on, key);
  return known && { record: Object.assign(new Record(), known), isReplayed: true };
}

const TAKEN = columns({
  place: text("given.place"),
  record: json<Record>(`json_build_object(
  'id', r.id::text, 'type', r.type, 'name', r.name, 'emails', r.emails, 'accountId', r.account_id::text)`),
});

/** Refuses an address that a live Contact of the organisation has. */
async function refuseTaken({ caller }: Context, client: Queryable, emails: readonly string[]): Promise<void> {
  if (emails.length === 0) return;
  const own = caller.organisationId;
  const taken = await selectRow(
    client,
    TAKEN,
    sql`
      select ${TAKEN} from record r
      cross join lateral (
        select place - 1 as place from unnest(${emails}::text[]) with ordinality as g (address, place)
        where address_key(address) = any (address_keys(r.emails)) order by place limit 1) given
      where record_keys(r.organisation_id, r.emails) && (select record_keys(${own}, ${emails}::text[]))
        and (r.organisation_id = ${own} and r.type = ${RecordType.Contact} and r.archived_at is null) is true
      order by r.id limit 1`,
  );
  if (taken) throw contactExists(`emails[${taken.place}]`, JSON.stringify(shownRecord(taken.record)));
}
