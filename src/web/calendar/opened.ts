// What is open over the calendar: an event to look at, one to edit, or a conflict to settle.
import { signal } from "@preact/signals";
import { reasonOf } from "../api/client";
import type { EventFullFragment } from "../api/operations";
import { shortSpanText } from "../ui/times";
import { toast } from "../ui/toasts";
import { type Draft, draftOf, newDraft, withField } from "./draft";
import type { Acts, Stretch } from "./grid";
import { type Shown, subjectOf } from "./inputs";
import { Creation, move, Overtaken } from "./saving";
import { type ShownCalendar, zone } from "./state";

/** What a form changes: an event, as the service has it and as a draft. */
export interface Base {
  event: EventFullFragment;
  draft: Draft;
  calendar: ShownCalendar;
}

/** A form: of a new event, or of one as it was when the form was opened. */
export interface Edited {
  draft: Draft;
  /** Null for a new event. */
  base: Base | null;
  creation: Creation;
}

/** Two versions that came from one: what is on the page, and what the service has. */
export interface Clash {
  base: Draft;
  mine: Draft;
  theirs: EventFullFragment;
  calendar: ShownCalendar;
}

type Open =
  { what: "details"; shown: Shown } | { what: "editor"; edited: Edited } | { what: "conflict"; clash: Clash };

export const opened = signal<Open | null>(null);

export const close = (): void => void (opened.value = null);

export function editNew(draft: Draft): void {
  opened.value = { what: "editor", edited: { draft, base: null, creation: new Creation() } };
}

export function edit(event: EventFullFragment, calendar: ShownCalendar): void {
  const draft = draftOf(event, zone.value);
  const base = { event, draft, calendar };
  opened.value = { what: "editor", edited: { draft, base, creation: new Creation() } };
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
  onCreate: (stretch) => editNew(newDraft(stretch, zone.value)),
  onOpen: (shown) => void (opened.value = { what: "details", shown }),
  onMove: moveTo,
};

async function moveTo(shown: Shown, stretch: Stretch): Promise<boolean> {
  const { event } = shown;
  try {
    const moved = await move(shown, stretch);
    toast({
      text: `“${subjectOf(event)}” is now ${shortSpanText(moved, zone.value)}.`,
      action: { label: "Undo", run: () => void moveBack({ ...shown, event: moved }, event) },
    });
    return true;
  } catch (error) {
    if (error instanceof Overtaken) return moveOvertaken(shown, stretch, error.current);
    toast({ text: `“${subjectOf(event)}” was not moved. ${reasonOf(error)}`, bad: true });
    return false;
  }
}

async function moveBack(shown: Shown, to: Stretch): Promise<void> {
  try {
    await move(shown, to);
  } catch (error) {
    toast({
      text: `It was not moved back. ${error instanceof Overtaken ? error.message : reasonOf(error)}`,
      bad: true,
    });
  }
}

/** Where what somebody else changed was not the time, both changes stand. */
function moveOvertaken(shown: Shown, to: Stretch, theirs: EventFullFragment | null): Promise<boolean> {
  const { event, calendar } = shown;
  if (!theirs) {
    toast({ text: `“${subjectOf(event)}” has been deleted meanwhile.`, bad: true });
    return Promise.resolve(false);
  }
  const untouched = theirs.startTime === event.startTime && theirs.endTime === event.endTime;
  if (untouched && theirs.allDay === event.allDay) return moveTo({ ...shown, event: theirs }, to);
  const base = draftOf({ ...theirs, ...event, attendees: theirs.attendees }, zone.value);
  const mine = withField(base, "when", newDraft(to, base.zone));
  settle({ base, mine, theirs, calendar });
  return Promise.resolve(false);
}
