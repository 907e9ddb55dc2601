import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
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

@ObjectType({ description: "A person of the organisation." })
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

  @Field(() => String, { description: "The user's full name." })
  @Column({ type: "text" })
  name: string;

  @Field(() => String, { description: "An IANA time zone." })
  @Column({ type: "text" })
  timezone: string;

  @Field(() => Role, { description: "What the user may do." })
  @Column({ type: "text" })
  role: Role;

  /** How many live access tokens they may have; null: as many as everybody. */
  @Column({ type: "integer", nullable: true })
  maxTokens: number | null;

  @Column(nullableInstantColumn)
  disabledAt: string | null;

  @Column(instantColumn)
  createdAt: string;
}
