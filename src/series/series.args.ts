// The arguments of the queries and mutations of series.
import { ArgsType, Field, ID, Int } from "type-graphql";
import { handlingArgument } from "../event/event.args";
import { Handling } from "../values/handling";
import type { GivenTime } from "../values/instants";
import { DateTime } from "../values/scalars";
import { SeriesScope } from "./opened";
import { SeriesInput, SeriesPatch } from "./series.inputs";

const calendarHint =
  "Another user's calendar, for whose user this is done: one granted to the caller, or for admins any.";

@ArgsType()
export class CreateSeriesArgs {
  @Field(() => SeriesInput, { description: "The series." })
  input: SeriesInput;

  @Field(() => String, {
    nullable: true,
    description: "Repeats with the same key and input answer what the first one did again, for 48 hours.",
  })
  idempotencyKey?: string | null;

  @Field(() => ID, { nullable: true, description: calendarHint })
  calendarId?: string | null;

  @Field(() => Handling, handlingArgument)
  handling?: Handling | null;
}

@ArgsType()
export class DeleteSeriesArgs {
  @Field(() => ID, { description: "The occurrence by which the series is addressed." })
  eventId: string;

  @Field(() => SeriesScope, { description: "Which occurrences this is about." })
  scope: SeriesScope;

  @Field(() => DateTime, {
    nullable: true,
    description: "Refuse with `precondition_failed` unless this is the occurrence's `lastModifiedAt`.",
  })
  ifLastModifiedAt?: GivenTime | null;

  @Field(() => ID, { nullable: true, description: calendarHint })
  calendarId?: string | null;
}

@ArgsType()
export class UpdateSeriesArgs extends DeleteSeriesArgs {
  @Field(() => SeriesPatch, { description: "What to change. Times are those of the occurrence addressed." })
  input: SeriesPatch;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether what occurrences have for themselves is changed, too.",
  })
  overwriteOverrides?: boolean | null;

  @Field(() => Handling, handlingArgument)
  handling?: Handling | null;
}

@ArgsType()
export class OccurrencesArgs {
  @Field(() => DateTime, { nullable: true, description: "Occurrences that end after this instant." })
  startAt?: GivenTime | null;

  @Field(() => DateTime, { nullable: true, description: "Occurrences that start before this instant." })
  endAt?: GivenTime | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      "Only those that have something for themselves, or only those that say what the series says.",
  })
  overridden?: boolean | null;

  @Field(() => Int, { nullable: true, description: "How many, from the front; up to 1,000." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what follows this cursor." })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "How many, from the back; up to 1,000." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes before this cursor." })
  before?: string | null;
}

export const UPCOMING_DEFAULT = 10;
export const MAX_UPCOMING = 100;

@ArgsType()
export class UpcomingArgs {
  @Field(() => DateTime, { nullable: true, description: "What starts after this instant; absent: now." })
  after?: GivenTime | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: UPCOMING_DEFAULT,
    description: `How many, up to ${MAX_UPCOMING}.`,
  })
  first?: number | null;
}
