import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { instantColumn } from "./columns";

/** What somebody may do with a calendar. */
export enum CalendarAccess {
  owner = "owner",
  read = "read",
  write = "write",
}
registerEnumType(CalendarAccess, {
  name: "CalendarAccess",
  description: "What the caller may do with a calendar.",
  valuesConfig: {
    owner: { description: "It is theirs." },
    read: { description: "They see all of it, private events too, and may follow it." },
    write: { description: "Besides, they act as its user in it." },
  },
});

/** What may be granted. */
export enum GrantAccess {
  READ = "READ",
  WRITE = "WRITE",
}
registerEnumType(GrantAccess, {
  name: "GrantAccess",
  description: "What somebody is granted in another user's calendar.",
  valuesConfig: {
    READ: { description: "To see all of it, private events too, and to follow it." },
    WRITE: { description: "Besides, to act as its user in it." },
  },
});

@ObjectType({ description: "What a user may do in another's calendar." })
export class CalendarGrant {
  @Field(() => ID, { description: "Who may." })
  userId: string;

  @Field(() => GrantAccess, { description: "What is granted to them." })
  access: GrantAccess;
}

@ObjectType({ description: "A user's primary calendar: the events they own and those they are invited to." })
@Entity("calendar")
export class Calendar {
  @PrimaryColumn({ type: "bigint" })
  organisationId: string;

  @Field(() => ID, { description: "The calendar's id." })
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Field(() => ID, { description: "Whose calendar it is." })
  @Column({ type: "bigint" })
  userId: string;

  /** The greatest tick committed in it; kept by triggers. */
  @Column(instantColumn)
  clock: string;

  /** The oldest instant from which its feed is complete; kept by triggers. */
  @Column(instantColumn)
  floor: string;
}
