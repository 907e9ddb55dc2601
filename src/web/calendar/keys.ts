// What single keys do, as long as nobody is typing and nothing is open over the calendar; and those that act on the event
// that has the focus.
import { Temporal } from "temporal-polyfill";
import { say } from "../languages/say";
import { addDays, addMinutes } from "../ui/times";
import { remove } from "./details-actions";
import type { Stretch } from "./shown";
import { mayEdit, takesPart } from "./inputs";
import type { Shown } from "./shown";
import { shelfOf } from "./loading";
import { acts, help, search } from "./opened";
import { goToday, step } from "./steps";
import { nextSlot } from "./slots";
import { shownCalendars, view, zone } from "./state";

export const KEYS: Record<string, { says: string; does: () => void }> = {
  n: { says: say("New event"), does: () => acts.onCreate(nextSlot()) },
  "/": { says: say("Search"), does: search },
  "?": { says: say("These keys"), does: help },
  t: { says: say("Today"), does: goToday },
  j: { says: say("Next"), does: () => step(1) },
  k: { says: say("Previous"), does: () => step(-1) },
  m: { says: say("Month"), does: () => void (view.value = "month") },
  w: { says: say("Week"), does: () => void (view.value = "week") },
  d: { says: say("Day"), does: () => void (view.value = "day") },
  a: { says: say("Agenda"), does: () => void (view.value = "agenda") },
};

/** What a button has that does what a key does: the key, in its tooltip and for screen readers. */
export const hint = (key: string): { title: string; "aria-keyshortcuts": string } => ({
  title: `${KEYS[key]?.says ?? ""} ( ${key} )`,
  "aria-keyshortcuts": key,
});

const STEP_MINUTES = 15;

/** The same wall time so many days later. */
const daysLater = (instant: string, days: number): string =>
  Temporal.Instant.from(instant)
    .toZonedDateTimeISO(zone.peek())
    .add({ days })
    .toInstant()
    .toString({ smallestUnit: "millisecond" });

function movedBy({ event: { startTime, endTime, allDay } }: Shown, days: number, minutes: number): Stretch {
  const moved = (instant: string): string => {
    if (allDay) return addDays(instant.slice(0, 10), days);
    return minutes === 0 ? daysLater(instant, days) : addMinutes(instant, minutes);
  };
  return { startTime: moved(startTime), endTime: moved(endTime), allDay };
}

/** One after the other: the next one goes by what the one before came to. */
let moving = false;

async function move(shown: Shown, days: number, minutes: number): Promise<void> {
  const isNothing = shown.event.allDay && days === 0;
  if (moving || isNothing || !mayEdit(shown.event, shown.calendar)) return;
  moving = true;
  try {
    await acts.onMove(shown, movedBy(shown, days, minutes));
  } finally {
    moving = false;
  }
}

/** Those that go through the grid (one-stop.ts). */
export const GRID_KEYS = {
  "ArrowLeft+ArrowUp+ArrowDown+ArrowRight": { says: say("To the next one there") },
  "Home+End": { says: say("To the first, the last") },
  Enter: { says: say("Open") },
};

export const EVENT_KEYS: Record<string, { says: string; does: (shown: Shown) => void }> = {
  "Shift+ArrowLeft": { says: say("A day earlier"), does: (shown) => void move(shown, -1, 0) },
  "Shift+ArrowRight": { says: say("A day later"), does: (shown) => void move(shown, 1, 0) },
  "Shift+ArrowUp": {
    says: say("A quarter of an hour earlier"),
    does: (shown) => void move(shown, 0, -STEP_MINUTES),
  },
  "Shift+ArrowDown": {
    says: say("A quarter of an hour later"),
    does: (shown) => void move(shown, 0, STEP_MINUTES),
  },
  Delete: {
    says: say("Delete, or leave"),
    does: (shown) => {
      if (takesPart(shown.event, shown.calendar)) void remove(shown.event, shown.calendar);
    },
  },
};

/** The event that has the focus, as it is held now, in the calendar whose it is there: the same may stand in several. */
function focusedEvent(target: EventTarget | null): Shown | null {
  const element = target instanceof HTMLElement ? target.closest<HTMLElement>("[data-event]") : null;
  const { event: id, calendar: calendarId } = element?.dataset ?? {};
  const rank = shownCalendars.peek().findIndex((calendar) => calendar.id === calendarId);
  const calendar = shownCalendars.peek()[rank];
  const event = calendar && id !== undefined ? shelfOf(calendar.id).get(id) : undefined;
  return calendar && event ? { event, calendar, rank } : null;
}

function onEvent(event: KeyboardEvent): boolean {
  const key = EVENT_KEYS[`${event.shiftKey ? "Shift+" : ""}${event.key}`];
  const shown = key ? focusedEvent(event.target) : null;
  if (!key || !shown) return false;
  key.does(shown);
  return true;
}

export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
    const key = KEYS[event.key];
    if (!key && !onEvent(event)) return;
    event.preventDefault();
    key?.does();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** Where a letter is text, or chooses. */
const TYPED = "input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]";

const isBusy = (target: EventTarget | null): boolean =>
  document.querySelector("dialog[open]") !== null || (target instanceof HTMLElement && target.matches(TYPED));
