// Queries by which a client proves that it is in step.
import { Arg, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { Context } from "../context";
import { DateTime } from "../values/scalars";
import { requireCalendar } from "../people/calendars";
import type { GivenTime, Instant } from "../values/instants";
import { readClock } from "./feed";
import { readInterval } from "./lists";
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

/** Of a row of a manifest, in JSON. */
const ROW_BYTES = 70;

const calendarHint = "For admins: another user's calendar.";

@Resolver()
export class ReconcileResolver {
  @Query(() => [ManifestRowType], { description: "What a client should hold: live events by id." })
  async manifest(
    @Ctx() ctx: Context,
    @Arg("startAt", () => DateTime, { nullable: true, description: "Events that end after this instant." })
    startAt?: GivenTime | null,
    @Arg("endAt", () => DateTime, { nullable: true, description: "Events that start before this instant." })
    endAt?: GivenTime | null,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
  ): Promise<ManifestRowType[]> {
    const calendar = await requireCalendar(ctx, calendarId);
    const interval = readInterval({ startAt, endAt });
    await readClock(ctx, calendar, true);
    const size = answerSizeOf(ctx);
    size.ask(1);
    const rows = await readManifest(ctx, calendar, interval, { after: null, limit: null });
    size.read(rows.length, rows.length * ROW_BYTES);
    return rows;
  }

  @Query(() => [MonthDigestType], { description: "A hash a month over what a client should hold." })
  async digest(
    @Ctx() ctx: Context,
    @Arg("calendarId", () => ID, { nullable: true, description: calendarHint }) calendarId?: string | null,
  ): Promise<MonthDigestType[]> {
    const calendar = await requireCalendar(ctx, calendarId);
    await readClock(ctx, calendar, true);
    return readDigest(ctx, calendar);
  }
}
