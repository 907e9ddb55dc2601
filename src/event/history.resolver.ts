// The history of events, for admins: as a field of an event, and by id, because deleted events have one too.
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Event } from "../entities/event";
import { User } from "../entities/user";
import { userLoader, type UserView } from "../people/users";
import { PAGE_DEFAULT } from "../values/pages";
import { requireId } from "../values/rules";
import { readHistoryCursor, requireHistory, type HistoryPage } from "./history";
import { HistoryConnection, HistoryEntry } from "./history.types";
import { readSize } from "../values/pages";
import type { EventView } from "./projection";
import { historyLoader } from "./loaders";

@ArgsType()
export class HistoryArgs {
  @Field(() => Int, { nullable: true, defaultValue: PAGE_DEFAULT, description: "How many, up to 1,000." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what follows this cursor: what is older." })
  after?: string | null;
}

export const readHistoryPage = ({ first, after }: HistoryArgs): HistoryPage => ({
  size: readSize(first, "first") ?? PAGE_DEFAULT,
  after: readHistoryCursor(after),
});

@Resolver(() => Event)
export class HistoryResolver {
  @Query(() => HistoryConnection, {
    description:
      "Who changed an event, when, and what, newest first; of deleted events too. For admins, others are refused as " +
      "`forbidden`. As old as the service keeps it (`RETENTION_DAYS`); empty for an id of no event.",
  })
  eventHistory(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: "The event's id." }) id: string,
    @Args(() => HistoryArgs) args: HistoryArgs,
  ): Promise<HistoryConnection> {
    requireHistory(ctx);
    return historyLoader(ctx)(readHistoryPage(args)).load(requireId(id, "id"));
  }

  @FieldResolver(() => HistoryConnection, {
    nullable: true,
    description:
      "Who changed it, when, and what, newest first. For admins: for others this is null, with an error `forbidden`.",
  })
  history(
    @Root() event: EventView,
    @Ctx() ctx: Context,
    @Args(() => HistoryArgs) args: HistoryArgs,
  ): Promise<HistoryConnection> {
    requireHistory(ctx);
    return historyLoader(ctx)(readHistoryPage(args)).load(event.id);
  }
}

@Resolver(() => HistoryEntry)
export class HistoryEntryFields {
  @FieldResolver(() => User, { nullable: true, description: "The user who did it; null for `plain SQL`." })
  user(@Root() { userId }: HistoryEntry, @Ctx() ctx: Context): Promise<UserView | null> | null {
    return userId === null ? null : userLoader(ctx).load(userId);
  }
}
