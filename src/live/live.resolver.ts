import { Arg, ID, Resolver, Root, Subscription } from "type-graphql";
import { EventChange } from "../event/event.types";
import { DateTime } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import { RecordType } from "../entities/record";
import { follow } from "./follow";
import { followTimeline } from "./follow-timeline";
import type { LiveContext } from "./live-context";

interface Ask {
  args: { calendarId?: string | null; since?: GivenTime | null };
  context: LiveContext;
}

interface TimelineAsk {
  args: { type: RecordType; id: string; since?: GivenTime | null };
  context: LiveContext;
}

@Resolver(() => EventChange)
export class LiveResolver {
  @Subscription(() => EventChange, {
    subscribe: ({ args, context }: Ask) => follow(context, args),
    description:
      "Every change of a calendar as it is made, in order and at least once, whichever instance or program makes it. " +
      "To resume after a broken connection without a gap, subscribe `since` the last `watermark` received.",
  })
  eventChanged(
    @Root() change: EventChange,
    @Arg("calendarId", () => ID, {
      nullable: true,
      description:
        "A calendar that is granted to the caller, or for admins any. By default the caller's own.",
    })
    _calendarId?: string | null,
    @Arg("since", () => DateTime, {
      nullable: true,
      description: "First all changes later than this watermark; absent, from now on.",
    })
    _since?: GivenTime | null,
  ): EventChange {
    return change;
  }

  @Subscription(() => EventChange, {
    subscribe: ({ args, context }: TimelineAsk) => followTimeline(context, args),
    description:
      "Every change of a record's timeline (`Record.events`, roll-up included) as the caller sees it, at least once; an event " +
      "that goes from it is `deleted`, or has `left` it. To resume without a gap, subscribe `since` the last `watermark`: " +
      "what changed in the minute before comes again.",
  })
  recordChanged(
    @Root() change: EventChange,
    @Arg("type", () => RecordType, { description: "The record's type." }) _type: RecordType,
    @Arg("id", () => ID, { description: "The record's id." }) _id: string,
    @Arg("since", () => DateTime, {
      nullable: true,
      description: "First all changes later than this watermark; absent, from now on.",
    })
    _since?: GivenTime | null,
  ): EventChange {
    return change;
  }
}
