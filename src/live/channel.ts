// A calendar that somebody of this instance follows, or a whole organisation, and who does.
import type { FeedPage } from "../event/feed";
import { EPOCH, type Instant } from "../values/instants";
import type { Subscriber } from "./subscriber";

export class Channel {
  readonly subscribers = new Set<Subscriber>();
  /** The clock, or the greatest, as the last look at it was answered. */
  clock: Instant = EPOCH;
  private wakes = 0;
  private readonly inProgress = new Map<string, Promise<FeedPage>>();

  constructor(
    readonly organisationId: string,
    /** Null: all of the organisation's. */
    readonly calendarId: string | null,
  ) {}

  /** A hint came: whoever follows the calendar reads on. */
  wake(): void {
    this.wakes++;
    for (const subscriber of this.subscribers) subscriber.wake();
  }

  /** Its clock stands here now: whoever has not read up to it reads on. */
  moved(clock: Instant): void {
    this.clock = clock;
    this.wakes++;
    for (const subscriber of this.subscribers) if (subscriber.covered < clock) subscriber.wake();
  }

  /**
   * Subscribers that stand at the same place share a reading in progress, unless it began before the last hint: it may
   * have missed what the hint was about.
   */
  read(place: string, readPage: () => Promise<FeedPage>): Promise<FeedPage> {
    const key = `${this.wakes} ${place}`;
    const known = this.inProgress.get(key);
    if (known) return known;
    const reading = readPage().finally(() => this.inProgress.delete(key));
    this.inProgress.set(key, reading);
    return reading;
  }
}
