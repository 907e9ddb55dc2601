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
import { countedPage } from "../access/answer-size";
import { handledAs, requireScope, type Context } from "../context";
import type { ClockReading } from "../database/barrier";
import { Event } from "../entities/event";
import { notFound } from "../errors";
import { requireCalendar } from "../people/calendars";
import { parseId } from "../values/ids";
import { status as statusRule } from "../values/meeting-rules";
import { readGiven, readInput, requireId } from "../values/rules";
import { Faults } from "../values/faults";
import type { Status } from "../values/vocabulary";
import { conditionOf } from "./conditions";
import { deleteEvent } from "./delete";
import { createOrMatch } from "./matching";
import {
  ChangesArgs,
  CreateEventArgs,
  DeletedEventsArgs,
  DeleteEventArgs,
  EventArgs,
  EventListArgs,
  UpdateEventArgs,
  type ChangesWithinArgs,
  type EntryArgs,
  type ReadingArgs,
  type ReplaceEventArgs,
} from "./event.args";
import { EventInput, EventPatch } from "./event.inputs";
import { EventFilter } from "./filter.inputs";
import { ChangePage, DeletedEvent, DeletedEventPage, EventConnection } from "./event.types";
import type { FeedKind } from "./feed-entries";
import { once, readIdempotency } from "./idempotency";
import { listChanges, listEvents, readListsClock } from "./lists";
import { readLeeway } from "./lagging";
import { eventLoader, laggingEventLoader } from "./loaders";
import type { Address } from "./locked";
import { RemovedView, type EventView } from "./projection";
import { findEntry } from "./read";
import { asksForLittle } from "./selected";
import { transferEvent } from "./transfer";
import { replaceEvent, respondToEvent, updateEvent } from "./change";
import { createEvent } from "./create";

const eventId = "The event's id.";

/** GraphQL answers `Event!` where a write took the caller's calendar out of it: the event as they see it now. */
const asSeenNow: MiddlewareFn<Context> = async ({ context }, next) => {
  const result: unknown = await next();
  if (!(result instanceof RemovedView)) return result;
  return asCallerSees(context, result.id);
};

/** An event after a write that may have changed what its writer sees of it. */
async function asCallerSees(ctx: Context, id: string): Promise<EventView> {
  const seen = await eventLoader(ctx).load(id);
  // Somebody has deleted it since.
  if (!seen) throw notFound("This event");
  return seen;
}

@Resolver(() => Event)
export class EventResolver {
  @Query(() => Event, {
    nullable: true,
    description: "An event; null where there is none the caller may see.",
  })
  event(@Ctx() ctx: Context, @Args(() => EventArgs) { id, ...given }: EventArgs): Promise<EventView | null> {
    requireScope(ctx, "read");
    const leeway = readLeeway(given);
    const loader = leeway.seconds > 0 ? laggingEventLoader(ctx)(leeway) : eventLoader(ctx);
    return loader.load(requireId(id, "id"));
  }

  /**
   * What a calendar holds under an id, never masked; refuses, as `not_found`, what it does not hold. For REST: GraphQL has
   * `event`, which knows no calendar.
   */
  async entry(
    ctx: Context,
    { id: given, calendarId, showDeleted }: EntryArgs,
  ): Promise<EventView | RemovedView> {
    requireScope(ctx, "read");
    const calendar = await requireCalendar(ctx, calendarId);
    const id = parseId(given);
    const view = id === null ? null : await findEntry(ctx, calendar, id);
    if (!view || (view instanceof RemovedView && !showDeleted)) throw notFound("This event");
    return view;
  }

  @Query(() => EventConnection, { description: "Live events, by start or by last change." })
  async events(
    @Ctx() ctx: Context,
    @Args(() => EventListArgs) { filter, orderBy, maxStalenessSeconds, seen, ...page }: EventListArgs,
  ): Promise<EventConnection> {
    const leeway = readLeeway({ maxStalenessSeconds, seen });
    const list = { filter: readInput(EventFilter, filter ?? {}), order: orderBy, page, leeway };
    return countedPage(
      ctx,
      () => listEvents(ctx, list),
      ({ views, bytes }) => ({ rows: views.length, bytes }),
    );
  }

  @Query(() => ChangePage, {
    description: "What changed in a calendar since an instant, oldest change first.",
  })
  async changes(
    @Ctx() ctx: Context,
    @Args(() => ChangesArgs) args: ChangesArgs,
    @Info() asked?: GraphQLResolveInfo,
  ): Promise<ChangePage> {
    const isShort = asked && asksForLittle(asked);
    return new ChangePage(await listChanges(ctx, { ...args, kind: kindOf(args), isShort }));
  }

  /** `changes`, but of the live events only those that overlap a window. For REST: GraphQL has no such query. */
  async changesWithin(ctx: Context, args: ChangesWithinArgs): Promise<ChangePage> {
    return new ChangePage(await listChanges(ctx, { ...args, kind: kindOf(args) }));
  }

