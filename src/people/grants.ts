// Grants: a user lets others read their calendar, or write in it as themselves.
import { requireScope, type Context } from "../context";
import { countedRows } from "../access/counted-rows";
import { columns, number, selectRow, sql, text, word, type Selected } from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import { withEntities } from "../database/entity-transaction";
import { CalendarAccess, GrantAccess } from "../entities/calendar";
import { UserKind } from "../entities/user";
import { badRequest, conflict } from "../errors";
import { beginAct } from "./acting";
import { requireCalendar, viewOf, type CalendarView } from "./calendars";
import { requireUser } from "./users";

/** Every statement that masks looks at all of them. */
const MAX_GRANTS = 200;

export interface GrantWish {
  calendarId: string;
  /** To whom. */
  userId: string;
  /** Null takes it away. */
  access: GrantAccess | null;
}

/**
 * Lets a user read a calendar or write in it, or no longer; for the calendar's user or an admin. Given twice, or taken where
 * nothing was given, changes nothing. It holds for the next request, and ends what is being followed within 5 s. Refuses,
 * as `conflict`, one more than a user may have.
 */
export async function setCalendarGrant(ctx: Context, wish: GrantWish): Promise<CalendarView> {
  requireScope(ctx, "write");
  const { caller, db } = ctx;
  const calendar = await requireCalendar(ctx, wish.calendarId, "manage");
  const { kind: toKind } = await requireUser(ctx, wish.userId);
  if (toKind !== UserKind.person && wish.access !== null)
    throw badRequest({ field: "userId", message: "userId must be a person: nobody else opens calendars." });
  if (wish.userId === calendar.userId)
    throw badRequest({ field: "userId", message: "userId must not be the calendar's own user." });
  await withEntities(db, async ({ client }) => {
    await beginAct(client, caller);
    await store(client, caller.organisationId, { ...wish, calendarId: calendar.id });
  });
  const { name, timezone, kind } = await requireUser(ctx, calendar.userId);
  const access = calendar.userId === caller.userId ? CalendarAccess.owner : CalendarAccess.write;
  return viewOf(ctx, { ...calendar, name, timezone, kind, access });
}

const GRANT = columns({ userId: text("g.user_id"), access: word<GrantAccess>("upper(g.access)") });

export type GrantView = Selected<typeof GRANT>;

/**
 * Who is granted a calendar, by name: for the calendar's user or an admin. One statement, which costs what there are;
 * more than an answer has room for is refused.
 */
export async function listGrants(ctx: Context, calendarId: string | null): Promise<GrantView[]> {
  requireScope(ctx, "read");
  const calendar = await requireCalendar(ctx, calendarId, "manage");
  const { text: statement, values } = sql`
    select ${GRANT}
    from calendar_grant g join app_user u on u.organisation_id = g.organisation_id and u.id = g.user_id
    where g.organisation_id = ${ctx.caller.organisationId} and g.calendar_id = ${calendar.id}
    order by u.name, u.id`;
  const rows = await countedRows(ctx, { text: statement, values, kind: "names" }, "grants");
  return rows.map((row) => GRANT.plain(row));
}

const COUNT = columns({ others: number("count(*)") });

/** The user's row is locked: of two that are granted at once one is the two hundred and first. */
async function store(
  client: Queryable,
  organisationId: string,
  { calendarId, userId, access }: GrantWish,
): Promise<void> {
  await textRow(
    client,
    sql`
    select set_config('lock_timeout', '5s', true) from app_user u
    where u.organisation_id = ${organisationId} and u.id = ${userId} for no key update`,
  );
  if (access === null) {
    await textRow(
      client,
      sql`
      delete from calendar_grant
      where organisation_id = ${organisationId} and user_id = ${userId} and calendar_id = ${calendarId}`,
    );
    return;
  }
  const held = await selectRow(
    client,
    COUNT,
    sql`
    select ${COUNT} from calendar_grant g
    where g.organisation_id = ${organisationId} and g.user_id = ${userId} and g.calendar_id <> ${calendarId}`,
  );
  if ((held?.others ?? 0) >= MAX_GRANTS)
    throw conflict(
      `This user has been granted ${MAX_GRANTS} calendars, and may have no more: take one away first.`,
      "userId",
    );
  await textRow(
    client,
    sql`
    insert into calendar_grant (organisation_id, user_id, calendar_id, access)
    values (${organisationId}, ${userId}, ${calendarId}, ${access.toLowerCase()})
    on conflict (organisation_id, user_id, calendar_id) do update set access = excluded.access
      where calendar_grant.access <> excluded.access`,
  );
}
