// What admins, the command line and others did to users, access tokens, grants, records, webhooks and the organisation: the rows that
// triggers wrote (migrations/functions/admin-history.sql), as admins read them.
import { requireAdmin, requireScope, type Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { columns, flag, instant, orNull, sql, text, word, type Selected } from "../database/rows";
import { HistoryKind, type FieldChange } from "../event/history.types";
import { parseInstant } from "../values/instants";
import { MAX_PAGE_BYTES } from "../values/pages";
import { AdminActConnection, type AdminAct, type AdminSubject } from "./admin-history.types";

export interface ActsWanted {
  subject: AdminSubject | null;
  subjectId: string | null;
  size: number;
  /** Only what is older than the act of this id. */
  after: string | null;
}

const OPERATOR = "operator";
const PLAIN_SQL = "plain SQL";

const ACT = columns({
  id: text("h.id"),
  at: instant("h.at"),
  kind: word<HistoryKind>("h.kind"),
  subject: word<AdminSubject>("h.subject"),
  subjectId: text("h.subject_id"),
  tokenId: orNull(text("h.token_id")),
  client: orNull(text("t.name")),
  userId: orNull(text("t.user_id")),
  byOperator: flag("h.by_operator"),
  /** JSON. */
  changes: text("h.changes"),
});

/**
 * A page of the acts in the organisation, newest first, for admins: all, or those on things of a kind, or on one of them. One
 * statement, which costs what the page has, or, for a kind alone, what is newer than its last.
 */
export async function listActs(ctx: Context, wanted: ActsWanted): Promise<AdminActConnection> {
  requireScope(ctx, "read");
  requireAdmin(ctx, "read what admins did");
  const { db, caller, held } = ctx;
  const { subject, subjectId, size, after } = wanted;
  const { text: statement, values } = sql`
    select ${ACT}
    from (
      select * from admin_history h
      where h.organisation_id = ${caller.organisationId}
        and (${subject}::text is null or h.subject = ${subject}::text)
        and (${subjectId}::bigint is null or h.subject_id = ${subjectId}::bigint)
        and (${after}::bigint is null or h.id < ${after}::bigint)
      order by h.id desc limit ${size + 1}) h
    left join access_token t on t.organisation_id = h.organisation_id and t.id = h.token_id
    order by h.id desc`;
  const bound = { bytes: MAX_PAGE_BYTES, rows: size + 1, whose: `acts of ${caller.organisationId}`, held };
  const { rows, next } = await boundedRows(db.pool, { text: statement, values, kind: "list" }, bound);
  const acts = rows.map((row) => actOf(ACT.of(row)));
  const more = { next: next !== null || acts.length > size, previous: after !== null };
  return new AdminActConnection(acts.slice(0, size), more);
}

function actOf(row: Selected<typeof ACT>): AdminAct {
  const { id, at, kind, subject, subjectId, tokenId, client, userId, byOperator, changes } = row;
  return {
    ...{ id, at, kind, subject, subjectId, tokenId, userId },
    client: client ?? (byOperator ? OPERATOR : PLAIN_SQL),
    fields: Object.entries(JSON.parse(changes) as Record<string, unknown>).map(([column, stored]) =>
      changeOf(kind, column, stored),
    ),
  };
}

function changeOf(kind: HistoryKind, column: string, stored: unknown): FieldChange {
  const field = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (kind === HistoryKind.created) return { field, before: null, after: asShown(column, stored) };
  if (kind === HistoryKind.deleted) return { field, before: asShown(column, stored), after: null };
  const [before, after] = (stored as [unknown, unknown]).map((value) => asShown(column, value));
  return { field, before, after };
}

/** As the doors show it: instants in UTC, ids as text. */
function asShown(column: string, value: unknown): unknown {
  if (typeof value === "string" && /_(at|until)$/.test(column)) return parseInstant(value) ?? value;
  if (typeof value === "number" && /_(id|into|by)$/.test(column)) return String(value);
  return value;
}
