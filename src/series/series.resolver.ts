// Queries and mutations of series. Each method names its rule and calls one function; the REST door calls the same methods.
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import { handledAs, requireScope, type Context } from "../context";
import { badRequest, notFound } from "../errors";
import { conditionOf } from "../event/conditions";
import { deleteEvent } from "../event/delete";
import { EventPatch } from "../event/event.inputs";
import { eventLoader } from "../event/loaders";
import type { Address } from "../event/locked";
import { RemovedView, type EventView } from "../event/projection";
import { findEntry } from "../event/read";
import { respondToEvent, updateEvent } from "../event/change";
import { requireCalendar } from "../people/calendars";
import { parseId } from "../values/ids";
import { status as statusRule } from "../values/meeting-rules";
import { readGiven, requireId } from "../values/rules";
import { Faults } from "../values/faults";
import type { Status } from "../values/vocabulary";
import { changeSeries, nothingOf, type SeriesOutcome } from "./change";
import { createSeries, type Created } from "./create";
import { deleteSeries } from "./delete";
import { SeriesScope } from "./opened";
import { findInCalendar, findModified, findPlain, seriesLoader, type ModifiedOccurrence } from "./read";
import { respondToSeries } from "./respond";
import { CreateSeriesArgs, DeleteSeriesArgs, UpdateSeriesArgs } from "./series.args";
import { SeriesInput, SeriesPatch } from "./series.inputs";
import { Series, SeriesResult } from "./series.types";

/** What GET /series/{id} shows of a series. */
export interface SeriesOfCalendar {
  series: Series;
  modified: ModifiedOccurrence[];
}

/** A write of a series as REST answers it: like one of an event. */
export interface ScopedWrite {
  view: EventView | RemovedView;
  outcome: SeriesResult;
}

@Resolver(() => Series)
export class SeriesResolver {
  @Query(() => Series, {
    nullable: true,
    description: "A series; null where there is none that the caller may see.",
  })
  series(
    @Ctx() ctx: Context,
    @Arg("id", () => ID, { description: "The series' id." }) id: string,
  ): Promise<Series | null> {
    requireScope(ctx, "read");
    return seriesLoader(ctx).load(requireId(id, "id"));
  }

  /** A series as a calendar has it, never masked; refuses, as `not_found`, one that it has no part in. For REST. */
  async entry(
    ctx: Context,
    { id: given, calendarId }: { id: string; calendarId?: string | null },
  ): Promise<SeriesOfCalendar> {
    requireScope(ctx, "read");
    const calendar = await requireCalendar(ctx, calendarId);
    const id = parseId(given);
    const row = id === null ? null : await findInCalendar(ctx, calendar, id);
    if (!row) throw notFound("This series");
    return { series: new Series(row, false), modified: await findModified(ctx, row.id) };
  }

  /** Those of these events of a calendar that say what their series says. For REST's `series=overridden`. */
  async plain(ctx: Context, calendarId: string | null, ids: readonly string[]): Promise<Set<string>> {
    return findPlain(ctx, await requireCalendar(ctx, calendarId), ids);
  }

  @Mutation(() => SeriesResult, {
    description:
      "Creates a series, owned by the calendar's user, and its occurrences as far ahead as they are made.",
  })
  async createSeries(
    @Ctx() ctx: Context,
    @Args(() => CreateSeriesArgs) args: CreateSeriesArgs,
  ): Promise<SeriesResult> {
    const { series, event, created } = await this.create(ctx, args);
    return { series: new Series(series, false), event, created, changed: 0, deleted: 0, detached: 0 };
  }

  /** The same, with what REST tells of a repeat. */
  async create(
    request: Context,
    { input, idempotencyKey, calendarId, handling }: CreateSeriesArgs,
  ): Promise<Created> {
    const ctx = handledAs(request, handling);
    const calendar = await requireCalendar(ctx, calendarId, "write");
    const made = await createSeries(
      ctx,
      calendar,
      readGiven(SeriesInput, input, ctx.handling),
      idempotencyKey,
    );
    ctx.tally.passedOver.push(...made.passedOver);
    return made;
  }

