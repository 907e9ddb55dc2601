// Who may do what with an event, and who sees it masked: the one place that decides it.
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

/**
 * SQL over alias `e` of event: true where the caller sees all of it. Search conditions must hold it too, or a filter
 * would tell what a mask hides. It is asked of one event after the other (`offset 0`), not of all that a calendar holds.
 * `bind` adds a parameter and answers its placeholder.
 */
export function visibleSql(caller: Caller, bind: (value: unknown) => string): string {
  if (caller.role === "admin") return "true";
  return `(not e.private or exists (
    select from calendar_entry v
    where v.organisation_id = e.organisation_id and v.calendar_id = ${bind(caller.calendarId)}
      and v.event_id = e.id and v.removed_at is null offset 0))`;
}
