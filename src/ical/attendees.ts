// Who takes part in a VEVENT: its ATTENDEE lines and its ORGANIZER, as attendees of ours.

import { cleanText, parameter, type Property } from "./property";

export interface ImportedAttendee {
  emailAddress: string;
  name: string | null;
  status: "Accepted" | "Declined" | "Tentative" | "NoResponse";
}

const LONGEST_ADDRESS = 320;
const MAILTO = /^mailto:/i;
const CONTROL = /\p{Cc}/u;

/**
 * The people of an event, each once: of two lines with one address, in whatever case, the later counts. The organiser
 * takes part as Accepted unless listed otherwise, or unless the calendar is their own. Without a usable address nobody
 * is listed: rooms and groups of some servers have none.
 */
export function readAttendees(
  attendees: Property[],
  organizer: Property | null,
  ownEmail: string,
): ImportedAttendee[] {
  const people = new Map<string, ImportedAttendee>();
  for (const property of attendees) {
    const emailAddress = addressOf(property);
    if (emailAddress === null) continue;
    people.set(emailAddress.toLowerCase(), {
      emailAddress,
      name: nameOf(property),
      status: statusOf(property),
    });
  }
  const host = organizer && addressOf(organizer);
  const key = host?.toLowerCase();
  if (organizer && host && key && key !== ownEmail.toLowerCase() && !people.has(key)) {
    people.set(key, { emailAddress: host, name: nameOf(organizer), status: "Accepted" });
  }
  return [...people.values()];
}

function addressOf(property: Property): string | null {
  const value = typeof property.values[0] === "string" ? property.values[0].trim() : "";
  const email = parameter(property, "email")?.trim() ?? "";
  const named = MAILTO.test(value) ? value.replace(MAILTO, "").trim() : "";
  // Where the value is some other address, such as a path on the server, EMAIL has the one for mail.
  const address = cleanText(named || email.replace(MAILTO, "") || (value.includes("@") ? value : ""));
  const length = [...address.slice(0, 2 * LONGEST_ADDRESS + 1)].length;
  return length === 0 || length > LONGEST_ADDRESS || CONTROL.test(address) ? null : address;
}

const nameOf = (property: Property): string | null => parameter(property, "cn")?.trim() || null;

function statusOf(property: Property): ImportedAttendee["status"] {
  switch (parameter(property, "partstat")?.toUpperCase()) {
    case "ACCEPTED":
      return "Accepted";
    case "DECLINED":
      return "Declined";
    case "TENTATIVE":
      return "Tentative";
    default:
      // NEEDS-ACTION, DELEGATED, and words that do not exist but are written, such as CONFIRMED.
      return "NoResponse";
  }
}
