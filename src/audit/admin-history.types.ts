// What the history of admins' acts answers.
import { Extensions, Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { FieldChange, historyCursor, HistoryKind } from "../event/history.types";
import type { Instant } from "../values/instants";
import { PageInfo, pageInfoOf } from "../values/page-info";
import { ROWS_OF_PAGE } from "../values/pages";
import { DateTime } from "../values/scalars";

export enum AdminSubject {
  user = "user",
  token = "token",
  grant = "grant",
  record = "record",
  webhook = "webhook",
  organisation = "organisation",
  person = "person",
}
registerEnumType(AdminSubject, {
  name: "AdminSubject",
  description: "What an act was done to.",
  valuesConfig: {
    user: { description: "A user." },
    token: { description: "An access token, without its secret." },
    grant: { description: "What a user may do in another's calendar; its id is the calendar's." },
    record: { description: "A record of the CRM." },
    webhook: { description: "A webhook, without its secrets." },
    organisation: { description: "The organisation itself." },
    person: { description: "Somebody who was erased; the id is that of the erasure." },
  },
});

@ObjectType({ description: "One act: who did it, when, through which client, to what." })
export class AdminAct {
  @Field(() => ID, { description: "The act's id; later ones have greater ids." })
  id: string;

  @Field(() => DateTime, { description: "When it was done." })
  at: Instant;

  @Field(() => HistoryKind, { description: "What was done." })
  kind: HistoryKind;

  @Field(() => AdminSubject, { description: "What it was done to." })
  subject: AdminSubject;

  @Field(() => ID, { description: "The id of that." })
  subjectId: string;

  @Field(() => String, {
    description:
      "The client: the access token's name; `operator` for the command line, `plain SQL` for the service itself and other " +
      "programs that wrote to the table.",
  })
  client: string;

  @Field(() => ID, { nullable: true, description: "The access token's id; null where none did it." })
  tokenId: string | null;

  @Field(() => ID, { nullable: true, description: "The user who did it; null where no access token did." })
  userId: string | null;

  @Field(() => [FieldChange], {
    description:
      "What was changed, field by field; a secret is told as `hidden`, what was erased as `erased`.",
  })
  fields: FieldChange[];
}

@ObjectType({ description: "An act, with its place in the list." })
export class AdminActEdge {
  constructor(node: AdminAct) {
    this.node = node;
  }

  @Field(() => AdminAct, { description: "The act." })
  readonly node: AdminAct;

  @Field(() => String, { description: "Its place, for `after`." })
  get cursor(): string {
    return historyCursor(this.node);
  }
}

@ObjectType({ description: "A page of the acts of admins, newest first." })
export class AdminActConnection {
  constructor(
    private readonly acts: AdminAct[],
    private readonly more: { next: boolean; previous: boolean },
  ) {}

  @Field(() => [AdminActEdge], { description: "The acts." })
  @Extensions(ROWS_OF_PAGE)
  get edges(): AdminActEdge[] {
    return this.acts.map((act) => new AdminActEdge(act));
  }

  @Field(() => PageInfo, { description: "Where this page stands." })
  get pageInfo(): PageInfo {
    const { edges } = this;
    return pageInfoOf(this.more, edges[0]?.cursor, edges.at(-1)?.cursor);
  }
}