  @Mutation(() => SeriesResult, {
    description:
      "Changes one occurrence, those from it on, or all that are not over, for the owner or an admin; what an occurrence has " +
      "for itself is passed over. Who comes onto the list, or goes, does so in every occurrence; everybody else keeps their answer.",
  })
  async updateSeries(
    @Ctx() request: Context,
    @Args(() => UpdateSeriesArgs) args: UpdateSeriesArgs,
  ): Promise<SeriesResult> {
    const ctx = handledAs(request, args.handling);
    const address = await addressOf(ctx, args);
    const condition = conditionOf(ctx, args.ifLastModifiedAt);
    const { scope } = args;
    const patch = readGiven(SeriesPatch, args.input, ctx.handling);
    if (scope === SeriesScope.THIS) {
      if (patch.input.recurrence)
        throw badRequest({
          field: "recurrence",
          message: "recurrence goes with the scope FOLLOWING or ALL.",
        });
      const before = await eventLoader(ctx).load(address.id);
      ctx.made.clear();
      const after = await updateEvent(
        ctx,
        address,
        readGiven(EventPatch, args.input, ctx.handling),
        condition,
      );
      const isChanged = after.lastModifiedAt !== before?.lastModifiedAt;
      return resultOf(ctx, address.id, { ...NOTHING, changed: isChanged ? 1 : 0 });
    }
    const overwrite = args.overwriteOverrides ?? false;
    const { passedOver, ...outcome } = await changeSeries(ctx, {
      address,
      scope,
      patch,
      overwrite,
      condition,
    });
    ctx.tally.passedOver.push(...passedOver);
    return resultOf(ctx, address.id, outcome);
  }

  @Mutation(() => SeriesResult, {
    description:
      "Deletes one occurrence, those from it on, or all that are not over, for everyone (owner, admin); for an attendee, " +
      "takes them out of their calendar, and those to come with them.",
  })
  async deleteSeries(
    @Ctx() ctx: Context,
    @Args(() => DeleteSeriesArgs) args: DeleteSeriesArgs,
  ): Promise<SeriesResult> {
    const address = await addressOf(ctx, args);
    const condition = conditionOf(ctx, args.ifLastModifiedAt);
    const { scope } = args;
    const seen = await eventLoader(ctx).load(address.id);
    ctx.made.clear();
    if (scope !== SeriesScope.THIS && seen)
      return resultOf(ctx, address.id, await deleteSeries(ctx, { address, scope, condition }));
    // Where it is gone already, that is the answer again.
    const removed = await deleteEvent(ctx, address, condition);
    const deleted = seen && removed.reason === "deleted" ? 1 : 0;
    const changed = seen && removed.reason === "left" ? 1 : 0;
    return resultOf(ctx, address.id, { ...NOTHING, changed, deleted }, seen?.seriesId);
  }

  @Mutation(() => SeriesResult, {
    description:
      "Sets the caller's own answer to one occurrence, to those from it on, or to all that are not over.",
  })
  async respondToSeries(
    @Ctx() ctx: Context,
    @Arg("eventId", () => ID, { description: "The occurrence by which the series is addressed." })
    eventId: string,
    @Arg("scope", () => SeriesScope, { description: "Which occurrences this is about." }) scope: SeriesScope,
    @Arg("status", () => String, {
      description: "`Accepted`, `Declined`, `Tentative` or `NoResponse`, in any case.",
    })
    given: string,
  ): Promise<SeriesResult> {
    const faults = new Faults();
    const answer = statusRule(given, "status", faults);
    faults.throwIfAny();
    const address = await addressOf(ctx, { eventId, calendarId: "primary" });
    if (scope !== SeriesScope.THIS)
      return resultOf(ctx, address.id, await respondToSeries(ctx, address, scope, answer as Status));
    const before = await eventLoader(ctx).load(address.id);
    ctx.made.clear();
    const after = await respondToEvent(ctx, address, answer as Status);
    const changed = after.lastModifiedAt !== before?.lastModifiedAt ? 1 : 0;
    return resultOf(ctx, address.id, { ...NOTHING, changed });
  }

  /** What a calendar has of an event after a write of its series. For REST. */
  async after(
    ctx: Context,
    { id, calendarId }: { id: string; calendarId?: string | null },
  ): Promise<EventView | RemovedView> {
    const calendar = await requireCalendar(ctx, calendarId);
    const view = await findEntry(ctx, calendar, id);
    if (!view) throw notFound("This event");
    return view;
  }
}

const NOTHING = nothingOf(null);

/** What a write came to, as the caller sees it now. */
async function resultOf(
  ctx: Context,
  eventId: string,
  { series: row, ...counts }: SeriesOutcome,
  ofSeries?: string | null,
): Promise<SeriesResult> {
  ctx.made.clear();
  const event = await eventLoader(ctx).load(eventId);
  const id = event?.seriesId ?? row?.id ?? ofSeries ?? null;
  const series = id === null ? null : await seriesLoader(ctx).load(id);
  return { series, event, ...counts };
}

/** A write addressed through a calendar reaches what it holds; without one, an admin's reaches every event. */
async function addressOf(
  ctx: Context,
  { eventId, calendarId }: { eventId: string; calendarId?: string | null },
): Promise<Address> {
  const calendar = await requireCalendar(ctx, calendarId, "write");
  return {
    calendar,
    id: requireId(eventId, "eventId"),
    reach: calendarId == null ? "organisation" : "calendar",
  };
}
