/**
 * Where the calendar is, as an address: `/?view=week&date=2026-12-01`, and `/?event=42` for an event that is open. Back
 * and Forward lead through what was looked at; an address that is opened anew shows the same. `/?new=Contact-55` opens a
 * new event about a record, once.
 */
import { effect } from "@preact/signals";
import { Temporal } from "temporal-polyfill";
import { goOn, onArrival } from "../ui/back";
import { isView, type View } from "./settings";
import { date, view } from "./state";

interface Place {
  view: View;
  date: string;
}

export const addressOf = (eventId: string): string => `/?event=${encodeURIComponent(eventId)}`;

const placeAddress = ({ view: name, date: day }: Place): string => `/?view=${name}&date=${day}`;

/** What an address says of the place, as far as it can be understood. */
function placeIn({ searchParams }: URL): Partial<Place> {
  const [name, day] = [searchParams.get("view"), searchParams.get("date")];
  return {
    ...(isView(name) && { view: name }),
    ...(day !== null && isDay(day) && { date: day }),
  };
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  try {
    return Temporal.PlainDate.from(text, { overflow: "reject" }).year >= 1970;
  } catch {
    return false;
  }
}

function goTo(place: Place): void {
  view.value = place.view;
  date.value = place.date;
}

interface Opening {
  /** An address names an event. */
  onEvent: (id: string) => void;
  /** An address names a record that a new event is to be about. */
  onNew: (record: string) => void;
}

/** Goes where the address of the page says, and from then on keeps the address to where the calendar is. */
export function followAddress({ onEvent, onNew }: Opening): () => void {
  const arrived = new URL(location.href);
  const first = { view: view.peek(), date: date.peek(), ...placeIn(arrived) };
  goTo(first);
  let shown = placeAddress(first);
  const open = ({ searchParams }: URL): void => {
    const id = searchParams.get("event");
    if (id !== null && id !== "") onEvent(id);
  };
  if (arrived.searchParams.has("event")) {
    // Behind what is open lies the calendar.
    if (history.state === null) history.replaceState(null, "", "/");
    open(arrived);
  }
  const about = arrived.searchParams.get("new");
  if (about !== null) {
    history.replaceState(history.state, "", "/");
    onNew(about);
  }
  onArrival((address) => {
    const place = { ...first, ...placeIn(address) };
    // An open event lies over wherever the calendar is.
    if (!address.searchParams.has("event")) {
      shown = placeAddress(place);
      goTo(place);
    }
    open(address);
  });
  return effect(() => {
    const address = placeAddress({ view: view.value, date: date.value });
    if (address === shown) return;
    shown = address;
    goOn(address);
  });
}
