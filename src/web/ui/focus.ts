// The grid draws its events anew whenever one changes: the focus finds the event it was on by its id, and by the calendar,
// since one event may stand in those of several people.

/** What says which event an element is, and in whose calendar. */
export type Focused = Partial<Record<"event" | "calendar", string>>;

/** Focuses an event where it is drawn now; answers whether it is. */
export function focusEvent({ event: id = "", calendar }: Focused): boolean {
  const drawn = [...document.querySelectorAll<HTMLElement>(`[data-event="${CSS.escape(id)}"]`)];
  const event = drawn.find(({ dataset }) => dataset.calendar === calendar) ?? drawn[0];
  event?.focus();
  return event !== undefined;
}
