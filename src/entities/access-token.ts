import { Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import { DateTime } from "../values/scalars";
import { instantColumn, nullableInstantColumn } from "./columns";

export enum TokenScope {
  read = "read",
  write = "write",
  feed = "feed",
}
registerEnumType(TokenScope, {
  name: "TokenScope",
  description: "What an access token may do.",
  valuesConfig: {
    read: { description: "Queries, and GET on the REST door." },
    write: { description: "Mutations, and POST, PATCH, PUT and DELETE on the REST door." },
    feed: {
      description:
        "The user's calendar as a file, at `/ical/{token}.ics`, and nothing else: for calendar programs. It stands alone.",
    },
  },
});

@ObjectType("Token", { description: "A secret that speaks for one user. The secret itself is shown once." })
@Entity("access_token")
export class AccessToken {
  @PrimaryColumn({ type: "bigint" })
  organisationId: string;

  @Field(() => ID, { description: "The token's id, by which it is revoked." })
  @PrimaryGeneratedColumn("identity", { type: "bigint", generatedIdentity: "BY DEFAULT" })
  id: string;

  @Field(() => ID, { description: "The user it speaks for." })
  @Column({ type: "bigint" })
  userId: string;

  @Field(() => String, { description: "The client that holds it, such as BrightSync." })
  @Column({ type: "text" })
  name: string;

  /** SHA-256 of the secret; null for tokens that an issuer signs. */
  @Column({ type: "bytea", nullable: true })
  hash: Buffer | null;

  @Field(() => String, {
    nullable: true,
    description: "The OpenID Connect issuer whose JWTs it stands for; null where the secret is ours.",
  })
  @Column({ type: "text", nullable: true })
  issuer: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "The token that made it, and takes it along when it is revoked; null: none did.",
  })
  @Column({ type: "bigint", nullable: true })
  madeBy: string | null;

  @Field(() => [TokenScope], { description: "What it may do." })
  @Column({ type: "text", array: true })
  scopes: TokenScope[];

  @Field(() => DateTime, { nullable: true, description: "When it dies; null: never." })
  @Column(nullableInstantColumn)
  expiresAt: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was revoked." })
  @Column(nullableInstantColumn)
  revokedAt: string | null;

  @Field(() => DateTime, { description: "When it was made." })
  @Column(instantColumn)
  createdAt: string;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was last used, to the minute; null: never.",
  })
  lastUsedAt: string | null = null;
}
