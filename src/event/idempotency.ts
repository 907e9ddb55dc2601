// A retry never makes a second meeting: creates under a client's key (migrations/0002-requests.sql).
import { createHash } from "node:crypto";
import { KEPT, KeyTaken, readKey, recall, remember, type Idempotency } from "../access/idempotency-keys";
import type { CalendarRef, Context } from "../context";
import { columns, selectRow, selectRows, sql, text } from "../database/rows";
import { deleteSome } from "../database/deleting";
import type { Queryable, TextRow } from "../database/text-rows";
import type { EventInput } from "./event.inputs";
import { DEFAULTS } from "./fields";
import { addressKey } from "../values/address-key";
import { mergeProperties } from "../values/properties";
import { answerOf, type Done } from "./outcomes";
import { EventView, keptAnswer, ReplayedView, type RemovedView } from "./projection";
import { requireTimes } from "./times";

/** How a create keeps its key. */
export interface Remember {
  userId: string;
  key: string;
  /** Runs last in the transaction of the create; throws KeyTaken where another create was first. */
  keep: (client: Queryable, done: Done<EventView>) => Promise<void>;
}

/** Refuses, as `bad_request`, a key that is not 1 to 255 printable ASCII characters. */
export function readIdempotency(
  ctx: Context,
  key: string,
  calendar: CalendarRef,
  input: EventInput,
): Idempotency {
  return { key: readKey(ctx, key), fingerprint: fingerprintOf(calendar, input, ctx.caller.timezone) };
}

/**
 * Runs `create` once for a key, and answers what it made again for every repeat, for 48 hours. `create` must keep the key.
 * The same key with other content is `idempotency.mismatch`.
 */
export async function once(
  ctx: Context,
  idempotency: Idempotency,
  create: (remember: Remember) => Promise<EventView | RemovedView>,
): Promise<EventView | RemovedView> {
  const known = await replay(ctx, idempotency);
  if (known) return known;
  try {
    const keep: Remember["keep"] = (client, { view, passedOver }) =>
      remember(ctx, client, idempotency, keptAnswer(view, passedOver));
    return await create({ userId: ctx.caller.userId, key: idempotency.key, keep });
  } catch (error) {
    if (!(error instanceof KeyTaken)) throw error;
    const winner = await replay(ctx, idempotency);
    if (!winner) throw new Error("An idempotency key was taken and is not there.", { cause: error });
    return winner;
  }
}

async function replay(ctx: Context, idempotency: Idempotency): Promise<EventView | null> {
  const row = await recall<TextRow>(ctx, ctx.db.pool, idempotency);
  if (!row) return null;
  const view = new ReplayedView(row, await isDeleted(ctx, new EventView(row).id));
  return answerOf(ctx, { view, passedOver: view.passedOver });
}

const THERE = columns({ id: text("id") });

async function isDeleted({ db, caller }: Context, id: string): Promise<boolean> {
  const own = caller.organisationId;
  const query = sql`select ${THERE} from event where organisation_id = ${own} and id = ${id}`;
  return (await selectRow(db.pool, THERE, query)) === null;
}

const TAKEN = columns({ userId: text("k.user_id"), key: text("k.key") });

/** Those of these keys of an organisation that are taken already. */
export async function findTaken(
  client: Queryable,
  organisationId: string,
  asked: readonly Remember[],
): Promise<Set<Remember>> {
  if (asked.length === 0) return new Set();
  const rows = await selectRows(client, TAKEN, {
    text: `
      select ${TAKEN.list} from unnest($2::bigint[], $3::text[]) as asked (user_id, key)
      join idempotency_key k on k.organisation_id = $1 and k.user_id = asked.user_id and k.key = asked.key
      where k.created_at > tidemark_now() - interval '${KEPT}'`,
    values: [organisationId, asked.map(({ userId }) => userId), asked.map(({ key }) => key)],
  });
  const taken = new Set(rows.map(({ userId, key }) => `${userId} ${key}`));
  return new Set(asked.filter(({ userId, key }) => taken.has(`${userId} ${key}`)));
}

const MAX_AT_ONCE = 5_000;

/** Forgets keys that are of no use any more, the oldest first. Whether there may be more. */
export const sweepKeys = (client: Queryable): Promise<boolean> =>
  deleteSome(
    client,
    [
      {
        text: `
        delete from idempotency_key where (organisation_id, user_id, key) in (
          select organisation_id, user_id, key from idempotency_key
          where created_at <= tidemark_now() - interval '${KEPT}' order by created_at limit ${MAX_AT_ONCE})`,
        values: [],
      },
    ],
    MAX_AT_ONCE,
  );

/** The content of a create and where it goes, in one spelling: absent keys, instants, order and case make no difference. */
export function fingerprintOf(calendar: CalendarRef, input: EventInput, zone: string): Buffer {
  const { attendees, relatedTo, properties, requireRooms, organizerEmail, ...content } = {
    ...{ ...DEFAULTS, ...input },
    ...requireTimes(input, zone),
  };
  const people = attendees.map(({ userId, emailAddress, contactId, name, status, type }) =>
    JSON.stringify([
      userId ?? null,
      emailAddress == null ? null : addressKey(emailAddress),
      contactId ?? null,
      name ?? null,
      status ?? "NoResponse",
      type ?? "required",
    ]),
  );
  const links = relatedTo.map(({ type, id }) => `${type}:${id}`);
  const byName = (given: object): [string, unknown][] =>
    Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1));
  // What says nothing, or the same in other letters, is no other content.
  const said = {
    ...content,
    organizerEmail: organizerEmail == null ? organizerEmail : addressKey(organizerEmail),
    ...(requireRooms === true && { requireRooms }),
  };
  const fields = [byName(said), byName(mergeProperties({}, properties ?? {}))];
  return createHash("sha256")
    .update(JSON.stringify([calendar.id, fields, people.sort(), [...new Set(links)].sort()]))
    .digest();
}
