import { Arg, ID, Resolver, Root, Subscription } from "type-graphql";
import { EventChange } from "../event/event.types";
import { DateTime } from "../values/scalars";
import type { GivenTime } from "../values/instants";
import { follow } from "./follow";
import type { LiveContext } from "./live-context";

interface Ask {
  args: { calendarId?: string | null; since?: GivenTime | null };
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
      description: "For admins: another user's calendar. By default the caller's own.",
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
}
