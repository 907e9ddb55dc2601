// What an event, its attendees and its links point at: each in one batched look-up per request and level.
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { requireScope, type Context } from "../context";
import { Attendee, Event, RecordLink } from "../entities/event";
import { Record } from "../entities/record";
import { User } from "../entities/user";
import { userLoader, type UserView } from "../people/users";
import { recordLoader } from "../records/records";
import type { EventView } from "./projection";
import { MAX_CHILDREN_SHOWN } from "./read";
import { childrenLoader, eventLoader } from "./loaders";

/** What a look at something beside the event that was asked for, or written, takes: the read scope. */
function load<T>(
  ctx: Context,
  loaderOf: (ctx: Context) => { load(id: string): Promise<T> },
  id: string | number | null,
): Promise<T> | null {
  if (id === null) return null;
  requireScope(ctx, "read");
  return loaderOf(ctx).load(String(id));
}

@Resolver(() => Event)
export class EventFields {
  @FieldResolver(() => User, {
    nullable: true,
    description: "The user who owns it; null where it is masked.",
  })
  owner(@Root() event: EventView, @Ctx() ctx: Context): Promise<UserView | null> | null {
    return load(ctx, userLoader, event.ownerId);
  }

  @FieldResolver(() => Event, { nullable: true, description: "The event this one is a child of." })
  parent(@Root() event: EventView, @Ctx() ctx: Context): Promise<EventView | null> | null {
    return load(ctx, eventLoader, event.parentId);
  }

  @FieldResolver(() => [Event], {
    description: `The events whose parent this is, by start: the first ${MAX_CHILDREN_SHOWN}.`,
  })
  children(@Root() event: EventView, @Ctx() ctx: Context): Promise<EventView[]> | EventView[] {
    return load(ctx, childrenLoader, event.masked ? null : event.id) ?? [];
  }
}

@Resolver(() => Attendee)
export class AttendeeFields {
  @FieldResolver(() => User, { nullable: true, description: "The user, where the attendee is one." })
  user(@Root() attendee: Attendee, @Ctx() ctx: Context): Promise<UserView | null> | null {
    return load(ctx, userLoader, attendee.userId);
  }

  @FieldResolver(() => Record, { nullable: true, description: "The Contact, where the attendee is one." })
  contact(@Root() attendee: Attendee, @Ctx() ctx: Context): Promise<Record | null> | null {
    return load(ctx, recordLoader, attendee.contactId);
  }
}

@Resolver(() => RecordLink)
export class RecordLinkFields {
  @FieldResolver(() => Record, { nullable: true, description: "The record as it is now." })
  record(@Root() link: RecordLink, @Ctx() ctx: Context): Promise<Record | null> | null {
    return load(ctx, recordLoader, link.id);
  }
}
