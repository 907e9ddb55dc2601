import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { instantColumn, nullableInstantColumn } from "./columns";

export enum Role {
  member = "member",
  admin = "admin",
}
registerEnumType(Role, {
  name: "Role",
  description: "What a user may do in the organisation.",
  valuesConfig: {
    member: { description: "Their own calendar, and colleagues' events read-only." },
    admin: { description: "Everything, in any calendar of the organisation." },
  },
});

export enum UserKind {
  person = "person",
  room = "room",
  equipment = "equipment",
  team = "team",
}
/** Whether it answers invitations by itself. */
export const isRoom = (kind: UserKind): boolean => kind === UserKind.room || kind === UserKind.equipment;

registerEnumType(UserKind, {
  name: "UserKind",
  description: "What a user is. Only persons have access tokens, and only they may be admins.",
  valuesConfig: {
    person: { description: "Somebody." },
    room: {
      description: "A room. Who invites it books it: it answers by itself, and accepts where it is free.",
    },
    equipment: { description: "What is booked as a room is." },
    team: { description: "A calendar of several persons, by grants." },
  },
});

/** Days of the week, as iCalendar has them. */
export enum Weekday {
  MO = "MO",
  TU = "TU",
  WE = "WE",
  TH = "TH",
  FR = "FR",
  SA = "SA",
  SU = "SU",
}
registerEnumType(Weekday, {
  name: "Weekday",
  description: "A day of the week.",
  valuesConfig: {
    MO: { description: "Monday." },
    TU: { description: "Tuesday." },
    WE: { description: "Wednesday." },
    TH: { description: "Thursday." },
    FR: { description: "Friday." },
    SA: { description: "Saturday." },
    SU: { description: "Sunday." },
  },
});

@ObjectType({ description: "Hours of some days of the week at which somebody works." })
export class WorkHours {
  @Field(() => [Weekday], { description: "On which days." })
  days: Weekday[];

  @Field(() => String, { description: "From when on, such as `09:00`, on the wall of the user's time zone." })
  from: string;

  @Field(() => String, { description: "Until when, such as `17:00`; `24:00` is the end of the day." })
  to: string;
}

/** The hours of somebody of whom no others are known. */
export const OFFICE_HOURS: readonly WorkHours[] = [
  { days: [Weekday.MO, Weekday.TU, Weekday.WE, Weekday.TH, Weekday.FR], from: "09:00", to: "17:00" },
];

@ObjectType({
  description: "A person of the organisation, or a room, equipment or a team with a calendar of its own.",
})
@Entity("app_user")
export class User {
  @PrimaryColumn({ type: "bigint" })
  organisationId: string;

  @Field(() => ID, { description: "The user's id." })
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Field(() => String, { description: "The address by which invitations find the user." })
  @Column({ type: "text" })
  email: string;

  @Field(() => [String], {
    description: "Other addresses that are theirs, wherever an address is looked up.",
  })
  @Column({ type: "text", array: true })
  aliases: string[];

  @Field(() => String, { description: "The user's full name." })
  @Column({ type: "text" })
  name: string;

  @Field(() => String, { description: "An IANA time zone." })
  @Column({ type: "text" })
  timezone: string;

  @Field(() => Role, { description: "What the user may do." })
  @Column({ type: "text" })
  role: Role;

  @Field(() => UserKind, { description: "What the user is." })
  @Column({ type: "text", default: UserKind.person })
  kind: UserKind;

  @Field(() => Int, {
    nullable: true,
    description: "How many people a room holds, or may use the equipment; null where nobody has said.",
  })
  @Column({ type: "integer", nullable: true })
  capacity: number | null;

  /** On the wall of their zone; null: OFFICE_HOURS. */
  @Column({ type: "jsonb", nullable: true })
  workHours: WorkHours[] | null;

  /** How many live access tokens they may have; null: as many as everybody. */
  @Column({ type: "integer", nullable: true })
  maxTokens: number | null;

  @Column(nullableInstantColumn)
  disabledAt: string | null;

  @Column(instantColumn)
  createdAt: string;
}
