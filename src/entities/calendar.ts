import { Field, ID, ObjectType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { instantColumn } from "./columns";

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
