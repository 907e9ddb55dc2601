// Which events a list is about.
import { GraphQLString } from "graphql";
import { GraphQLJSON } from "graphql-scalars";
import { ID, InputType, registerEnumType } from "type-graphql";
import { emailAddress } from "../values/address";
import type { GivenTime } from "../values/instants";
import { wordOf } from "../values/meeting-rules";
import { propertyFault, type Property } from "../values/properties";
import { givenTime, id, InputField, listOf, objectOf, taking, text, trimmed, word } from "../values/rules";
import { DateTime, Long } from "../values/scalars";
import { EVENT_STATUS, SHOW_AS, type EventStatus, type ShowAs } from "../values/vocabulary";
import { RecordRef } from "./link.inputs";

export enum Scope {
  CALENDAR = "CALENDAR",
  ORGANISATION = "ORGANISATION",
}
registerEnumType(Scope, {
  name: "Scope",
  description: "Which events a list is about.",
  valuesConfig: {
    CALENDAR: { description: "Those of a calendar: the caller's, or those named." },
    ORGANISATION: { description: "All of the organisation; private ones masked for those not invited." },
  },
});

const MAX_CALENDARS = 200;

const propertyName = text(64);
const propertyValue = taking<Property>({ type: ["string", "number", "boolean"] }, (given, field, faults) => {
  const fault = propertyFault(given);
  return fault ? faults.add(field, fault) : (given as Property);
});

@InputType({ description: "A property that the CRM keeps with an event." })
export class PropertyFilter {
  @InputField(() => GraphQLString, { read: propertyName, required: true, description: "Its name." })
  key: string;

  @InputField(() => GraphQLJSON, {
    read: propertyValue,
    required: true,
    description: "Its value: text, a number, true or false; a number is found by its text too.",
  })
  value: Property;
}

@InputType({ description: "Which events to list; all conditions must hold." })
export class EventFilter {
  @InputField(() => DateTime, {
    read: givenTime,
    onNull: null,
    description: "Events that end after this instant.",
  })
  startAt?: GivenTime | null;

  @InputField(() => DateTime, {
    read: givenTime,
    onNull: null,
    description: "Events that start before this instant.",
  })
  endAt?: GivenTime | null;

  @InputField(() => [ID], {
    read: listOf(id, MAX_CALENDARS),
    onNull: null,
    description: "Events of these calendars; colleagues' private events are masked.",
  })
  calendarIds?: string[] | null;

  @InputField(() => Scope, {
    read: word(Object.values(Scope)),
    onNull: null,
    description: "All events of the organisation, or (the default) those of a calendar.",
  })
  scope?: Scope | null;

  @InputField(() => GraphQLString, {
    read: emailAddress,
    onNull: null,
    description: "Events that invite this address.",
  })
  attendeeEmail?: string | null;

  @InputField(() => Long, { read: id, onNull: null, description: "Events that invite this Contact." })
  contactId?: string | null;

  @InputField(() => RecordRef, {
    read: objectOf(RecordRef),
    onNull: null,
    description: "Events linked to this record.",
  })
  relatedTo?: RecordRef | null;

  @InputField(() => GraphQLString, {
    read: trimmed(1_000),
    onNull: null,
    description: "Events with this iCalendar UID.",
  })
  iCalUid?: string | null;

  @InputField(() => ID, { read: id, onNull: null, description: "The occurrences of this series." })
  seriesId?: string | null;

  @InputField(() => GraphQLString, {
    read: text(1_000),
    onNull: null,
    description:
      "Events whose subject, location or description holds all of these words, each as the beginning of one, without " +
      "case and accents; Chinese, Japanese, Korean and Thai anywhere. There are no operators.",
  })
  text?: string | null;

  @InputField(() => GraphQLString, {
    read: wordOf(SHOW_AS),
    onNull: null,
    description: "Events that make this of the time: `busy`, `free`, `tentative` or `outOfOffice`.",
  })
  showAs?: ShowAs | null;

  @InputField(() => GraphQLString, {
    read: wordOf(EVENT_STATUS),
    onNull: null,
    description: "Events that are `confirmed`, `tentative` or `cancelled`.",
  })
  status?: EventStatus | null;

  @InputField(() => GraphQLString, {
    read: text(1_000),
    onNull: null,
    description: "Events of this type.",
  })
  type?: string | null;

  @InputField(() => PropertyFilter, {
    read: objectOf(PropertyFilter),
    onNull: null,
    description: "Events with this property.",
  })
  property?: PropertyFilter | null;
}
