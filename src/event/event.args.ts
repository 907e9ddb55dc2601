// The arguments of the event queries.
import { ArgsType, Field, ID, Int } from "type-graphql";
import { DateTime } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import { PAGE_DEFAULT } from "../values/pages";
import { EventFilter } from "./event.types";
import { EventOrder } from "./search";

@ArgsType()
export class EventsArgs {
  @Field(() => EventFilter, {
    nullable: true,
    description: "Which events; by default all of the caller's calendar.",
  })
  filter?: EventFilter | null;

  @Field(() => EventOrder, { nullable: true, defaultValue: EventOrder.START, description: "In which order." })
  orderBy?: EventOrder | null;

  @Field(() => Int, {
    nullable: true,
    description: "How many from the start of the order, up to 1,000; default 100.",
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what follows this cursor." })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "How many from the end of the order, up to 1,000." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only what precedes this cursor." })
  before?: string | null;
}

@ArgsType()
export class DeletedEventsArgs {
  @Field(() => DateTime, { nullable: true, description: "Changes later than this; absent, everything." })
  since?: GivenTime | null;

  @Field(() => String, {
    nullable: true,
    description: "Goes on after a page: its `endCursor`, with the same arguments.",
  })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: PAGE_DEFAULT,
    description: "About how many, up to 1,000; a tick is never split.",
  })
  first?: number | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Leave out what changed through the caller's own token only.",
  })
  excludeOwn?: boolean | null;

  @Field(() => ID, { nullable: true, description: "For admins: another user's calendar." })
  calendarId?: string | null;
}

@ArgsType()
export class ChangesArgs extends DeletedEventsArgs {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: "Whether removed events are answered too.",
  })
  includeDeleted?: boolean | null;
}
