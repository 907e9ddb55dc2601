// What a series and its occurrences point at.
import { Args, Ctx, Extensions, FieldResolver, Resolver, Root } from "type-graphql";
import { perRequest, requireScope, type Context } from "../context";
import { Event } from "../entities/event";
import { User } from "../entities/user";
import { badRequest } from "../errors";
import { HistoryArgs, readHistoryPage } from "../event/history.resolver";
import { requireHistory } from "../event/history";
import { HistoryConnection } from "../event/history.types";
import { listEvents } from "../event/lists";
import { historyLoader } from "../event/loaders";
import type { EventView } from "../event/projection";
import { EventConnection } from "../event/event.types";
import { Scope } from "../event/filter.inputs";
import { countedPage } from "../access/answer-size";
import { userLoader, type UserView } from "../people/users";
import { DateTime } from "../values/scalars";
import { instantFault, parseInstant, toInstant, type Instant } from "../values/instants";
import { overridesLoader, seriesLoader } from "./read";
import { MAX_UPCOMING, OccurrencesArgs, UPCOMING_DEFAULT, UpcomingArgs } from "./series.args";
import { Series } from "./series.types";
import { readNow } from "./today";
import { upcomingOf } from "./upcoming";

@Resolver(() => Event)
export class OccurrenceFields {
  @FieldResolver(() => Series, { nullable: true, description: "The series it is an occurrence of." })
  series(@Root() { seriesId }: EventView, @Ctx() ctx: Context): Promise<Series | null> | null {
    if (seriesId === null) return null;
    requireScope(ctx, "read");
    return seriesLoader(ctx).load(seriesId);
  }

  @FieldResolver(() => [String], {
    description: "The fields that an occurrence has for itself: a change of its series passes them over.",
  })
  async overrides(@Root() { id, seriesId, masked }: EventView, @Ctx() ctx: Context): Promise<string[]> {
    if (seriesId === null || masked) return [];
    return (await overridesLoader(ctx).load(id))?.overrides ?? [];
  }
}

/** A page of occurrences is a statement of its own. */
const PAGE_COST = { cost: 10 };

/** The pages of an answer: many occurrences have one series, whose page is read once. */
const pagesOf = perRequest(() => new Map<string, Promise<EventConnection>>());
const nowOf = perRequest(({ db }) => readNow(db.pool));

@Resolver(() => Series)
export class SeriesFields {
  @FieldResolver(() => User, {
    nullable: true,
    description: "The user who owns it; null where it is masked.",
  })
  owner(@Root() { ownerId }: Series, @Ctx() ctx: Context): Promise<UserView | null> | null {
    if (ownerId === null) return null;
    requireScope(ctx, "read");
    return userLoader(ctx).load(ownerId);
  }

  @FieldResolver(() => Series, { nullable: true, description: "The series that this one was split from." })
  previous(@Root() { row, masked }: Series, @Ctx() ctx: Context): Promise<Series | null> | null {
    if (row.previousId === null || masked) return null;
    requireScope(ctx, "read");
    return seriesLoader(ctx).load(row.previousId);
  }

  @Extensions(PAGE_COST)
  @FieldResolver(() => EventConnection, { description: "Its occurrences that are events, by start." })
  occurrences(
    @Root() { id }: Series,
    @Ctx() ctx: Context,
    @Args(() => OccurrencesArgs) { startAt, endAt, overridden, ...page }: OccurrencesArgs,
  ): Promise<EventConnection> {
    const filter = { startAt, endAt, scope: Scope.ORGANISATION, seriesId: id };
    const key = JSON.stringify([id, startAt, endAt, overridden, page]);
    const known = pagesOf(ctx).get(key);
    if (known) return known;
    const found = countedPage(
      ctx,
      () => listEvents(ctx, { filter, overridden, page }),
      ({ views, bytes }) => ({ rows: views.length, bytes }),
    );
    pagesOf(ctx).set(key, found);
    return found;
  }

  @FieldResolver(() => [DateTime], {
    description: "When occurrences start, reckoned from the rule: also those that are no events yet.",
  })
  async upcoming(
    @Root() { row }: Series,
    @Ctx() ctx: Context,
    @Args(() => UpcomingArgs) { after, first }: UpcomingArgs,
  ): Promise<Instant[]> {
    const most = first ?? UPCOMING_DEFAULT;
    if (!Number.isInteger(most) || most < 1 || most > MAX_UPCOMING)
      throw badRequest({ field: "first", message: `first must be from 1 to ${MAX_UPCOMING}.` });
    const from = after == null ? toInstant(await nowOf(ctx)) : parseInstant(after);
    if (from === null) throw badRequest({ field: "after", message: `after ${instantFault(after ?? "")}.` });
    return upcomingOf(ctx, row, from, most);
  }

  @FieldResolver(() => HistoryConnection, {
    nullable: true,
    description:
      "Who changed it, when, and what, newest first. For admins: for others this is null, with an error `forbidden`.",
  })
  history(
    @Root() { id }: Series,
    @Ctx() ctx: Context,
    @Args(() => HistoryArgs) args: HistoryArgs,
  ): Promise<HistoryConnection> {
    requireHistory(ctx);
    // It stands beside those of events, under its id below zero.
    return historyLoader(ctx)(readHistoryPage(args)).load(`-${id}`);
  }
}
