/**
 * What the calendar page shows, in signals: who is signed in, which calendars, where in time and in which zones. What
 * a person sets up stays in this browser, under their id; a token never does.
 */
import { computed, effect, signal } from "@preact/signals";
import type { StartQuery } from "../api/operations";
import { beginAs, keepWeekends, presentPreferences } from "../ui/preferences";
import { BROWSER_ZONE, todayIn } from "../ui/times";
import { keepSettings, keptSettings, type View } from "./settings";

export type User = StartQuery["users"][number];

export interface ShownCalendar {
  id: string;
  user: User;
  own: boolean;
  /** The number of its colour in ../styles/colours.css; the caller's own is 0. */
  colour: number;
}

export const start = signal<StartQuery | null>(null);
export const me = computed(() => start.value?.me ?? null);
export const users = computed(() => start.value?.users ?? []);

/** The week, until somebody chooses: at the end of a month most of its days are over. A phone has no room for seven. */
export const view = signal<View>(matchMedia("(max-width: 640px)").matches ? "agenda" : "week");
export const zone = signal(BROWSER_ZONE);
export const secondZone = signal<string | null>(null);
/** Whether Saturdays and Sundays are shown, and what one has declined. */
export const weekends = signal(true);
export const declined = signal(true);
/** The date that is in view, "2026-03-02". */
export const date = signal(todayIn(BROWSER_ZONE).toString());
/** What the grid calls the stretch of time it shows. */
export const rangeTitle = signal("");
/** Ids of the colleagues whose calendars are shown. */
export const colleagues = signal<readonly string[]>([]);

/** How many colleagues can be told apart by colour. */
export const COLOURS = 8;

export const shownCalendars = computed((): ShownCalendar[] => {
  const self = me.value;
  if (!self) return [];
  const others = colleagues.value.flatMap((id) => users.value.find((user) => user.id === id) ?? []);
  return [
    { id: self.calendarId, user: self, own: true, colour: 0 },
    ...others.map((user) => ({ id: user.calendarId, user, own: false, colour: colourOf(user.id) })),
  ];
});

/** The same for a colleague whenever they are shown. */
export function colourOf(userId: string): number {
  const index = users.value.filter(({ id }) => id !== me.value?.id).findIndex(({ id }) => id === userId);
  return 1 + (Math.max(index, 0) % COLOURS);
}

/** Takes over who is signed in, with the set-up they left behind, and keeps it from here on. */
export function begin(answer: StartQuery): void {
  const { me: self } = answer;
  const isNew = start.value === null;
  start.value = answer;
  if (!isNew) return;
  beginAs(self.id);
  const kept = keptSettings(self.id);
  zone.value = kept.zone ?? self.timezone;
  secondZone.value = kept.secondZone ?? null;
  colleagues.value = kept.colleagues ?? [];
  weekends.value = presentPreferences().weekends ?? true;
  declined.value = kept.declined ?? true;
  if (kept.view && !matchMedia("(max-width: 640px)").matches) view.value = kept.view;
  date.value = todayIn(zone.value).toString();
  effect(() => keepWeekends(weekends.value));
  effect(() => {
    keepSettings(self.id, {
      view: view.value,
      zone: zone.value,
      secondZone: secondZone.value,
      colleagues: colleagues.value,
      ...(!declined.value && { declined: false }),
    });
  });
}
