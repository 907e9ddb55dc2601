// What a VEVENT says apart from its times: texts within our limits, the zone, the people, the words of a meeting.

import { ianaOf, fromName, type Zone } from "./zones";
import { type ImportedAttendee, type Organizer, readAttendees, readOrganizer } from "./attendees";
import { firstCodePoints, firstText, parameter, type Properties, type Remark, textOf } from "./property";
import { readWords, type Words } from "./words";

/** What an imported event takes over as it is. */
export interface Content extends Words {
  subject: string;
  description: string | null;
  location: string | null;
  private: boolean;
  timezone: string | null;
  attendees: ImportedAttendee[];
  /** Whose meeting it is; null where the file says nobody, or nobody with an address. */
  organizer: Organizer | null;
}

const MAX_LENGTHS = { subject: 1_000, location: 2_000, description: 100_000 };
const MAX_ATTENDEES = 1_000;

/** Reads the content; `remark` hears of what had to be shortened, with the line of it. */
export function readContent(
  properties: Properties,
  startZone: Zone | null,
  { ownEmails, method, remark }: { ownEmails: readonly string[]; method: string; remark: Remark },
): Content {
  const text = (name: string, field: keyof typeof MAX_LENGTHS): string | null => {
    const property = properties.get(name)?.[0];
    if (!property) return null;
    const limit = MAX_LENGTHS[field];
    const full = textOf(property);
    const kept = firstCodePoints(full, limit);
    if (kept !== full) remark(`The ${field} was shortened to ${limit} characters`, property.line);
    return kept;
  };
  const organizer = readOrganizer(properties.get("organizer")?.[0] ?? null, remark);
  // An answer is that of whoever it lists: its organiser has said nothing.
  const host = method === "REPLY" ? null : organizer;
  const people = readAttendees(properties.get("attendee") ?? [], host, { ownEmails, remark });
  if (people.length > MAX_ATTENDEES) {
    const line = properties.get("attendee")?.[0]?.line ?? 0;
    remark(`Of ${people.length} attendees the first ${MAX_ATTENDEES} were taken`, line);
  }
  return {
    subject: text("summary", "subject") ?? "",
    // Programs write an empty line where there is nothing to say. HTML is second best to the plain text.
    description: text("description", "description") || text("x-alt-desc", "description") || null,
    location: text("location", "location") || null,
    private: ["PRIVATE", "CONFIDENTIAL"].includes(firstText(properties, "class").toUpperCase()),
    timezone: timezoneOf(properties, startZone),
    attendees: people.slice(0, MAX_ATTENDEES),
    organizer,
    ...readWords(properties, remark),
  };
}

/** Our own exports keep the zone apart, since they write times in UTC; Apple's give dates one in a property TZID. */
function timezoneOf(properties: Properties, startZone: Zone | null): string | null {
  const own = ianaOf(firstText(properties, "x-tidemark-timezone"));
  if (own !== null) return own;
  const start = properties.get("dtstart")?.[0];
  const isZoned = start !== undefined && parameter(start, "tzid") !== null;
  return startZone?.name ?? (isZoned ? null : (fromName(firstText(properties, "tzid"))?.name ?? null));
}
