// Where a calendar stands: whose it is, its clock, and the time.
import type { CalendarRef, Context } from "../context";
import { columns, instant, selectRow, text, word } from "../database/rows";
import { CalendarAccess } from "../entities/calendar";
import type { UserKind } from "../entities/user";
import { viewOf, type CalendarView } from "../people/calendars";
import type { Instant } from "../values/instants";

export interface Standing {
  calendar: CalendarView;
  /** Its greatest tick. */
  clock: Instant;
  /** The database's clock. */
  now: Instant;
}

const STANDING = columns({
  name: text("u.name"),
  timezone: text("u.timezone"),
  kind: word<UserKind>("u.kind"),
  clock: instant("c.clock"),
  now: instant("tidemark_now()::timestamptz(3)"),
});

const STAND = `
  select ${STANDING.list}
  from calendar c join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id
  where c.organisation_id = $1 and c.id = $2`;

export async function readStanding(ctx: Context, { id, userId }: CalendarRef): Promise<Standing> {
  const { db, caller } = ctx;
  const row = await selectRow(db.pool, STANDING, { text: STAND, values: [caller.organisationId, id] });
  if (!row) throw new Error("The calendar of a request is gone; calendars are never deleted.");
  const { name, timezone, kind, clock, now } = row;
  // Others are admins.
  const access = userId === caller.userId ? CalendarAccess.owner : CalendarAccess.write;
  return {
    calendar: viewOf(ctx, { id, userId, name, timezone, kind, access }),
    clock,
    now,
  };
}
