/**
 * Where FullCalendar's markup misleads a screen reader (7.1, as axe finds it), put right, and kept so as it renders:
 * headers that hide their text, links whose name is not what they show, lists of things that are no list items, and
 * scrolling that keys cannot reach.
 */

/** Until the answered function is called. */
export function keepAccessible(grid: HTMLElement): () => void {
  repair(grid);
  const observer = new MutationObserver(() => repair(grid));
  const attributeFilter = ["aria-hidden", "aria-label", "role"];
  observer.observe(grid, { subtree: true, childList: true, attributes: true, attributeFilter });
  return () => observer.disconnect();
}

/** Changes nothing where nothing is wrong, and so comes to an end. */
function repair(grid: HTMLElement): void {
  const each = (selector: string, act: (element: HTMLElement) => void): void =>
    grid.querySelectorAll<HTMLElement>(selector).forEach(act);
  // Days and their headers are told by what is in them.
  each("[role=columnheader][aria-label], [role=gridcell][aria-label]", (cell) =>
    cell.removeAttribute("aria-label"),
  );
  each("[role=columnheader] [aria-hidden]", (text) => text.removeAttribute("aria-hidden"));
  each("[role=link][aria-label]", sayWhatIsShown);
  each("[role=rowheader]:empty", (empty) => empty.setAttribute("role", "gridcell"));
  // The events of a day of the agenda, which are buttons.
  each("[role=list]:has(> [role=button])", (list) => list.setAttribute("role", "group"));
  each('[style*="overflow"]:not([tabindex])', (scroller) => {
    const scrolls = /auto|scroll/.test(getComputedStyle(scroller).overflowY);
    if (scrolls && !scroller.querySelector("[role=link]")) makeFocusable(scroller);
  });
}

/** What is shown comes first in what is said. */
function sayWhatIsShown(link: HTMLElement): void {
  const [shown, said] = [link.textContent.trim(), link.getAttribute("aria-label") ?? ""];
  if (shown && !said.startsWith(shown)) link.setAttribute("aria-label", `${shown}: ${said}`);
}

/** What has nothing to focus in it would not scroll by keys. What has the focus has to be a group. */
function makeFocusable(scroller: HTMLElement): void {
  scroller.tabIndex = 0;
  const group = scroller.parentElement?.closest("[role=rowgroup]");
  if (!group) return;
  group.setAttribute("role", "presentation");
  scroller.setAttribute("role", "rowgroup");
}
