// Following a calendar: its feed, page by page as the rows are taken, then whatever comes. Nothing is kept for a client
// that is slow: it stands where it last read.
import { requireScope, type CalendarRef } from "../context";
import { EventChange } from "../event/event.types";
import { readFeed, type FeedPage } from "../event/feed";
import type { FeedQuery } from "../event/feed-entries";
import { readSince } from "../values/interval";
import { requireCalendar } from "../people/calendars";
import { EPOCH, type GivenTime } from "../values/instants";
import { attempt } from "./attempt";
import type { LiveContext } from "./live-context";
import type { Subscriber } from "./subscriber";

const PAGE = 50;

interface Wish {
  calendarId?: string | null;
  since?: GivenTime | null;
}

/**
 * Every row of the calendar's feed after `since`, or after now, in tick order and at least once, until the signal of the
 * context. Refuses as the query `changes` does; throws `token.dead` when the caller's token dies meanwhile.
 */
export async function follow(
  ctx: LiveContext,
  { calendarId, since }: Wish,
): Promise<AsyncGenerator<EventChange>> {
  requireScope(ctx, "read");
  const calendar = await requireCalendar(ctx, calendarId);
  const from = readSince(since);
  if (from !== null && from > EPOCH) return changesAfter(ctx, calendar, { covered: from, began: null });
  const { organisationId } = ctx.caller;
  const { clock } = await ctx.db.barrier.peek({ organisationId, calendarId: calendar.id });
  const start = from === null ? { covered: clock, began: null } : { covered: EPOCH, began: clock };
  return changesAfter(ctx, calendar, start);
}

async function* changesAfter(
  ctx: LiveContext,
  calendar: CalendarRef,
  { covered, began }: Pick<Subscriber, "covered" | "began">,
): AsyncGenerator<EventChange> {
  const { hub, caller, signal } = ctx;
  if (signal.aborted) return;
  const subscriber = hub.join(caller, calendar);
  const end = (): void => subscriber.end();
  signal.addEventListener("abort", end);
  try {
    subscriber.covered = covered;
    subscriber.began = began;
    let more = true;
    while (more ? subscriber.goesOn() : await subscriber.waitForNews()) {
      const page = await readOn(ctx, calendar, subscriber);
      more = page?.hasMore ?? false;
      if (!page) continue;
      ctx.stream.hold(page.bytes);
      for (const change of inTicks(page, subscriber)) {
        yield change;
        // What was read for the answer to it has left with it.
        ctx.held.become(0);
      }
      subscriber.covered = page.watermark;
      subscriber.within = page.unfinished;
      if (page.watermark >= page.floor) subscriber.began = null;
      hub.delivered(subscriber, page.views.length);
      ctx.renew();
    }
  } finally {
    signal.removeEventListener("abort", end);
    hub.leave(subscriber);
  }
}

/** The next page; null where it cannot be read now, which is tried again after a while. */
function readOn(ctx: LiveContext, calendar: CalendarRef, subscriber: Subscriber): Promise<FeedPage | null> {
  const { covered: after, began, within } = subscriber;
  const query: FeedQuery = { kind: "both", since: began === null ? after : null };
  const place = began === null && !within ? undefined : { after, began: began ?? after, within };
  const key = { organisationId: ctx.caller.organisationId, calendarId: calendar.id };
  return attempt(ctx, subscriber, (bytes) =>
    ctx.hub.read(subscriber, async () => {
      // A subscription stands at a watermark of ours, which no writer in flight can have passed: it need not wait.
      const reading = await ctx.db.barrier.peek(key);
      return readFeed(ctx, calendar, query, { limit: PAGE, bytes, reading, place, held: ctx.stream });
    }),
  );
}

/**
 * The rows of a page, each with a watermark to resume from: a tick counts as covered with its last row, and what follows it
 * up to the page's own watermark with the page's. Before the floor there is no resuming but from nothing.
 */
function* inTicks({ views, watermark, floor }: FeedPage, subscriber: Subscriber): Generator<EventChange> {
  let { covered } = subscriber;
  for (const [index, view] of views.entries()) {
    if (!subscriber.goesOn()) return;
    const next = views[index + 1];
    if (!next) covered = watermark;
    else if (next.lastModifiedAt !== view.lastModifiedAt) covered = view.lastModifiedAt;
    yield new EventChange(view, covered < floor ? EPOCH : covered);
  }
}
