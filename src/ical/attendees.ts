// Who takes part in a VEVENT: its ATTENDEE lines and its ORGANIZER, as attendees of ours.

import { addressKey } from "../values/address-key";
import { ATTENDEE_TYPE, type AttendeeType } from "../values/vocabulary";
import { cleanText, firstCodePoints, parameter, type Property, type Remark, textOf } from "./property";

export interface ImportedAttendee {
  emailAddress: string;
  name: string | null;
  status: "Accepted" | "Declined" | "Tentative" | "NoResponse";
  /** Null where the file says nothing of it. */
  type: AttendeeType | null;
}

/** Whose meeting it is, in the mailboxes. */
export interface Organizer {
  emailAddress: string;
  name: string | null;
}

/** Of more lines nobody is read: as many as this may name each person several times. */
const MAX_LINES = 5_000;
const MAX_ADDRESS_LENGTH = 320;
const MAX_NAME_LENGTH = 1_000;
// As vCalendar 1.0 has it.
const NAMED = /^([^<>]*)<([^<>]+)>$/;
const MAILTO = /^mailto:/i;
const CONTROL = /\p{Cc}/u;

/**
 * The people of an event, each once: of two lines with one address, in whatever case, the later counts. The organiser
 * takes part as Accepted unless listed otherwise, or unless the calendar is their own, by whichever of their addresses. Without
 * a usable address nobody is listed: rooms and groups of some servers have none.
 */
export function readAttendees(
  attendees: Property[],
  organizer: Organizer | null,
  { ownEmails, remark }: { ownEmails: readonly string[]; remark: Remark },
): ImportedAttendee[] {
  const nameOf = (property: Property): string | null => readName(property, remark);
  const people = new Map<string, ImportedAttendee>();
  for (const property of attendees.slice(0, MAX_LINES)) {
    const emailAddress = emailOf(property);
    if (emailAddress === null) continue;
    people.set(addressKey(emailAddress), {
      emailAddress,
      name: nameOf(property),
      status: statusOf(property),
      type: typeOf(property),
    });
  }
  const key = organizer && addressKey(organizer.emailAddress);
  const isOwn = ownEmails.some((email) => addressKey(email) === key);
  if (organizer && key && !isOwn && !people.has(key)) {
    people.set(key, { ...organizer, status: "Accepted", type: null });
  }
  return [...people.values()];
}

/** The ORGANIZER of an event; null where it has none, or none with a usable address. */
export function readOrganizer(property: Property | null, remark: Remark): Organizer | null {
  const emailAddress = property && emailOf(property);
  return property && emailAddress !== null ? { emailAddress, name: readName(property, remark) } : null;
}

function emailOf(property: Property): string | null {
  const value = addressIn(property);
  const email = parameter(property, "email")?.trim() ?? "";
  const named = MAILTO.test(value) ? value.replace(MAILTO, "").trim() : "";
  // Where the value is some other address, such as a path on the server, EMAIL has the one for mail.
  const address = cleanText(named || email.replace(MAILTO, "") || (value.includes("@") ? value : ""));
  const length = [...address.slice(0, 2 * MAX_ADDRESS_LENGTH + 1)].length;
  return length === 0 || length > MAX_ADDRESS_LENGTH || CONTROL.test(address) ? null : address;
}

const addressIn = ({ raw }: Property): string => NAMED.exec(raw)?.[2]?.trim() ?? raw;

function readName(property: Property, remark: Remark): string | null {
  const written = NAMED.test(property.raw) ? (NAMED.exec(textOf(property).trim())?.[1] ?? "") : "";
  const full = (parameter(property, "cn") ?? written).trim();
  const name = firstCodePoints(full, MAX_NAME_LENGTH);
  if (name !== full) remark(`A name was shortened to ${MAX_NAME_LENGTH} characters`, property.line);
  return name || null;
}

function statusOf(property: Property): ImportedAttendee["status"] {
  // vCalendar 1.0 calls it STATUS.
  switch ((parameter(property, "partstat") ?? parameter(property, "status"))?.toUpperCase()) {
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

/** CUTYPE says what is no person; else ROLE counts, of which an unknown word means that one is required (RFC 5545, 3.2.16). */
function typeOf(property: Property): AttendeeType | null {
  if (/^(?:ROOM|RESOURCE)$/i.test(parameter(property, "cutype") ?? "")) return "resource";
  const role = parameter(property, "role");
  return role === null ? null : (ATTENDEE_TYPE.read(role) ?? "required");
}
