// Which calendar a request speaks for, and those that somebody may name.
import { loaderById, perRequest, type CalendarRef, type Context } from "../context";
import { countedRows } from "../access/counted-rows";
import { columns, NOTHING, orNull, raw, selectRow, sql, text, value, word, type Sql } from "../database/rows";
import { textRows, type TextQuery } from "../database/text-rows";
import { CalendarAccess, GrantAccess } from "../entities/calendar";
import type { UserKind } from "../entities/user";
import { badRequest, forbidden, notFound } from "../errors";
import { beyondName, windowOf, type NameWindow } from "./by-name";
import { ID_RULE, parseId } from "../values/ids";

/** A calendar as both doors show it to somebody. */
export interface CalendarView {
  id: string;
  name: string;
  /** Whether it is their own. */
  primary: boolean;
  timezone: string;
  userId: string;
  kind: UserKind;
  access: CalendarAccess;
}

/** What a request means to do with a calendar. To `manage` one is for its user and admins, whatever was granted. */
export type Purpose = "read" | "write" | "manage";

export const ownCalendar = ({ caller }: Context): CalendarRef => ({
  id: caller.calendarId,
  userId: caller.userId,
});

interface Named {
  calendar: CalendarRef;
  access: GrantAccess | null;
  at: number;
}

/** A long stream asks again after so long: a grant that is taken away ends it. */
const MAX_TRUSTED_MS = 3_000;

/** The organisation's calendars that a request has named so far. */
const named = perRequest(() => new Map<string, Named>());

/**
 * The calendar named by `given`, for what the caller means to do with it; absent or `primary` is their own. An admin may name
 * any of the organisation's; one that is not there, or another organisation's, is `not_found` to them. Others may name those
 * granted to them; any other, there or not, is `forbidden`. Looked up once a request, and every 3 s of a long one.
 */
export async function requireCalendar(
  ctx: Context,
  given: string | null | undefined,
  purpose: Purpose = "read",
): Promise<CalendarRef> {
  const { caller } = ctx;
  if (given == null || given === "primary" || given === caller.calendarId) return ownCalendar(ctx);
  const id = parseId(given);
  if (id === null) throw badRequest({ field: "calendarId", message: `calendarId ${ID_RULE}, or primary.` });
  const { calendar, access } = (await findNamed(ctx, id)) ?? { calendar: null, access: null };
  if (caller.role !== "admin") requireGrant(access, purpose);
  if (!calendar) throw notFound("This calendar");
  ctx.tally.calendarId = calendar.id;
  return calendar;
}

function requireGrant(access: GrantAccess | null, purpose: Purpose): void {
  if (access === null) throw forbidden("Only an admin may name a calendar that is not granted to them.");
  if (purpose === "manage") throw forbidden("Only the calendar's user or an admin may do this.");
  if (purpose === "write" && access !== GrantAccess.WRITE)
    throw forbidden("This calendar is granted to you for reading only.");
}

const NAMED = columns({
  id: text("c.id"),
  userId: text("c.user_id"),
  access: orNull(word<GrantAccess>("upper(g.access)")),
});

async function findNamed(ctx: Context, id: string): Promise<Named | null> {
  const { db, caller } = ctx;
  const known = named(ctx).get(id);
  if (known && performance.now() - known.at < MAX_TRUSTED_MS) return known;
  const row = await selectRow(
    db.pool,
    NAMED,
    sql`
      select ${NAMED} from calendar c
      left join calendar_grant g
        on g.organisation_id = c.organisation_id and g.user_id = ${caller.userId} and g.calendar_id = c.id
      where c.organisation_id = ${caller.organisationId} and c.id = ${id}`,
  );
  if (!row) return null;
  const found = { calendar: { id: row.id, userId: row.userId }, access: row.access, at: performance.now() };
  named(ctx).set(id, found);
  return found;
}

