// Queries and mutations of events. Each method names its rule and calls one function; the REST door calls the same
// methods (src/rest/routes.ts).
import {
  Arg,
  Args,
  Ctx,
  ID,
  Info,
  type MiddlewareFn,
  Mutation,
  Query,
  Resolver,
  UseMiddleware,
} from "type-graphql";
import type { GraphQLResolveInfo } from "graphql";
import { requireScope, type CalendarRef, type Context } from "../context";
import { Event } from "../entities/event";
import { notFound } from "../errors";
import { DateTime } from "../values/scalars";
import { requireCalendar } from "../people/calendars";
import type { GivenTime, Instant } from "../values/instants";
import { Faults, readInput, requireId, status as statusRule } from "../values/rules";
import type { Status } from "../values/status";
import { ChangesArgs, DeletedEventsArgs, EventsArgs } from "./event.args";
import { conditionOf, type Condition } from "./conditions";
import { EventInput, EventPatch } from "./event.inputs";
import { ChangePage, DeletedEvent, DeletedEventPage, EventConnection, EventFilter } from "./event.types";
import type { FeedCut } from "./feed";
import type { FeedQuery } from "./feed-entries";
import { once, readIdempotency } from "./idempotency";
import { listChanges, listEvents } from "./lists";
import { RemovedView, type EventView } from "./projection";
import type { Address } from "./save";
import { asksForLittle } from "./selected";
import { createEvent, deleteEvent, respondToEvent, updateEvent } from "./write";
import { answerSizeOf } from "../access/answer-size";
import { eventLoader } from "./loaders";

/** What only the REST door says of a list: it speaks for one calendar, whose clock it has read. */
export interface ListExtras {
  calendar: CalendarRef;
  clock: Instant;
  /** How many bytes of rows it takes at a time. */
  bytes: number;
}

/** What only the REST door asks of a feed. */
export interface FeedExtras extends Omit<FeedCut, "limit"> {
  interval?: FeedQuery["interval"];
}

const eventId = "The event's id.";
const calendarHint = "For admins: another user's calendar, for whose user this is done.";
const keyHint = "Repeats with the same key and input answer the first event again, for 48 hours.";
const unchangedHint = "Refuse with `precondition_failed` unless this is the event's `lastModifiedAt`.";

/** GraphQL answers `Event!` where a write took the caller's calendar out of it: the event as they see it now. */
const asSeenNow: MiddlewareFn<Context> = async ({ context }, next) => {
  const result: unknown = await next();
  if (!(result instanceof RemovedView)) return result;
  const seen = await eventLoader(context).load(result.id);
  // Somebody has deleted it since.
  if (!seen) throw notFound("This event");
  return seen;
};

@Resolver(() => Event)
export class EventResolver {
  @Query(() => Event, {
    nullable: true,
    description: "An event; null where there is none the caller may see.",
  })
  event(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: eventId }) id: string,
  ): Promise<EventView | null> {
    requireScope(ctx, "read");
    return eventLoader(ctx).load(requireId(id, "id"));
  }

  @Query(() => EventConnection, { description: "Live events, by start or by last change." })
  async events(
    @Ctx() ctx: Context,
    @Args(() => EventsArgs) { filter, orderBy, ...page }: EventsArgs,
    extras?: ListExtras,
  ): Promise<EventConnection> {
    const list = { filter: readInput(EventFilter, filter ?? {}), order: orderBy, page };
    if (extras) return listEvents(ctx, { ...list, ...extras });
    const size = answerSizeOf(ctx);
    size.ask(1);
    const found = await listEvents(ctx, list);
    size.read(found.views.length, found.bytes);
    return found;
  }

  @Query(() => ChangePage, {
    description: "What changed in a calendar since an instant, oldest change first.",
  })
  async changes(
    @Ctx() ctx: Context,
    @Args(() => ChangesArgs) args: ChangesArgs,
    @Info() asked: GraphQLResolveInfo | FeedExtras,
  ): Promise<ChangePage> {
    const kind = args.includeDeleted === false ? "live" : "both";
    const list = { ...args, kind } as const;
    if (!("fieldNodes" in asked)) return new ChangePage(await listChanges(ctx, list, asked));
    return new ChangePage(await listChanges(ctx, { ...list, isShort: asksForLittle(asked) }));
  }

  @Query(() => DeletedEventPage, { description: "What a calendar no longer holds, since an instant." })
  async deletedEvents(
    @Ctx() ctx: Context,
    @Args(() => DeletedEventsArgs) args: DeletedEventsArgs,
    extras?: FeedExtras,
  ): Promise<DeletedEventPage> {
    return new DeletedEventPage(await listChanges(ctx, { ...args, kind: "removed" }, extras));
  }

  @Mutation(() => Event, { description: "Creates an event, owned by the calendar's user." })
  async createEvent(
    @Ctx() ctx: Context,
    @Arg("input", () => EventInput, { description: "The event." }) input: EventInput,
    @Arg("idempotencyKey", () => String, { nullable: true, description: keyHint }) key?: string | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
    keyField = "idempotencyKey",
  ): Promise<EventView> {
    const calendar = await requireCalendar(ctx, calendarId);
    const event = readInput(EventInput, input);
    if (key == null) return createEvent(ctx, calendar, event);
    const idempotency = readIdempotency(ctx, { key, field: keyField }, calendar, event);
    requireScope(ctx, "write");
    return once(ctx, idempotency, (remember) => createEvent(ctx, calendar, event, remember));
  }

  @Mutation(() => Event, { description: "Changes an event: absent keeps, null clears." })
  @UseMiddleware(asSeenNow)
  async updateEvent(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: eventId }) id: string,
    @Arg("input", () => EventPatch, { description: "What to change." }) input: EventPatch,
    @Arg("ifLastModifiedAt", () => DateTime, { nullable: true, description: unchangedHint })
    unchanged?: GivenTime | Condition | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
  ): Promise<EventView | RemovedView> {
    const address = await addressOf(ctx, id, calendarId);
    return updateEvent(ctx, address, readInput(EventPatch, input), conditionOf(unchanged));
  }

  @Mutation(() => DeletedEvent, {
    description:
      "Deletes an event for everyone (owner, admin), or takes it out of an attendee's own calendar.",
  })
  async deleteEvent(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: eventId }) id: string,
    @Arg("ifLastModifiedAt", () => DateTime, { nullable: true, description: unchangedHint })
    unchanged?: GivenTime | Condition | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
  ): Promise<RemovedView> {
    return deleteEvent(ctx, await addressOf(ctx, id, calendarId), conditionOf(unchanged));
  }

  @Mutation(() => Event, { description: "Answers an invitation of the caller's." })
  async respondToEvent(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: eventId }) id: string,
    @Arg("status", () => String, { description: "`Accepted`, `Declined`, `Tentative` or `NoResponse`." })
    status: string,
  ): Promise<EventView> {
    const faults = new Faults();
    const answer = statusRule(status, "status", faults);
    faults.throwIfAny();
    return respondToEvent(ctx, await addressOf(ctx, id, "primary"), answer as Status);
  }
}

/** A write addressed through a calendar reaches what it holds; without one, an admin's reaches every event. */
async function addressOf(ctx: Context, id: string, calendarId: string | null | undefined): Promise<Address> {
  const calendar = await requireCalendar(ctx, calendarId);
  return { calendar, id: requireId(id, "id"), reach: calendarId == null ? "organisation" : "calendar" };
}
