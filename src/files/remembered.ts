// What is kept of earlier imports into a calendar: which event stands for which part of which UID, in which version.
import { createHash } from "node:crypto";
import type { Context } from "../context";
import { columns, number, orNull, selectRows, sql, text } from "../database/rows";
import { textRows, type Queryable } from "../database/text-rows";
import type { Version } from "../ical/version";
import { addressKey } from "../values/address-key";

/** The place of a UID as a whole. */
export const WHOLE = "*";

export interface Remembered {
  /** Null where a file took it away. */
  eventId: string | null;
  version: Version;
}

/** By the place in the series: "" for an event that does not recur, WHOLE for the UID; or a mark. */
export type Memory = Map<string, Remembered>;

/** What there is to be kept from now on. */
export interface Note extends Remembered {
  uid: string;
  slot: string;
}

/** As much of a UID's SHA-256 as tells it from others, in hexadecimal digits. */
export const hashOf = (uid: string): string => createHash("sha256").update(uid).digest("hex").slice(0, 32);

const bytesOfHash = (hash: string): Buffer => Buffer.from(hash, "hex");
const bytesOf = (uid: string): Buffer => bytesOfHash(hashOf(uid));

const OWN = "!";
/** What is kept beside a place where a file has something of its own for that occurrence of a series. */
export const ownMark = (slot: string): string => `${slot}${OWN}`;
export const isOwnMark = (slot: string): boolean => slot.endsWith(OWN);

const ANSWER = "@";
/** Where the version of somebody's last answer is kept, to a place or ("") to all of a UID: as a hash, which names nobody. */
export const answerMark = (uid: string, slot: string, emailAddress: string): string =>
  ANSWER + hashOf([uid, slot, addressKey(emailAddress)].join("\n")).slice(0, 19);
export const isAnswerMark = (slot: string): boolean => slot.startsWith(ANSWER);

const ROW = columns({
  hash: text("encode(m.uid_hash, 'hex')"),
  slot: text("m.slot"),
  eventId: orNull(text("m.event_id")),
  sequence: orNull(number("m.sequence")),
  changed: orNull(number("m.changed")),
  stamped: orNull(number("m.stamped")),
});

/** What earlier imports into the caller's calendar made of these UIDs, by hashOf(uid). */
export async function remember(
  { db, caller }: Context,
  uids: readonly string[],
): Promise<Map<string, Memory>> {
  const rows = await selectRows(
    db.pool,
    ROW,
    sql`
      select ${ROW} from imported_event m
      where m.organisation_id = ${caller.organisationId} and m.calendar_id = ${caller.calendarId}
        and m.uid_hash = any (${uids.map(bytesOf)}::bytea[])`,
  );
  const found = new Map<string, Memory>();
  for (const { hash, slot, eventId, sequence, changed, stamped } of rows) {
    const memory: Memory = found.get(hash) ?? new Map<string, Remembered>();
    memory.set(slot, { eventId, version: { sequence, changed, stamped } });
    found.set(hash, memory);
  }
  return found;
}

const HASH = columns({ hash: text("encode(m.uid_hash, 'hex')") });

/** Which of these UIDs, by their hashes, an earlier import had as a whole, and not an instance of them alone. */
export async function importedWhole(
  { db, caller }: Context,
  hashes: readonly string[],
): Promise<Set<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await selectRows(
    db.pool,
    HASH,
    sql`
      select ${HASH} from imported_event m
      where m.organisation_id = ${caller.organisationId} and m.calendar_id = ${caller.calendarId}
        and m.uid_hash = any (${hashes.map(bytesOfHash)}::bytea[]) and m.slot = ${WHOLE}`,
  );
  return new Set(rows.map(({ hash }) => hash));
}

/** Keeps what an import has come to. What is as it was is not written again. One statement. */
export async function note(
  { db, caller }: Context,
  notes: readonly Note[],
  on: Queryable = db.pool,
): Promise<void> {
  if (notes.length === 0) return;
  const lists = [
    notes.map(({ uid }) => bytesOf(uid)),
    notes.map(({ slot }) => slot),
    notes.map(({ eventId }) => eventId),
    ...(["sequence", "changed", "stamped"] as const).map((key) => notes.map(({ version }) => version[key])),
  ];
  await textRows(on, {
    text: `
      insert into imported_event as m
        (organisation_id, calendar_id, uid_hash, slot, event_id, sequence, changed, stamped)
      select $1, $2, n.* from unnest($3::bytea[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) n
      on conflict (organisation_id, calendar_id, uid_hash, slot) do update
      set event_id = excluded.event_id, sequence = excluded.sequence, changed = excluded.changed, stamped = excluded.stamped
      where (m.event_id, m.sequence, m.changed, m.stamped)
        is distinct from (excluded.event_id, excluded.sequence, excluded.changed, excluded.stamped)`,
    values: [caller.organisationId, caller.calendarId, ...lists],
  });
}

/** Forgets places of UIDs: what stood there stands elsewhere now. */
export async function forget(
  { db, caller }: Context,
  places: readonly { uid: string; slot: string }[],
  on: Queryable = db.pool,
): Promise<void> {
  if (places.length === 0) return;
  await textRows(on, {
    text: `
      delete from imported_event m using unnest($3::bytea[], $4::text[]) n (uid_hash, slot)
      where m.organisation_id = $1 and m.calendar_id = $2 and m.uid_hash = n.uid_hash and m.slot = n.slot`,
    values: [
      caller.organisationId,
      caller.calendarId,
      places.map(({ uid }) => bytesOf(uid)),
      places.map(({ slot }) => slot),
    ],
  });
}

const MADE = columns({
  hash: text("encode(m.uid_hash, 'hex')"),
  slot: text("m.slot"),
  eventId: text("e.id"),
});

/** What earlier imports made of the calendar's user's own events that start within a span, page by page, by id. */
export async function madeWithin(
  { db, caller }: Context,
  span: { from: Date; to: Date },
  page: { after: string; first: number },
): Promise<{ hash: string; slot: string; eventId: string }[]> {
  return selectRows(
    db.pool,
    MADE,
    sql`
      select ${MADE}
      from imported_event m
      join event e on e.organisation_id = m.organisation_id and e.id = m.event_id and e.owner_id = ${caller.userId}
      where m.organisation_id = ${caller.organisationId} and m.calendar_id = ${caller.calendarId}
        and e.start_time between ${span.from.toISOString()} and ${span.to.toISOString()} and e.id > ${page.after}
      order by e.id limit ${page.first}`,
  );
}
