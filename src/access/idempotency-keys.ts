// The keys under which clients create things, whatever they create (migrations/0002-requests.sql).
import { nameOf, type Context } from "../context";
import { columns, json, selectRow, text } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { badRequest, idempotencyMismatch } from "../errors";

const KEY = /^[\x20-\x7e]{1,255}$/;
export const KEPT = "48 hours";

/** Thrown to undo a create whose key somebody else has taken meanwhile. */
export class KeyTaken extends Error {}

export interface Idempotency {
  key: string;
  fingerprint: Buffer;
}

/** The key; refuses, as `bad_request`, one that is not 1 to 255 printable ASCII characters. */
export function readKey(ctx: Context, key: string): string {
  if (KEY.test(key)) return key;
  const field = nameOf(ctx, "idempotencyKey");
  throw badRequest({ field, message: `${field} must be 1 to 255 printable characters.` });
}

const KNOWN = columns({
  fingerprint: text("encode(k.fingerprint, 'hex')"),
  answer: json<unknown>("k.answer"),
});

/** What was answered under this key to the same content; null where nothing was. Other content is `idempotency.mismatch`. */
export async function recall<Answer>(
  { caller }: Context,
  on: Queryable,
  { key, fingerprint }: Idempotency,
): Promise<Answer | null> {
  const known = await selectRow(on, KNOWN, {
    text: `
      select ${KNOWN.list} from idempotency_key k
      where k.organisation_id = $1 and k.user_id = $2 and k.key = $3
        and k.created_at > tidemark_now() - interval '${KEPT}'`,
    values: [caller.organisationId, caller.userId, key],
  });
  if (!known) return null;
  if (known.fingerprint !== fingerprint.toString("hex")) throw idempotencyMismatch();
  return known.answer as Answer;
}

/** Keeps the answer; throws KeyTaken where another create was first. An old key that waits to be swept is free. */
export async function remember(
  { caller }: Context,
  client: Queryable,
  { key, fingerprint }: Idempotency,
  answer: unknown,
): Promise<void> {
  const row = await textRow(client, {
    text: `
      insert into idempotency_key as k (organisation_id, user_id, key, fingerprint, answer) values ($1, $2, $3, $4, $5)
      on conflict (organisation_id, user_id, key) do update
        set fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at
        where k.created_at <= tidemark_now() - interval '${KEPT}'
      returning true`,
    values: [caller.organisationId, caller.userId, key, fingerprint, JSON.stringify(answer)],
  });
  if (!row) throw new KeyTaken();
}
