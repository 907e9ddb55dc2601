/**
 * The tab's history, as far as the page writes it: an entry for each place of the page that somebody went to, and one
 * more while anything is open over it, so that the browser's Back closes that, as Escape does, and leaves the page for
 * nothing less.
 */
interface Layer {
  close: () => void;
  /** Where it can be found again; without one, the address stays what it was. */
  address: string | undefined;
}

const layers: Layer[] = [];

/** Whether the present entry is the one for what is open; also after a reload. */
let entered = isOver(history.state);
/** Whether the page itself goes back, which takes the browser a moment. */
let returning = false;
/** The place that the page is to go on to, once nothing is open over it. */
let next: string | null = null;
/** What the page makes of an address that Back or Forward led to. */
let arrive: (address: URL) => void = () => undefined;

function isOver(state: unknown): boolean {
  return (state as { over?: boolean } | null)?.over === true;
}

/** Until the answered function is called, Back calls `close` of what was opened last. */
export function openLayer(close: () => void, address?: string): () => void {
  const layer = { close, address };
  layers.push(layer);
  settleSoon();
  return () => {
    layers.splice(layers.indexOf(layer), 1);
    settleSoon();
  };
}

/** The page is at another place now; Back leads to the one before. */
export function goOn(address: string): void {
  next = address;
  settleSoon();
}

/** Whoever shows places is told where Back and Forward led to. */
export function onArrival(act: (address: URL) => void): void {
  arrive = act;
}

// Not at once: one thing may be open in another's place a moment later.
const settleSoon = (): void => void setTimeout(settle);

function settle(): void {
  const isOpen = layers.length > 0;
  if (returning) return;
  if (isOpen !== entered) {
    entered = isOpen;
    if (isOpen) return history.pushState({ over: true }, "", layers.at(-1)?.address);
    returning = true;
    return history.back();
  }
  const address = layers.at(-1)?.address;
  if (entered && address !== undefined) history.replaceState({ over: true }, "", address);
  if (entered || next === null) return;
  history.pushState(null, "", next);
  next = null;
}

window.addEventListener("popstate", ({ state }) => {
  if (returning) {
    returning = false;
    return settleSoon();
  }
  // An address with a fragment is no step in either direction.
  if (location.hash !== "") return;
  if (entered) {
    entered = false;
    layers.at(-1)?.close();
  } else {
    entered = isOver(state);
    arrive(new URL(location.href));
  }
  settleSoon();
});
