// A sync client that polls one calendar, of one of the three kinds for which a poll is complete (migrations/README.md, "What the feed promises"). After each
// poll, whatever had been acknowledged before it began must be in its mirror.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";
import { readFeed, type Feed } from "./feed";
import { Mirror } from "./mirror";
import { SQL, UNSURE, type Ack, type Model } from "./model";
import type { Door } from "./plan";
import { CUTS } from "./proxy";
import type { Random } from "../support/random";
import type { Person } from "./stage";
import type { Row } from "./wire";

/** What a client returns as `since`: our watermark, the largest tick it saw, or its own clock before its last request. */
export type Kind = 1 | 2 | 3;

interface Cursor {
  since: string | null;
  largest: string | null;
}

export interface PollerWish {
  name: string;
  kind: Kind;
  /** Two feeds with a cursor each, or one feed of both kinds of rows. */
  separate: boolean;
  door: Door;
  excludeOwn: boolean;
  /** It reads in pages of so many rows at most; null: sometimes in pages, sometimes whole. */
  pageMost: number | null;
  /** Shows its rows to the model. */
  inspects: boolean;
  /** A standby answers it, which has what was acknowledged a while later. */
  mayLag: boolean;
}

/** An event that is written to all the time may slip from poll to poll, but not so often. */
const ROUNDS_OF_GRACE = 8;
/** A standby that is further behind answers nobody (src/database/standby.ts); and time for the poll itself. */
const LAG_MS = 30_000 + 10_000;

const ONE = `query ($id: ID!, $seen: DateTime) {
  event(id: $id, maxStalenessSeconds: 30, seen: $seen) { id lastModifiedAt } }`;

export class Poller {
  readonly mirror = new Mirror();
  rounds = 0;
  readonly seen = new Set<string>();
  /** With excludeOwn: what was delivered, to be judged when all that was written is known. */
  readonly delivered: { id: string; since: string; tick: string; deleted: boolean }[] = [];
  private readonly cursors = new Map<Feed, Cursor>();
  private checked = 0;
  private late: { ack: Ack; rounds: number; since: number }[] = [];

  constructor(
    readonly wish: PollerWish,
    readonly person: Person,
    private readonly client: Client,
    private readonly model: Model,
    private readonly random: Random,
  ) {}

  /** One poll of each of its feeds. */
  async round(): Promise<void> {
    const acks = this.model.acks.get(this.person.id) ?? [];
    const known = acks.length;
    const began = performance.now();
    const feeds: Feed[] = this.wish.separate ? ["live", "removed"] : ["both"];
    for (const feed of feeds) await this.poll(feed);
    this.check(acks.slice(this.checked, known), began);
    this.checked = known;
    this.rounds++;
    if (this.wish.mayLag) await this.readOne();
  }

  /** Polls until told to stop. */
  async run(stopped: () => boolean, pauseMs: number): Promise<void> {
    while (!stopped()) {
      await this.round();
      await sleep(pauseMs * (0.5 + this.random.next()));
    }
  }

  private async poll(feed: Feed): Promise<void> {
    const cursor = this.cursors.get(feed) ?? { since: null, largest: null };
    const { kind, door, excludeOwn } = this.wish;
    const ownClock = new Date().toISOString();
    const { random } = this;
    const { pageMost } = this.wish;
    const limit = pageMost !== null || random.chance(0.3) ? 1 + random.below(pageMost ?? 60) : null;
    const fate = random.chance(0.02) ? random.pick(CUTS) : "arrives";
    const asked = { feed, since: cursor.since, ours: kind === 1, excludeOwn, limit };
    const { rows, watermark } = await readFeed(this.client, asked, { door, instance: random.below(2), fate });
    for (const row of rows) this.take(row, cursor.since ?? "");
    const largest = rows.at(-1)?.lastModifiedAt ?? cursor.largest;
    this.cursors.set(feed, { largest, since: { 1: watermark, 2: largest, 3: ownClock }[kind] });
  }

