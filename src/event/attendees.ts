// The list of attendees after a write. A list replaces the list, but people keep what the write left out, their
// place, and their answer where the writer has no say in it.
import type { Attendee } from "../entities/event";
import type { Faults } from "../values/rules";
import type { AttendeeInput } from "./event.inputs";
import { addressKey, type KnownPeople, type KnownRecord } from "./people-of-write";

export interface ListWrite {
  given: readonly AttendeeInput[];
  before: readonly Attendee[];
  people: KnownPeople;
  /** Whether the writer may set this user's status. */
  mayAnswerFor: (userId: string) => boolean;
  /** Those of `before` whom the writer cannot take off the list by leaving them out. */
  staysAnyway?: (person: Attendee) => boolean;
}

/** Finds people by user id, else by address ignoring case, else (having neither) by contact. */
class Directory {
  private readonly byUser = new Map<string, number>();
  private readonly byAddress = new Map<string, number>();
  private readonly byContact = new Map<number, number>();

  constructor(readonly people: (Attendee | null)[]) {
    people.forEach((_, index) => this.index(index));
  }

  findUser({ userId }: Attendee): number | undefined {
    return userId === null ? undefined : this.byUser.get(userId);
  }

  findAddress(person: Attendee): number | undefined {
    if (person.emailAddress !== null) {
      const index = this.byAddress.get(addressKey(person.emailAddress));
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
    if (person.emailAddress !== null) this.byAddress.set(addressKey(person.emailAddress), index);
    else if (person.contactId !== null) this.byContact.set(person.contactId, index);
  }
}

/**
 * The new list: those who were on it before in their old order, then new people in the order given; somebody given
 * twice once, the later wins. Ids that do not exist in the organisation become faults under `attendees[i]`.
 */
export function mergeAttendees(
  { given, before, people, mayAnswerFor, staysAnyway = () => false }: ListWrite,
  faults: Faults,
): Attendee[] {
  const known = new Directory([...before]);
  // The same length as `known` at every step: what each person, old or new, becomes; null for those left out.
  const after = new Directory(before.map((person) => (staysAnyway(person) ? person : null)));
  given.forEach((input, index) => {
    const person = identify(input, people, { before, field: `attendees[${index}]`, faults });
    const user = known.findUser(person) ?? after.findUser(person);
    const namesake = known.findAddress(person);
    const taken = namesake !== undefined && isAnotherUser(after.people[namesake], person);
    const place = user ?? (taken ? undefined : namesake) ?? after.findAddress(person) ?? after.people.length;
    const was = before[place];
    const merged = sameAs(after.people[place], keepWhatWasLeftOut(input, person, was));
    if (merged.userId !== null && !mayAnswerFor(merged.userId)) merged.status = was?.status ?? "NoResponse";
    after.set(place, merged);
  });
  return withoutNamesakes(after.people.filter((person) => person !== null));
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
function withoutNamesakes(people: readonly Attendee[]): Attendee[] {
  const keyOf = ({ emailAddress }: Attendee): string | null => emailAddress && addressKey(emailAddress);
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
function identify(input: AttendeeInput, people: KnownPeople, { before, field, faults }: Place): Attendee {
  const user = people.user(input.userId);
  if (input.userId != null && !user) faults.add(`${field}.userId`, "must be a user of the organisation");
  const contact = input.contactId == null ? undefined : people.record(input.contactId);
  if (input.contactId != null && !isContact(contact, before)) {
    faults.add(`${field}.contactId`, "must be a Contact of the organisation");
  }
  const emailAddress = firstOf(input.emailAddress, user?.email, contact?.emails[0]);
  const member = user ?? people.userAt(emailAddress);
  const filled = contact ?? people.contactAt(emailAddress);
  return {
    userId: firstOf(member?.id),
    emailAddress,
    contactId: filled ? Number(filled.id) : null,
    name: firstOf(member?.name, filled?.name),
    status: "NoResponse",
  };
}

/** An archived contact is offered no longer, but may stay where it is. */
const isContact = (record: KnownRecord | undefined, before: readonly Attendee[]): boolean =>
  record?.type === "Contact" &&
  (!record.archived || before.some(({ contactId }) => String(contactId) === record.id));

function keepWhatWasLeftOut(input: AttendeeInput, person: Attendee, was: Attendee | undefined): Attendee {
  const given = input.emailAddress;
  const sameAddress =
    given == null || (was?.emailAddress != null && addressKey(was.emailAddress) === addressKey(given));
  return {
    userId: firstOf(input.userId, was?.userId, person.userId),
    emailAddress: sameAddress ? firstOf(was?.emailAddress, person.emailAddress) : person.emailAddress,
    contactId: input.contactId == null ? firstOf(was?.contactId, person.contactId) : Number(input.contactId),
    name: firstOf(input.name, was?.name, person.name),
    status: input.status ?? was?.status ?? "NoResponse",
  };
}

const firstOf = <T>(...values: (T | null | undefined)[]): T | null =>
  values.find((value) => value != null) ?? null;
