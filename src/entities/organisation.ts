import { Column, Entity, PrimaryGeneratedColumn } from "typeorm";
import { instantColumn } from "./columns";

/** A tenant: nothing crosses from one to another, not even the fact that an id exists. */
@Entity("organisation")
export class Organisation {
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Column({ type: "text" })
  name: string;

  /** The OpenID Connect issuer that may speak for its users; null: it names none. */
  @Column({ type: "text", nullable: true })
  issuer: string | null;

  /** E-mail domains that are its own with that issuer, in lower case and punycode; none: any that is nobody else's. */
  @Column({ type: "text", array: true, default: () => "'{}'" })
  domains: string[];

  @Column(instantColumn)
  createdAt: string;
}
