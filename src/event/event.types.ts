// What the event queries answer, beyond the event itself: connections, changes, removed events.
import { Extensions, Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { Event } from "../entities/event";
import { ROWS_OF_PAGE } from "../values/pages";
import { DateTime } from "../values/scalars";
import type { Instant } from "../values/instants";
import { encodeCursor } from "./cursor";
import type { ListedFeed } from "./feed";
import { EventView, type RemovalReason as Reason, RemovedView } from "./projection";
import { EventOrder, positionOf } from "./search";
import { PageInfo, pageInfoOf } from "../values/page-info";

registerEnumType(EventOrder, {
  name: "EventOrder",
  description: "The order of a list of events.",
  valuesConfig: {
    START: { description: "By start, then id; earliest first." },
    LAST_CHANGE: { description: "By last change; newest first." },
  },
});

export enum RemovalReason {
  deleted = "deleted",
  left = "left",
}
registerEnumType(RemovalReason, {
  name: "RemovalReason",
  description: "Why a calendar no longer holds an event.",
  valuesConfig: {
    deleted: { description: "The event was deleted for everyone." },
    left: { description: "The event goes on without this calendar's user." },
  },
});

@ObjectType({ description: "An event, with its place in the list." })
export class EventEdge {
  @Field(() => Event, { description: "The event." })
  readonly node: EventView;

  constructor(
    node: EventView,
    private readonly order: EventOrder,
  ) {
    this.node = node;
  }

  @Field(() => String, { description: "Its place, for `after` and `before`." })
  get cursor(): string {
    return encodeCursor(positionOf(this.node, this.order), this.order);
  }
}

@ObjectType({ description: "A page of events." })
export class EventConnection {
  constructor(
    readonly views: EventView[],
    private readonly order: EventOrder,
    private readonly more: { next: boolean; previous: boolean },
    watermark: Instant | null,
    private readonly count: () => Promise<number>,
  ) {
    this.watermark = watermark;
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      "The calendar's clock from before the page was read. Of the first page: whoever has read the list to its end goes on from it, as the `since` of `changes`. Null where more than one calendar is listed.",
  })
  readonly watermark: Instant | null;

  /** What the rows of its events come to. */
  bytes = 0;

  @Field(() => [EventEdge], { description: "The events." })
  @Extensions(ROWS_OF_PAGE)
  get edges(): EventEdge[] {
    return this.views.map((view) => new EventEdge(view, this.order));
  }

  @Field(() => PageInfo, { description: "Where this page stands." })
  get pageInfo(): PageInfo {
    const cursor = (view: EventView | undefined): string | undefined =>
      view && encodeCursor(positionOf(view, this.order), this.order);
    return pageInfoOf(this.more, cursor(this.views[0]), cursor(this.views.at(-1)));
  }

  @Field(() => Int, { description: "How many events match in all; counted only where asked for." })
  totalCount(): Promise<number> {
    return this.count();
  }
}

@ObjectType({ description: "A removed entry: the calendar no longer holds the event." })
export class DeletedEvent {
  @Field(() => ID, { description: "The event's id." })
  id: string;

  @Field(() => Boolean, { description: "Always true." })
  deleted: boolean;

  @Field(() => RemovalReason, { description: "Why it is gone." })
  reason: Reason;

  @Field(() => DateTime, { description: "When it went." })
  deletedAt: Instant;

  @Field(() => DateTime, { description: "The tick of its removal: what `since` is compared with." })
  lastModifiedAt: Instant;
}

@ObjectType({
  description: "A row of a calendar's feed: an event as it is now, or the word that it is gone.",
})
export class EventChange {
  constructor(
    private readonly view: EventView | RemovedView,
    /** Null for a row of a page. */
    private readonly covered: Instant | null,
  ) {}

  @Field(() => ID, { description: "The event's id." })
  get id(): string {
    return this.view.id;
  }

  @Field(() => Event, { nullable: true, description: "The event; null where it is gone." })
  get event(): EventView | null {
    return this.view instanceof EventView ? this.view : null;
  }

  @Field(() => Boolean, { description: "Whether the calendar no longer holds it." })
  get deleted(): boolean {
    return this.view.deleted;
  }

  @Field(() => RemovalReason, { nullable: true, description: "Why it is gone." })
  get reason(): Reason | null {
    return this.view instanceof RemovedView ? this.view.reason : null;
  }

  @Field(() => DateTime, { nullable: true, description: "When it went." })
  get deletedAt(): Instant | null {
    return this.view instanceof RemovedView ? this.view.deletedAt : null;
  }

  @Field(() => DateTime, { description: "The tick of this version." })
  get lastModifiedAt(): Instant {
    return this.view.lastModifiedAt;
  }

  @Field(() => DateTime, {
    nullable: true,
    description:
      "Of a subscription's row: send it as `since` to go on from here. Null in a page, which has an `endCursor`.",
  })
  get watermark(): Instant | null {
    return this.covered;
  }
}

/** Where a page of a feed stands. */
@ObjectType()
abstract class Covering {
  constructor(readonly listed: ListedFeed) {}

  @Field(() => String, {
    description: "Send it as `after`, with the same arguments, for the page that follows.",
  })
  get endCursor(): string {
    return this.listed.endCursor();
  }

  @Field(() => Boolean, { description: "Whether more follows already." })
  get hasMore(): boolean {
    return this.listed.page.hasMore;
  }

  @Field(() => DateTime, {
    nullable: true,
    description: "Of the last page: all up to here is covered, send it as `since` next time. Null before it.",
  })
  get watermark(): Instant | null {
    const { hasMore, watermark } = this.listed.page;
    return hasMore ? null : watermark;
  }
}

@ObjectType({ description: "What changed in a calendar." })
export class ChangePage extends Covering {
  @Field(() => [EventChange], { description: "The changes, oldest first." })
  @Extensions(ROWS_OF_PAGE)
  get records(): EventChange[] {
    return this.listed.page.views.map((view) => new EventChange(view, null));
  }
}

@ObjectType({ description: "What a calendar no longer holds." })
export class DeletedEventPage extends Covering {
  @Field(() => [DeletedEvent], { description: "The removed entries, oldest first." })
  @Extensions(ROWS_OF_PAGE)
  get records(): (EventView | RemovedView)[] {
    return this.listed.page.views;
  }
}
