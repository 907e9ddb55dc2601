// Where a page stands in its list, in the words of Relay.
import { Field, ObjectType } from "type-graphql";

@ObjectType({ description: "Where a page stands in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows." })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: "Whether there is something before." })
  hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: "The cursor of the first edge." })
  startCursor: string | null;

  @Field(() => String, { nullable: true, description: "The cursor of the last edge." })
  endCursor: string | null;
}

/** Where a page stands: what there is on either side of it, and the cursors of its ends. */
export const pageInfoOf = (
  more: { next: boolean; previous: boolean },
  first: string | undefined,
  last: string | undefined,
): PageInfo => ({
  hasNextPage: more.next,
  hasPreviousPage: more.previous,
  startCursor: first ?? null,
  endCursor: last ?? null,
});
