// One line of a component, taken apart: its name, parameters and value. Taken apart here and not by ical.js, because what
// programs write is often no iCalendar: quotes inside of quotes, colons in names, blanks before the colon.

import { type ContentLine, type RawComponent } from "./lines";
import { decode, decodeAs } from "./octets";

/** What cannot be understood at all; said of a line in this sentence. */
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
  /** By name in lower case, without the quotes. */
  parameters: ReadonlyMap<string, readonly string[]>;
  /** As it stands behind the colon. */
  value: string;
  /** The same without blanks around. */
  raw: string;
}

/** The lines of a component by property name, each list in the order of the file. */
export type Properties = Map<string, Property[]>;

export type Remark = (message: string, line: number) => void;

const QUOTED_LENGTH = 60;
const UNICODE_REFUSED = /\0|\p{Surrogate}/gu;
const ESCAPE = /\\([\\;,nN])/g;
const NAME = /^[A-Z0-9-]+$/i;
const HAD_CARETS = /\^(['n^])/g;
const PERSON = /^(?:attendee|organizer)$/;
const TIME = /^(?:dtstart|dtend|recurrence-id|exdate|rdate|due)$/;
const ADDRESS = /:\s*mailto:/gi;
/** What follows a colon that was taken for the end: a name may have a semicolon too. */
const NEXT_PARAMETER = /;(?=[A-Z0-9-]+=)/i;
const SCHEME = /^(?:https?|cid|urn|ftp)$/i;
const HEX_PAIR = /=([0-9A-F]{2})/gi;
const SOFT_BREAK = /=\r?\n?$/gm;

/** Takes a line apart. One without a colon, or with something else than a name before it, is a BrokenLine. */
export function readProperty({ text, line }: ContentLine): Property {
  const quotesSeen = outsideQuotes(text, ":", 0);
  // With a quote that never ends, the first colon is as good a guess as any.
  const colon = quotesSeen < 0 ? text.indexOf(":") : quotesSeen;
  const head = text.slice(0, colon < 0 ? 0 : colon);
  const [name = "", ...given] = parted(head, ";");
  const trimmed = name.trim().toLowerCase();
  if (!NAME.test(trimmed)) throw new BrokenLine(`${quote(text)} is not a valid line`, line);
  const [parameters, value] = mended(trimmed, given, text.slice(colon + 1));
  return { name: trimmed, line, parameters: readParameters(parameters), value, raw: value.trim() };
}

/** All lines of a component by property name, each list in the order of the file. A broken one is told, and no more. */
export function readProperties(component: RawComponent, remark: Remark): Properties {
  const properties: Properties = new Map();
  for (const content of component.lines) {
    const property = unlessBroken(() => readProperty(content), remark);
    if (!property) continue;
    const found = properties.get(property.name);
    if (found) found.push(property);
    else properties.set(property.name, [property]);
  }
  return properties;
}

/** What `read` gives; null, and a remark, where a line cannot be understood. */
export function unlessBroken<T>(read: () => T, remark: Remark): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BrokenLine)) throw error;
    remark(error.message, error.line);
    return null;
  }
}

/** A parameter's value, the first of several; null when it is absent or empty. */
export function parameter(property: Property, name: string): string | null {
  const text = property.parameters.get(name)?.[0];
  return text === undefined || text === "" ? null : cleanText(text);
}

/** The text a property carries, its escapes undone. */
export function textOf(property: Property): string {
  const isPrintable =
    property.parameters.has("quoted-printable") ||
    parameter(property, "encoding")?.toUpperCase() === "QUOTED-PRINTABLE";
  const value = isPrintable ? fromPrintable(property) : property.value;
  return cleanText(value.replace(ESCAPE, unescape));
}

/** The text of the first such property, trimmed; "" when there is none. */
export function firstText(properties: Properties, name: string): string {
  const property = properties.get(name)?.[0];
  return property ? textOf(property).trim() : "";
}

/** Without U+0000 and lone surrogates, which no text of ours may hold. */
export const cleanText = (text: string): string => text.replace(UNICODE_REFUSED, "");

/** As much of a line as fits into a message. */
export const quote = (text: string): string =>
  JSON.stringify(text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text);

/** As many characters as a column takes, none of them torn. */
export function firstCodePoints(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return [...text.slice(0, 2 * limit)].slice(0, limit).join("");
}

const unescape = (_: string, escaped: string): string => (escaped.toLowerCase() === "n" ? "\n" : escaped);

/** Where the character stands next, quoted stretches passed over; below zero where it does not. */
function outsideQuotes(text: string, wanted: string, from: number): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (character === wanted && !quoted) return at;
  }
  return -1;
}

function parted(text: string, by: string): string[] {
  const parts: string[] = [];
  for (let from = 0; ;) {
    const at = outsideQuotes(text, by, from);
    parts.push(text.slice(from, at < 0 ? undefined : at));
    if (at < 0) return parts;
    from = at + 1;
  }
}

/**
 * The parameters and the value of a line with a colon in a parameter that nobody has quoted: a name (`CN=Room: 5`), a
 * zone (`TZID=(UTC+01:00) Rome`) or an address of the web.
 */
function mended(name: string, parameters: string[], value: string): [parameters: string[], value: string] {
  const last = parameters.at(-1);
  if (last === undefined) return [parameters, value];
  const takeUpTo = (at: number): [string[], string] => [
    [...parameters.slice(0, -1), ...`${last}:${value.slice(0, at)}`.split(NEXT_PARAMETER)],
    value.slice(at + 1),
  ];
  if (PERSON.test(name)) {
    const at = [...value.matchAll(ADDRESS)].at(-1)?.index;
    return at === undefined ? [parameters, value] : takeUpTo(at);
  }
  if (TIME.test(name)) {
    const at = value.lastIndexOf(":", value.trimEnd().length - 2);
    return at < 0 || /^\s*\d{8}/.test(value) ? [parameters, value] : takeUpTo(at);
  }
  const scheme = last.slice(last.indexOf("=") + 1);
  const at = SCHEME.test(scheme) ? value.indexOf(":") : -1;
  return at < 0 ? [parameters, value] : takeUpTo(at);
}

function readParameters(given: string[]): Map<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const one of given) {
    const equals = one.indexOf("=");
    const name = (equals < 0 ? one : one.slice(0, equals)).trim().toLowerCase();
    const values = equals < 0 ? [] : parted(one.slice(equals + 1), ",").map(unquoted);
    if (!parameters.has(name)) parameters.set(name, values);
  }
  return parameters;
}

const unquoted = (text: string): string =>
  text
    .replaceAll('"', "")
    .replace(HAD_CARETS, (_, sign: string) => (sign === "n" ? "\n" : sign === "'" ? '"' : "^"));

/** Quoted-printable, which vCalendar 1.0 has, in the character set that the line names, UTF-8 by default. */
function fromPrintable(property: Property): string {
  const octets = Buffer.from(property.value.replace(SOFT_BREAK, ""), "utf8").toString("latin1");
  const bytes = Buffer.from(
    octets.replace(HEX_PAIR, (_, pair: string) => String.fromCharCode(Number.parseInt(pair, 16))),
    "latin1",
  );
  const charset = parameter(property, "charset");
  const text = (charset === null ? null : decodeAs(charset, bytes)) ?? decode(bytes).text;
  return text.replaceAll("\r\n", "\n");
}
