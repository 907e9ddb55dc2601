/**
 * The grid as one stop of the keyboard (a roving tabindex): Tab comes to the event that had the focus last, or the first one;
 * arrows go from there to what lies in their direction, events, days and lists alike; Home and End to the first and the last.
 */
const ITEMS = "[role=button][tabindex], [role=link][tabindex]";

/** Until the answered function is called. */
export function oneStop(grid: HTMLElement): () => void {
  let last: HTMLElement | null = null;
  const keep = (): void => {
    const stop = stopOf(itemsOf(grid), last);
    for (const item of itemsOf(grid)) {
      const tabIndex = item === stop ? 0 : -1;
      if (item.tabIndex !== tabIndex) item.tabIndex = tabIndex;
    }
  };
  const onFocus = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement) || !target.matches(ITEMS)) return;
    last = target;
    keep();
  };
  const onKey = (event: KeyboardEvent): void => {
    const from = event.target;
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!(from instanceof HTMLElement) || !from.matches(ITEMS)) return;
    const to = ledBy(event.key, from, itemsOf(grid));
    if (!to) return;
    event.preventDefault();
    to.focus();
  };
  keep();
  const observer = new MutationObserver(keep);
  observer.observe(grid, { subtree: true, childList: true });
  grid.addEventListener("focusin", onFocus);
  grid.addEventListener("keydown", onKey);
  return () => {
    observer.disconnect();
    grid.removeEventListener("focusin", onFocus);
    grid.removeEventListener("keydown", onKey);
  };
}

const itemsOf = (grid: HTMLElement): HTMLElement[] => [...grid.querySelectorAll<HTMLElement>(ITEMS)];

/** The one that had the focus last, also where it was drawn anew since. */
function stopOf(items: readonly HTMLElement[], last: HTMLElement | null): HTMLElement | undefined {
  const again = last && (items.find((item) => item === last) ?? items.find((item) => isAgain(item, last)));
  return again ?? items.find((item) => item.dataset.event !== undefined) ?? items[0];
}

const isAgain = (item: HTMLElement, last: HTMLElement): boolean =>
  item.dataset.event !== undefined &&
  item.dataset.event === last.dataset.event &&
  item.dataset.calendar === last.dataset.calendar;

/** Where something is, as the arrows see it. */
interface Spot {
  x: number;
  y: number;
  middleX: number;
  middleY: number;
}

function spotOf(item: HTMLElement): Spot {
  const { left, top, width, height } = item.getBoundingClientRect();
  return { x: left, y: top, middleX: left + width / 2, middleY: top + height / 2 };
}

/** How far one is from another: on along the arrow, and aside from it. */
const ARROWS: Readonly<Record<string, (from: Spot, to: Spot) => { on: number; aside: number }>> = {
  ArrowRight: (from, to) => ({ on: to.x - from.x, aside: to.middleY - from.middleY }),
  ArrowLeft: (from, to) => ({ on: from.x - to.x, aside: to.middleY - from.middleY }),
  ArrowDown: (from, to) => ({ on: to.y - from.y, aside: to.middleX - from.middleX }),
  ArrowUp: (from, to) => ({ on: from.y - to.y, aside: to.middleX - from.middleX }),
};
/** What is no further on lies beside it. */
const BESIDE_PX = 3;
/** Aside counts so much more than on, so that an arrow keeps to a row, or a column, as long as there is something in it. */
const ASIDE = 4;

function ledBy(key: string, from: HTMLElement, items: readonly HTMLElement[]): HTMLElement | undefined {
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  const measure = ARROWS[key];
  if (!measure) return undefined;
  const spot = spotOf(from);
  const ahead = items.flatMap((item) => {
    const { on, aside } = measure(spot, spotOf(item));
    return item === from || on < BESIDE_PX ? [] : { item, cost: on + ASIDE * Math.abs(aside) };
  });
  return ahead.sort((a, b) => a.cost - b.cost)[0]?.item;
}
