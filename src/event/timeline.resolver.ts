// A record's timeline: the meetings about it.
import { Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Record } from "../entities/record";
import { readInput } from "../values/rules";
import { TimelineArgs } from "./event.args";
import { EventFilter, Scope } from "./filter.inputs";
import { EventConnection } from "./event.types";
import { listTimelines } from "./lists";
import { timelineLoader } from "./loaders";

@Resolver(() => Record)
export class TimelineResolver {
  @FieldResolver(() => EventConnection, {
    description:
      "Its timeline: the events that link it, name it as an attendee's Contact, or have one of its present addresses on " +
      "the list; an Account's has those of its Contacts and Opportunities, too. Of the whole organisation, without what is " +
      "masked for the caller, unless the filter names calendars or a scope.",
  })
  async events(
    @Root() record: Record,
    @Ctx() ctx: Context,
    @Args(() => TimelineArgs) { filter, orderBy, rollUp, ...page }: TimelineArgs,
  ): Promise<EventConnection> {
    const read = readInput(EventFilter, filter ?? {});
    const whole = { ...read, scope: read.scope ?? Scope.ORGANISATION };
    const list = { filter: whole, order: orderBy, page, rollUp: rollUp !== false };
    const { piece } = ctx;
    // The pieces of a list are read one by one, each by a statement of its own.
    if (!piece) return timelineLoader(ctx)(list).load(record.id);
    const [timeline] = await listTimelines(ctx, [record.id], list, piece.bytes);
    return timeline as EventConnection;
  }
}
