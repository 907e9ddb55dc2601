// What the sync view answers.
import { Extensions, Field, ID, Int, ObjectType } from "type-graphql";
import { Calendar } from "../entities/calendar";
import { Event } from "../entities/event";
import { RemovalReason } from "../event/event.types";
import { EventView, RemovedView } from "../event/projection";
import { ROWS_OF_PAGE } from "../values/pages";
import { DateTime } from "../values/scalars";
import type { CalendarView } from "../people/calendars";
import type { Instant } from "../values/instants";
import type { LatestChangeView } from "./latest";
import type { NoticeView } from "./notices";

@ObjectType({ description: "Whether a calendar is in step with its clients." })
export class SyncView {
  @Field(() => Calendar, { description: "The calendar." })
  calendar: CalendarView;

  @Field(() => DateTime, { description: "The calendar's clock: its latest change." })
  clock: Instant;

  @Field(() => DateTime, { description: "The database's clock as this was read." })
  now: Instant;
}

/** Something that a request of a client did not come to. */
@ObjectType()
abstract class SyncNotice {
  @Field(() => DateTime, { description: "When." })
  at: Instant;

  @Field(() => String, { description: "The `X-Request-Id` of the answer." })
  requestId: string;

  @Field(() => String, { description: "What was asked for, such as `PATCH /events/:id`." })
  request: string;
}

@ObjectType({
  description: "A part of a client's write that was passed over, as its caller had no say in it.",
})
export class PassedOverField extends SyncNotice {
  @Field(() => String, { description: "A path such as `attendees[2].status`." })
  field: string;
}

@ObjectType({ description: "What of a client's writes was passed over." })
export class PassedOver {
  @Field(() => Int, { description: "How many parts, in the last 24 hours." })
  count: number;

  @Field(() => [PassedOverField], { description: "The last 100 within a month, the last first." })
  last: NoticeView[];
}

@ObjectType({ description: "A request of a client that was refused: one for each field that was wrong." })
export class SyncRefusal extends SyncNotice {
  @Field(() => String, { description: "The code of the refusal." })
  code: string;

  @Field(() => String, { nullable: true, description: "The field that was wrong; null where it was none." })
  field: string | null;

  @Field(() => String, { description: "What was wrong with it." })
  message: string;
}

@ObjectType({
  description: "A client on a calendar, as its access token is called. Counts are of the last 24 hours.",
})
export class SyncClient {
  @Field(() => ID, { description: "The token's id." })
  tokenId: string;

  @Field(() => String, { description: "The token's name, such as BrightSync." })
  name: string;

  @Field(() => Boolean, {
    description: "Whether its token has expired or was revoked, or its user is disabled.",
  })
  ended: boolean;

  @Field(() => Boolean, { description: "Whether it was last heard through a subscription." })
  live: boolean;

  @Field(() => DateTime, { description: "When it last polled, was sent a change, or was refused." })
  heardAt: Instant;

  @Field(() => DateTime, { nullable: true, description: "When a poll of it was last answered." })
  polledAt: Instant | null;

  @Field(() => DateTime, { nullable: true, description: "Up to where the last answer covers the feed." })
  watermark: Instant | null;

  @Field(() => Int, { description: "How many changes it has not had yet, up to 1,000." })
  waiting: number;

  @Field(() => Int, { description: "How long the oldest of these has been waiting; 0 where it is in step." })
  behindSeconds: number;

  @Field(() => DateTime, { nullable: true, description: "When a request of it was last refused." })
  refusedAt: Instant | null;

  @Field(() => String, {
    nullable: true,
    description: "The code of that refusal; `hung_up`: it did not wait.",
  })
  refusedCode: string | null;

  @Field(() => Int, { description: "Polls." })
  polls: number;

  @Field(() => Int, { description: "Rows it was sent." })
  delivered: number;

  @Field(() => Int, { description: "Own changes that `excludeOwn` left out." })
  leftOut: number;

  @Field(() => Int, { description: "Polls that were answered with 304." })
  unchanged: number;

  @Field(() => Int, { description: "Requests that were refused, polls or not." })
  refused: number;
}

@ObjectType({ description: "Five minutes of a calendar." })
export class SyncActivity {
  @Field(() => DateTime, { description: "When they began." })
  startAt: Instant;

  @Field(() => Int, { description: "Polls of all clients." })
  polls: number;

  @Field(() => Int, { description: "Rows that were delivered." })
  delivered: number;

  @Field(() => Int, { description: "Own changes that were left out." })
  leftOut: number;

  @Field(() => Int, { description: "Polls that were answered with 304." })
  unchanged: number;

  @Field(() => Int, { description: "Requests that were refused." })
  refused: number;

  @Field(() => Int, { description: "Events whose latest change was then." })
  changes: number;
}

@ObjectType({ description: "The latest change of an event in a calendar, and who made it." })
export class LatestChange {
  constructor(private readonly change: LatestChangeView) {}

  @Field(() => ID, { description: "The event's id." })
  get id(): string {
    return this.change.view.id;
  }

  @Field(() => DateTime, { description: "The tick of the change." })
  get changedAt(): Instant {
    return this.change.view.lastModifiedAt;
  }

  @Field(() => Event, {
    nullable: true,
    description: "The event; null where the calendar no longer holds it.",
  })
  get event(): EventView | null {
    return this.change.view instanceof EventView ? this.change.view : null;
  }

  @Field(() => RemovalReason, { nullable: true, description: "Why it is gone." })
  get reason(): string | null {
    return this.change.view instanceof RemovedView ? this.change.view.reason : null;
  }

  @Field(() => String, {
    nullable: true,
    description: "The client that changed it; null for a program that writes SQL.",
  })
  get client(): string | null {
    return this.change.by?.client ?? null;
  }

  get userId(): string | null {
    return this.change.by?.userId ?? null;
  }
}

@ObjectType({ description: "The end of a calendar's feed." })
export class LatestChangePage {
  @Field(() => [LatestChange], { description: "The changes, newest first." })
  @Extensions(ROWS_OF_PAGE)
  records: LatestChange[];

  @Field(() => Boolean, { description: "Whether there are older ones." })
  hasMore: boolean;
}
