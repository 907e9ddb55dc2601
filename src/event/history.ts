// Who changed what of an event: the rows that triggers wrote (migrations/functions/history.sql), as admins read them.
// They see every event of their organisation whole, so nothing is masked here, and nobody else is let in.
import { requireAdmin, requireScope, type Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { columns, instant, orNull, text, word, type Selected } from "../database/rows";
import { badRequest } from "../errors";
import { parseId } from "../values/ids";
import { parseInstant } from "../values/instants";
import { MAX_PAGE_BYTES } from "../values/pages";
import { EVENT_FIELDS } from "./fields";
import { HistoryConnection, HistoryKind, type FieldChange, type HistoryEntry } from "./history.types";

/** The client of a change that no access token made. */
const PLAIN_SQL = "plain SQL";
/** What the service does by itself has no access token either: it has this one's id. */
const SERVICE_TOKEN = "0";
const SERVICE = "Tidemark";

const namesOf = (fields: typeof EVENT_FIELDS): string[] => fields.map(({ name }) => name);
const TIMES = new Set(namesOf(EVENT_FIELDS.filter(({ kind }) => kind.type === "timestamptz")));
const LISTS = new Set([
  ...namesOf(EVENT_FIELDS.filter((rule) => Array.isArray(rule.default))),
  "leftUserIds",
]);
/** What an attendee has at least; what is null is not stored. */
const BLANK_ATTENDEE = { userId: null, emailAddress: null, contactId: null, name: null };

export interface HistoryPage {
  size: number;
  /** Only what is older than the entry of this id. */
  after: string | null;
}

/** Refuses, as `bad_request` naming the argument, what is no cursor of a history. */
export function readHistoryCursor(cursor: string | null | undefined): string | null {
  if (cursor == null) return null;
  const id = parseId(Buffer.from(cursor, "base64url").toString("latin1"));
  if (id === null) throw badRequest({ field: "after", message: "after must be a cursor of this list." });
  return id;
}

/** Refuses, as `forbidden`, everybody but admins. */
export function requireHistory(ctx: Context): void {
  requireScope(ctx, "read");
  requireAdmin(ctx, "read who changed an event");
}

const ENTRY = columns({
  eventId: text("h.event_id"),
  id: text("h.id"),
  at: instant("h.at"),
  kind: word<HistoryKind>("h.kind"),
  tokenId: orNull(text("h.token_id")),
  client: orNull(text("t.name")),
  userId: orNull(text("t.user_id")),
  /** JSON. */
  changes: text("h.changes"),
});
type Entry = Selected<typeof ENTRY>;

/**
 * A page of the history of each of these events, newest first, for admins; empty for what is no event of the
 * organisation, and where all of it is older than what is kept. One statement. Where they come to more than `most` bytes
 * they are not complete, and the bytes say so.
 */
export async function listHistories(
  ctx: Context,
  eventIds: readonly string[],
  { size, after }: HistoryPage,
  most: number,
): Promise<HistoryConnection[]> {
  requireHistory(ctx);
  const { db, caller } = ctx;
  const statement = {
    text: `
      select ${ENTRY.list}
      from unnest($2::bigint[]) as wanted (id)
      cross join lateral (
        select * from event_history h
        where h.organisation_id = $1 and h.event_id = wanted.id and ($3::bigint is null or h.id < $3)
        order by h.id desc limit $4) h
      left join access_token t on t.organisation_id = h.organisation_id and t.id = h.token_id
      order by h.event_id, h.id desc`,
    values: [caller.organisationId, eventIds, after, size + 1],
  };
  const alone = eventIds.length === 1;
  const { rows, next } = await boundedRows(db.pool, statement, {
    bytes: alone ? MAX_PAGE_BYTES : most,
    rows: eventIds.length * (size + 1),
    whose: caller.organisationId,
    held: ctx.held,
  });
  const found = new Map(eventIds.map((id): [string, Found] => [id, { entries: [], bytes: 0, isCut: false }]));
  for (const row of rows.map(ENTRY.of)) add(row, found.get(row.eventId));
  const last = next && found.get(ENTRY.of(next).eventId);
  if (last && alone) last.isCut = true;
  else if (last) last.bytes = most + 1;
  return eventIds.map((id) => {
    const { entries, bytes, isCut } = found.get(id) as Found;
    const more = { next: isCut || entries.length > size, previous: after !== null };
    return new HistoryConnection(entries.slice(0, size), more, bytes);
  });
}

interface Found {
  entries: HistoryEntry[];
  bytes: number;
  isCut: boolean;
}

/** Adds an entry to its history, unless that is as long as a page may be. */
function add(entry: Entry, history: Found | undefined): void {
  if (!history || history.isCut) return;
  const { length } = entry.changes;
  history.isCut = history.entries.length > 0 && history.bytes + length > MAX_PAGE_BYTES;
  if (history.isCut) return;
  history.entries.push(entryOf(entry));
  history.bytes += length;
}

function entryOf({ id, eventId, at, kind, client, tokenId, userId, changes }: Entry): HistoryEntry {
  const stored = Object.entries(JSON.parse(changes) as Record<string, unknown>);
  const isService = tokenId === SERVICE_TOKEN;
  return {
    ...{ id, at, kind, userId },
    // A series' history is kept under its id below zero.
    eventId: eventId.replace("-", ""),
    tokenId: isService ? null : tokenId,
    client: isService ? SERVICE : (client ?? PLAIN_SQL),
    fields: stored.map(([field, value]) => changeOf(kind, field, value)),
  };
}

function changeOf(kind: HistoryKind, field: string, stored: unknown): FieldChange {
  if (kind === HistoryKind.created) return { field, before: null, after: asShown(field, stored) };
  if (kind === HistoryKind.deleted) return { field, before: asShown(field, stored), after: null };
  const [before, after] = (stored as [unknown, unknown]).map((value) => asShown(field, value));
  if (!LISTS.has(field)) return { field, before, after };
  const [was, is] = [before as unknown[], after as unknown[]];
  return { field, before: missingFrom(is, was), after: missingFrom(was, is) };
}

/** The entries of `list` that `other` does not have. As text: of two lists of a thousand, each pair would take seconds. */
function missingFrom(other: readonly unknown[], list: readonly unknown[]): unknown[] {
  const known = new Set(other.map((entry) => JSON.stringify(entry)));
  return list.filter((entry) => !known.has(JSON.stringify(entry)));
}

/** A stored value as `Event` has it. Times are stored in the time zone of whoever wrote, attendees without their nulls. */
function asShown(field: string, value: unknown): unknown {
  if (TIMES.has(field)) return parseInstant(value as string) ?? value;
  if (field === "attendees")
    return (value as object[]).map((attendee) => ({ ...BLANK_ATTENDEE, ...attendee }));
  return value;
}
