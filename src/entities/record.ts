import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { nullableInstantColumn } from "./columns";

export enum RecordType {
  Contact = "Contact",
  Account = "Account",
  Opportunity = "Opportunity",
  Lead = "Lead",
}
registerEnumType(RecordType, {
  name: "RecordType",
  description: "The kinds of CRM objects an event can be linked to.",
  valuesConfig: {
    Contact: { description: "A person." },
    Account: { description: "A company." },
    Opportunity: { description: "A deal." },
    Lead: { description: "A person or company that may become a customer." },
  },
});

@ObjectType({ description: "A CRM object an event can be linked to." })
@Entity("record")
export class Record {
  @PrimaryColumn({ type: "bigint" })
  organisationId: string;

  @Field(() => ID, { description: "The record's id." })
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Field(() => RecordType, { description: "What kind of object it is." })
  @Column({ type: "text" })
  type: RecordType;

  @Field(() => String, { description: "What it is called." })
  @Column({ type: "text" })
  name: string;

  @Field(() => [String], { description: "Its e-mail addresses." })
  @Column({ type: "text", array: true })
  emails: string[];

  @Field(() => ID, { nullable: true, description: "The Account it belongs to." })
  @Column({ type: "bigint", nullable: true })
  accountId: string | null;

  @Column(nullableInstantColumn)
  archivedAt: string | null;
}

/** What REST, and the command line, show of a record, in their order. */
export const shownRecord = ({ id, type, name, emails, accountId }: Record): object => ({
  id,
  type,
  name,
  emails,
  accountId,
});
