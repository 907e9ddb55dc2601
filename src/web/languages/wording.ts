// How a sentence of a language becomes a text: the form of its plural, and what stands in its places.

/** A sentence as it is; or one for each form of the plural that the language has. */
export type Wording = string | Partial<Record<Intl.LDMLPluralRule, string>>;
/** By the English sentence of the source. */
export type Wordings = Readonly<Record<string, Wording>>;
export type Values = Readonly<Record<string, string | number>>;

/** What stands behind "|" tells two meanings of one English text apart, and is shown to nobody. */
const english = (sentence: string): string => sentence.replace(/\|.*$/s, "");

/** What has no translation is said in English. */
export const wordingOf = (wordings: Wordings, sentence: string): string => {
  const wording = wordings[sentence];
  return typeof wording === "string" && wording !== "" ? wording : english(sentence);
};

/** `other` is what a sentence of several forms is found by. */
export function pluralOf(wordings: Wordings, form: Intl.LDMLPluralRule, one: string, other: string): string {
  const wording = wordings[other];
  if (typeof wording === "object") return wording[form] ?? wording.other ?? english(other);
  return english(form === "one" ? one : other);
}

/** Puts values where a text has `{name}`. */
export const filled = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));

/** A text in pieces, the even ones as they are, the odd ones names of what stands between. */
export const piecesOf = (text: string): string[] => text.split(/\{(\w+)\}/);
