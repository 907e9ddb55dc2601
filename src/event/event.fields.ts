// What an event, its attendees and its links point at: each in one batched look-up per request and level.
import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { Context } from "../context";
import { Attendee, Event, RecordLink } from "../entities/event";
import { Record } from "../entities/record";
import { User } from "../entities/user";
import type { UserView } from "../people/users";
import type { EventView } from "./projection";

const load = <T>(
  loader: { load(id: string): Promise<T | null> },
  id: string | number | null,
): Promise<T | null> | null => (id === null ? null : loader.load(String(id)));

@Resolver(() => Event)
export class EventFields {
  @FieldResolver(() => User, {
    nullable: true,
    description: "The user who owns it; null where it is masked.",
  })
  owner(@Root() event: EventView, @Ctx() { loaders }: Context): Promise<UserView | null> | null {
    return load(loaders.users, event.ownerId);
  }

  @FieldResolver(() => Event, { nullable: true, description: "The event this one is a child of." })
  parent(@Root() event: EventView, @Ctx() { loaders }: Context): Promise<EventView | null> | null {
    return load(loaders.events, event.parentId);
  }

  @FieldResolver(() => [Event], { description: "The events whose parent this is." })
  children(@Root() event: EventView, @Ctx() { loaders }: Context): Promise<EventView[]> | EventView[] {
    return event.masked ? [] : loaders.children.load(event.id);
  }
}

@Resolver(() => Attendee)
export class AttendeeFields {
  @FieldResolver(() => User, { nullable: true, description: "The user, where the attendee is one." })
  user(@Root() attendee: Attendee, @Ctx() { loaders }: Context): Promise<UserView | null> | null {
    return load(loaders.users, attendee.userId);
  }

  @FieldResolver(() => Record, { nullable: true, description: "The Contact, where the attendee is one." })
  contact(@Root() attendee: Attendee, @Ctx() { loaders }: Context): Promise<Record | null> | null {
    return load(loaders.records, attendee.contactId);
  }
}

@Resolver(() => RecordLink)
export class RecordLinkFields {
  @FieldResolver(() => Record, { nullable: true, description: "The record as it is now." })
  record(@Root() link: RecordLink, @Ctx() { loaders }: Context): Promise<Record | null> | null {
    return load(loaders.records, link.id);
  }
}
