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
import { Trouble } from "../telemetry/trouble";
import { Channel } from "./channel";
import { Look } from "./look";
import { Subscriber } from "./subscriber";
import { FairTurns } from "../turns/fair-turns";
import { rateLimited } from "../errors";

const LOOK_EVERY_MS = 2_000;
const SAY_EVERY_MS = 60_000;

/** Whoever follows something of a whole organisation hears of each of its calendars: `7/`, where a calendar is `7/12`. */
const organisationOf = (key: string): string => key.slice(0, key.indexOf("/") + 1);

const keyOf = ({ caller, calendar }: Subscriber): string =>
  calendar ? calendarKey(caller.organisationId, calendar.userId) : `${caller.organisationId}/`;

export class Hub {
  private readonly channels = new Map<string, Channel>();
  private readonly look: Look;
  private readonly trouble: Trouble;
  /**
   * Readings at a time, so that waking everybody leaves connections to the requests. No turn is everybody's: who has one may
   * have to wait for a connection of their share, and nobody else is to wait with them.
   */
  private readonly turns = new FairTurns({
    line: "subscriptions",
    organisation: 2,
    token: 1,
    waiting: Infinity, // Streams are counted.
    tooLong: () => rateLimited("This access token", 1_000),
  });
  private timer: NodeJS.Timeout | undefined;
  private saidAt = 0;
  private listening = false;
  private closed = false;

  constructor(
    private readonly db: Database,
    log: Log,
    private readonly polls: PollLog,
    /** So long it is known what went from somewhere. */
    readonly retentionDays: number,
  ) {
    this.trouble = new Trouble(log, "live: the look at the clocks failed; it is tried again");
    this.look = new Look(db.pool, this.channels);
  }

  /** Somebody follows a calendar, or (null) what changes in the organisation, until `leave`. */
  join(caller: Caller, calendar: CalendarRef | null): Subscriber {
    const subscriber = new Subscriber(caller, calendar);
    if (this.closed) subscriber.end();
    const key = keyOf(subscriber);
    let channel = this.channels.get(key);
    if (!channel) {
      channel = new Channel(caller.organisationId, calendar?.id ?? null);
      this.channels.set(key, channel);
    }
    channel.subscribers.add(subscriber);
    this.look.forget();
    this.watch();
    return subscriber;
  }

  leave(subscriber: Subscriber): void {
    const key = keyOf(subscriber);
    const channel = this.channels.get(key);
    channel?.subscribers.delete(subscriber);
    if (channel?.subscribers.size === 0) this.channels.delete(key);
    this.look.forget();
  }

  /** A page of the feed from where a subscriber stands; shared by those who stand at the same place. */
  read(subscriber: Subscriber, readPage: () => Promise<FeedPage>): Promise<FeedPage> {
    const { caller, covered, began, within } = subscriber;
    const inTurn = (): Promise<FeedPage> => this.inTurn(caller, readPage);
    const channel = this.channels.get(keyOf(subscriber));
    return channel ? channel.read(`${covered} ${began ?? ""} ${within?.eventId ?? ""}`, inTurn) : inTurn();
  }

  /** Reads when it is the caller's turn among those who follow something. */
  inTurn<Page>(caller: Caller, readPage: () => Promise<Page>): Promise<Page> {
    return this.turns.during(caller, readPage);
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
    if (!calendar) return;
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
        for (const one of new Set(keys.map(organisationOf))) this.channels.get(one)?.wake();
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
      this.trouble.over();
    } catch (error) {
      this.trouble.tell(error);
    }
    this.timer = undefined;
    if (this.channels.size > 0) this.watch();
  }
}
