// The query for a time at which a meeting may be.
import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../context";
import { badRequest } from "../errors";
import { INSTANT_RULE, type Instant } from "../values/instants";
import { readInterval } from "../values/interval";
import { readInput } from "../values/rules";
import { DateTime } from "../values/scalars";
import { findTimes } from "./find-times";
import { DEFAULT_STEP, DEFAULT_SUGGESTIONS, FindTimesInput } from "./find-times.inputs";

@ObjectType({ description: "A time at which a meeting may be." })
class TimeSuggestion {
  @Field(() => DateTime, { description: "When it would begin." })
  startAt: Instant;

  @Field(() => DateTime, { description: "When it would end." })
  endAt: Instant;

  @Field(() => [ID], { description: "Optional users who are not free, or not at work." })
  missing: string[];

  @Field(() => [ID], { description: "Rooms, of those asked for, that are free: their users." })
  rooms: string[];
}

@ObjectType("FoundTimes", { description: "The times at which a meeting may be, or why there is none." })
class FoundTimesType {
  @Field(() => [TimeSuggestion], {
    description: "The best first: with the fewest optional users missing, then the earliest.",
  })
  suggestions: TimeSuggestion[];

  @Field(() => String, { nullable: true, description: "Why there is none; null where there are some." })
  reason: string | null;

  @Field(() => [ID], {
    description: "The users who are in the way, rooms included; empty where there are some.",
  })
  blocking: string[];
}

@Resolver()
export class FindTimesResolver {
  @Query(() => FoundTimesType, {
    description:
      "Times at which everybody asked for is free within their own working hours, and a room is where one is asked for: " +
      "within up to 100 days, of up to 50 people and 50 rooms.",
  })
  findTimes(
    @Ctx() ctx: Context,
    @Arg("input", () => FindTimesInput, { description: "Who, how long, and between when." })
    input: FindTimesInput,
  ): Promise<FoundTimesType> {
    const { startAt: from, endAt: to, ...given } = readInput(FindTimesInput, input);
    const { startAt, endAt } = readInterval({ startAt: from, endAt: to });
    if (!startAt || !endAt) throw badRequest({ field: "startAt", message: `startAt ${INSTANT_RULE}.` });
    const { userIds = [], optionalUserIds = [], rooms = [], capacity = null, durationMinutes } = given;
    const { stepMinutes = DEFAULT_STEP, ignoreWorkHours = false, first = DEFAULT_SUGGESTIONS } = given;
    const { exceptEventId = null } = given;
    return findTimes(ctx, {
      ...{ userIds, optionalUserIds, rooms, capacity, durationMinutes, startAt, endAt },
      ...{ stepMinutes, ignoreWorkHours, exceptEventId, first },
    });
  }
}
