/**
 * What a person set up for all pages, kept in this browser under their id: the language, the clock, the week. A page
 * begins in it before it knows who looks, and so goes by whoever this tab is of, or by who used this browser last. What
 * is kept is read as a stranger's, and what has not the shape it should have counts as none.
 */
import { browserStore, tabStore } from "../embedded";

export interface Preferences {
  /** Absent, as the others: as is usual where the browser is. */
  language?: string;
  clock?: "12" | "24";
  /** 0 is Sunday. */
  firstDay?: number;
  /** Whether Saturdays and Sundays are shown; kept where they are not. */
  weekends?: false;
}

/** Whose tab it is; it goes with the session. */
const PERSON = "tidemark.person";
const LATEST = "tidemark.preferences";

const keyOf = (userId: string): string => `${LATEST}.${userId}`;

const person = (): string | null => tabStore?.getItem(PERSON) ?? null;

function parsed(text: string | null): Partial<Record<keyof Preferences, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function kept(key: string): Preferences {
  const { language, clock, firstDay, weekends } = parsed(browserStore?.getItem(key) ?? null);
  return {
    ...(typeof language === "string" && { language }),
    ...((clock === "12" || clock === "24") && { clock }),
    ...([0, 1, 2, 3, 4, 5, 6].includes(firstDay as number) && { firstDay: firstDay as number }),
    ...(weekends === false && { weekends }),
  };
}

const ownKey = (): string => (person() === null ? LATEST : keyOf(person() ?? ""));

/** Those that the page began with. */
export const preferences: Preferences = kept(ownKey());

/** Those that stand now. */
export const presentPreferences = (): Preferences => kept(ownKey());

export function keepPreferences(wanted: Preferences): void {
  const text = JSON.stringify(wanted);
  browserStore?.setItem(ownKey(), text);
  browserStore?.setItem(LATEST, text);
}

export function keepWeekends(areShown: boolean): void {
  const { weekends, ...others } = presentPreferences();
  if (areShown !== (weekends ?? true)) keepPreferences({ ...others, ...(!areShown && { weekends: false }) });
}

const looks = ({ language, clock, firstDay }: Preferences): string =>
  JSON.stringify([language, clock, firstDay]);

/** It is known who looks: where the page began in another's looks, it begins anew in theirs. */
export function beginAs(userId: string): void {
  if (person() === userId) return;
  tabStore?.setItem(PERSON, userId);
  const own = presentPreferences();
  browserStore?.setItem(LATEST, JSON.stringify(own));
  if (looks(own) !== looks(preferences)) location.reload();
}
