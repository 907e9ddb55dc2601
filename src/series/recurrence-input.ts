// When a series recurs, as clients say it: our own form, Aurinko's, or lines as calendar files have them. All three come to
// one rule and two lists of places.
import { parseWall } from "../ical/wall";
import { isObject, listOf, taking, type Read } from "../values/rules";
import type { Faults } from "../values/faults";
import type { Schema } from "../values/schema";
import { toIana, wallToInstant } from "../values/timezone";
import { MAX_RULE_LENGTH } from "./rule-text";
import { parseRecurrenceId, recurrenceIdOf } from "./places";

export const MAX_RDATES = 500;
export const MAX_EXDATES = 2_000;
/** Lines, and letters of one, of a recurrence that is given as lines. */
const MAX_LINES = 100;
const MAX_LINE = 100_000;

/** A place as it was given: on the wall of the series, or, with `isUtc`, in UTC. */
export interface GivenPlace {
  wall: number;
  isDate: boolean;
  isUtc: boolean;
}

/** When a series recurs; absent keeps. */
export interface GivenRecurrence {
  rrule?: string;
  rdates?: GivenPlace[];
  exdates?: GivenPlace[];
  /** What clients call the parts. */
  names: { rrule: string; rdates: string; exdates: string };
}

const PLACE_RULE = "must be a local time such as 2026-03-02T09:00:00, or a date such as 2026-03-02";

const place = taking<GivenPlace>(
  { type: "string", examples: ["2026-03-02T09:00:00", "2026-03-02"] },
  (given, field, faults) => {
    const read = typeof given === "string" ? parseRecurrenceId(given) : null;
    return read ? { ...read, isUtc: false } : faults.add(field, PLACE_RULE);
  },
);
const rdates = listOf(place, MAX_RDATES);
const exdates = listOf(place, MAX_EXDATES);

const lines: Schema = {
  type: "array",
  items: { type: "string", maxLength: MAX_LINE, examples: ["RRULE:FREQ=WEEKLY;BYDAY=MO"] },
  maxItems: MAX_LINES,
};

const OWN: Schema = {
  type: "object",
  properties: {
    rrule: { type: "string", maxLength: MAX_RULE_LENGTH, examples: ["FREQ=WEEKLY;BYDAY=MO"] },
    rdates: rdates.schema,
    exdates: exdates.schema,
  },
};
const ICAL: Schema = {
  type: "object",
  required: ["ical"],
  properties: { ical: { type: "object", required: ["rules"], properties: { rules: lines } } },
};

/** `{rrule, rdates, exdates}`, `{ical: {rules: [lines]}}`, or a list of lines. */
export const recurrence: Read<GivenRecurrence> = taking(
  { anyOf: [OWN, ICAL, lines] },
  (given, field, faults) => {
    if (Array.isArray(given)) return readLines(given, field, faults);
    if (!isObject(given))
      return faults.add(
        field,
        'must be an object such as {"rrule": "FREQ=WEEKLY;BYDAY=MO"}, or a list of lines',
      );
    if (!("ical" in given)) return readOwn(given, field, faults);
    const rules = isObject(given.ical) ? given.ical.rules : undefined;
    return Array.isArray(rules)
      ? readLines(rules, `${field}.ical.rules`, faults)
      : faults.add(`${field}.ical.rules`, 'must be a list of lines such as "RRULE:FREQ=WEEKLY;BYDAY=MO"');
  },
);

function readOwn(given: Record<string, unknown>, field: string, faults: Faults): GivenRecurrence | undefined {
  const before = faults.details.length;
  const names = { rrule: `${field}.rrule`, rdates: `${field}.rdates`, exdates: `${field}.exdates` };
  const read: GivenRecurrence = { names };
  if (given.rrule != null) {
    if (typeof given.rrule === "string") read.rrule = given.rrule;
    else faults.add(names.rrule, "must be text such as FREQ=WEEKLY;BYDAY=MO");
  }
  if (given.rdates !== undefined) read.rdates = rdates(given.rdates ?? [], names.rdates, faults);
  if (given.exdates !== undefined) read.exdates = exdates(given.exdates ?? [], names.exdates, faults);
  return faults.details.length > before ? undefined : read;
}

const LINE = /^(RRULE|RDATE|EXDATE|EXRULE|DTSTART|DTEND)([^:]*):(.*)$/is;
const LISTS = { RDATE: ["rdates", MAX_RDATES], EXDATE: ["exdates", MAX_EXDATES] } as const;

/** Lines as Aurinko, Google and calendar files have them. One without a name is a rule. */
function readLines(given: readonly unknown[], field: string, faults: Faults): GivenRecurrence | undefined {
  const before = faults.details.length;
  if (given.length > MAX_LINES) return faults.add(field, `must have ${MAX_LINES} lines at most`);
  const read: GivenRecurrence = {
    rdates: [],
    exdates: [],
    names: { rrule: field, rdates: field, exdates: field },
  };
  given.forEach((line, index) => {
    const at = `${field}[${index}]`;
    if (typeof line !== "string" || line.length > MAX_LINE)
      return faults.add(at, `must be text of ${MAX_LINE.toLocaleString("en")} characters at most`);
    const [, name = "RRULE", parameters = "", value = line.trim()] = LINE.exec(line.trim()) ?? [];
    return takeLine({ name: name.toUpperCase(), parameters, value }, at, read, faults);
  });
  for (const [list, most] of Object.values(LISTS))
    if ((read[list]?.length ?? 0) > most)
      faults.add(field, `must have ${most.toLocaleString("en")} ${list} at most`);
  return faults.details.length > before ? undefined : read;
}

interface Line {
  name: string;
  parameters: string;
  value: string;
}

function takeLine(
  { name, parameters, value }: Line,
  at: string,
  read: GivenRecurrence,
  faults: Faults,
): void {
  if (name === "RRULE") {
    if (read.rrule !== undefined) faults.add(at, "must not be a second RRULE: a series has one");
    read.rrule = value;
    read.names = { ...read.names, rrule: at };
  } else if (name === "RDATE" || name === "EXDATE") {
    read[LISTS[name][0]]?.push(...placesOfLine(value, parameters, at, faults));
  } else faults.add(at, `must be an RRULE, RDATE or EXDATE; ${name} is not allowed`);
}

function placesOfLine(value: string, parameters: string, at: string, faults: Faults): GivenPlace[] {
  const tzid = /;TZID=("?)([^;:"]+)\1/i.exec(parameters)?.[2];
  const zone = tzid === undefined ? null : toIana(tzid);
  if (tzid !== undefined && zone === null) faults.add(at, "must have the TZID of an IANA time zone");
  return value.split(",").flatMap((text) => {
    const found = parseWall(text.trim().replaceAll(/[-:]/g, ""));
    if (!found) {
      faults.add(
        at,
        `has ${JSON.stringify(text.slice(0, 40))}, which is no date or time such as 20260302T090000`,
      );
      return [];
    }
    const isZoned = zone !== null && !found.isDate && !found.isUtc;
    return [isZoned ? { wall: wallToInstant(found.wall, zone), isDate: false, isUtc: true } : found];
  });
}

/** A given place as it was written, for messages. */
export const textOfPlace = ({ wall, isDate, isUtc }: GivenPlace): string =>
  recurrenceIdOf(wall, isDate) + (isUtc ? "Z" : "");