/** Refuses, as `not_found`, calendar ids that are none of the organisation's. */
export async function requireCalendars(ctx: Context, ids: readonly string[]): Promise<void> {
  const { db, caller } = ctx;
  const others = new Set(ids.filter((id) => id !== caller.calendarId && !named(ctx).has(id)));
  if (others.size === 0) return;
  const rows = await textRows(
    db.pool,
    sql`select id from calendar where organisation_id = ${caller.organisationId} and id = any (${[...others]})`,
  );
  if (rows.length < others.size) throw notFound("One of these calendars");
}

const CALENDAR = columns({
  id: text("c.id"),
  name: text("u.name"),
  timezone: text("u.timezone"),
  userId: text("u.id"),
  kind: word<UserKind>("u.kind"),
  access: word<CalendarAccess>("c.access"),
});

/** A calendar as the caller sees it. */
export function viewOf({ caller }: Context, calendar: Omit<CalendarView, "primary">): CalendarView {
  const { id, name, timezone, userId, kind, access } = calendar;
  const primary = userId === caller.userId;
  return { id, name, primary, timezone, userId, kind, access };
}

/** Calendars of the organisation, for an admin, by id: those of one level of an answer in one statement. */
export const calendarLoader = loaderById(async (ctx, ids): Promise<CalendarView[]> => {
  const { organisationId, userId } = ctx.caller;
  const rows = await textRows(
    ctx.db.pool,
    sql`
      select ${CALENDAR}
      from (
        select k.*, case when k.user_id = ${userId}::bigint then 'owner' else 'write' end as access
        from calendar k where k.organisation_id = ${organisationId} and k.id = any (${[...ids]}) limit ${ids.length}) c
      join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id`,
  );
  return rows.map((row) => viewOf(ctx, CALENDAR.plain(row)));
});

/**
 * The caller's calendar and then those granted to them, or with `all`, for an admin, those of the organisation; by their
 * users' names, all or a piece.
 */
export async function listCalendars(ctx: Context, all: boolean): Promise<CalendarView[]> {
  if (all && ctx.caller.role !== "admin") throw forbidden("Only an admin may list all calendars.");
  const window = windowOf(ctx);
  const { text: statement, values } = all ? everybodysSql(ctx, window) : grantedSql(ctx, window);
  const query: TextQuery = { text: statement, values, kind: "names" };
  const rows = window ? await textRows(ctx.db.pool, query) : await countedRows(ctx, query, "calendars");
  return rows.map((row) => viewOf(ctx, CALENDAR.plain(row)));
}

function everybodysSql({ caller }: Context, window: NameWindow | null): Sql {
  const own = value(caller.organisationId);
  return sql`
    select ${CALENDAR}
    from (
      select * from app_user u where by_name(u.organisation_id) = ${own}${beyondName(window ?? {}, raw("u.name, u.id"))}
      order by u.name, u.id limit ${window?.limit ?? null}) u
    cross join lateral (
      select c.id, case when u.id = ${caller.userId}::bigint then 'owner' else 'write' end as access
      from calendar c where c.user_id = u.id and (c.organisation_id = u.organisation_id) is true offset 0) c
    order by u.name, u.id`;
}

function grantedSql({ caller }: Context, window: NameWindow | null): Sql {
  const [own, me] = [value(caller.organisationId), value(caller.userId)];
  const { after } = window ?? {};
  const beyond = after
    ? sql` and (u.id <> ${me}::bigint, u.name, u.id)
           > (${after.id}::bigint <> ${me}::bigint, ${after.name}::text, ${after.id}::bigint)`
    : NOTHING;
  return sql`
    select ${CALENDAR}
    from (
      select ${caller.calendarId}::bigint as id, ${me}::bigint as user_id, 'owner' as access
      union all
      select c.id, c.user_id, g.access
      from calendar_grant g join calendar c on c.organisation_id = g.organisation_id and c.id = g.calendar_id
      where g.organisation_id = ${own} and g.user_id = ${me}) c
    join app_user u on u.organisation_id = ${own} and u.id = c.user_id
    where true${beyond}
    order by u.id <> ${me}::bigint, u.name, u.id limit ${window?.limit ?? null}`;
}
