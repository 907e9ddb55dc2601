// What a VEVENT says apart from its times: texts within our limits, the zone, the people.

import { toIana } from "../values/timezone";
import { type ImportedAttendee, readAttendees } from "./attendees";
import { parameter, type Property, textOf } from "./property";
import { fromName, type Zone } from "./zones";

/** What an imported event takes over as it is. */
export interface Content {
  subject: string;
  description: string | null;
  location: string | null;
  private: boolean;
  timezone: string | null;
  attendees: ImportedAttendee[];
}

export type Properties = Map<string, Property[]>;

const LIMITS = { subject: 1_000, location: 2_000, description: 100_000 };
const MOST_ATTENDEES = 1_000;

/** Reads the content; `remark` hears of what had to be shortened, with the line of it. */
export function readContent(
  properties: Properties,
  startZone: Zone | null,
  { ownEmail, remark }: { ownEmail: string; remark: (message: string, line: number) => void },
): Content {
  const text = (name: string, field: keyof typeof LIMITS): string | null => {
    const property = properties.get(name)?.[0];
    if (!property) return null;
    const limit = LIMITS[field];
    const full = textOf(property);
    const kept = firstCodePoints(full, limit);
    if (kept !== full) remark(`The ${field} was shortened to ${limit} characters`, property.line);
    return kept;
  };
  const people = readAttendees(
    properties.get("attendee") ?? [],
    properties.get("organizer")?.[0] ?? null,
    ownEmail,
  );
  if (people.length > MOST_ATTENDEES) {
    const line = properties.get("attendee")?.[0]?.line ?? 0;
    remark(`Of ${people.length} attendees the first ${MOST_ATTENDEES} were taken`, line);
  }
  return {
    subject: text("summary", "subject") ?? "",
    // Programs write an empty line where there is nothing to say. HTML is second best to the plain text.
    description: text("description", "description") || text("x-alt-desc", "description") || null,
    location: text("location", "location") || null,
    private: ["PRIVATE", "CONFIDENTIAL"].includes(firstText(properties, "class").toUpperCase()),
    timezone: timezoneOf(properties, startZone),
    attendees: people.slice(0, MOST_ATTENDEES),
  };
}

/** The text of the first such property, trimmed; "" when there is none. */
export function firstText(properties: Properties, name: string): string {
  const property = properties.get(name)?.[0];
  return property ? textOf(property).trim() : "";
}

/** Our own exports keep the zone apart, since they write times in UTC; Apple's give dates one in a property TZID. */
function timezoneOf(properties: Properties, startZone: Zone | null): string | null {
  const start = properties.get("dtstart")?.[0];
  const tzid = (start && parameter(start, "tzid")) ?? firstText(properties, "tzid");
  return (
    toIana(firstText(properties, "x-tidemark-timezone")) ?? startZone?.name ?? fromName(tzid)?.name ?? null
  );
}

function firstCodePoints(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return [...text.slice(0, 2 * limit)].slice(0, limit).join("");
}
