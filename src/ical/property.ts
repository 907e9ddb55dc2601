// One line of a component, taken apart by ical.js: its name, parameters and values.

import ical from "ical.js";
import { type ContentLine, type RawComponent } from "./lines";

/** A line that cannot be understood. Its component is left out and reported with this sentence. */
export class BrokenLine extends Error {
  constructor(
    message: string,
    readonly line: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Property {
  /** In lower case: `dtstart`. */
  name: string;
  line: number;
  parameters: Readonly<Record<string, string | string[]>>;
  /** The value's type by VALUE or by the property's nature, in lower case; `unknown` for most X- properties. */
  type: string;
  values: readonly unknown[];
  /** What stands behind the last colon, for values that have none themselves. */
  raw: string;
}

const QUOTED_LENGTH = 60;
const UNICODE_REFUSED = /\0|\p{Surrogate}/gu;
const ESCAPE = /\\([\\;,nN])/g;
// ical.js reads rules in capitals only.
const RULE = /^(RRULE|EXRULE)[;:]/i;
// It would also undo backslashes in parameters, which have none to undo: CN="CORP\nina" is no line break.
const { icalendar } = ical.design;
const RAW_TEXT = { ...icalendar, value: { ...icalendar.value, text: { fromICAL: (text: string) => text } } };

/** Takes a line apart. One without a colon, with an open quote or an impossible rule is a BrokenLine. */
export function readProperty({ text, line }: ContentLine): Property {
  try {
    const given = RULE.test(text) ? text.toUpperCase().trimEnd() : text;
    const [name, parameters, type, ...values] = ical.parse.property(given, RAW_TEXT);
    return { name, line, parameters, type, values, raw: text.slice(text.lastIndexOf(":") + 1).trim() };
  } catch (error) {
    // ical.js throws plain Errors and ParserErrors, here always about the one line it was given.
    throw new BrokenLine(`${quote(text)} is not a valid line`, line, { cause: error });
  }
}

/** All lines of a component by property name, each list in the order of the file. */
export function readProperties(component: RawComponent): Map<string, Property[]> {
  const properties = new Map<string, Property[]>();
  for (const content of component.lines) {
    const property = readProperty(content);
    const found = properties.get(property.name);
    if (found) found.push(property);
    else properties.set(property.name, [property]);
  }
  return properties;
}

/** A parameter's value, the first of several; null when it is absent or empty. */
export function parameter(property: Property, name: string): string | null {
  const value = Object.hasOwn(property.parameters, name) ? property.parameters[name] : undefined;
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === "" ? null : cleanText(text);
}

/** The text a property carries, its escapes undone. */
export function textOf(property: Property): string {
  const value = property.values[0];
  if (typeof value !== "string") return "";
  return cleanText(value.replace(ESCAPE, unescape));
}

/** Without U+0000 and lone surrogates, which no text of ours may hold. */
export const cleanText = (text: string): string => text.replace(UNICODE_REFUSED, "");

/** As much of a line as fits into a message. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text);

const unescape = (_: string, escaped: string): string => (escaped.toLowerCase() === "n" ? "\n" : escaped);
