/**
 * Writing to the service. Every change names the version it was made from; where somebody was faster the answer is the
 * event as it stands, which becomes a conflict for the person to settle. However often a create is tried, and whatever
 * is changed in between, it makes one event.
 */
import { ask, Refusal, type RefusalCode } from "../api/client";
import {
  CreateEventDocument,
  CreateSeriesDocument,
  type EventFullFragment,
  RespondToEventDocument,
  UpdateEventDocument,
} from "../api/operations";
import { say } from "../languages/say";
import { type Draft, inputOf, patchBetween, seriesInputOf } from "./draft";
import type { Shown } from "./shown";
import { shelfOf, touch } from "./loading";
import { me, type ShownCalendar } from "./state";

/** Somebody changed it first, or deleted it. */
export class Overtaken extends Error {
  constructor(readonly current: EventFullFragment | null) {
    super(say("Somebody else changed this event."));
  }
}

/** Takes over what a write answered, before the feed tells it. */
export const noteEvent = (calendarId: string, event: EventFullFragment): EventFullFragment => {
  const shelf = shelfOf(calendarId);
  if (event.status === "cancelled") shelf.remove(event.id, event.lastModifiedAt);
  else shelf.put(event);
  touch();
  return event;
};

/** What may have been done although the answer says otherwise, or never came. */
const UNCERTAIN: ReadonlySet<RefusalCode> = new Set(["unreachable", "unavailable", "internal"]);

export interface KeptCreation {
  key: string;
  uncertain: Draft[];
}

/**
 * The making of one event, under one key. An answer may be lost and the draft go on changing; the key then stands for
 * one of the contents that were sent, and asking for it again answers with the event that was made of it.
 */
export class Creation {
  readonly key: string;
  private readonly uncertain: Draft[];

  /** A new one, or one that began before the page was loaded anew. */
  constructor({ key, uncertain }: KeptCreation = { key: crypto.randomUUID(), uncertain: [] }) {
    [this.key, this.uncertain] = [key, uncertain];
  }

  kept(): KeptCreation {
    return { key: this.key, uncertain: this.uncertain };
  }

  /** The event, and what it was made of: what was sent before, where that had arrived. */
  async run(draft: Draft): Promise<{ event: EventFullFragment; draft: Draft }> {
    try {
      return await this.send(draft);
    } catch (error) {
      if (!isMismatch(error)) throw error;
      return await this.find(error);
    }
  }

  private async find(mismatch: Refusal): Promise<{ event: EventFullFragment; draft: Draft }> {
    for (const earlier of [...this.uncertain]) {
      try {
        return await this.send(earlier);
      } catch (error) {
        if (!isMismatch(error)) throw error;
      }
    }
    throw mismatch;
  }

  private async send(draft: Draft): Promise<{ event: EventFullFragment; draft: Draft }> {
    // Noted before it is asked: the page may be left before there is an answer.
    if (!this.uncertain.includes(draft)) this.uncertain.push(draft);
    try {
      const event = await create(draft, this.key);
      return { event: noteEvent(me.value?.calendarId ?? "", event), draft };
    } catch (error) {
      if (!(error instanceof Refusal && UNCERTAIN.has(error.code)))
        this.uncertain.splice(this.uncertain.indexOf(draft), 1);
      throw error;
    }
  }
}

/** The event, or the first of a series. */
async function create(draft: Draft, idempotencyKey: string): Promise<EventFullFragment> {
  if (draft.repeat === "")
    return (await ask(CreateEventDocument, { input: inputOf(draft), idempotencyKey })).createEvent;
  const { createSeries } = await ask(CreateSeriesDocument, { input: seriesInputOf(draft), idempotencyKey });
  if (!createSeries.event) throw new Error("A new series has no first event.");
  return createSeries.event;
}

const isMismatch = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.code === "idempotency.mismatch";

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

export async function overtaking<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "not_found") throw new Overtaken(null);
    if (error.code !== "precondition_failed") throw error;
    throw new Overtaken((error.current as EventFullFragment | null | undefined) ?? null);
  }
}
