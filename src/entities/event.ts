import { Field, ID, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { DateTime, Long } from "../values/scalars";
import type { Status } from "../values/status";
import { instantColumn } from "./columns";
import { RecordType } from "./record";

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
}

@ObjectType({ description: "A record an event is linked to." })
export class RecordLink {
  @Field(() => RecordType, { description: "The record's type." })
  type: RecordType;

  @Field(() => ID, { description: "The record's id." })
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
    description: "Whether colleagues who are not invited see only that time is taken.",
  })
  @Column({ type: "boolean" })
  private: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The IANA zone it was planned in. It changes no instant.",
  })
  @Column({ type: "text" })
  timezone: string | null;

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

  @Field(() => ID, { nullable: true, description: "The user who owns it." })
  @Column({ type: "bigint" })
  ownerId: string;

  @Field(() => String, { nullable: true, description: "The owner's address when the event was made." })
  @Column({ type: "text" })
  organizerEmail: string;

  @Field(() => String, { nullable: true, description: "The owner's name when the event was made." })
  @Column({ type: "text", nullable: true })
  organizerName: string | null;

  /** Attendees who took it out of their calendar: still on the list, as Declined. */
  @Column({ type: "bigint", array: true })
  leftUserIds: string[];

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
