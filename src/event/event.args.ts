// The arguments of the queries and mutations of events, the same at both doors.
import { ArgsType, Field, ID, Int } from "type-graphql";
import { Handling } from "../values/handling";
import { DateTime } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import { PAGE_DEFAULT } from "../values/pages";
import { EventInput, EventPatch } from "./event.inputs";
import type { FeedQuery } from "./feed-entries";
import { EventFilter } from "./filter.inputs";
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

const stalenessHint =
  "So old the answer may be: a standby of the database may give it then. Absent or 0: the primary answers.";
const seenHint =
  "The answer is not from before this: the latest `watermark`, or the `lastModifiedAt` of a change, that the caller has seen.";

@ArgsType()
export class EventArgs {
  @Field(() => ID, { description: "The event's id." })
  id: string;

  @Field(() => Int, { nullable: true, description: stalenessHint })
  maxStalenessSeconds?: number | null;

  @Field(() => DateTime, { nullable: true, description: seenHint })
  seen?: GivenTime | null;
}

@ArgsType()
export class EventListArgs extends EventsArgs {
  @Field(() => Int, { nullable: true, description: stalenessHint })
  maxStalenessSeconds?: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: `${seenHint} With \`after\` or \`before\`, the \`watermark\` of the first page: without it the primary answers.`,
  })
  seen?: GivenTime | null;
}

@ArgsType()
export class TimelineArgs extends EventsArgs {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: "Whether an Account's timeline has those of its Contacts and Opportunities.",
  })
  rollUp?: boolean | null;
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

  @Field(() => Int, {
    nullable: true,
    description:
      "So old the answer may be, where `since` is a `watermark` of ours or absent: a standby of the database may give it then.",
  })
  maxStalenessSeconds?: number | null;
}

/** GraphQL has no such query. */
export interface ChangesWithinArgs extends ChangesArgs {
  /** Of the live events only those that overlap this window. */
  startAt?: GivenTime | null;
  endAt?: GivenTime | null;
}

/** A feed, as far as the doors know of it. */
export type CoveredFeed = FeedQuery;

/** Of a calendar's clock, which GraphQL shows as the watermark of a list alone. */
export interface ReadingArgs {
  calendarId?: string | null;
  /** The feed that the client reads from a watermark of ours, which no writer in flight can have passed: it need not wait for them. */
  covered: CoveredFeed | null;
}

const eventId = "The event's id.";
const calendarHint =
  "A calendar that is granted to the caller for writing, or for admins any: for its user this is done.";
const unchangedHint = "Refuse with `precondition_failed` unless this is the event's `lastModifiedAt`.";

/** GraphQL's default is strict; REST's goes with the request. */
export const handlingArgument = {
  nullable: true,
  defaultValue: Handling.STRICT,
  description: "What becomes of the parts that the caller has no say in, or that cannot be understood.",
} as const;

@ArgsType()
export class CreateEventArgs {
  @Field(() => EventInput, { description: "The event." })
  input: EventInput;

  @Field(() => String, {
    nullable: true,
    description: "Repeats with the same key and input answer the first event again, for 48 hours.",
  })
  idempotencyKey?: string | null;

  @Field(() => ID, { nullable: true, description: calendarHint })
  calendarId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      "Where there is an event with this `iCalUid` and start that the calendar's user owns, organises or is invited to, " +
      "or an occurrence with this start of a series that has the `iCalUid`, changes that one instead.",
  })
  matchICalUid?: boolean | null;

  @Field(() => Handling, handlingArgument)
  handling?: Handling | null;
}

@ArgsType()
export class DeleteEventArgs {
  @Field(() => ID, { description: eventId })
  id: string;

  @Field(() => DateTime, { nullable: true, description: unchangedHint })
  ifLastModifiedAt?: GivenTime | null;

  @Field(() => ID, { nullable: true, description: calendarHint })
  calendarId?: string | null;
}

@ArgsType()
export class UpdateEventArgs extends DeleteEventArgs {
  @Field(() => EventPatch, { description: "What to change." })
  input: EventPatch;

  @Field(() => Handling, handlingArgument)
  handling?: Handling | null;
}

/** GraphQL has no such mutation. */
export interface ReplaceEventArgs extends DeleteEventArgs {
  input: EventInput;
}

/** Of a calendar's entry, which GraphQL does not show. */
export interface EntryArgs {
  id: string;
  calendarId?: string | null;
  /** Whether a removed one is answered, too. */
  showDeleted?: boolean;
}
