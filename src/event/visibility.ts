// What a user is in an event, and who sees it masked. What each role may do with it: merge.ts (changes), locked.ts (whether at
// all), delete.ts; what a mask hides: fields.ts.
import { raw, sql, type Sql } from "../database/rows";
import type { Attendee } from "../entities/event";
import type { Caller } from "../entities/caller";

/** What a user is in an event. Somebody who has left it is none of these. */
export type EventRole = "owner" | "attendee" | null;

interface Participants {
  ownerId: string | null;
  attendees: readonly Attendee[];
  leftUserIds: readonly string[];
}

export function roleIn({ ownerId, attendees, leftUserIds }: Participants, userId: string): EventRole {
  if (ownerId === userId) return "owner";
  if (leftUserIds.includes(userId)) return null;
  return attendees.some((attendee) => attendee.userId === userId) ? "attendee" : null;
}

/** What somebody is in an event, as they are told. */
export enum ViewerRole {
  OWNER = "OWNER",
  ATTENDEE = "ATTENDEE",
  LEFT = "LEFT",
  COLLEAGUE = "COLLEAGUE",
  ADMIN = "ADMIN",
}

/** What the caller is in an event. An admin who is in it, or was, is that first. */
export function partIn(participants: Participants, { userId, role }: Caller): ViewerRole {
  const own = roleIn(participants, userId);
  if (own) return own === "owner" ? ViewerRole.OWNER : ViewerRole.ATTENDEE;
  if (participants.leftUserIds.includes(userId)) return ViewerRole.LEFT;
  return role === "admin" ? ViewerRole.ADMIN : ViewerRole.COLLEAGUE;
}

/** Whether a write by id of what the event says is let through: a guest's, where the owner lets guests edit. */
export const mayEdit = (part: ViewerRole, { role }: Caller, guestsCanEdit: boolean): boolean =>
  role === "admin" || part === ViewerRole.OWNER || (part === ViewerRole.ATTENDEE && guestsCanEdit);

/**
 * SQL over alias `e` of event: true where the caller sees all of it. Search conditions must hold it too, or a filter
 * would tell what a mask hides. It is asked of one event and one calendar after the other (`offset 0`), by the key of entries,
 * not of all that a calendar holds; what the organisation says, and what was granted, is asked once a statement, so that it
 * holds at once. A cancelled event is in no calendar: of that, who is in it is asked of its row.
 */
export function visibleSql({ role, organisationId, userId, calendarId }: Caller): Sql {
  if (role === "admin") return sql`true`;
  return sql`(not e.private
    and (select o.colleagues_see <> 'BUSY' from organisation o where o.id = ${organisationId})
    or exists (
      select from unnest(${calendarId}::bigint || array(
        select g.calendar_id from calendar_grant g
        where g.organisation_id = ${organisationId} and g.user_id = ${userId})) held (id)
      cross join lateral (
        select from calendar_entry v
        where v.organisation_id = e.organisation_id and v.calendar_id = held.id
          and v.event_id = e.id and v.removed_at is null offset 0) one
      offset 0)
    or e.status = 'cancelled' and (e.owner_id = ${userId} or not ${userId}::bigint = any (e.left_user_ids)
      and e.attendees @> jsonb_build_array(jsonb_build_object('userId', ${userId}::text))))`;
}

/** SQL over alias `e` of event: whether an occurrence has something for itself, or says what its series said before. */
export const OVERRIDDEN = raw(`(e.overrides <> '{}' or e.end_time <= (
  select s.said_from from series s where s.organisation_id = e.organisation_id and s.id = e.series_id))`);
