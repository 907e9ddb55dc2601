import { Field, ID, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { Properties } from "../values/properties";
import { DateTime, Dictionary, LocalDateTime, Long } from "../values/scalars";
import type { AttendeeType, EventStatus, ShowAs, Status } from "../values/vocabulary";
import { instantColumn } from "./columns";
import { RecordType } from "./record";

/** By user id, the answer that they have given themselves. */
export type OwnAnswers = Readonly<Record<string, Status>>;

@ObjectType({ description: "Somebody invited to an event." })
export class Attendee {
  @Field(() => ID, {
    nullable: true,
    description: "The user, where the attendee is one of the organisation.",
  })
  userId: string | null;

  @Field(() => String, { nullable: true, description: "The attendee's address." })
  emailAddress: string | null;

  @Field(() => Long, { nullable: true, description: "The Contact, where the attendee is one." })
  contactId: number | null;

  @Field(() => String, { nullable: true, description: "The attendee's name, as it was when it was written." })
  name: string | null;

  @Field(() => String, { description: "`Accepted`, `Declined`, `Tentative` or `NoResponse`." })
  status: Status;

  @Field(() => String, { description: "`required`, `optional` or `resource`." })
  type: AttendeeType;
}

@ObjectType({ description: "A record an event is linked to." })
export class RecordLink {
  @Field(() => RecordType, { description: "The record's type." })
  type: RecordType;

  /** No cache of a client may take a link for the record: in GraphQL it has no field of this name. */
  @Field(() => ID, { name: "recordId", description: "The record's id." })
  id: string;

  @Field(() => String, { description: "The record's name, as it was when the link was made." })
  name: string;
}

/**
 * One meeting; one id, whoever looks at it. Writes go through this class; reads answer `EventView`s, which have the
 * same fields and mask a private event for the viewer, hence the fields that are nullable here and not in the table.
 */
@ObjectType({ description: "One meeting; one id, whoever looks at it." })
@Entity("event")
export class Event {
  @PrimaryColumn({ type: "bigint" })
  organisationId: string;

  @Field(() => ID, { description: "The event's id." })
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Field(() => String, { description: 'The title; "Private" where the event is masked for you.' })
  @Column({ type: "text" })
  subject: string;

  @Field(() => String, { nullable: true, description: "The agenda, plain text or HTML, as it was written." })
  @Column({ type: "text", nullable: true })
  description: string | null;

  @Field(() => String, { nullable: true, description: "Where it takes place." })
  @Column({ type: "text", nullable: true })
  location: string | null;

  @Field(() => DateTime, {
    description: "When it starts; midnight UTC of the first date for an all-day event.",
  })
  @Column({ ...instantColumn, default: undefined })
  startTime: string;

  @Field(() => DateTime, {
    description: "When it ends, exclusive; midnight UTC after the last date if all-day.",
  })
  @Column({ ...instantColumn, default: undefined })
  endTime: string;

  @Field(() => Boolean, { description: "Whether it is dates rather than instants." })
  @Column({ type: "boolean" })
  allDay: boolean;

  @Field(() => Boolean, {
    description:
      "Whether colleagues who are not invited see only that time is taken; true where it is masked for you.",
  })
  @Column({ type: "boolean" })
  private: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The IANA zone it was planned in. It changes no instant.",
  })
  @Column({ type: "text" })
  timezone: string | null;

  @Field(() => String, {
    description: "What it makes of the time: `busy`, `free`, `tentative` or `outOfOffice`.",
  })
  @Column({ type: "text" })
  showAs: ShowAs;

  @Field(() => String, {
    nullable: true,
    description: "Whether it takes place: `confirmed`, `tentative` or `cancelled`; null where it is masked.",
  })
  @Column({ type: "text" })
  status: EventStatus;

  @Field(() => String, { nullable: true, description: "The CRM's own kind of meeting." })
  @Column({ type: "text", nullable: true })
  type: string | null;

  @Field(() => String, { nullable: true, description: "Where to join it: an http(s) URL." })
  @Column({ type: "text", nullable: true })
  conferenceUrl: string | null;

  @Field(() => Dictionary, {
    description: "What the CRM keeps with it: texts, numbers, and yes or no, by names of its own.",
  })
  @Column({ type: "jsonb" })
  properties: Properties;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether attendees may change its texts, times and links; null where it is masked.",
  })
  @Column({ type: "boolean" })
  guestsCanEdit: boolean;

  @Field(() => [Attendee], { description: "Who is invited." })
  @Column({ type: "jsonb" })
  attendees: Attendee[];

  @Field(() => [RecordLink], { description: "The records it is linked to." })
  @Column({ type: "jsonb" })
  relatedTo: RecordLink[];

  @Field(() => Long, { nullable: true, description: "The event this one is a child of." })
  @Column({ type: "bigint", nullable: true })
  parentId: string | null;

  @Field(() => String, { nullable: true, description: "The meeting's global id in mailboxes." })
  @Column({ type: "text", nullable: true })
  iCalUid: string | null;

  @Field(() => ID, { nullable: true, description: "The series it is an occurrence of." })
  @Column({ type: "bigint", nullable: true })
  seriesId: string | null;

  @Field(() => LocalDateTime, {
    nullable: true,
    description: "Its place in the series: the time on the wall, or the date, at which the rule puts it.",
  })
  @Column({ type: "text", nullable: true })
  recurrenceId: string | null;

  @Field(() => ID, { nullable: true, description: "The user who owns it." })
  @Column({ type: "bigint" })
  ownerId: string;

  @Field(() => String, { nullable: true, description: "The address of whose meeting it is." })
  @Column({ type: "text" })
  organizerEmail: string | null;

  @Field(() => String, { nullable: true, description: "The name of whose meeting it is, as it was written." })
  @Column({ type: "text", nullable: true })
  organizerName: string | null;

  /** Attendees who took it out of their calendar: still on the list, as Declined. */
  @Column({ type: "bigint", array: true })
  leftUserIds: string[];

  /** What attendees have answered through their own calendars, for as long as the list has it. */
  @Column({ type: "jsonb" })
  ownAnswers: OwnAnswers;
  /** The fields that an occurrence has for itself: a change of its series passes them over. */
  @Column({ type: "text", array: true })
  overrides: string[];

  @Field(() => DateTime, { nullable: true, description: "When it was made." })
  @Column(instantColumn)
  createdAt: string;

  @Field(() => DateTime, { description: "The tick of its last change: what `since` is compared with." })
  @Column(instantColumn)
  lastModifiedAt: string;

  @Field(() => Boolean, {
    description: "Always false: what was removed has a row of another kind in the feeds.",
  })
  deleted: boolean;
}
