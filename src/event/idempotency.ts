// A retry never makes a second meeting: creates under a client's key (migrations/0002-requests.sql).
import { createHash } from "node:crypto";
import type { CalendarRef, Context } from "../context";
import { textRow, type Queryable, type TextRow } from "../database/text-rows";
import { badRequest, idempotencyMismatch } from "../errors";
import { DEFAULTS, type EventInput } from "./event.inputs";
import { addressKey } from "./people-of-write";
import { ReplayedView, type EventView } from "./projection";
import { requireTimes } from "./times";

const KEY = /^[\x20-\x7e]{1,255}$/;
const KEPT = "48 hours";

/** Thrown to undo a create whose key somebody else has taken meanwhile. */
class KeyTaken extends Error {}

export interface Idempotency {
  key: string;
  fingerprint: Buffer;
}

/** Refuses, as `bad_request` naming `field`, a key that is not 1 to 255 printable ASCII characters. */
export function readIdempotency(
  ctx: Context,
  { key, field }: { key: string; field: string },
  calendar: CalendarRef,
  input: EventInput,
): Idempotency {
  if (!KEY.test(key)) throw badRequest({ field, message: `${field} must be 1 to 255 printable characters.` });
  return { key, fingerprint: fingerprintOf(calendar, input, ctx.caller.timezone) };
}

/**
 * Runs `create` once for a key, and answers what it made again for every repeat, for 48 hours. `create` must call
 * `remember` in its transaction, last. The same key with other content is `idempotency.mismatch`.
 */
export async function once(
  ctx: Context,
  idempotency: Idempotency,
  create: (remember: (client: Queryable, view: EventView) => Promise<void>) => Promise<EventView>,
): Promise<EventView> {
  const known = await replay(ctx, idempotency);
  if (known) return known;
  try {
    return await create((client, view) => remember(ctx, client, idempotency, view));
  } catch (error) {
    if (!(error instanceof KeyTaken)) throw error;
    const winner = await replay(ctx, idempotency);
    if (!winner) throw new Error("An idempotency key was taken and is not there.", { cause: error });
    return winner;
  }
}

async function replay({ db, caller }: Context, { key, fingerprint }: Idempotency): Promise<EventView | null> {
  const row = await textRow(db.pool, {
    text: `
      select encode(fingerprint, 'hex'), answer from idempotency_key
      where organisation_id = $1 and user_id = $2 and key = $3 and created_at > tidemark_now() - interval '${KEPT}'`,
    values: [caller.organisationId, caller.userId, key],
  });
  if (!row) return null;
  const [known, answer] = row as [string, string];
  if (known !== fingerprint.toString("hex")) throw idempotencyMismatch();
  return new ReplayedView(JSON.parse(answer) as TextRow);
}

/** Keeps the answer; throws KeyTaken where another create was first. An old key that waits to be swept is free. */
async function remember(
  { caller }: Context,
  client: Queryable,
  { key, fingerprint }: Idempotency,
  view: EventView,
): Promise<void> {
  const row = await textRow(client, {
    text: `
      insert into idempotency_key as k (organisation_id, user_id, key, fingerprint, answer) values ($1, $2, $3, $4, $5)
      on conflict (organisation_id, user_id, key) do update
        set fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at
        where k.created_at <= tidemark_now() - interval '${KEPT}'
      returning true`,
    values: [caller.organisationId, caller.userId, key, fingerprint, JSON.stringify(view.stored)],
  });
  if (!row) throw new KeyTaken();
}

/** The content of a create and where it goes, in one spelling: absent keys, instants, order and case make no difference. */
function fingerprintOf(calendar: CalendarRef, input: EventInput, zone: string): Buffer {
  const { attendees, relatedTo, ...content } = { ...DEFAULTS, ...input, ...requireTimes(input, zone) };
  const people = attendees.map(({ userId, emailAddress, contactId, name, status }) =>
    JSON.stringify([
      userId ?? null,
      emailAddress == null ? null : addressKey(emailAddress),
      contactId ?? null,
      name ?? null,
      status ?? "NoResponse",
    ]),
  );
  const links = relatedTo.map(({ type, id }) => `${type}:${id}`);
  const fields = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([calendar.id, fields, people.sort(), [...new Set(links)].sort()]))
    .digest();
}
