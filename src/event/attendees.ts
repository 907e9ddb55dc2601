// The list of attendees after a write. The owner's list replaces the list, but people keep what the write left out, and
// their place. A guest's list adds people and sets the guest's own answer: whom and what it lacks stays.
import type { Attendee } from "../entities/event";
import { Handling } from "../values/handling";
import type { Faults } from "../values/faults";
import { inDigits } from "../values/text";
import { isNobody, MAX_ATTENDEES, NOBODY_RULE, type AttendeeInput } from "./attendee.inputs";
import { answerAfter, type Answering } from "./answers";
import { asGuestSays } from "./guest";
import type { KnownPeople, KnownRecord } from "./people-of-write";

export interface ListWrite {
  given: readonly AttendeeInput[];
  before: readonly Attendee[];
  people: KnownPeople;
  /** Whose answers it may change; of a new event anybody's. */
  answering?: Answering;
  /** Whether the writer is a guest: the list itself is the owner's. */
  isGuest?: boolean;
  /** What of somebody who stays is otherwise, `was` before and `merged` after what was `given` of them at `field`. */
  staying?: (was: Attendee, merged: Attendee, given: AttendeeInput, field: string) => Partial<Attendee>;
}

/** Finds people by user id, else by address, else (having neither) by contact. */
class Directory {
  private readonly byUser = new Map<string, number>();
  private readonly byAddress = new Map<string, number>();
  private readonly byContact = new Map<number, number>();

  constructor(
    readonly people: (Attendee | null)[],
    private readonly known: KnownPeople,
  ) {
    people.forEach((_, index) => this.index(index));
  }

  findUser({ userId }: Attendee): number | undefined {
    return userId === null ? undefined : this.byUser.get(userId);
  }

  findAddress(person: Attendee): number | undefined {
    if (person.emailAddress !== null) {
      const index = this.byAddress.get(this.known.keyOf(person.emailAddress));
      const found = index === undefined ? null : this.people[index];
      return found && (found.userId === null || person.userId === null) ? index : undefined;
    }
    return person.userId === null && person.contactId !== null
      ? this.byContact.get(person.contactId)
      : undefined;
  }

  set(index: number, person: Attendee): void {
    this.people[index] = person;
    this.index(index);
  }

  private index(index: number): void {
    const person = this.people[index];
    if (!person) return;
    if (person.userId !== null) this.byUser.set(person.userId, index);
    if (person.emailAddress !== null) this.byAddress.set(this.known.keyOf(person.emailAddress), index);
    else if (person.contactId !== null) this.byContact.set(person.contactId, index);
  }
}

/**
 * The new list: those who were on it before in their old order, then new people in the order given; somebody given
 * twice once, the later wins. What is not understood, and what a guest has no say in, is told under `attendees[i]`.
 */
export function mergeAttendees(
  { given, before, people, answering, isGuest, staying }: ListWrite,
  faults: Faults,
): Attendee[] {
  const known = new Directory([...before], people);
  // The same length as `known` at every step: what each person, old or new, becomes; null for those left out.
  const stays = before.map((person) => (isGuest ? person : null));
  const after = new Directory(stays, people);
  given.forEach((asked, index) => {
    const field = asked.at ?? `attendees[${index}]`;
    const input = understood(asked, people, { before, field, faults });
    if (!input) return;
    const person = identify(input, people, before);
    const user = known.findUser(person) ?? after.findUser(person);
    const namesake = known.findAddress(person);
    const taken = namesake !== undefined && isAnotherUser(after.people[namesake], person);
    const place = user ?? (taken ? undefined : namesake) ?? after.findAddress(person) ?? after.people.length;
    const was = before[place];
    // What is left out of somebody who is given twice the earlier entry says.
    const earlier = after.people[place];
    const base = earlier ?? was;
    const merged = sameAs(earlier, keepWhatWasLeftOut(input, { person, was: base, stored: was, people }));
    merged.type = input.type ?? (base ?? person).type;
    const says = { given: input, was, people, field, faults, staying };
    after.set(place, asWriterSays(merged, answering, isGuest === true, says));
  });
  const list = withoutNamesakes(
    after.people.filter((person) => person !== null),
    people,
  );
  // A list in itself may be so long; this is together with who is on it already.
  if (list.length > MAX_ATTENDEES) faults.add("attendees", TOO_MANY);
  return list;
}

const OF_ROOM = "is what the room or equipment has answered by itself, as nobody answers for it";
const TOO_MANY = `must have ${inDigits(MAX_ATTENDEES)} entries at most, together with who stays on the list`;

interface Says {
  given: AttendeeInput;
  was: Attendee | undefined;
  people: KnownPeople;
  field: string;
  faults: Faults;
  staying: ListWrite["staying"];
}

/** What the write makes of somebody, as far as its writer has a say in it. */
function asWriterSays(
  merged: Attendee,
  answering: Answering | undefined,
  isGuest: boolean,
  { given, was, people, field, faults, staying }: Says,
): Attendee {
  if (was && staying) return { ...merged, ...staying(was, merged, given, field) };
  if (!answering) return merged;
  const says = isGuest
    ? asGuestSays(merged, answering.writer, given, { was, people, field, faults })
    : merged;
  if (!was) return says;
  if (says.status !== was.status && isAnsweredByItself(was, answering, people)) {
    faults.noSay(`${field}.status`, OF_ROOM);
    return { ...says, status: was.status };
  }
  return { ...says, status: answerAfter(was, says.status, answering, { field: `${field}.status`, faults }) };
}

