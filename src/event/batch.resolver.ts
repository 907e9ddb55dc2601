// Mutations of up to 500 events at once, and what they answer.
import { getNullableType, type GraphQLField } from "graphql";
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { handledAs, requireScope, type Context } from "../context";
import { Event } from "../entities/event";
import { badRequest, Problem } from "../errors";
import { mapInPieces } from "../turns/pauses";
import { DateTime } from "../values/scalars";
import { requireCalendar } from "../people/calendars";
import type { RequestContext } from "../context";
import type { GivenTime } from "../values/instants";
import { Handling } from "../values/handling";
import { readGiven, requireId, type ReadInput } from "../values/rules";
import { noteWritten, requireBatchAsSent, requireRoom, MAX_BATCH_EVENTS } from "./batch-size";
import { always, conditionOf } from "./conditions";
import { EventInput, EventPatch } from "./event.inputs";
import { EventView } from "./projection";
import { deleteEvents } from "./delete";
import type { Reach } from "./locked";
import { handlingArgument } from "./event.args";
import { notePassedOver, type Given, type Outcome } from "./outcomes";
import { changeEvents } from "./change";
import { createEvents } from "./create";

@ObjectType({ description: "What is wrong with one field." })
export class ErrorDetail {
  @Field(() => String, { description: "A path in the item, such as `attendees[0].status`." })
  field: string;

  @Field(() => String, { description: "What is wrong, and what is allowed." })
  message: string;
}

/** The refusals that are about the moment rather than about the item. */
const RETRY_SAFE: ReadonlySet<string> = new Set([
  "precondition_failed",
  "conflict",
  "rate_limited",
  "unavailable",
]);

@ObjectType({ description: "Why an item of a batch was refused." })
export class EventError {
  constructor(private readonly problem: Problem) {}

  @Field(() => String, { description: "A code of the catalogue, such as `bad_request`." })
  get code(): string {
    return this.problem.code;
  }

  @Field(() => String, { description: "The reason, for a person." })
  get message(): string {
    return this.problem.message;
  }

  @Field(() => [ErrorDetail], { description: "The fields at fault." })
  get details(): ErrorDetail[] {
    return [...this.problem.details];
  }

  @Field(() => Boolean, {
    description:
      "Whether the item may go through if sent again: it was not done, and nothing is wrong with it or with who " +
      "sent it. After `precondition_failed` and `conflict`, read the event anew first.",
  })
  get retrySafe(): boolean {
    return RETRY_SAFE.has(this.problem.code);
  }
}

@ObjectType({ description: "What became of an item of a batch, in the place of the item." })
export class EventResult {
  @Field(() => ID, { nullable: true, description: "The event's id; null where none was created." })
  id: string | null;

  @Field(() => Event, {
    nullable: true,
    description: "The event as it stands; null where it is gone or refused.",
  })
  event: EventView | null;

  @Field(() => EventError, {
    nullable: true,
    description: "Why the item was refused; null where it was done.",
  })
  error: EventError | null;
}

@InputType({ description: "A change of one event in a batch." })
export class EventPatchItem {
  @Field(() => ID, { description: "The event's id; each may come once." })
  id: string;

  @Field(() => EventPatch, { description: "What to change." })
  input: EventPatch;

  @Field(() => DateTime, {
    nullable: true,
    description: "Refuse the item with `precondition_failed` unless this is the event's `lastModifiedAt`.",
  })
  ifLastModifiedAt?: GivenTime | null;
}

const atomicArgument = {
  nullable: true,
  defaultValue: false,
  description: "Whether all items are done or none; by default each is on its own.",
};

/** Reads each item by its rules; a refusal stays in its place. */
function readItems<T, R>(items: readonly T[], read: (item: T) => ReadInput<R>): Promise<Given<R>[]> {
  return mapInPieces(items, (item) => {
    try {
      return read(item);
    } catch (error) {
      if (error instanceof Problem) return { problem: error };
      throw error;
    }
  });
}

type Mutations = Readonly<Record<string, GraphQLField<unknown, RequestContext>>>;
type Resolve = NonNullable<GraphQLField<unknown, RequestContext>["resolve"]>;

/**
 * Refuses what is too much for one batch before anything of it is read, or even copied: five hundred times the same
 * variable is half a megabyte on its way here, and half a gigabyte when each has become an event. The writes of one
 * request count together like those of a batch.
 */
export function keepBatchSize(mutations: Mutations): void {
  for (const [name, field] of Object.entries(mutations)) {
    const list = BATCHES[name as keyof typeof BATCHES] as string | undefined;
    if (!list && getNullableType(field.type).toString() !== "Event") continue;
    const resolve = field.resolve as Resolve;
    field.resolve = async (source, args: Record<string, unknown[]>, ctx, info): Promise<unknown> => {
      if (list) requireBatch(ctx, list, args[list] ?? []);
      else requireRoom(ctx);
      return counting(ctx, () => resolve(source, args, ctx, info));
    };
  }
}

