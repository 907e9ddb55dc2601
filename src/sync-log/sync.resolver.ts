// The sync view: for the person who asks whether a client keeps up.
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { requireScope, type Context } from "../context";
import { User } from "../entities/user";
import { badRequest } from "../errors";
import { readSize } from "../values/pages";
import { requireCalendar } from "../people/calendars";
import { userLoader, type UserView } from "../people/users";
import { PAGE_DEFAULT } from "../values/pages";
import { readActivity, type SyncActivityView } from "./activity";
import { readClients, type SyncClientView } from "./clients";
import { readLatest } from "./latest";
import { readStanding } from "./standing";
import { LatestChange, LatestChangePage, SyncActivity, SyncClient, SyncView } from "./sync.types";

const HOURS_MOST = 24;
const HOURS_DEFAULT = 6;

@Resolver(() => SyncView)
export class SyncResolver {
  @Query(() => SyncView, {
    description:
      "Whether the clients of a calendar keep up, and what changed in it: what the page /sync shows.",
  })
  async syncView(
    @Ctx() ctx: Context,
    @Arg("calendarId", () => ID, { nullable: true, description: "For admins: another user's calendar." })
    calendarId?: string | null,
  ): Promise<SyncView> {
    requireScope(ctx, "read");
    return readStanding(ctx, await requireCalendar(ctx, calendarId));
  }

  @FieldResolver(() => [SyncClient], {
    description:
      "Clients heard within a month, the last first. What they did shows within some three seconds.",
  })
  clients(@Root() { calendar }: SyncView, @Ctx() ctx: Context): Promise<SyncClientView[]> {
    return readClients(ctx, calendar);
  }

  @FieldResolver(() => [SyncActivity], { description: "The last hours, oldest first." })
  activity(
    @Root() { calendar }: SyncView,
    @Ctx() ctx: Context,
    @Arg("hours", () => Int, {
      nullable: true,
      defaultValue: HOURS_DEFAULT,
      description: "How many, up to 24.",
    })
    given: number | null,
  ): Promise<SyncActivityView[]> {
    const hours = given ?? HOURS_DEFAULT;
    if (hours < 1 || hours > HOURS_MOST) {
      throw badRequest({ field: "hours", message: `hours must be from 1 to ${HOURS_MOST}.` });
    }
    return readActivity(ctx, calendar, hours);
  }

  @FieldResolver(() => LatestChangePage, { description: "The end of the feed, newest first." })
  async latestChanges(
    @Root() { calendar }: SyncView,
    @Ctx() ctx: Context,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: PAGE_DEFAULT,
      description: "How many, up to 1,000.",
    })
    first: number | null,
  ): Promise<LatestChangePage> {
    const size = readSize(first, "first") ?? PAGE_DEFAULT;
    const found = await readLatest(ctx, calendar, size + 1);
    const records = found.slice(0, size).map((change) => new LatestChange(change));
    return { records, hasMore: found.length > size };
  }
}

@Resolver(() => SyncClient)
export class SyncClientFields {
  @FieldResolver(() => User, { nullable: true, description: "Whom its token speaks for." })
  user(@Root() { userId }: SyncClientView, @Ctx() ctx: Context): Promise<UserView | null> {
    return userLoader(ctx).load(userId);
  }

  @FieldResolver(() => Boolean, { description: "Whether it is the token that asks." })
  self(@Root() { tokenId }: SyncClientView, @Ctx() { caller }: Context): boolean {
    return tokenId === caller.tokenId;
  }
}

@Resolver(() => LatestChange)
export class LatestChangeFields {
  @FieldResolver(() => User, { nullable: true, description: "Whose token changed it." })
  user(@Root() { userId }: LatestChange, @Ctx() ctx: Context): Promise<UserView | null> | null {
    return userId === null ? null : userLoader(ctx).load(userId);
  }
}
