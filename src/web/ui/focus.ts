// The grid draws its events anew whenever one changes: the focus finds the event it was on by its id, and by the calendar,
// since one event may stand in those of several people.

/** What says which event an element is, and in whose calendar. */
export type Focused = Partial<Record<"event" | "calendar", string>>;

/** The events of the page, in order, and so the place of one that is about to go. */
export const drawnEvents = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-event]")];

/** Focuses what stands now in the place of an event that has gone: without it a reader would be at the page's beginning. */
export function focusPlace(place: number): void {
  const drawn = drawnEvents();
  (drawn[Math.min(place, drawn.length - 1)] ?? document.getElementById("calendar"))?.focus();
}

/** Focuses an event where it is drawn now; answers whether it is. */
export function focusEvent({ event: id = "", calendar }: Focused): boolean {
  const drawn = [...document.querySelectorAll<HTMLElement>(`[data-event="${CSS.escape(id)}"]`)];
  const event = drawn.find(({ dataset }) => dataset.calendar === calendar) ?? drawn[0];
  event?.focus();
  return event !== undefined;
}
