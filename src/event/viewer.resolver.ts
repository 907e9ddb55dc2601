// `Event.viewer`: what the caller is in an event, and may do with it.
import { Ctx, Field, FieldResolver, ObjectType, registerEnumType, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Event } from "../entities/event";
import { partLoader } from "./loaders";
import type { EventView } from "./projection";
import { mayEdit, partIn, ViewerRole } from "./visibility";

registerEnumType(ViewerRole, {
  name: "ViewerRole",
  description: "What somebody is in an event.",
  valuesConfig: {
    OWNER: { description: "It is theirs." },
    ATTENDEE: { description: "They are on its list." },
    LEFT: { description: "They are on its list still, and took it out of their calendar." },
    COLLEAGUE: { description: "They are of the organisation, and not in it." },
    ADMIN: { description: "They are not in it, and administer the organisation." },
  },
});

@ObjectType({ description: "The caller's part in an event." })
export class Viewer {
  @Field(() => ViewerRole, { description: "What the caller is in it." })
  role: ViewerRole;

  @Field(() => String, {
    nullable: true,
    description: "The caller's answer; null where they are not on the list.",
  })
  status: string | null;

  @Field(() => Boolean, { description: "Whether the caller may change what the event says." })
  canEdit: boolean;

  @Field(() => Boolean, { description: "Whether `respondToEvent` is for the caller." })
  canRespond: boolean;

  @Field(() => Boolean, { description: "Whether the caller sees no more of it than that time is taken." })
  masked: boolean;
}

const SETTLED = { hasLeft: false, organises: false };

@Resolver(() => Event)
export class ViewerFields {
  @FieldResolver(() => Viewer, { description: "The caller's part in it: for what a page offers them." })
  async viewer(@Root() event: EventView, @Ctx() ctx: Context): Promise<Viewer> {
    const { caller } = ctx;
    const { participants } = event;
    const own = participants.attendees.find(({ userId }) => userId === caller.userId);
    // Of its owner, and an admin who is in it, nothing more is to be known.
    const isSettled =
      participants.ownerId === caller.userId || (caller.role === "admin" && own?.status !== "Declined");
    const { hasLeft, organises } = isSettled ? SETTLED : await partLoader(ctx).load(event.id);
    const role = partIn({ ...participants, leftUserIds: hasLeft ? [caller.userId] : [] }, caller);
    return {
      role,
      status: own?.status ?? null,
      // Whose meeting it is claims it by a write, on its list or not.
      canEdit: organises || mayEdit(role, caller, event.guestsCanEdit === true),
      canRespond: own !== undefined,
      masked: event.masked,
    };
  }
}
