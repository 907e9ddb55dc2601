// What is open over the calendar: an event to look at, one to edit, or a conflict to settle.
import type { Acts } from "./grid";

export const acts: Acts = {
  onCreate: () => undefined,
  onOpen: () => undefined,
  onMove: () => Promise.resolve(false),
};

export function Opened() {
  return null;
}
