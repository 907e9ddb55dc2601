/**
 * Which language the pages are in, and how dates, times and numbers are written: by what the reader set, else by the
 * browser's wish.
 */
import { preferences } from "../ui/preferences";

export const LANGUAGES = ["en", "de", "fr", "es"] as const;
export type Language = (typeof LANGUAGES)[number];

export const isLanguage = (value: unknown): value is Language => LANGUAGES.some((one) => one === value);

/** What the browser wishes, in its order; some browsers name what is no language ("en-US@posix"). */
const wishes = navigator.languages.flatMap((tag) => {
  try {
    return [new Intl.Locale(tag)];
  } catch {
    return [];
  }
});

/** The first of the browser's wishes that there is. */
export const WISHED: Language = wishes.map(({ language }) => language).find(isLanguage) ?? "en";

export const LANGUAGE: Language = isLanguage(preferences.language) ? preferences.language : WISHED;

/** The reader's own kind of the language, such as German as in Austria; else the language, with their region's customs. */
function localeOf(): Intl.Locale {
  const [first] = wishes;
  const own = wishes.find(({ language }) => language === LANGUAGE);
  return own ?? new Intl.Locale(LANGUAGE, first?.region === undefined ? {} : { region: first.region });
}

const HOURS = { "12": "h12", "24": "h23" } as const;

/** What `Intl` takes, the clock of 12 or 24 hours with it. */
export const LOCALE: string = new Intl.Locale(
  localeOf(),
  preferences.clock ? { hourCycle: HOURS[preferences.clock] } : {},
).toString();

/** The name of a language in itself, such as "Deutsch". */
export function nameOf(language: Language): string {
  const name = new Intl.DisplayNames(language, { type: "language" }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
