// The grid draws its events anew whenever one changes: the focus finds the event it was on by its id.

/** Focuses an event where it is drawn now; answers whether it is. */
export function focusEvent(id: string): boolean {
  const event = document.querySelector<HTMLElement>(`[data-event="${CSS.escape(id)}"]`);
  event?.focus();
  return event !== null;
}
