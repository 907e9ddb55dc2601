// The query for availability.
import { Arg, Ctx, Field, ID, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../context";
import { badRequest } from "../errors";
import { DateTime } from "../values/scalars";
import { INSTANT_RULE, type GivenTime, type Instant } from "../values/instants";
import { requireId } from "../values/rules";
import { readFreeBusy, USERS_MOST } from "./free-busy";
import { readInterval } from "./lists";

@ObjectType("BusyBlock", { description: "A stretch of time in which somebody is busy." })
class BusyBlockType {
  @Field(() => DateTime, { description: "When it begins." })
  startAt: Instant;

  @Field(() => DateTime, { description: "When it ends, exclusive." })
  endAt: Instant;
}

@ObjectType("FreeBusy", { description: "When a user is busy." })
class FreeBusyType {
  @Field(() => ID, { description: "The user." })
  userId: string;

  @Field(() => [BusyBlockType], { description: "Merged, in order; private events count like any other." })
  busy: BusyBlockType[];
}

@Resolver()
export class FreeBusyResolver {
  @Query(() => [FreeBusyType], { description: "When up to 50 users are busy, within up to 100 days." })
  freeBusy(
    @Ctx() ctx: Context,
    @Arg("userIds", () => [ID], { description: "The users." }) userIds: string[],
    @Arg("startAt", () => DateTime, { description: "From this instant on." }) startAt: GivenTime,
    @Arg("endAt", () => DateTime, { description: "Up to this instant." }) endAt: GivenTime,
  ): Promise<FreeBusyType[]> {
    if (userIds.length > USERS_MOST) {
      throw badRequest({ field: "userIds", message: `userIds must have ${USERS_MOST} entries at most.` });
    }
    const window = readInterval({ startAt, endAt });
    if (!window.startAt || !window.endAt)
      throw badRequest({ field: "startAt", message: `startAt ${INSTANT_RULE}.` });
    const ids = userIds.map((id, index) => requireId(id, `userIds[${index}]`));
    return readFreeBusy(ctx, ids, { startAt: window.startAt, endAt: window.endAt });
  }
}
