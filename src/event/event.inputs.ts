// What a client may write of an event, and the rules for it. Both doors read their input through these classes.
import { GraphQLString } from "graphql";
import { ID, InputType } from "type-graphql";
import { RecordType } from "../entities/record";
import { Handling } from "../values/handling";
import { properties, status, webUrl, wordOf } from "../values/meeting-rules";
import type { PropertiesGiven } from "../values/properties";
import { DateTime, Dictionary, Long } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import type { Schema } from "../values/schema";
import { emailAddress, splitAddress } from "../values/address";
import {
  flag,
  givenTime,
  id,
  InputField,
  isObject,
  listOf,
  objectOf,
  readFields,
  taking,
  text,
  trimmed,
  word,
  zone,
  type Faults,
} from "../values/rules";
import {
  ATTENDEE_TYPE,
  EVENT_STATUS,
  SHOW_AS,
  type AttendeeType,
  type EventStatus,
  type ShowAs,
  type Status,
} from "../values/vocabulary";

const MAX_SUBJECT = 1_000;
const MAX_LOCATION = 2_000;
const MAX_DESCRIPTION = 100_000;
const MAX_TYPE = 100;
const MAX_URL = 2_000;
export const MAX_ATTENDEES = 1_000;
export const MAX_LINKS = 100;

/** The name that came with an address: `Eve <eve@x.co>`. */
const nameWith = (given: unknown): string | null =>
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

  @InputField(() => GraphQLString, {
    read: wordOf(ATTENDEE_TYPE),
    onNull: null,
    description: "`required`, `optional` or `resource`, in any case; kept if absent.",
  })
  type?: AttendeeType | null;

  /** Where it stands in the request. */
  at?: string;
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

const LINK_KEYS = Object.values(RecordType).flatMap((type) => [
  `${type.toLowerCase()}Id`,
  `${type.toLowerCase()}Ids`,
]);

const ref = taking<RecordRef>(objectOf(RecordRef).schema, (given, field, faults) => {
  const read = readFields(RecordRef, given, faults, field);
  return read?.type && read.id ? Object.assign(read, { at: `${field}.id` }) : undefined;
});
const refs = listOf(ref, MAX_LINKS);
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
      for (const one of keyedIds(given[key], `${field}.${key}`, faults)) found.push({ type, ...one });
    }
  }
  if (found.length > MAX_LINKS) return faults.add(field, `must have ${MAX_LINKS} entries at most`);
  return found;
});

const placedId = taking<Pick<RecordRef, "id" | "at">>(id.schema, (given, field, faults) => {
  const read = id(given, field, faults);
  return read === undefined ? undefined : { id: read, at: field };
});
const placedIds = listOf(placedId, MAX_LINKS);

function keyedIds(given: unknown, field: string, faults: Faults): Pick<RecordRef, "id" | "at">[] {
  if (given == null) return [];
  if (Array.isArray(given)) return placedIds(given, field, faults) ?? [];
  return [placedId(given, field, faults)].filter((one) => one !== undefined);
}

@InputType({ description: "What to change of an event: absent keeps, null clears." })
export class EventPatch {
  @InputField(() => GraphQLString, { read: text(MAX_SUBJECT), onNull: "", description: "The title." })
  subject?: string;

  @InputField(() => GraphQLString, {
    read: text(MAX_DESCRIPTION),
    onNull: null,
    description: "The agenda, plain text or HTML.",
  })
  description?: string | null;

  @InputField(() => GraphQLString, {
    read: text(MAX_LOCATION),
    onNull: null,
    description: "Where it takes place.",
  })
  location?: string | null;

  @InputField(() => DateTime, {
    read: givenTime,
    description: "When it starts: an instant with an offset, or a date for an all-day event.",
  })
  startTime?: GivenTime | null;

  @InputField(() => DateTime, {
    read: givenTime,
    onNull: null,
    description: "When it ends, exclusive; like `startTime`. null only where it is all-day: one day.",
  })
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

  @InputField(() => GraphQLString, {
    read: wordOf(SHOW_AS),
    onNull: "busy",
    description: "What it makes of the time: `busy`, `free`, `tentative` or `outOfOffice`, in any case.",
  })
  showAs?: ShowAs;

  @InputField(() => GraphQLString, {
    read: wordOf(EVENT_STATUS),
    onNull: "confirmed",
    description: "Whether it takes place: `confirmed`, `tentative` or `cancelled`, in any case.",
  })
  status?: EventStatus;

  @InputField(() => GraphQLString, {
    read: text(MAX_TYPE),
    onNull: null,
    description: "The CRM's own kind of meeting.",
  })
  type?: string | null;

  @InputField(() => GraphQLString, {
    read: webUrl(MAX_URL),
    onNull: null,
    description: "Where to join it: an http(s) URL.",
  })
  conferenceUrl?: string | null;

  @InputField(() => Dictionary, {
    read: properties,
    onNull: null,
    description:
      "What the CRM keeps with it: up to 50 texts, numbers, true or false, by names of its own. A PATCH writes those " +
      "it names, and null takes one away; a PUT replaces them all.",
  })
  properties?: PropertiesGiven | null;

  @InputField(() => Boolean, {
    read: flag,
    onNull: false,
    description: "Whether attendees may change its texts, times and links.",
  })
  guestsCanEdit?: boolean;

  @InputField(() => [AttendeeInput], {
    read: listOf(attendee, MAX_ATTENDEES),
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
    read: trimmed(1_000),
    onNull: null,
    description: "The meeting's id in mailboxes.",
  })
  iCalUid?: string | null;

  @InputField(() => GraphQLString, {
    read: emailAddress,
    onNull: null,
    says: { of: "organizerName", read: nameWith },
    description:
      "The address of whose meeting it is, be it with a name (`Eve <eve@x.co>`); null: the calendar's user.",
  })
  organizerEmail?: string | null;

  @InputField(() => GraphQLString, {
    read: text(1_000),
    onNull: null,
    description: "The name of whose meeting it is.",
  })
  organizerName?: string | null;

  @InputField(() => Boolean, {
    read: flag,
    onNull: false,
    description:
      "Whether to refuse the write, as `conflict`, where a room on the list has no time, instead of having it decline. " +
      "Rooms that have declined before are asked again. Kept nowhere.",
  })
  requireRooms?: boolean;
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
