// The events of a calendar that a file has too.
import type { Context } from "../context";
import {
  columns,
  flag,
  instant,
  NOTHING,
  number,
  raw,
  selectRows,
  sql,
  text,
  type Sql,
} from "../database/rows";
import { textRows } from "../database/text-rows";
import { EVENT_WIDTH, eventColumns, EventView } from "../event/projection";
import { visibleSql } from "../event/visibility";

/** A live event of the caller's calendar. */
export interface Known {
  view: EventView;
  /** Whether it is the caller's, who owns or organises it, and not one that they were invited to. */
  isOwn: boolean;
  /** Of an occurrence of a series, what it has for itself. */
  overrides?: readonly string[];
}

const MAX_PIECE = 200;
const OWN = columns({ isOwn: flag("is_own") }, EVENT_WIDTH);
const MADE = columns({
  id: text("e.id"),
  createdMs: number("round(extract(epoch from e.created_at) * 1000)"),
});
const MEETING = columns({ uid: text("e.i_cal_uid"), startTime: instant("e.start_time") });

/** The live events of the caller's calendar with these ids. */
export async function knownById(ctx: Context, ids: readonly string[]): Promise<Map<string, Known>> {
  const own = ctx.caller.organisationId;
  const found = await inPieces(ids, (piece) =>
    findWhere(ctx, sql`e.organisation_id = ${own} and e.id = any (${piece}::bigint[])`, NOTHING),
  );
  return new Map(found.map((known) => [known.view.id, known]));
}

/** The same by their iCalUid; of one UID the oldest event. */
export async function knownByUid(ctx: Context, uids: readonly string[]): Promise<Map<string, Known>> {
  const own = ctx.caller.organisationId;
  const found = await inPieces(uids, (piece) =>
    findWhere(
      ctx,
      namedSql(own, piece),
      sql`e.organisation_id = ${own} and e.i_cal_uid = any (${piece}) and `,
    ),
  );
  return new Map(found.map((known) => [known.view.iCalUid ?? "", known]));
}

/**
 * SQL: the events with these UIDs, of this organisation alone, however many others have them. Everything else is asked of what
 * was found, as in src/event/found.ts.
 */
const namedSql = (organisationId: string, uids: readonly string[]): Sql => sql`
  e.i_cal_uid is not null
  and uid_keys(e.organisation_id, e.i_cal_uid) && (select keys_of_uids(${organisationId}::bigint, ${uids}))`;

async function inPieces<T>(
  wanted: readonly string[],
  find: (piece: readonly string[]) => Promise<T[]>,
): Promise<T[]> {
  const found: T[] = [];
  for (let from = 0; from < wanted.length; from += MAX_PIECE) {
    found.push(...(await find(wanted.slice(from, from + MAX_PIECE))));
  }
  return found;
}

/** Of what `found` finds, what the caller's calendar holds and `more` is true of. */
async function findWhere({ db, caller }: Context, found: Sql, more: Sql): Promise<Known[]> {
  const { text: statement, values } = sql`
      select ${raw(eventColumns("e"))}, e.owner_id = ${caller.userId} or e.organizer_id is not distinct from ${caller.userId} as is_own
      from event e
      where ${found} and (${more}exists (
        select from calendar_entry n
        where n.organisation_id = ${caller.organisationId} and n.calendar_id = ${caller.calendarId} and n.event_id = e.id
          and n.removed_at is null offset 0)) is true
      order by e.id desc`;
  const rows = await textRows(db.pool, { text: statement, values, kind: "keyed" });
  return rows.map((row) => ({ view: new EventView(row), isOwn: OWN.of(row).isOwn }));
}

/** Of the organisation's live events with these ids, which are in nobody's calendar but colleagues'. */
export async function elsewhere(
  { db, caller }: Context,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await selectRows(
    db.pool,
    MADE,
    sql`
      select ${MADE} from event e
      where e.organisation_id = ${caller.organisationId} and e.id = any (${ids}::bigint[]) and e.status <> 'cancelled'`,
  );
  return new Map(rows.map(({ id, createdMs }) => [id, createdMs]));
}

/**
 * Of the organisation's live events with these UIDs, those in colleagues' calendars alone that the caller may see: UID and
 * start, in two lines. What is masked for the caller is not looked at, so that no file tells that it is there.
 */
export async function colleaguesByUid(
  { db, caller }: Context,
  uids: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>();
  await inPieces(uids, async (piece) => {
    const { text: statement, values } = sql`
      select ${MEETING} from event e
      where ${namedSql(caller.organisationId, piece)}
        and (e.organisation_id = ${caller.organisationId} and e.i_cal_uid = any (${piece}) and e.owner_id <> ${caller.userId}
          and e.status <> 'cancelled' and ${visibleSql(caller)}) is true`;
    const rows = await selectRows(db.pool, MEETING, { text: statement, values, kind: "keyed" });
    for (const { uid, startTime } of rows) found.add(`${uid}\n${startTime}`);
    return [];
  });
  return found;
}