  /** An event by its id, which the standby may answer, too, is no older than what the feed has brought. */
  private async readOne(): Promise<void> {
    const live = [...this.mirror.entries].filter(([, { deleted }]) => !deleted);
    if (live.length === 0) return;
    const [id, { tick }] = this.random.pick(live);
    const seen = this.cursors.get("both")?.since;
    const { event } = await this.client.ask(ONE, { id, seen });
    if (event !== null && event.lastModifiedAt < tick)
      this.client.reach.findings.fault(
        "feedFaults",
        `${this.wish.name}: event ${id} of ${event.lastModifiedAt} by its id, ${tick} by the feed up to ${seen}`,
      );
  }

  private take(row: Row, since: string): void {
    const { findings } = this.client.reach;
    const tick = row.lastModifiedAt;
    this.seen.add(`${row.id}@${tick}`);
    if (this.wish.excludeOwn) this.delivered.push({ id: row.id, since, tick, deleted: row.deleted });
    const arrival = this.mirror.take(row);
    if (arrival === "again" && this.wish.kind !== 3)
      findings.fault("deliveredTwice", `${this.wish.name}: event ${row.id} of ${tick}, again since ${since}`);
    if (arrival === "stale")
      findings.fault(
        "feedFaults",
        `${this.wish.name}: event ${row.id} of ${tick} after a later version of it`,
      );
    if (since !== "" && tick <= since)
      findings.fault("deliveredTwice", `${this.wish.name}: event ${row.id} of ${tick}, asked since ${since}`);
    if (!this.wish.inspects || row.deleted || arrival !== "news") return;
    this.model.observe(row, `seen by ${this.wish.name}`);
    if (row.ownerId === null)
      findings.fault(
        "textsLeaked",
        `${this.wish.name}: the mask of event ${row.id} in a feed of a participant`,
      );
  }

  private check(acks: readonly Ack[], began: number): void {
    const open = [...this.late, ...acks.map((ack) => ({ ack, rounds: 0, since: began }))];
    this.late = [];
    for (const { ack, rounds, since } of open) {
      if (this.holds(ack)) continue;
      if (this.wish.mayLag && began - since < LAG_MS) this.late.push({ ack, rounds: 0, since });
      else if (rounds < ROUNDS_OF_GRACE && this.mayBeLate(ack, began))
        this.late.push({ ack, rounds: rounds + 1, since });
      else this.miss(ack);
    }
  }

  /**
   * A version that was overtaken while the poll ran comes with a later one: the newer version is beyond the
   * watermark, or (with two cursors) the event was lost after the one request and regained before the other.
   */
  private mayBeLate({ id, tick }: Ack, began: number): boolean {
    const known = this.model.events.get(id);
    return tick !== null && (!known || this.wish.separate || this.model.movedSince(known, began));
  }

  private holds({ id, tick, author }: Ack): boolean {
    if (this.wish.excludeOwn && (author === this.client.token || author === UNSURE)) return true;
    const entry = this.mirror.entries.get(id);
    // Whoever left by the same token knows that it is gone, and hears nothing more.
    const left = this.wish.excludeOwn && this.model.events.get(id)?.unsure.has(this.client.token);
    if (tick === null) return left === true || entry?.deleted !== false;
    return entry !== undefined && entry.tick >= tick;
  }

  private miss({ id, tick, author }: Ack): void {
    const held = this.mirror.entries.get(id);
    const version = tick ?? "its deletion";
    const has = held ? `${held.tick}${held.deleted ? ", removed" : ""}` : "nothing";
    this.client.reach.findings.fault(
      this.wish.excludeOwn ? "foreignHidden" : "missed",
      `${this.wish.name}: event ${id}, ${version} (${author === SQL ? "plain SQL" : "service"}) was acknowledged before the poll, which left it with ${has}; cursors ${JSON.stringify([...this.cursors.values()])}`,
    );
  }
}
