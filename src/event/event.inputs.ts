// What a client may write of an event, and the rules for it. Both doors read their input through these classes.
import { GraphQLString } from "graphql";
import { InputType } from "type-graphql";
import { emailAddress } from "../values/address";
import type { GivenTime } from "../values/instants";
import { properties, webUrl, wordOf } from "../values/meeting-rules";
import type { PropertiesGiven } from "../values/properties";
import { flag, givenTime, id, InputField, text, trimmed, zone } from "../values/rules";
import { DateTime, Dictionary, Long } from "../values/scalars";
import { EVENT_STATUS, SHOW_AS, type EventStatus, type ShowAs } from "../values/vocabulary";
import { AttendeeInput, attendees, MAX_NAME, nameWith } from "./attendee.inputs";
import { links, RecordRef } from "./link.inputs";

const MAX_SUBJECT = 1_000;
const MAX_LOCATION = 2_000;
const MAX_DESCRIPTION = 100_000;
const MAX_TYPE = 100;
const MAX_URL = 2_000;
const MAX_UID = 1_000;

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
    read: attendees,
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
    read: trimmed(MAX_UID),
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
    read: text(MAX_NAME),
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
