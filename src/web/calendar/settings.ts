/**
 * What a person set up on the calendar page, kept in this browser under their id. What is kept is read as a stranger's:
 * an older page, an extension or a hand may have written it, and what has not the shape it should have counts as none.
 */
import { browserStore } from "../embedded";

const VIEWS = ["month", "week", "day", "agenda"] as const;
export type View = (typeof VIEWS)[number];

export interface Settings {
  view: View;
  zone: string;
  secondZone: string | null;
  colleagues: readonly string[];
  /** Whether what one has declined is shown; kept where it is not. */
  declined?: boolean;
}

const keyOf = (userId: string): string => `tidemark.calendar.${userId}`;

export function keepSettings(userId: string, settings: Settings): void {
  browserStore?.setItem(keyOf(userId), JSON.stringify(settings));
}

export function keptSettings(userId: string): Partial<Settings> {
  const { view, zone, secondZone, colleagues, declined } = parsed(
    browserStore?.getItem(keyOf(userId)) ?? null,
  );
  return {
    ...(isView(view) && { view }),
    ...(isZone(zone) && { zone }),
    ...(isZone(secondZone) && { secondZone }),
    ...(isTexts(colleagues) && { colleagues }),
    ...(declined === false && { declined }),
  };
}

function parsed(kept: string | null): Partial<Record<keyof Settings, unknown>> {
  try {
    const value: unknown = JSON.parse(kept ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

export const isView = (value: unknown): value is View => VIEWS.some((view) => view === value);

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

/** A zone that this browser knows: no time could be shown in another. */
function isZone(value: unknown): value is string {
  if (typeof value !== "string") return false;
  try {
    return Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
