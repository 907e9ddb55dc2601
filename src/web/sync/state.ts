/**
 * What the page knows: who looks, which calendar is looked at (`?calendar=` in the address), and the view of it, read
 * again every few seconds and as soon as something changes.
 */
import { computed, effect, signal } from "@preact/signals";
import { ask, reasonOf } from "../api/client";
import { followChanges } from "../api/live";
import {
  SyncCalendarsDocument,
  type SyncCalendarsQuery,
  SyncViewDocument,
  type SyncViewQuery,
  SyncWhoDocument,
  type SyncWhoQuery,
} from "../api/operations";
import { token } from "../session";
import { BROWSER_ZONE } from "../ui/times";

export type View = SyncViewQuery["syncView"];
export type SyncWebhook = View["webhooks"][number];
export type Client = View["clients"][number];
export type Step = View["activity"][number];
export type LatestChange = View["latestChanges"]["records"][number];

const LOOK_EVERY_MS = 5_000;
const AFTER_CHANGE_MS = 250;
const CHANGES = 30;

export const HOURS = [1, 6, 24] as const;

export const me = signal<SyncWhoQuery["me"] | null>(null);
export const calendars = signal<SyncCalendarsQuery["calendars"]>([]);
/** Which calendar is looked at; null: every one, or it is not known yet. */
export const calendarId = signal<string | null>(new URLSearchParams(location.search).get("calendar"));
export const hours = signal<number>(6);
export const view = signal<View | null>(null);
export const problem = signal<string | null>(null);
export const zone = computed(() => me.value?.timezone ?? BROWSER_ZONE);

/** When the view was read, on the page's steady clock. */
const readAt = signal(0);
const ticking = signal(performance.now());
setInterval(() => (ticking.value = performance.now()), 1_000);

/** Milliseconds since an instant, by the database's clock as it goes on. */
export function agoMs(instant: string): number {
  const { now } = view.value ?? { now: instant };
  return Math.max(0, Date.parse(now) - Date.parse(instant) + Math.max(0, ticking.value - readAt.value));
}

/** One calendar, or all of them where there is none; who is no administrator has their own alone. */
export function lookAt(id: string | null): void {
  history.replaceState(null, "", id === null ? location.pathname : `?calendar=${encodeURIComponent(id)}`);
  view.value = null;
  problem.value = null;
  calendarId.value = id;
}

let looks = 0;

async function look(): Promise<void> {
  const id = calendarId.peek();
  if (id === null || token.peek() === null) return;
  const mine = ++looks;
  try {
    const found = await ask(SyncViewDocument, { calendarId: id, hours: hours.peek(), changes: CHANGES });
    if (mine !== looks) return; // Somebody looked elsewhere, or again, meanwhile.
    view.value = found.syncView;
    readAt.value = ticking.value = performance.now();
    problem.value = null;
  } catch (error) {
    if (mine === looks) problem.value = reasonOf(error);
  }
}

async function open(): Promise<void> {
  try {
    const who = await ask(SyncWhoDocument, {});
    me.value = who.me;
    if (who.me.role !== "admin") calendarId.value ??= who.me.calendarId;
    else calendars.value = (await ask(SyncCalendarsDocument, {})).calendars;
  } catch (error) {
    problem.value = reasonOf(error);
  }
}

/** Keeps the page up to date from here on. */
export function keepLooking(): void {
  effect(() => {
    if (token.value !== null && me.peek() === null) void open();
  });
  effect(() => {
    if (calendarId.value !== null && me.value !== null && hours.value > 0) void look();
  });
  setInterval(() => {
    if (document.hidden) return;
    if (me.peek() === null && token.peek() !== null) void open();
    else void look();
  }, LOOK_EVERY_MS);
  const seen = computed(() => view.value?.calendar.id);
  effect(() => {
    const secret = token.value;
    const id = seen.value;
    if (secret === null || id === undefined) return undefined;
    let soon: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      clearTimeout(soon);
      soon = setTimeout(() => void look(), AFTER_CHANGE_MS);
    };
    const since = view.peek()?.clock ?? "";
    const stop = followChanges(secret, { since, calendarId: id, onChange: again, onTooOld: again });
    return () => {
      clearTimeout(soon);
      stop();
    };
  });
}