/** A room answers what is somebody else's, until it is taken out: whoever may bring it back does so by a status, and it is asked again. */
const isAnsweredByItself = ({ userId }: Attendee, { locked }: Answering, people: KnownPeople): boolean =>
  userId !== null &&
  userId !== locked.view.ownerId &&
  !locked.leftUserIds.includes(userId) &&
  people.answersByItself(userId);

/** What was given of somebody, as far as it is understood; undefined where that is nobody. */
function understood(
  given: AttendeeInput,
  people: KnownPeople,
  { before, field, faults }: Place,
): AttendeeInput | undefined {
  const input = { ...given };
  if (input.userId != null && !people.user(input.userId)) {
    faults.notUnderstood(`${field}.userId`, "must be a user of the organisation");
    input.userId = null;
  }
  if (input.contactId != null && !isContact(people.record(input.contactId), before)) {
    faults.notUnderstood(`${field}.contactId`, "must be a Contact of the organisation");
    input.contactId = null;
  }
  if (!isNobody(input)) return input;
  return faults.handling === Handling.STRICT ? undefined : faults.notUnderstood(field, NOBODY_RULE);
}

/** Two users are two people, even where both come with one address. */
const isAnotherUser = (one: Attendee | null | undefined, other: Attendee): boolean =>
  one != null && one.userId !== null && other.userId !== null && one.userId !== other.userId;

/** Given twice in one list, once by user id and once by address: still the user. */
const sameAs = (earlier: Attendee | null | undefined, later: Attendee): Attendee => ({
  ...later,
  userId: firstOf(later.userId, earlier?.userId),
  contactId: firstOf(later.contactId, earlier?.contactId),
  name: firstOf(later.name, earlier?.name),
});

/** A user's address belongs to the user: an entry with nothing but that address is the same person. */
function withoutNamesakes(people: readonly Attendee[], known: KnownPeople): Attendee[] {
  const keyOf = ({ emailAddress }: Attendee): string | null => emailAddress && known.keyOf(emailAddress);
  const users = new Set(people.filter(({ userId }) => userId !== null).map(keyOf));
  users.delete(null);
  return people.filter((person) => person.userId !== null || !users.has(keyOf(person)));
}

interface Place {
  before: readonly Attendee[];
  field: string;
  faults: Faults;
}

/** Who is meant, with whatever the organisation knows of them filled in. */
function identify(input: AttendeeInput, people: KnownPeople, before: readonly Attendee[]): Attendee {
  const user = people.user(input.userId);
  const contact = input.contactId == null ? undefined : people.record(input.contactId);
  const emailAddress = firstOf(input.emailAddress, user?.email, invitedAt(contact, people, before));
  const member = user ?? people.userAt(emailAddress);
  const filled = contact ?? people.contactAt(emailAddress);
  return {
    userId: firstOf(member?.id),
    emailAddress,
    contactId: filled ? Number(filled.id) : null,
    name: firstOf(member?.name, filled?.name),
    status: "NoResponse",
    type: "required",
  };
}

/** A guest who is the contact keeps the address that they are listed by; somebody new has the one that the contact is known by. */
function invitedAt(
  contact: KnownRecord | undefined,
  people: KnownPeople,
  before: readonly Attendee[],
): string | null {
  if (!contact) return null;
  const listed = before.filter(
    ({ userId, contactId }) => userId === null && String(contactId) === contact.id,
  );
  const addresses = listed.map(({ emailAddress }) => emailAddress);
  return (addresses.includes(null) ? null : addresses[0]) ?? people.addressOf(contact);
}

/** An archived contact is offered no longer, but may stay where it is. */
const isContact = (record: KnownRecord | undefined, before: readonly Attendee[]): boolean =>
  record?.type === "Contact" &&
  (!record.archived || before.some(({ contactId }) => String(contactId) === record.id));

interface Known {
  /** Whom the input means. */
  person: Attendee;
  /** Who they are so far: on the list as it stands, or by an earlier entry of the same write. */
  was: Attendee | undefined;
  /** On the list as it stands, whose spelling of an address stays. */
  stored: Attendee | undefined;
  people: KnownPeople;
}

function keepWhatWasLeftOut(input: AttendeeInput, { person, was, stored, people }: Known): Attendee {
  const given = input.emailAddress;
  const isStored =
    given != null &&
    stored?.emailAddress != null &&
    people.keyOf(stored.emailAddress) === people.keyOf(given);
  const known = isStored ? stored.emailAddress : given == null ? was?.emailAddress : null;
  const emailAddress = firstOf(known, person.emailAddress);
  return {
    userId: firstOf(input.userId, was?.userId, person.userId),
    emailAddress,
    contactId: keepsContact(input, was, { people, emailAddress }) ? was.contactId : person.contactId,
    name: firstOf(input.name, was?.name, person.name),
    status: input.status ?? was?.status ?? "NoResponse",
    type: person.type,
  };
}

/** Whether somebody whose contact was left out keeps the one they had. */
const keepsContact = (
  { contactId }: AttendeeInput,
  was: Attendee | undefined,
  { people, emailAddress }: { people: KnownPeople; emailAddress: string | null },
): was is Attendee =>
  contactId == null && was?.contactId != null && people.keepsContact(was.contactId, emailAddress);

const firstOf = <T>(...values: (T | null | undefined)[]): T | null =>
  values.find((value) => value != null) ?? null;
