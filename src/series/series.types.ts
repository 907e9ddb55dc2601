// What a series answers: the series itself, and what a write of one came to.
import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Attendee, Event, RecordLink } from "../entities/event";
import type { EventView } from "../event/projection";
import { DateTime, Dictionary, LocalDateTime, Long } from "../values/scalars";
import type { Instant } from "../values/instants";
import { definitionOfRow, type SeriesRow, type Template } from "./stored";
import { timesAt } from "./definition";
import { SeriesScope } from "./opened";

export { SeriesScope };

registerEnumType(SeriesScope, {
  name: "SeriesScope",
  description: "Which occurrences of a series a write is about.",
  valuesConfig: {
    THIS: { description: "The one that it is addressed by." },
    FOLLOWING: { description: "That one and those after it; where it is over, those after it that are not." },
    ALL: { description: "All that are not over." },
  },
});

@ObjectType({ description: "When a series recurs." })
export class Recurrence {
  @Field(() => String, { description: "The rule, as RFC 5545 has it." })
  rrule: string;

  @Field(() => [LocalDateTime], { description: "Places beside those of the rule." })
  rdates: string[];

  @Field(() => [LocalDateTime], {
    description:
      "Places of the rule that are none: those that were excepted, and those whose occurrence was deleted.",
  })
  exdates: string[];
}

type Masked<K extends keyof Template> = Template[K] | null;

@ObjectType({
  description: "What recurs: its rule, and what its occurrences say. The occurrences are events.",
})
export class Series {
  private readonly times: { startTime: Instant; endTime: Instant };

  constructor(
    readonly row: SeriesRow,
    readonly masked: boolean,
  ) {
    const definition = definitionOfRow(row);
    this.times = timesAt(definition, definition.first);
  }

  private shown<K extends keyof Template, M>(name: K, mask: M): Template[K] | M {
    return this.masked ? mask : this.row.content[name];
  }

  @Field(() => ID, { description: "Its id." })
  get id(): string {
    return this.row.id;
  }

  @Field(() => Recurrence, { description: "When it recurs." })
  get recurrence(): Recurrence {
    const { rrule, rdates, exdates, deletedPlaces } = this.row;
    return { rrule, rdates, exdates: [...new Set([...exdates, ...deletedPlaces])].sort() };
  }

  @Field(() => String, { description: "On whose wall it recurs: an IANA time zone." })
  get timezone(): string {
    return this.row.timezone;
  }

  @Field(() => DateTime, { description: "When its first occurrence starts." })
  get startTime(): Instant {
    return this.times.startTime;
  }

  @Field(() => DateTime, { description: "When its first occurrence ends." })
  get endTime(): Instant {
    return this.times.endTime;
  }

  @Field(() => Boolean, { description: "Whether its occurrences are dates rather than instants." })
  get allDay(): boolean {
    return this.row.allDay;
  }

  @Field(() => String, { description: "The title of its occurrences." })
  get subject(): string {
    return this.shown("subject", "Private");
  }

  @Field(() => String, { nullable: true, description: "Their agenda." })
  get description(): Masked<"description"> {
    return this.shown("description", null);
  }

  @Field(() => String, { nullable: true, description: "Where they take place." })
  get location(): Masked<"location"> {
    return this.shown("location", null);
  }

  @Field(() => Boolean, {
    description: "Whether colleagues who are not invited see only that time is taken.",
  })
  get private(): boolean {
    return this.shown("private", true);
  }

  @Field(() => String, {
    description: "What they make of the time: `busy`, `free`, `tentative` or `outOfOffice`.",
  })
  get showAs(): string {
    return this.row.content.showAs;
  }

  @Field(() => String, {
    nullable: true,
    description: "Whether they take place: `confirmed`, `tentative` or `cancelled`.",
  })
  get status(): Masked<"status"> {
    return this.shown("status", null);
  }

  @Field(() => String, { nullable: true, description: "The CRM's own kind of meeting." })
  get type(): Masked<"type"> {
    return this.shown("type", null);
  }

  @Field(() => String, { nullable: true, description: "Where to join them." })
  get conferenceUrl(): Masked<"conferenceUrl"> {
    return this.shown("conferenceUrl", null);
  }

  @Field(() => Dictionary, { description: "What the CRM keeps with them." })
  get properties(): Template["properties"] {
    return this.shown("properties", {});
  }

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether attendees may change their texts, times and links.",
  })
  get guestsCanEdit(): Masked<"guestsCanEdit"> {
    return this.shown("guestsCanEdit", null);
  }

  @Field(() => [Attendee], { description: "Who is invited to occurrences to come." })
  get attendees(): Attendee[] {
    return this.shown("attendees", []);
  }

  @Field(() => [RecordLink], { description: "The records that they are linked to." })
  get relatedTo(): RecordLink[] {
    return this.shown("relatedTo", []);
  }

  @Field(() => Long, { nullable: true, description: "The event that they are children of." })
  get parentId(): Masked<"parentId"> {
    return this.shown("parentId", null);
  }

  @Field(() => String, { nullable: true, description: "Its global id in mailboxes." })
  get iCalUid(): string | null {
    return this.masked ? null : this.row.iCalUid;
  }

  @Field(() => ID, { nullable: true, description: "The user who owns it." })
  get ownerId(): string | null {
    return this.masked ? null : this.row.ownerId;
  }

  @Field(() => String, { nullable: true, description: "Who organises them: by default the owner." })
  get organizerEmail(): string | null {
    return this.masked ? null : this.row.organizerEmail;
  }

  @Field(() => String, { nullable: true, description: "The organiser's name." })
  get organizerName(): string | null {
    return this.masked ? null : this.row.organizerName;
  }

  @Field(() => LocalDateTime, {
    nullable: true,
    description: "Occurrences in later places are no events yet; null once all are made.",
  })
  get expandedUntil(): string | null {
    return this.row.expandedUntil;
  }

  @Field(() => DateTime, { nullable: true, description: "When it was made." })
  get createdAt(): Instant | null {
    return this.masked ? null : this.row.createdAt;
  }

  @Field(() => DateTime, { description: "When the series itself last changed." })
  get lastModifiedAt(): Instant {
    return this.row.lastModifiedAt;
  }
}

@ObjectType({ description: "What a write of a series came to." })
export class SeriesResult {
  @Field(() => Series, { nullable: true, description: "The series; null where nothing of it is left." })
  series: Series | null;

  @Field(() => Event, {
    nullable: true,
    description: "The occurrence addressed, or the first of a new series; null where it is gone.",
  })
  event: EventView | null;

  @Field(() => Int, { description: "Occurrences that were changed." })
  changed: number;

  @Field(() => Int, { description: "Occurrences that were made." })
  created: number;

  @Field(() => Int, { description: "Occurrences that were deleted." })
  deleted: number;

  @Field(() => Int, {
    description: "Occurrences that go on as single events: the rule has no place for them any more.",
  })
  detached: number;
}
