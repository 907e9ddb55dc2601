// Following the timeline of a record: what changed since, then whatever comes. Where it stands is an instant before which
// nothing is missing; what was told already of what came later is remembered, and not told again.
import { setTimeout as sleep } from "node:timers/promises";
import { requireScope } from "../context";
import type { RecordType } from "../entities/record";
import { notFound, syncTokenExpired } from "../errors";
import { EventChange } from "../event/event.types";
import {
  readLostFloor,
  readTimelineChanges,
  type TimelineChange,
  type TimelineChanges,
} from "../event/timeline-changes";
import { recordsById } from "../records/records";
import { EPOCH, type GivenTime, type Instant } from "../values/instants";
import { readSince } from "../values/interval";
import { requireId } from "../values/rules";
import { attempt } from "./attempt";
import type { LiveContext } from "./live-context";
import type { Subscriber } from "./subscriber";

const PAGE = 50;
/** Whatever is written in an organisation wakes those who follow a record of it: they look so often at most. */
const LOOK_EVERY_MS = 250;

interface Wish {
  type: RecordType;
  id: string;
  since?: GivenTime | null;
}

/**
 * Every change of the record's timeline after `since`, or after now, at least once, until the signal of the context.
 * Refuses a record that is not there (`not_found`), and a `since` of before the retention period (`syncToken.expired`).
 */
export async function followTimeline(
  ctx: LiveContext,
  { type, id, since }: Wish,
): Promise<AsyncGenerator<EventChange>> {
  requireScope(ctx, "read");
  const wanted = requireId(id, "id");
  const record = (await recordsById(ctx, [wanted])).get(wanted);
  if (record?.type !== type) throw notFound("This record");
  const from = readSince(since);
  if (from !== null && from > EPOCH) {
    const floor = await readLostFloor(ctx, ctx.hub.retentionDays);
    if (from < floor) throw syncTokenExpired(floor);
  }
  return changesOf(ctx, new Timeline(record.id, from));
}

/** What is known of a timeline that somebody follows. */
class Timeline {
  /** By event, the tick of what was told, or need not be, and is later than `from`. */
  private readonly told = new Map<string, Instant>();
  /** Nothing before it is missing. */
  from: Instant;

  constructor(
    readonly recordId: string,
    since: Instant | null,
  ) {
    this.from = since ?? EPOCH;
    this.isFromNow = since === null;
  }

  /** What there is as it begins is not told. */
  readonly isFromNow: boolean;

  /** Of what comes before `complete`, nothing need be remembered: it is not read again. */
  isNews({ view: { id }, tick }: TimelineChange, complete: Instant): boolean {
    // The ticks of an event only rise.
    if (tick <= (this.told.get(id) ?? EPOCH)) return false;
    if (tick >= complete) this.told.set(id, tick);
    return true;
  }

  completeTo(instant: Instant): void {
    if (instant > this.from) this.from = instant;
    for (const [id, tick] of this.told) if (tick < this.from) this.told.delete(id);
  }
}

async function* changesOf(ctx: LiveContext, timeline: Timeline): AsyncGenerator<EventChange> {
  const { hub, caller, signal } = ctx;
  if (signal.aborted) return;
  const subscriber = hub.join(caller, null);
  const end = (): void => subscriber.end();
  signal.addEventListener("abort", end);
  try {
    if (timeline.isFromNow) await passOver(ctx, timeline, subscriber);
    // What changed while it began, or is asked for, is read at once.
    subscriber.wake();
    while (await subscriber.waitForNews()) {
      yield* newsOf(ctx, timeline, subscriber);
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    signal.removeEventListener("abort", end);
    hub.leave(subscriber);
  }
}

/** What changed lately, before anybody listened, is known. */
async function passOver(ctx: LiveContext, timeline: Timeline, subscriber: Subscriber): Promise<void> {
  let start: TimelineChanges | null = null;
  while (!start) {
    start = await read(ctx, timeline, subscriber, { at: LATEST, id: "0" });
    if (!start && !(await subscriber.waitForNews())) return;
  }
  timeline.from = start.complete;
  for await (const { changes, complete } of pages(ctx, timeline, subscriber))
    for (const change of changes) timeline.isNews(change, complete);
}

async function* newsOf(
  ctx: LiveContext,
  timeline: Timeline,
  subscriber: Subscriber,
): AsyncGenerator<EventChange> {
  for await (const { changes, complete } of pages(ctx, timeline, subscriber)) {
    for (const change of changes) {
      if (!subscriber.goesOn()) return;
      if (!timeline.isNews(change, complete)) continue;
      yield new EventChange(change.view, change.tick < complete ? change.tick : complete);
      ctx.held.become(0);
    }
    ctx.hub.delivered(subscriber, changes.length);
    ctx.renew();
  }
}

/** What there is from where the timeline stands, to the end; each page says how far the first was complete. */
async function* pages(
  ctx: LiveContext,
  timeline: Timeline,
  subscriber: Subscriber,
): AsyncGenerator<TimelineChanges> {
  let place: TimelineChanges["next"] = { at: timeline.from, id: "0" };
  let complete: Instant | null = null;
  while (place !== null && subscriber.goesOn()) {
    const page: TimelineChanges | null = await read(ctx, timeline, subscriber, place);
    if (!page) return;
    complete ??= page.complete;
    ctx.stream.hold(page.bytes);
    yield { ...page, complete };
    place = page.next;
    timeline.completeTo(place && place.at < complete ? place.at : complete);
  }
}

const read = (
  ctx: LiveContext,
  { recordId }: Timeline,
  subscriber: Subscriber,
  after: { at: Instant; id: string },
): Promise<TimelineChanges | null> =>
  attempt(ctx, subscriber, (bytes) =>
    ctx.hub.inTurn(ctx.caller, () =>
      readTimelineChanges(ctx, recordId, { after, rows: PAGE, bytes, held: ctx.stream }),
    ),
  );

/** After all that there can be: such a reading only says how far it is complete. */
const LATEST = "9999-12-31T00:00:00.000Z";