  @Query(() => DeletedEventPage, { description: "What a calendar no longer holds, since an instant." })
  async deletedEvents(
    @Ctx() ctx: Context,
    @Args(() => DeletedEventsArgs) args: DeletedEventsArgs,
  ): Promise<DeletedEventPage> {
    return new DeletedEventPage(await listChanges(ctx, { ...args, kind: "removed" }));
  }

  /**
   * A calendar's clock and floor as the lists of this request will have them: what the version of such a list is made of.
   * For REST, which answers an unchanged list without reading it.
   */
  async reading(ctx: Context, { calendarId, covered }: ReadingArgs): Promise<ClockReading> {
    requireScope(ctx, "read");
    return readListsClock(ctx, await requireCalendar(ctx, calendarId), covered);
  }

  @Mutation(() => Event, { description: "Creates an event, owned by the calendar's user." })
  @UseMiddleware(asSeenNow)
  async createEvent(
    @Ctx() request: Context,
    @Args(() => CreateEventArgs) args: CreateEventArgs,
  ): Promise<EventView | RemovedView> {
    const { input, idempotencyKey: key, calendarId, matchICalUid, handling } = args;
    const ctx = handledAs(request, handling);
    const calendar = await requireCalendar(ctx, calendarId, "write");
    const event = readGiven(EventInput, input, ctx.handling);
    const create = matchICalUid ? createOrMatch : createEvent;
    if (key == null) return create(ctx, calendar, event);
    const idempotency = readIdempotency(ctx, key, calendar, event.input);
    requireScope(ctx, "write");
    return once(ctx, idempotency, (remember) => create(ctx, calendar, event, remember));
  }

  @Mutation(() => Event, { description: "Changes an event: absent keeps, null clears." })
  @UseMiddleware(asSeenNow)
  async updateEvent(
    @Ctx() request: Context,
    @Args(() => UpdateEventArgs) args: UpdateEventArgs,
  ): Promise<EventView | RemovedView> {
    const ctx = handledAs(request, args.handling);
    const address = await addressOf(ctx, args);
    const patch = readGiven(EventPatch, args.input, ctx.handling);
    return updateEvent(ctx, address, patch, conditionOf(ctx, args.ifLastModifiedAt));
  }

  /** Writes every writable field: absent means its default. For REST: GraphQL has no PUT. */
  async replaceEvent(ctx: Context, args: ReplaceEventArgs): Promise<EventView | RemovedView> {
    const address = await addressOf(ctx, args);
    const whole = readGiven(EventInput, args.input, ctx.handling);
    return replaceEvent(ctx, address, whole, conditionOf(ctx, args.ifLastModifiedAt));
  }

  @Mutation(() => DeletedEvent, {
    description:
      "Deletes an event for everyone (owner, admin), or takes it out of an attendee's own calendar.",
  })
  async deleteEvent(
    @Ctx() ctx: Context,
    @Args(() => DeleteEventArgs) args: DeleteEventArgs,
  ): Promise<RemovedView> {
    return deleteEvent(ctx, await addressOf(ctx, args), conditionOf(ctx, args.ifLastModifiedAt));
  }

  @Mutation(() => Event, {
    description:
      "Makes a user the owner of an event, for its owner or an admin. A disabled user is `conflict`. The owner so far " +
      "keeps it only where they are on its list.",
  })
  async transferEvent(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: eventId }) id: string,
    @Arg("to", () => ID, { description: "The new owner, a user of the organisation." }) to: string,
  ): Promise<EventView> {
    const given = requireId(id, "id");
    await transferEvent(ctx, given, requireId(to, "to"));
    return asCallerSees(ctx, given);
  }

  @Mutation(() => Event, {
    description:
      "Answers an invitation of the caller's. Whoever has left comes back with any answer but `Declined`; `NoResponse` takes " +
      "no answer back.",
  })
  @UseMiddleware(asSeenNow)
  async respondToEvent(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: eventId }) id: string,
    @Arg("status", () => String, { description: "`Accepted`, `Declined`, `Tentative` or `NoResponse`." })
    status: string,
  ): Promise<EventView> {
    const faults = new Faults();
    const answer = statusRule(status, "status", faults);
    faults.throwIfAny();
    return respondToEvent(ctx, await addressOf(ctx, { id, calendarId: "primary" }), answer as Status);
  }
}

const kindOf = ({ includeDeleted }: ChangesArgs): FeedKind => (includeDeleted === false ? "live" : "both");

/** A write addressed through a calendar reaches what it holds; without one, an admin's reaches every event. */
async function addressOf(
  ctx: Context,
  { id, calendarId }: { id: string; calendarId?: string | null },
): Promise<Address> {
  const calendar = await requireCalendar(ctx, calendarId, "write");
  return { calendar, id: requireId(id, "id"), reach: calendarId == null ? "organisation" : "calendar" };
}
