// The locks that a write takes before the rows of events: those of the calendars it is about to change.
import type { Context } from "../context";
import { textRows } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import type { Event } from "../entities/event";

/**
 * Before events of an owner are inserted by more than one statement, or many by one: their triggers would take the locks
 * of the calendars in whatever order the rows come.
 */
export async function lockCalendarsOf(
  { caller }: Context,
  { client }: Transaction,
  ownerId: string,
  events: readonly Partial<Event>[],
): Promise<void> {
  const guests = events.flatMap(({ attendees = [] }) => attendees.flatMap(({ userId }) => userId ?? []));
  const values = [caller.organisationId, [...new Set([ownerId, ...guests])]];
  await textRows(client, { text: "select lock_calendars_of($1, $2)", values });
}
