import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import { instantColumn } from "./columns";

/** A tenant: nothing crosses from one to another, not even the fact that an id exists. */
@Entity("organisation")
export class Organisation {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Column({ type: "text" })
  name: string;

  @Column(instantColumn)
  createdAt: string;
}
