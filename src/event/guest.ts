// What a guest may make of an event. Every mailbox keeps a copy of a meeting, and each copy is partial: guest lists are
// hidden, texts rewritten, unknown values null. The owner's copy is the meeting; a guest's is their own part in it.
import type { Attendee } from "../entities/event";
import type { Faults } from "../values/faults";
import type { EventPatch } from "./event.inputs";
import type { AttendeeInput } from "./attendee.inputs";
import { GUEST_FIELDS, type Content } from "./fields";
import type { KnownPeople } from "./people-of-write";

const OWNERS = "is for the owner of the event to say";
const THEIRS = "is for that attendee to say";

/** Whether a guest may change this field: never, or where the owner lets guests edit. */
export const mayGuestWrite = (name: string, guestsCanEdit: boolean): boolean =>
  name === "attendees" || (guestsCanEdit && GUEST_FIELDS.has(name));

/**
 * What of a guest's changes is theirs to make. The rest is told, under the fields that the guest gave: a change of `allDay`
 * moves times that nobody named.
 */
export function guestPart(
  changes: Partial<Content>,
  given: EventPatch,
  guestsCanEdit: boolean,
  faults: Faults,
): Partial<Content> {
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(changes)) {
    if (mayGuestWrite(name, guestsCanEdit)) own[name] = value;
    else if (given[name as keyof EventPatch] !== undefined) faults.noSay(name, OWNERS);
  }
  return own;
}

interface Listed {
  /** As they are stored; none for somebody new. */
  was: Attendee | undefined;
  people: KnownPeople;
  field: string;
  faults: Faults;
}

/**
 * What a guest's list makes of somebody: who is new comes as they were given, but for another user's answer; who is there
 * stays as they are, but for the guest's own answer.
 */
export function asGuestSays(
  merged: Attendee,
  guest: string,
  given: AttendeeInput,
  { was, people, field, faults }: Listed,
): Attendee {
  const isOwn = merged.userId === guest;
  if (!was) {
    if (merged.userId === null || isOwn || merged.status === "NoResponse") return merged;
    faults.noSay(`${field}.status`, THEIRS);
    return { ...merged, status: "NoResponse" };
  }
  for (const name of differing(given, was, people)) {
    if (name !== "status") faults.noSay(`${field}.${name}`, OWNERS);
    else if (!isOwn) faults.noSay(`${field}.status`, THEIRS);
  }
  return isOwn ? { ...was, status: merged.status } : was;
}

/** What was given of somebody that is not what is stored: another spelling or address of theirs is no difference. */
function differing(given: AttendeeInput, was: Attendee, people: KnownPeople): (keyof Attendee)[] {
  const { userId, emailAddress, contactId, name, status, type } = given;
  const isTheirs = (address: string): boolean =>
    (was.emailAddress !== null && people.keyOf(address) === people.keyOf(was.emailAddress)) ||
    (was.userId !== null && people.userAt(address)?.id === was.userId);
  const differs: { [Key in keyof Attendee]: boolean } = {
    userId: userId != null && userId !== was.userId,
    emailAddress: emailAddress != null && !isTheirs(emailAddress),
    contactId: contactId != null && Number(people.record(contactId)?.id ?? contactId) !== was.contactId,
    name: name != null && name !== was.name,
    status: status != null && status !== was.status,
    type: type != null && type !== was.type,
  };
  return (Object.keys(differs) as (keyof Attendee)[]).filter((key) => differs[key]);
}
