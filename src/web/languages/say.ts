/**
 * What the pages say, in the language of whoever reads. The source has it in English; the files beside this one have it
 * in the others, and one of them is there before any other module that imports this one begins.
 */
import type { ComponentChildren } from "preact";
import { LANGUAGE, LOCALE, type Language } from "./language";
import { filled, piecesOf, pluralOf, type Values, type Wordings, wordingOf } from "./wording";

const FILES: Record<Exclude<Language, "en">, () => Promise<{ default: Wordings }>> = {
  de: () => import("./de.json"),
  es: () => import("./es.json"),
  fr: () => import("./fr.json"),
};

async function read(): Promise<Wordings> {
  if (LANGUAGE === "en") return {};
  try {
    return (await FILES[LANGUAGE]()).default;
  } catch (error) {
    // A page in English is better than none.
    reportError(error);
    return {};
  }
}

document.documentElement.lang = LANGUAGE;
const wordings = await read();
const forms = new Intl.PluralRules(LANGUAGE);
const numbers = new Intl.NumberFormat(LOCALE);

const written = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "number" ? numbers.format(value) : value,
    ]),
  );

/** A sentence, with values in place of each `{name}`. */
export const say = (sentence: string, values: Values = {}): string =>
  filled(wordingOf(wordings, sentence), written(values));

/** A sentence about so many; `{count}` in it is the number. */
export const many = (count: number, one: string, other: string, values: Values = {}): string =>
  filled(pluralOf(wordings, forms.select(count), one, other), written({ count, ...values }));

/** A sentence with parts of the page, such as links, in place of each `{name}`. */
export const sayWith = (sentence: string, parts: Readonly<Record<string, ComponentChildren>>) =>
  piecesOf(wordingOf(wordings, sentence)).map((piece, index) => (index % 2 === 0 ? piece : parts[piece]));

/** The title of the browser's tab. */
export function titlePage(title: string): void {
  document.title = `${title} · Tidemark`;
}
