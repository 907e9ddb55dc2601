import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import { instantColumn, nullableInstantColumn } from "./columns";

export enum ColleaguesSee {
  DETAILS = "DETAILS",
  BUSY = "BUSY",
}
registerEnumType(ColleaguesSee, {
  name: "ColleaguesSee",
  description: "What people of the organisation see of events that they are not in.",
  valuesConfig: {
    DETAILS: { description: "All of it, unless it is private." },
    BUSY: { description: "That time is taken, as if every event were private." },
  },
});

/** A tenant: nothing crosses from one to another, not even the fact that an id exists. */
@ObjectType({ description: "A tenant: nothing crosses from one to another." })
@Entity("organisation")
export class Organisation {
  @Field(() => ID, { description: "The organisation's id." })
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Field(() => String, { description: "What it is called." })
  @Column({ type: "text" })
  name: string;

  /** The OpenID Connect issuer that may speak for its users; null: it names none. */
  @Column({ type: "text", nullable: true })
  issuer: string | null;

  /** E-mail domains that are its own with that issuer, in lower case and punycode; none: any that is nobody else's. */
  @Column({ type: "text", array: true, default: () => "'{}'" })
  domains: string[];

  @Field(() => ColleaguesSee, { description: "What its people see of events that they are not in." })
  @Column({ type: "text", default: () => "'DETAILS'" })
  colleaguesSee: ColleaguesSee;

  @Column(instantColumn)
  createdAt: string;

  /** Since when nobody is let in; null: it is open. */
  @Column(nullableInstantColumn)
  closedAt: string | null;
}
