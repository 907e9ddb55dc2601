// The query for availability.
import { Args, ArgsType, Ctx, Field, ID, ObjectType, Query, registerEnumType, Resolver } from "type-graphql";
import type { Context } from "../context";
import { badRequest } from "../errors";
import { DateTime } from "../values/scalars";
import { INSTANT_RULE, type GivenTime, type Instant } from "../values/instants";
import { readInterval } from "../values/interval";
import { requireId } from "../values/rules";
import { BusyKind } from "./busy-blocks";
import { readFreeBusy, MAX_USERS } from "./free-busy";

registerEnumType(BusyKind, {
  name: "BusyKind",
  description: "How busy somebody is.",
  valuesConfig: {
    TENTATIVE: { description: "Perhaps: the event, or their answer, is tentative." },
    BUSY: { description: "They are busy." },
    OUT_OF_OFFICE: { description: "They are not at work." },
  },
});

@ObjectType("BusyBlock", { description: "A stretch of time in which somebody is busy." })
class BusyBlockType {
  @Field(() => DateTime, { description: "When it begins." })
  startAt: Instant;

  @Field(() => DateTime, { description: "When it ends, exclusive." })
  endAt: Instant;

  @Field(() => BusyKind, { description: "How busy; `BUSY` unless `detailed`." })
  kind: BusyKind;
}

@ObjectType("FreeBusy", { description: "When a user is busy." })
class FreeBusyType {
  @Field(() => ID, { description: "The user." })
  userId: string;

  @Field(() => [BusyBlockType], {
    description: "Merged, in order; private events count like any other, those that are `free` not at all.",
  })
  busy: BusyBlockType[];
}

@ArgsType()
class FreeBusyArgs {
  @Field(() => [ID], { description: "The users." })
  userIds: string[];

  @Field(() => DateTime, { description: "From this instant on." })
  startAt: GivenTime;

  @Field(() => DateTime, { description: "Up to this instant." })
  endAt: GivenTime;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      "Whether a block ends where its kind does. Where kinds meet: out of office, then busy, then tentative.",
  })
  detailed?: boolean | null;

  @Field(() => ID, {
    nullable: true,
    description:
      "An event that is about to be moved, and so keeps nobody busy. Of an event the caller may not see, or that is not there, nothing comes.",
  })
  exceptEventId?: string | null;
}

@Resolver()
export class FreeBusyResolver {
  @Query(() => [FreeBusyType], { description: "When up to 50 users are busy, within up to 100 days." })
  freeBusy(
    @Ctx() ctx: Context,
    @Args(() => FreeBusyArgs) { userIds, startAt, endAt, detailed, exceptEventId }: FreeBusyArgs,
  ): Promise<FreeBusyType[]> {
    if (userIds.length > MAX_USERS) {
      throw badRequest({ field: "userIds", message: `userIds must have ${MAX_USERS} entries at most.` });
    }
    const window = readInterval({ startAt, endAt });
    if (!window.startAt || !window.endAt)
      throw badRequest({ field: "startAt", message: `startAt ${INSTANT_RULE}.` });
    const ids = userIds.map((id, index) => requireId(id, `userIds[${index}]`));
    const asked = {
      startAt: window.startAt,
      endAt: window.endAt,
      exceptEventId: exceptEventId == null ? null : requireId(exceptEventId, "exceptEventId"),
    };
    return readFreeBusy(ctx, ids, asked, detailed ?? false);
  }
}
