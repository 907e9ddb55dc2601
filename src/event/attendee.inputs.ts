// Whom a client may invite, and the rules for it.
import { GraphQLString } from "graphql";
import { ID, InputType } from "type-graphql";
import { emailAddress, splitAddress } from "../values/address";
import { Handling } from "../values/handling";
import { status, wordOf } from "../values/meeting-rules";
import { id, InputField, isObject, listOf, objectOf, readFields, taking, text } from "../values/rules";
import { Long } from "../values/scalars";
import { ATTENDEE_TYPE, type AttendeeType, type Status } from "../values/vocabulary";

export const MAX_ATTENDEES = 1_000;
export const MAX_NAME = 1_000;

/** The name that came with an address: `Eve <eve@x.co>`. */
export const nameWith = (given: unknown): string | null =>
  typeof given === "string" ? splitAddress(given).name : null;

@InputType({ description: "Somebody to invite: at least one of `userId`, `emailAddress` and `contactId`." })
export class AttendeeInput {
  @InputField(() => ID, { read: id, onNull: null, description: "A user of the organisation." })
  userId?: string | null;

  @InputField(() => GraphQLString, {
    read: emailAddress,
    says: { of: "name", read: nameWith },
    onNull: null,
    description: "An address; filled in where known.",
  })
  emailAddress?: string | null;

  @InputField(() => Long, { read: id, onNull: null, description: "A Contact of the organisation." })
  contactId?: string | null;

  @InputField(() => GraphQLString, {
    read: text(MAX_NAME),
    onNull: null,
    description: "A name; kept or filled in if absent.",
  })
  name?: string | null;

  @InputField(() => GraphQLString, {
    read: status,
    onNull: null,
    description: "`Accepted`, `Declined`, `Tentative` or `NoResponse`, in any case; kept if absent.",
  })
  status?: Status | null;

  @InputField(() => GraphQLString, {
    read: wordOf(ATTENDEE_TYPE),
    onNull: null,
    description: "`required`, `optional` or `resource`, in any case; kept if absent.",
  })
  type?: AttendeeType | null;

  /** Where it stands in the request. */
  at?: string;
}

const PERSON_KEYS = ["userId", "emailAddress", "contactId"] as const;

/** Somebody with nothing of these is nobody. */
export const NOBODY_RULE = "must have at least one of userId, emailAddress and contactId";

export const isNobody = (person: { [Key in (typeof PERSON_KEYS)[number]]?: unknown }): boolean =>
  !PERSON_KEYS.some((key) => person[key] != null);

const attendee = taking<AttendeeInput>(objectOf(AttendeeInput).schema, (given, field, faults) => {
  const read = readFields(AttendeeInput, given, faults, field);
  if (!read) return undefined;
  // Where nothing is passed over, what is wrong with an id says it all.
  if (isNobody(faults.handling === Handling.STRICT && isObject(given) ? given : read))
    return faults.notUnderstood(field, NOBODY_RULE);
  return Object.assign(read, { at: field });
});

/** The whole list of an event. */
export const attendees = listOf(attendee, MAX_ATTENDEES);