function requireBatch(ctx: Context, list: string, items: readonly unknown[]): void {
  requireScope(ctx, "write");
  if (items.length > MAX_BATCH_EVENTS) {
    throw badRequest({ field: list, message: `${list} must have ${MAX_BATCH_EVENTS} entries at most.` });
  }
  if (list !== "ids") requireBatchAsSent(list, list === "items" ? items.map(inputOf) : items);
}

/** Runs a mutation, and counts what it has written for those that follow it in the request. */
async function counting(ctx: RequestContext, mutate: () => unknown): Promise<unknown> {
  const room = ctx.held.reserve();
  if (room) await room;
  try {
    const written = await mutate();
    const views = Array.isArray(written) ? (written as EventResult[]).map(({ event }) => event) : [written];
    noteWritten(
      ctx,
      views.reduce<number>((sum, view) => sum + (view instanceof EventView ? view.length : 0), 0),
    );
    return written;
  } finally {
    ctx.held.read(0);
  }
}

/** The mutations of many events, and their lists. */
const BATCHES = { createEvents: "inputs", updateEvents: "items", deleteEvents: "ids" };

const inputOf = (item: unknown): unknown => (item as EventPatchItem).input;

const toResult = (outcome: Outcome, id: string | null): EventResult =>
  "problem" in outcome
    ? { id, event: null, error: new EventError(outcome.problem) }
    : { id: outcome.id, event: outcome.view instanceof EventView ? outcome.view : null, error: null };

const calendarHint =
  "A calendar that is granted to the caller for writing, or for admins any: for its user this is done.";

@Resolver()
export class BatchResolver {
  @Mutation(() => [EventResult], { description: "Creates up to 500 events, answered in order." })
  async createEvents(
    @Ctx() request: Context,
    @Arg("inputs", () => [EventInput], { description: "The events." }) inputs: EventInput[],
    @Arg("atomic", () => Boolean, atomicArgument) atomic: boolean | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
    @Arg("handling", () => Handling, handlingArgument) handling?: Handling | null,
  ): Promise<EventResult[]> {
    const ctx = handledAs(request, handling);
    const calendar = await requireCalendar(ctx, calendarId, "write");
    const items = await readItems(inputs, (input) => readGiven(EventInput, input, ctx.handling));
    const outcomes = await createEvents(ctx, calendar, items, { atomic: atomic === true, list: "inputs" });
    notePassedOver(ctx, outcomes, "inputs");
    return outcomes.map((outcome) => toResult(outcome, null));
  }

  @Mutation(() => [EventResult], { description: "Changes up to 500 events, answered in order." })
  async updateEvents(
    @Ctx() request: Context,
    @Arg("items", () => [EventPatchItem], { description: "The changes." }) items: EventPatchItem[],
    @Arg("atomic", () => Boolean, atomicArgument) atomic: boolean | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
    @Arg("handling", () => Handling, handlingArgument) handling?: Handling | null,
  ): Promise<EventResult[]> {
    const ctx = handledAs(request, handling);
    const given = await readItems(items, ({ id, input, ifLastModifiedAt }) => {
      const { input: patch, passedOver } = readGiven(EventPatch, input, ctx.handling);
      const condition = conditionOf(ctx, ifLastModifiedAt);
      return { input: { id: requireId(id, "id"), patch, condition }, passedOver };
    });
    const outcomes = await changeEvents(ctx, await reachOf(ctx, calendarId), given, {
      atomic: atomic === true,
      list: "items",
    });
    notePassedOver(ctx, outcomes, "items");
    return outcomes.map((outcome, index) => toResult(outcome, items[index]?.id ?? null));
  }

  @Mutation(() => [EventResult], { description: "Deletes up to 500 events, or leaves those of others." })
  async deleteEvents(
    @Ctx() ctx: Context,
    @Arg("ids", () => [ID], { description: "The events' ids." }) ids: string[],
    @Arg("atomic", () => Boolean, atomicArgument) atomic: boolean | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
  ): Promise<EventResult[]> {
    const given = await readItems(ids, (id) => ({ input: { id: requireId(id, "id"), condition: always } }));
    const outcomes = await deleteEvents(ctx, await reachOf(ctx, calendarId), given, {
      atomic: atomic === true,
      list: "ids",
    });
    return outcomes.map((outcome, index) => toResult(outcome, ids[index] ?? null));
  }
}

/** As single writes: through a calendar to what it holds; without one to the caller's own, and an admin's to every event. */
const reachOf = async (ctx: Context, calendarId: string | null | undefined): Promise<Reach> => ({
  calendar: await requireCalendar(ctx, calendarId, "write"),
  reach: calendarId == null ? "organisation" : "calendar",
});
