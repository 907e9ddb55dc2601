// What a client may write of an event, and the rules for it. Both doors read their input through these classes.
import { GraphQLString } from "graphql";
import { ID, InputType } from "type-graphql";
import { RecordType } from "../entities/record";
import { DateTime, Long } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import type { Schema } from "../values/schema";
import {
  address,
  flag,
  givenTime,
  id,
  InputField,
  isObject,
  listOf,
  objectOf,
  readFields,
  status,
  taking,
  text,
  word,
  zone,
  type Faults,
} from "../values/rules";
import type { Status } from "../values/status";

const SUBJECT_MOST = 1_000;
const LOCATION_MOST = 2_000;
const DESCRIPTION_MOST = 100_000;
const ATTENDEES_MOST = 1_000;
const LINKS_MOST = 100;

@InputType({ description: "Somebody to invite: at least one of `userId`, `emailAddress` and `contactId`." })
export class AttendeeInput {
  @InputField(() => ID, { read: id, onNull: null, description: "A user of the organisation." })
  userId?: string | null;

  @InputField(() => GraphQLString, {
    read: address,
    onNull: null,
    description: "An address; filled in where known.",
  })
  emailAddress?: string | null;

  @InputField(() => Long, { read: id, onNull: null, description: "A Contact of the organisation." })
  contactId?: string | null;

  @InputField(() => GraphQLString, {
    read: text(1_000),
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
}

@InputType({ description: "Points at a record." })
export class RecordRef {
  @InputField(() => RecordType, {
    read: word(Object.values(RecordType)),
    required: true,
    description: "Its type.",
  })
  type: RecordType;

  @InputField(() => ID, { read: id, required: true, description: "Its id." })
  id: string;
}

const PERSON_KEYS = ["userId", "emailAddress", "contactId"];

const attendee = taking<AttendeeInput>(objectOf(AttendeeInput).schema, (given, field, faults) => {
  const read = readFields(AttendeeInput, given, faults, field);
  if (read && isObject(given) && !PERSON_KEYS.some((key) => given[key] != null)) {
    return faults.add(field, "must have at least one of userId, emailAddress and contactId");
  }
  return read;
});

const LINK_KEYS = Object.values(RecordType).flatMap((type) => [
  `${type.toLowerCase()}Id`,
  `${type.toLowerCase()}Ids`,
]);

const ref = objectOf(RecordRef);
const refs = listOf(ref, LINKS_MOST);
const someIds: Schema = { type: ["string", "integer", "array", "null"], items: id.schema };
const keyed: Schema = {
  type: "object",
  description: "Ids by type: one, or a list of them.",
  properties: Object.fromEntries(LINK_KEYS.map((key) => [key, someIds])),
};

/**
 * The three forms of `relatedTo`: a list of `{type, id}`, one such object, or
 * `{contactId(s), accountId(s), opportunityId(s), leadId(s)}`.
 */
const links = taking<RecordRef[]>({ anyOf: [refs.schema, ref.schema, keyed] }, (given, field, faults) => {
  if (!isObject(given)) return refs(given, field, faults);
  if ("type" in given || "id" in given) return refs([given], field, faults);
  // A client that leaves nulls out sends {} for none; a misspelled key must not clear the list.
  if (Object.keys(given).length > 0 && !LINK_KEYS.some((key) => key in given)) {
    return faults.add(
      field,
      `must be a list of {type, id}, one such object, or one with ${LINK_KEYS.join(", ")}`,
    );
  }
  const found: RecordRef[] = [];
  for (const type of Object.values(RecordType)) {
    for (const key of [`${type.toLowerCase()}Id`, `${type.toLowerCase()}Ids`]) {
      for (const one of keyedIds(given[key], `${field}.${key}`, faults)) found.push({ type, id: one });
    }
  }
  if (found.length > LINKS_MOST) return faults.add(field, `must have ${LINKS_MOST} entries at most`);
  return found;
});

function keyedIds(given: unknown, field: string, faults: Faults): string[] {
  if (given == null) return [];
  return listOf(id, LINKS_MOST)(Array.isArray(given) ? given : [given], field, faults) ?? [];
}

@InputType({ description: "What to change of an event: absent keeps, null clears." })
export class EventPatch {
  @InputField(() => GraphQLString, { read: text(SUBJECT_MOST), onNull: "", description: "The title." })
  subject?: string;

  @InputField(() => GraphQLString, {
    read: text(DESCRIPTION_MOST),
    onNull: null,
    description: "The agenda, plain text or HTML.",
  })
  description?: string | null;

  @InputField(() => GraphQLString, {
    read: text(LOCATION_MOST),
    onNull: null,
    description: "Where it takes place.",
  })
  location?: string | null;

  @InputField(() => DateTime, {
    read: givenTime,
    description: "When it starts: an instant with an offset, or a date for an all-day event.",
  })
  startTime?: GivenTime | null;

  @InputField(() => DateTime, { read: givenTime, description: "When it ends, exclusive; like `startTime`." })
  endTime?: GivenTime | null;

  @InputField(() => Boolean, {
    read: flag,
    onNull: false,
    description: "Whether it is dates rather than instants.",
  })
  allDay?: boolean;

  @InputField(() => Boolean, {
    read: flag,
    onNull: false,
    description: "Whether colleagues who are not invited see only that time is taken.",
  })
  private?: boolean;

  @InputField(() => GraphQLString, {
    read: zone,
    onNull: null,
    description: "The IANA zone (or Windows zone) it was planned in; null: the owner's.",
  })
  timezone?: string | null;

  @InputField(() => [AttendeeInput], {
    read: listOf(attendee, ATTENDEES_MOST),
    onNull: [],
    description:
      "The whole list: it replaces the one before. Status, name and contact are kept where left out.",
  })
  attendees?: AttendeeInput[];

  @InputField(() => [RecordRef], {
    read: links,
    onNull: [],
    description: "The records it is linked to, as a whole list.",
  })
  relatedTo?: RecordRef[];

  @InputField(() => Long, {
    read: id,
    onNull: null,
    description:
      "The event this one is a child of: one that the calendar's user takes part in, with fewer than 1,000 children.",
  })
  parentId?: string | null;

  @InputField(() => GraphQLString, {
    read: text(1_000),
    onNull: null,
    description: "The meeting's id in mailboxes.",
  })
  iCalUid?: string | null;
}

@InputType({ description: "A new event." })
export class EventInput extends EventPatch {
  @InputField(() => DateTime, {
    read: givenTime,
    required: true,
    judgedLater: true,
    description: "When it starts: an instant with an offset, or a date for an all-day event.",
  })
  override startTime: GivenTime;

  @InputField(() => DateTime, {
    read: givenTime,
    onNull: null,
    description: "When it ends, exclusive. Required unless `allDay`, where none means one day.",
  })
  override endTime?: GivenTime | null;
}

/** What PUT, and a batch that creates, write for the keys that are left out. */
export const DEFAULTS: Readonly<Required<Omit<EventPatch, "startTime">>> = {
  subject: "",
  description: null,
  location: null,
  endTime: null,
  allDay: false,
  private: false,
  timezone: null,
  attendees: [],
  relatedTo: [],
  parentId: null,
  iCalUid: null,
};
