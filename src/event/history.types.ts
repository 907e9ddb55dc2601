// What the history of an event answers.
import { GraphQLJSON } from "graphql-scalars";
import { Extensions, Field, ID, ObjectType, registerEnumType } from "type-graphql";
import { ROWS_OF_PAGE } from "../values/pages";
import { DateTime } from "../values/scalars";
import type { Instant } from "../values/instants";
import { PageInfo, pageInfoOf } from "../values/page-info";

export enum HistoryKind {
  created = "created",
  changed = "changed",
  deleted = "deleted",
}
registerEnumType(HistoryKind, {
  name: "HistoryKind",
  description: "What was done to an event.",
  valuesConfig: {
    created: { description: "It was made: `fields` is what it was made with." },
    changed: { description: "`fields` is what differs." },
    deleted: { description: "It was deleted for everyone: `fields` is what it was then." },
  },
});

@ObjectType({ description: "One field of an event, before and after." })
export class FieldChange {
  @Field(() => String, {
    description:
      "The field's name, as in `Event`; `leftUserIds` are those who took it out of their calendar.",
  })
  field: string;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: "Its value before. Of attendees and links only the entries that are gone or were other.",
  })
  before: unknown;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: "Its value after. Of attendees and links only the entries that are new or other.",
  })
  after: unknown;
}

@ObjectType({ description: "One change of an event: who made it, when, through which client." })
export class HistoryEntry {
  @Field(() => ID, { description: "The entry's id; later entries have greater ones." })
  id: string;

  @Field(() => ID, { description: "The event's id." })
  eventId: string;

  @Field(() => DateTime, { description: "The `lastModifiedAt` that the change gave it, or its `deletedAt`." })
  at: Instant;

  @Field(() => HistoryKind, { description: "What was done." })
  kind: HistoryKind;

  @Field(() => String, {
    description:
      "The client: the access token's name; `plain SQL` for the command line and other programs that wrote to the table.",
  })
  client: string;

  @Field(() => ID, { nullable: true, description: "The access token's id; null for `plain SQL`." })
  tokenId: string | null;

  @Field(() => ID, { nullable: true, description: "The user who did it; null for `plain SQL`." })
  userId: string | null;

  @Field(() => [FieldChange], { description: "What was changed, field by field." })
  fields: FieldChange[];
}

/** The place of an entry in its list, as `readHistoryCursor` reads it (history.ts). */
export const historyCursor = ({ id }: { id: string }): string => Buffer.from(id).toString("base64url");

@ObjectType({ description: "An entry of a history, with its place in it." })
export class HistoryEdge {
  constructor(node: HistoryEntry) {
    this.node = node;
  }

  @Field(() => HistoryEntry, { description: "The entry." })
  readonly node: HistoryEntry;

  @Field(() => String, { description: "Its place, for `after`." })
  get cursor(): string {
    return historyCursor(this.node);
  }
}

@ObjectType({ description: "A page of an event's history, newest first." })
export class HistoryConnection {
  constructor(
    private readonly entries: HistoryEntry[],
    private readonly more: { next: boolean; previous: boolean },
    /** What its rows come to. */
    readonly bytes: number,
  ) {}

  get size(): number {
    return this.entries.length;
  }

  @Field(() => [HistoryEdge], { description: "The entries." })
  @Extensions(ROWS_OF_PAGE)
  get edges(): HistoryEdge[] {
    return this.entries.map((entry) => new HistoryEdge(entry));
  }

  @Field(() => PageInfo, { description: "Where this page stands." })
  get pageInfo(): PageInfo {
    const { edges } = this;
    return pageInfoOf(this.more, edges[0]?.cursor, edges.at(-1)?.cursor);
  }
}
