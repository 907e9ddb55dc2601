// An event that an address or a search names, opened in the calendar that it is seen in.
import { ask, reasonOf } from "../api/client";
import { type EventFullFragment, OneEventDocument } from "../api/operations";
import { say } from "../languages/say";
import { wallOf } from "../ui/times";
import { toast } from "../ui/toasts";
import { acts } from "./opened";
import { colourOf, date, me, type ShownCalendar, shownCalendars, users, zone } from "./state";

/** One's own where one takes part, else its owner's. */
function calendarOf({ ownerId, attendees }: EventFullFragment): ShownCalendar | undefined {
  const [own] = shownCalendars.peek();
  const isIn = ownerId === me.peek()?.id || attendees.some(({ userId }) => userId === me.peek()?.id);
  const owner = users.peek().find(({ id }) => id === ownerId);
  if (isIn || !owner) return own;
  return { id: owner.calendarId, user: owner, own: false, colour: colourOf(owner.id) };
}

/** Opens it, with its day behind it; says so where there is none that one may see. */
export async function openFound(id: string): Promise<void> {
  try {
    const { event } = await ask(OneEventDocument, { id });
    const calendar = event && calendarOf(event);
    if (!event || !calendar) {
      toast({ text: say("That event is not there, or not for you to see."), bad: true });
      return;
    }
    date.value = event.allDay ? event.startTime.slice(0, 10) : wallOf(event.startTime, zone.value).date;
    acts.onOpen({ event, calendar, rank: 0 });
  } catch (error) {
    toast({ text: say("That event could not be opened. {reason}", { reason: reasonOf(error) }), bad: true });
  }
}
