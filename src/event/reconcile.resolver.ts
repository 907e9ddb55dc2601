// Queries by which a client proves that it is in step.
import { Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../context";
import { DateTime } from "../values/scalars";
import { requireCalendar } from "../people/calendars";
import type { GivenTime, Instant } from "../values/instants";
import { readInterval } from "../values/interval";
import { readClock } from "./feed";
import { readDigest, readManifest } from "./reconcile";
import { answerSizeOf } from "../access/answer-size";

@ObjectType("ManifestRow", { description: "One version a client should hold." })
class ManifestRowType {
  @Field(() => ID, { description: "The event's id." })
  id: string;

  @Field(() => DateTime, { description: "Its version." })
  lastModifiedAt: Instant;
}

@ObjectType("MonthDigest", { description: "A hash over the events of a month, to compare with one's own." })
class MonthDigestType {
  @Field(() => String, { description: "The UTC month in which the events start, such as `2026-03`." })
  month: string;

  @Field(() => Int, { description: "How many there are." })
  count: number;

  @Field(() => String, {
    description: "SHA-256 in hex over the lines `id:lastModifiedAt`, by id as a number.",
  })
  hash: string;
}

@ArgsType()
export class DigestArgs {
  @Field(() => ID, { nullable: true, description: "For admins: another user's calendar." })
  calendarId?: string | null;
}

@ArgsType()
export class ManifestArgs extends DigestArgs {
  @Field(() => DateTime, { nullable: true, description: "Events that end after this instant." })
  startAt?: GivenTime | null;

  @Field(() => DateTime, { nullable: true, description: "Events that start before this instant." })
  endAt?: GivenTime | null;
}

@Resolver()
export class ReconcileResolver {
  @Query(() => [ManifestRowType], { description: "What a client should hold: live events by id." })
  async manifest(
    @Ctx() ctx: Context,
    @Args(() => ManifestArgs) { calendarId, ...bounds }: ManifestArgs,
  ): Promise<ManifestRowType[]> {
    const calendar = await requireCalendar(ctx, calendarId);
    const interval = readInterval(bounds);
    await readClock(ctx, calendar, true);
    if (!ctx.piece) answerSizeOf(ctx).ask(1);
    return readManifest(ctx, calendar, interval);
  }

  @Query(() => [MonthDigestType], { description: "A hash a month over what a client should hold." })
  async digest(
    @Ctx() ctx: Context,
    @Args(() => DigestArgs) { calendarId }: DigestArgs,
  ): Promise<MonthDigestType[]> {
    const calendar = await requireCalendar(ctx, calendarId);
    await readClock(ctx, calendar, true);
    return readDigest(ctx, calendar);
  }
}
