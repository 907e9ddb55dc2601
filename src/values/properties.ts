// What a CRM keeps with an event, by names of its own. The database holds the same bounds for every writer
// (properties_well_formed in migrations/functions/values.sql).
import { textFault } from "./text";

export type Property = string | number | boolean;
export type Properties = Record<string, Property>;

/** What a write says of some of them: null removes one. */
export type PropertiesGiven = Record<string, Property | null>;

export const MAX_PROPERTIES = 50;
const MAX_PROPERTIES_BYTES = 8 * 1024;
const MAX_PROPERTY_TEXT = 1_000;
export const PROPERTY_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** What is wrong with the value of a property; null when nothing is. */
export function propertyFault(given: unknown): string | null {
  if (typeof given === "string") return textFault(given, MAX_PROPERTY_TEXT);
  if (typeof given === "boolean" || (typeof given === "number" && Number.isFinite(given))) return null;
  return "must be text, a number, true, false, or null";
}

/** What is wrong with all of an event's properties together; null when nothing is. */
export function propertiesFault(properties: Properties): string | null {
  if (Object.keys(properties).length > MAX_PROPERTIES) return `must have ${MAX_PROPERTIES} keys at most`;
  if (Buffer.byteLength(JSON.stringify(properties)) > MAX_PROPERTIES_BYTES)
    return "must come to 8 KiB of JSON at most";
  return null;
}

/** The properties after a write, which says something of those it names. */
export function mergeProperties(before: Readonly<Properties>, given: PropertiesGiven): Properties {
  const after = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(given)) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return Object.fromEntries(after);
}
