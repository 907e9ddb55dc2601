// Where a calendar stands: whose it is, its clock, and the time.
import type { CalendarRef, Context } from "../context";
import { textRow } from "../database/text-rows";
import type { CalendarView } from "../people/calendars";
import { instantFromDatabase, type Instant } from "../values/instants";

export interface Standing {
  calendar: CalendarView;
  /** Its greatest tick. */
  clock: Instant;
  /** The database's clock. */
  now: Instant;
}

const STANDING = `
  select u.name, u.timezone, c.clock, tidemark_now()::timestamptz(3)
  from calendar c join app_user u on u.organisation_id = c.organisation_id and u.id = c.user_id
  where c.organisation_id = $1 and c.id = $2`;

export async function readStanding({ db, caller }: Context, { id, userId }: CalendarRef): Promise<Standing> {
  const row = await textRow(db.pool, { text: STANDING, values: [caller.organisationId, id] });
  if (!row) throw new Error("The calendar of a request is gone; calendars are never deleted.");
  const [name, timezone, clock, now] = row as [string, string, string, string];
  return {
    calendar: { id, userId, name, timezone, primary: true },
    clock: instantFromDatabase(clock),
    now: instantFromDatabase(now),
  };
}
