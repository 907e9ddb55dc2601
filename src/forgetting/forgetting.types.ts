// What an erasure answers.
import { Field, ID, Int, ObjectType } from "type-graphql";

@ObjectType({ description: "An event whose texts name a person." })
export class TextsNaming {
  @Field(() => ID, { description: "The event." })
  eventId: string;

  @Field(() => [String], { description: "Which of its fields do." })
  fields: string[];
}

@ObjectType({ description: "What the erasure of a person came to." })
export class Erasure {
  @Field(() => String, {
    nullable: true,
    description: "The address that stands in the place of theirs; null: nothing was kept of them.",
  })
  address: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "The user that they were, who is disabled; null: they were none.",
  })
  userId: string | null;

  @Field(() => Int, { description: "How many events were changed." })
  events: number;

  @Field(() => Int, { description: "How many entries of the history of events, besides." })
  history: number;

  @Field(() => Int, { description: "How many records: theirs are archived, others lost an address." })
  records: number;

  @Field(() => [TextsNaming], {
    description:
      "Events whose texts still name them, up to 1,000: nothing but a person can say what is to become of these.",
  })
  texts: TextsNaming[];
}
