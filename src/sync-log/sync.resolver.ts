// The sync view: for the person who asks whether a client keeps up.
import { Arg, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import { answerSizeOf } from "../access/answer-size";
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
import { HistoryKind } from "../event/history.types";
import { kindOf, subjectOf } from "./written";
import { noticesLoader, type NoticeView } from "./notices";
import {
  LatestChange,
  LatestChangePage,
  PassedOver,
  SyncActivity,
  SyncClient,
  SyncRefusal,
  SyncView,
} from "./sync.types";

const MAX_HOURS = 24;
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
    return readStanding(ctx, await requireCalendar(ctx, calendarId, "manage"));
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
    if (hours < 1 || hours > MAX_HOURS) {
      throw badRequest({ field: "hours", message: `hours must be from 1 to ${MAX_HOURS}.` });
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
    const counted = answerSizeOf(ctx);
    counted.ask(1);
    const { changes, hasMore, bytes } = await readLatest(ctx, calendar, size);
    counted.read(changes.length, bytes);
    return { records: changes.map((change) => new LatestChange(change)), hasMore };
  }
}

@Resolver(() => SyncClient)
export class SyncClientFields {
  @FieldResolver(() => User, { nullable: true, description: "Whom its token speaks for." })
  user(@Root() { userId }: SyncClientView, @Ctx() ctx: Context): Promise<UserView | null> {
    return userLoader(ctx).load(userId);
  }

  @FieldResolver(() => PassedOver, {
    description:
      "What of its writes was passed over, because it had no say in it or it could not be understood.",
  })
  async passedOver(@Root() client: SyncClientView, @Ctx() ctx: Context): Promise<PassedOver> {
    const notices = await noticesLoader(ctx).load(client);
    return { count: client.passedOverCount, last: notices.filter(({ code }) => code === null) };
  }

  @FieldResolver(() => [SyncRefusal], {
    description:
      "The last 100 fields for which requests of it were refused, within a month, the last first; without `rate_limited` and `unavailable`.",
  })
  async refusals(@Root() client: SyncClientView, @Ctx() ctx: Context): Promise<NoticeView[]> {
    return (await noticesLoader(ctx).load(client)).filter(({ code }) => code !== null);
  }

  @FieldResolver(() => Boolean, { description: "Whether it is the token that asks." })
  self(@Root() { tokenId }: SyncClientView, @Ctx() { caller }: Context): boolean {
    return tokenId === caller.tokenId;
  }
}

@Resolver(() => LatestChange)
export class LatestChangeFields {
  @FieldResolver(() => HistoryKind, {
    description:
      "What was done. Made is what its history, as far back as it is kept, says was made by this change.",
  })
  kind(@Root() change: LatestChange, @Ctx() ctx: Context): Promise<HistoryKind> {
    return kindOf(ctx, change);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "What the event is called, as the viewer may see it; of a deleted one, what it was called at its end. Null where that is not known, or not theirs to see.",
  })
  subject(@Root() change: LatestChange, @Ctx() ctx: Context): Promise<string | null> {
    return subjectOf(ctx, change);
  }

  @FieldResolver(() => User, { nullable: true, description: "Whose token changed it." })
  user(@Root() { userId }: LatestChange, @Ctx() ctx: Context): Promise<UserView | null> | null {
    return userId === null ? null : userLoader(ctx).load(userId);
  }
}
