// The list behind "+3 more": the grid puts it beside its day, wherever that is; here it is kept within the window.
const EDGE_PX = 10;

/** Until the answered function is called. */
export function keepListsInSight(): () => void {
  const resizes = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target instanceof HTMLElement) bringIn(target);
  });
  const additions = new MutationObserver((records) => {
    for (const node of records.flatMap(({ addedNodes }) => [...addedNodes]))
      if (node instanceof HTMLElement && node.classList.contains("more-list")) resizes.observe(node);
  });
  additions.observe(document.body, { childList: true });
  return () => {
    additions.disconnect();
    resizes.disconnect();
  };
}

function bringIn(list: HTMLElement): void {
  const { top, bottom } = list.getBoundingClientRect();
  const over = bottom + EDGE_PX - document.documentElement.clientHeight;
  if (over > 0) list.style.top = `${parseFloat(list.style.top) - Math.min(over, top - EDGE_PX)}px`;
}
