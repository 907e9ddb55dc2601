/**
 * Writing to the service. Every change names the version it was made from; where somebody was faster the answer is the
 * event as it stands, which becomes a conflict for the person to settle. A create carries a key, so that trying again
 * after a lost answer makes no second event.
 */
import { ask, Refusal } from "../api/client";
import {
  CreateEventDocument,
  type EventFullFragment,
  RespondToEventDocument,
  UpdateEventDocument,
} from "../api/operations";
import { type Draft, inputOf, patchBetween } from "./draft";
import type { Shown } from "./inputs";
import { shelfOf, touch } from "./loading";
import { me, type ShownCalendar } from "./state";

/** Somebody changed it first, or deleted it. */
export class Overtaken extends Error {
  constructor(readonly current: EventFullFragment | null) {
    super("Somebody else changed this event.");
  }
}

const noteEvent = (calendarId: string, event: EventFullFragment): EventFullFragment => {
  shelfOf(calendarId).put(event);
  touch();
  return event;
};

export async function create(draft: Draft, idempotencyKey: string): Promise<EventFullFragment> {
  const { createEvent } = await ask(CreateEventDocument, { input: inputOf(draft), idempotencyKey });
  return noteEvent(me.value?.calendarId ?? "", createEvent);
}

/** Where a change is addressed: an administrator's to a colleague's event goes through the colleague's calendar. */
export const inTheNameOf = ({ own, id }: ShownCalendar): string | null => (own ? null : id);

interface Update {
  id: string;
  lastModifiedAt: string;
  calendar: ShownCalendar;
}

export async function update(
  { id, lastModifiedAt, calendar }: Update,
  from: Draft,
  to: Draft,
): Promise<EventFullFragment> {
  const { updateEvent } = await overtaking(
    ask(UpdateEventDocument, {
      id,
      input: patchBetween(from, to),
      ifLastModifiedAt: lastModifiedAt,
      calendarId: inTheNameOf(calendar),
    }),
  );
  return noteEvent(calendar.id, updateEvent);
}

/** Only the times, as dragging changes them. */
export async function move(
  { event, calendar }: Shown,
  to: Partial<EventFullFragment>,
): Promise<EventFullFragment> {
  const { startTime, endTime, allDay } = to;
  const { updateEvent } = await overtaking(
    ask(UpdateEventDocument, {
      id: event.id,
      input: { startTime, endTime, allDay },
      ifLastModifiedAt: event.lastModifiedAt,
      calendarId: inTheNameOf(calendar),
    }),
  );
  return noteEvent(calendar.id, updateEvent);
}

export async function respond(id: string, status: string): Promise<EventFullFragment> {
  const { respondToEvent } = await ask(RespondToEventDocument, { id, status });
  return noteEvent(me.value?.calendarId ?? "", respondToEvent);
}

async function overtaking<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "not_found") throw new Overtaken(null);
    if (error.code !== "precondition_failed") throw error;
    throw new Overtaken((error.current as EventFullFragment | null | undefined) ?? null);
  }
}
