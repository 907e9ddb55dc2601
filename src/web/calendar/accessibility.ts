/**
 * Where FullCalendar's markup misleads a screen reader (7.1, as axe finds it), put right as it is mounted: links whose
 * name is not what they show, headers that hide their text, lists of things that are no list items.
 */
import type { CalendarOptions } from "fullcalendar";

/** What is shown comes first in what is said. */
function sayWhatIsShown(container: HTMLElement): void {
  for (const link of container.querySelectorAll<HTMLElement>("[role=link][aria-label]")) {
    const [shown, said] = [link.textContent.trim(), link.getAttribute("aria-label") ?? ""];
    if (shown && !said.startsWith(shown)) link.setAttribute("aria-label", `${shown}: ${said}`);
  }
}

export const MARKUP: CalendarOptions = {
  dayHeaderDidMount: ({ el }) => {
    el.removeAttribute("aria-label");
    for (const hidden of el.querySelectorAll("[aria-hidden]")) hidden.removeAttribute("aria-hidden");
    sayWhatIsShown(el);
  },
  // A day is told by its number and its events, both of which are in it.
  dayCellDidMount: ({ el }) => {
    el.removeAttribute("aria-label");
    sayWhatIsShown(el);
  },
};

/** Called when a view stands. */
export function repairView(grid: HTMLElement): void {
  for (const empty of grid.querySelectorAll("[role=rowheader]:empty")) empty.setAttribute("role", "gridcell");
}

/** The events of a day of the agenda, which are buttons. */
export function repairEvent(event: HTMLElement): void {
  const list = event.parentElement;
  if (list?.getAttribute("role") === "list") list.setAttribute("role", "group");
}
