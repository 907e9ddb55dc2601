// Which calendar a request speaks for.
import type { CalendarRef, Context } from "../context";
import { textRow, textRows } from "../database/text-rows";
import { badRequest, forbidden, notFound } from "../errors";
import { beyondName, type NameWindow } from "./by-name";
import { ID_RULE, parseId } from "../values/ids";

/** A calendar as both doors show it. */
export interface CalendarView {
  id: string;
  name: string;
  primary: true;
  timezone: string;
  userId: string;
}

export const ownCalendar = ({ caller }: Context): CalendarRef => ({
  id: caller.calendarId,
  userId: caller.userId,
});

/**
 * The calendar named by `given`, as an admin may; absent or `primary` is the caller's own. A colleague's is
 * `forbidden` to members; one that is not there, or another organisation's, is `not_found`.
 */
export async function requireCalendar(ctx: Context, given: string | null | undefined): Promise<CalendarRef> {
  const { caller } = ctx;
  if (given == null || given === "primary" || given === caller.calendarId) return ownCalendar(ctx);
  const id = parseId(given);
  if (id === null) throw badRequest({ field: "calendarId", message: `calendarId ${ID_RULE}, or primary.` });
  if (caller.role !== "admin") throw forbidden("Only an admin may name a calendar other than their own.");
  const calendar = await findCalendar(ctx, id);
  if (!calendar) throw notFound("This calendar");
  ctx.tally.calendarId = calendar.id;
  return calendar;
}

async function findCalendar({ db, caller }: Context, id: string): Promise<CalendarRef | null> {
  const row = await textRow(db.pool, {
    text: "select id, user_id from calendar where organisation_id = $1 and id = $2",
    values: [caller.organisationId, id],
  });
  return row && { id: row[0] as string, userId: row[1] as string };
}

/** Refuses, as `not_found`, calendar ids that are none of the organisation's. */
export async function requireCalendars({ db, caller }: Context, ids: readonly string[]): Promise<void> {
  const rows = await textRows(db.pool, {
    text: "select id from calendar where organisation_id = $1 and id = any ($2)",
    values: [caller.organisationId, ids],
  });
  if (rows.length < new Set(ids).size) throw notFound("One of these calendars");
}

/** The caller's calendar, or with `all`, for an admin, every calendar of the organisation by its user's name. */
export async function listCalendars(
  { db, caller }: Context,
  all: boolean,
  window: NameWindow | null = null,
): Promise<CalendarView[]> {
  if (all && caller.role !== "admin") throw forbidden("Only an admin may list all calendars.");
  const values: unknown[] = [caller.organisationId, all ? null : caller.calendarId, window?.limit ?? null];
  const beyond = beyondName(window ?? {}, ["u.name", "u.id"], (value) => `$${values.push(value)}`);
  const rows = await textRows(db.pool, {
    text: `
      select c.id, u.name, u.timezone, u.id
      from calendar c join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id
      where c.organisation_id = $1 and ($2::bigint is null or c.id = $2)${beyond}
      order by u.name, u.id limit $3`,
    values,
  });
  return rows.map(([id, name, timezone, userId]) => ({
    id: id as string,
    name: name as string,
    primary: true,
    timezone: timezone as string,
    userId: userId as string,
  }));
}
