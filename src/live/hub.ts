// The hub of an instance: who follows which calendar, woken by hints (src/database/hints.ts) and by a slow look that
// misses nothing (src/live/look.ts). It carries no changes: each subscriber reads the feed, from where it stands.
import type { CalendarRef } from "../context";
import type { Caller } from "../entities/caller";
import type { Database } from "../database/database";
import { calendarKey } from "../database/hints";
import type { FeedPage } from "../event/feed";
import type { Log } from "../telemetry/log";
import type { PollLog } from "../sync-log/poll-log";
import { counts } from "../telemetry/counts";
import { Channel } from "./channel";
import { Look } from "./look";
import { Subscriber } from "./subscriber";
import { Turns } from "../turns/turns";

const LOOK_EVERY_MS = 2_000;
/** Readings at a time, so that waking everybody leaves connections to the requests. */
const READINGS = 4;
const SAY_EVERY_MS = 60_000;

export class Hub {
  private readonly channels = new Map<string, Channel>();
  private readonly look: Look;
  private readonly turns = new Turns(READINGS);
  private timer: NodeJS.Timeout | undefined;
  private saidAt = 0;
  private listening = false;
  private failing = false;
  private closed = false;

  constructor(
    private readonly db: Database,
    private readonly log: Log,
    private readonly polls: PollLog,
  ) {
    this.look = new Look(db.pool, this.channels);
  }

  /** Somebody follows a calendar, until `leave`. */
  join(caller: Caller, calendar: CalendarRef): Subscriber {
    const subscriber = new Subscriber(caller, calendar);
    if (this.closed) subscriber.end();
    const key = calendarKey(caller.organisationId, calendar.userId);
    let channel = this.channels.get(key);
    if (!channel) {
      channel = new Channel(caller.organisationId, calendar.id);
      this.channels.set(key, channel);
    }
    channel.subscribers.add(subscriber);
    this.look.forget();
    this.watch();
    return subscriber;
  }

  leave(subscriber: Subscriber): void {
    const key = calendarKey(subscriber.caller.organisationId, subscriber.calendar.userId);
    const channel = this.channels.get(key);
    channel?.subscribers.delete(subscriber);
    if (channel?.subscribers.size === 0) this.channels.delete(key);
    this.look.forget();
  }

  /** A page of the feed from where a subscriber stands; shared by those who stand at the same place. */
  read(
    { caller, calendar, covered, began, within }: Subscriber,
    readPage: () => Promise<FeedPage>,
  ): Promise<FeedPage> {
    const inTurn = (): Promise<FeedPage> => this.turns.take(readPage);
    const channel = this.channels.get(calendarKey(caller.organisationId, calendar.userId));
    return channel ? channel.read(`${covered} ${began ?? ""} ${within?.eventId ?? ""}`, inTurn) : inTurn();
  }

  /** How many subscriptions there are. */
  get size(): number {
    let size = 0;
    for (const { subscribers } of this.channels.values()) size += subscribers.size;
    return size;
  }

  /** A subscriber has taken so many rows, and stands where it says. */
  delivered({ caller, calendar, covered }: Subscriber, rows: number): void {
    counts.delivered += rows;
    const poll = { watermark: covered, rows, leftOut: 0 };
    this.polls.note({ caller, calendarId: calendar.id, poll, code: null, live: true });
  }

  /** Ends every subscription. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const { subscribers } of this.channels.values()) for (const one of subscribers) one.end();
  }

  private watch(): void {
    if (!this.listening) {
      this.listening = true;
      this.db.hints.listen((keys) => {
        for (const key of keys) this.channels.get(key)?.wake();
      });
    }
    if (this.closed) return;
    this.timer ??= setTimeout(() => void this.lookAgain(), LOOK_EVERY_MS).unref();
  }

  /** Whoever follows a quiet calendar is heard all the same. */
  private sayWhoFollows(): void {
    if (performance.now() - this.saidAt < SAY_EVERY_MS) return;
    this.saidAt = performance.now();
    for (const { subscribers } of this.channels.values()) {
      for (const subscriber of subscribers) this.delivered(subscriber, 0);
    }
  }

  private async lookAgain(): Promise<void> {
    try {
      await this.look.take();
      this.sayWhoFollows();
      this.failing = false;
    } catch (error) {
      if (!this.failing)
        this.log.warn({ err: error }, "live: the look at the clocks failed; it is tried again");
      this.failing = true;
    }
    this.timer = undefined;
    if (this.channels.size > 0) this.watch();
  }
}
