// A record's timeline: the meetings about it.
import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Record } from "../entities/record";
import { readInput } from "../values/rules";
import { EventsArgs } from "./event.args";
import { EventConnection, EventFilter, Scope } from "./event.types";
import { timelineLoader } from "./loaders";

@Resolver(() => Record)
export class TimelineResolver {
  @FieldResolver(() => EventConnection, {
    description:
      "Its timeline: the events linked to it, and for a Contact those that invite it. Of the whole organisation, " +
      "masked where the caller is not in them, unless the filter names calendars or a scope.",
  })
  events(
    @Root() record: Record,
    @Ctx() ctx: Context,
    @Args(() => EventsArgs) { filter, orderBy, ...page }: EventsArgs,
  ): Promise<EventConnection> {
    const read = readInput(EventFilter, filter ?? {});
    const whole = { ...read, scope: read.scope ?? Scope.ORGANISATION };
    return timelineLoader(ctx)({ filter: whole, order: orderBy, page }).load({
      type: record.type,
      id: record.id,
    });
  }
}
