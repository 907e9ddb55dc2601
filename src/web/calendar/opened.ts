// What is open over the calendar: an event to look at, one to edit, or a conflict to settle.
import { signal } from "@preact/signals";
import { reasonOf } from "../api/client";
import type { EventFullFragment } from "../api/operations";
import { many, say } from "../languages/say";
import { shortSpanText } from "../ui/times";
import { toast } from "../ui/toasts";
import { type Draft, draftOf, newDraft, withField } from "./draft";
import { guestOfUser } from "./guests";
import { noMail } from "./no-mail";
import type { Base, Edited, Typed } from "./edited";
import { forgetUnfinished, unfinishedOf } from "./unfinished";
import type { Acts } from "./grid";
import type { Stretch } from "./shown";
import { hasWholeSay, subjectOf } from "./inputs";
import type { Shown } from "./shown";
import { Creation, move, Overtaken } from "./saving";
import { askScope } from "./scope";
import { isOccasion, moveSeries, type Several } from "./series";
import { type ShownCalendar, zone } from "./state";

/** Two versions that came from one: what is on the page, and what the service has. */
export interface Clash {
  base: Draft;
  mine: Draft;
  theirs: EventFullFragment;
  calendar: ShownCalendar;
  /** Which of a series were to be changed; null for the one alone. */
  several: Several | null;
}

type Open =
  | { what: "search" | "help" }
  | { what: "details"; shown: Shown }
  | { what: "editor"; edited: Edited }
  | { what: "conflict"; clash: Clash };

export const opened = signal<Open | null>(null);

/** Whatever was typed there is saved, or not wanted. */
export function close(): void {
  forgetUnfinished();
  opened.value = null;
}

const NOTHING: Typed = { guests: "", links: "" };

/** `from` is what of the draft nobody would miss. */
export function editNew(draft: Draft, from: Draft | null = draft): void {
  const edited = { draft, from, typed: NOTHING, base: null, creation: new Creation() };
  opened.value = { what: "editor", edited };
}

/** `rule` is the one of the series that it is of. */
export function edit(event: EventFullFragment, calendar: ShownCalendar, rule = ""): void {
  const draft = draftOf(event, zone.value, rule);
  const base = { event, draft, calendar };
  const edited = { draft, from: draft, typed: NOTHING, base, creation: new Creation() };
  opened.value = { what: "editor", edited };
}

export const search = (): void => void (opened.value = { what: "search" });

export const help = (): void => void (opened.value = { what: "help" });

/** What this person was at when the page was left or loaded anew. */
export function takeUpUnfinished(userId: string): void {
  const edited = unfinishedOf(userId);
  if (edited && opened.value === null) opened.value = { what: "editor", edited };
}

/** A form whose event turned out to be there goes on, as it stands, as a change of that event. */
export function editFrom(edited: Edited, base: Base): void {
  const open = opened.value;
  if (open?.what === "editor" && open.edited === edited)
    opened.value = { ...open, edited: { ...edited, base } };
}

export function settle(clash: Clash): void {
  opened.value = { what: "conflict", clash };
}

export const acts: Acts = {
  onCreate: (stretch, calendar) => {
    const draft = newDraft(stretch, zone.value);
    // In a colleague's column: with them.
    const attendees = !calendar || calendar.own ? [] : [guestOfUser(calendar.user)];
    editNew({ ...draft, attendees });
  },
  onOpen: (shown) => void (opened.value = { what: "details", shown }),
  onMove: moveTo,
};

/** One of a series is moved alone, or takes others along. */
async function moveTo(shown: Shown, stretch: Stretch): Promise<boolean> {
  const { event, calendar } = shown;
  if (!isOccasion(event) || !hasWholeSay(event, calendar)) return moveOne(shown, stretch);
  const chosen = await askScope("Move", event);
  if (!chosen) return false;
  if (chosen.scope === "THIS") return moveOne(shown, stretch);
  try {
    const count = await moveSeries(shown, chosen.scope, stretch);
    toast({
      text: many(count, "“{subject}”: {count} event moved.", "“{subject}”: {count} events moved.", {
        subject: subjectOf(event),
      }),
      note: noMail(event),
    });
    return true;
  } catch (error) {
    const why = error instanceof Overtaken ? error.message : reasonOf(error);
    toast({
      text: say("“{subject}” was not moved. {reason}", { subject: subjectOf(event), reason: why }),
      bad: true,
    });
    return false;
  }
}

async function moveOne(shown: Shown, stretch: Stretch): Promise<boolean> {
  const { event } = shown;
  try {
    const moved = await move(shown, stretch);
    toast({
      text: say("“{subject}” is now {times}.", {
        subject: subjectOf(event),
        times: shortSpanText(moved, zone.value),
      }),
      note: noMail(moved),
      about: event.id,
      action: { label: say("Undo"), run: () => void moveBack({ ...shown, event: moved }, event) },
    });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return moveOvertaken(shown, stretch, error.current);
    toast({
      text: say("“{subject}” was not moved. {reason}", {
        subject: subjectOf(event),
        reason: reasonOf(error),
      }),
      bad: true,
    });
    return false;
  }
}

async function moveBack(shown: Shown, to: Stretch): Promise<void> {
  try {
    await move(shown, to);
  } catch (error) {
    toast({
      text: say("It was not moved back. {reason}", {
        reason: error instanceof Overtaken ? error.message : reasonOf(error),
      }),
      bad: true,
    });
  }
}

/** Where what somebody else changed was not the time, both changes stand. */
function moveOvertaken(shown: Shown, to: Stretch, theirs: EventFullFragment | null): Promise<boolean> {
  const { event, calendar } = shown;
  if (!theirs) {
    toast({ text: say("“{subject}” has been deleted meanwhile.", { subject: subjectOf(event) }), bad: true });
    return Promise.resolve(false);
  }
  const untouched = theirs.startTime === event.startTime && theirs.endTime === event.endTime;
  if (untouched && theirs.allDay === event.allDay) return moveOne({ ...shown, event: theirs }, to);
  const base = draftOf({ ...theirs, ...event, attendees: theirs.attendees }, zone.value);
  const mine = withField(base, "when", newDraft(to, base.zone));
  settle({ base, mine, theirs, calendar, several: null });
  return Promise.resolve(false);
}
