import { calendarKey } from "../database/hints";
import type { Transaction } from "../database/transaction";
import type { EventView } from "./projection";

/** Notes whose calendars a change of these events shows in, for the hint that follows the commit. */
export function touch({ touched }: Transaction, organisationId: string, ...views: EventView[]): void {
  for (const { ownerId, attendees } of views) {
    // Those who have left among them are told for nothing.
    for (const userId of [ownerId, ...attendees.map((attendee) => attendee.userId)]) {
      if (userId !== null) touched.add(calendarKey(organisationId, userId));
    }
  }
}
