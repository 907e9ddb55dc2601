// What single keys do, as long as nobody is typing and nothing is open over the calendar.
import { acts } from "./opened";
import { goToday, step } from "./steps";
import { nextSlot } from "./slots";
import { view } from "./state";

export const KEYS: Record<string, { says: string; does: () => void }> = {
  n: { says: "New event", does: () => acts.onCreate(nextSlot()) },
  t: { says: "Today", does: goToday },
  j: { says: "Next", does: () => step(1) },
  k: { says: "Previous", does: () => step(-1) },
  m: { says: "Month", does: () => void (view.value = "month") },
  w: { says: "Week", does: () => void (view.value = "week") },
  d: { says: "Day", does: () => void (view.value = "day") },
  a: { says: "Agenda", does: () => void (view.value = "agenda") },
};

export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
    const key = KEYS[event.key];
    if (!key) return;
    event.preventDefault();
    key.does();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

const isBusy = (target: EventTarget | null): boolean =>
  document.querySelector("dialog[open]") !== null ||
  (target instanceof HTMLElement && target.matches("input, select, textarea, [contenteditable]"));
