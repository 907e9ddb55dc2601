// The deliveries of an instance. Every instance looks for cursors that are due, woken by hints and, for what sends none, every
// two seconds; a cursor is one delivery's at a time (leases.ts). Nothing is kept in memory of what waits: the feed has it.
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../database/database";
import { counts } from "../telemetry/counts";
import type { Log } from "../telemetry/log";
import { Trouble } from "../telemetry/trouble";
import { toMs, HOUR_MS, MINUTE_MS } from "../values/instants";
import * as leases from "./leases";
import type { Lease } from "./leases";
import * as outcomes from "./outcomes";
import { post, type Outcome } from "./post";
import { readNext } from "./reading";
import { setInternalHosts } from "./settings";

const MAX_DELIVERIES = 32;
/** Pages that one delivery may send on end, before others of the organisation have their turn. */
const MAX_PAGES = 20;
const LOOK_EVERY_MS = 2_000;
/** After a delivery ended, whose place another may have. */
const LOOK_SOON_MS = 50;
/** A look takes no more than such a part of the time. */
const LOOK_SHARE = 0.1;
/** Hints come one by one. */
const GATHER_MS = 20;
/** Of an organisation: more than it may have told at a time. */
const MAX_HINTS = 50;
const END_WITHIN_MS = 4_000;

/** After the first failure, the second, and so on; then the last of them again and again. */
const PAUSES_MS = [
  5_000,
  30_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  12 * HOUR_MS,
];
/** Up to so much longer, so that what failed together does not come back together. */
const JITTER = 0.15;

interface Delivery {
  lease: Lease;
  over: AbortController;
}

export class Dispatcher {
  private readonly deliveries = new Set<Delivery>();
  private readonly work = new Set<Promise<void>>();
  private readonly trouble: Trouble;
  /** Those whose hints matter. */
  private organisations = new Set<string>();
  /** By their organisation. */
  private readonly hinted = new Map<string, Set<string>>();
  private timer: NodeJS.Timeout | undefined;
  private hintTimer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private looking: Promise<void> | undefined;
  private lookEndedAt = 0;
  private lookMs = 0;
  /** A place was given back while a look was under way. */
  private isCrowded = false;
  private isListening = false;
  private isClosed = false;

  constructor(
    private readonly db: Database,
    log: Log,
    private readonly internalHosts: readonly string[],
  ) {
    setInternalHosts(db, internalHosts);
    this.trouble = new Trouble(log, "webhooks: what is due cannot be looked up or told; it is tried again");
    this.lookIn(LOOK_EVERY_MS / 4);
  }

  /** No new deliveries; those under way have a few seconds to end, and are given back otherwise. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.hintTimer);
    await this.looking;
    await Promise.race([Promise.all(this.work), sleep(END_WITHIN_MS, undefined, { ref: false })]);
    for (const { over } of this.deliveries) over.abort();
    await Promise.all(this.work);
  }

  /** Looks then, or earlier where that was said before. */
  private lookIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.isClosed || this.looking || at >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(() => {
      this.dueAt = Infinity;
      this.looking = this.look().finally(() => {
        this.looking = undefined;
        this.lookIn(LOOK_EVERY_MS);
        if (this.isCrowded) this.lookSoon();
      });
    }, ms).unref();
  }

  private lookSoon(): void {
    this.isCrowded = this.looking !== undefined;
    const rested = performance.now() - this.lookEndedAt;
    this.lookIn(Math.max(LOOK_SOON_MS, this.lookMs / LOOK_SHARE - rested));
  }

  private async look(): Promise<void> {
    const from = performance.now();
    this.isCrowded = false;
    try {
      const { pool } = this.db;
      this.organisations = await leases.organisationsWithWebhooks(pool);
      if (this.organisations.size > 0) this.listen();
      await this.endPaused();
      if (this.organisations.size > 0) this.begin(await leases.takeLeases(pool, this.wanted));
      this.trouble.over();
    } catch (error) {
      this.trouble.tell(error);
    }
    this.lookEndedAt = performance.now();
    this.lookMs = this.lookEndedAt - from;
  }

  private get wanted(): { most: number; busy: Lease[] } {
    return {
      most: MAX_DELIVERIES - this.deliveries.size,
      busy: [...this.deliveries].map(({ lease }) => lease),
    };
  }

  /** What is under way for a webhook that was paused, or whose user may no longer, is given up. */
  private async endPaused(): Promise<void> {
    if (this.deliveries.size === 0) return;
    const busy = [...this.deliveries];
    const on = await leases.stillOn(
      this.db.pool,
      busy.map(({ lease }) => lease),
    );
    const living = new Set(on.map(({ organisationId, webhookId }) => `${organisationId} ${webhookId}`));
    for (const { lease, over } of busy)
      if (!living.has(`${lease.organisationId} ${lease.webhookId}`)) over.abort();
  }

  private listen(): void {
    if (this.isListening) return;
    this.isListening = true;
    this.db.hints.listen((keys) => this.hear(keys));
  }

  private hear(keys: readonly string[]): void {
    if (this.isClosed) return;
    for (const key of keys) {
      const [organisationId = "", userId = ""] = key.split("/");
      if (!this.organisations.has(organisationId)) continue;
      const users = this.hinted.get(organisationId) ?? new Set();
      this.hinted.set(organisationId, users);
      if (users.size < MAX_HINTS) users.add(userId);
    }
    if (this.hinted.size > 0) {
      this.hintTimer ??= setTimeout(() => {
        this.hintTimer = undefined;
        this.track(this.lookAtHinted());
      }, GATHER_MS).unref();
    }
  }

  private async lookAtHinted(): Promise<void> {
    const calendars = [...this.hinted].flatMap(([organisationId, users]) =>
      [...users].map((userId) => ({ organisationId, userId })),
    );
    this.hinted.clear();
    const { most, busy } = this.wanted;
    if (most === 0 || this.isClosed) return; // Whoever ends looks for what is due.
    try {
      this.begin(await leases.takeLeases(this.db.pool, { most, busy, calendars }));
    } catch (error) {
      this.trouble.tell(error);
    }
  }

  private begin(taken: readonly Lease[]): void {
    for (const lease of taken) {
      const delivery = { lease, over: new AbortController() };
      this.deliveries.add(delivery);
      if (this.isClosed) delivery.over.abort();
      this.track(
        this.deliver(delivery).finally(() => {
          this.deliveries.delete(delivery);
          this.lookSoon();
        }),
      );
    }
  }

  private track(work: Promise<void>): void {
    this.work.add(work);
    void work.finally(() => this.work.delete(work));
  }

  /** Tells page after page, for as long as they are taken and there are more. Never throws. */
  private async deliver(delivery: Delivery): Promise<void> {
    try {
      for (let pages = 1; await this.deliverPage(delivery, pages < MAX_PAGES); pages++);
    } catch (error) {
      this.trouble.tell(error);
      await leases.giveBack(this.db.pool, delivery.lease).catch(() => undefined);
    }
  }

  /** Answers whether this delivery goes on. */
  private async deliverPage(delivery: Delivery, mayGoOn: boolean): Promise<boolean> {
    const { lease, over } = delivery;
    const { pool } = this.db;
    const next = await readNext(this.db, lease);
    const { page } = next;
    const goOn = async (moving: Promise<boolean>): Promise<boolean> => {
      const goesOn = await moving;
      delivery.lease = { ...lease, covered: next.watermark, run: next.run, attempts: 0 };
      if (goesOn && !mayGoOn) await leases.giveBack(pool, delivery.lease);
      return goesOn && mayGoOn;
    };
    if (page === null) return goOn(outcomes.moveOn(pool, lease, next));
    const heldAt = await leases.holdOn(pool, lease);
    if (heldAt === null) return false;
    const now = Math.floor(toMs(heldAt) / 1_000);
    const posting = { internalHosts: this.internalHosts, now, signal: over.signal };
    const outcome = over.signal.aborted ? null : await post(lease, page.letter, posting);
    if (outcome === null || (outcome.error !== null && over.signal.aborted)) {
      await leases.giveBack(pool, lease);
      return false;
    }
    const call = { page, outcome };
    if (outcome.error !== null) {
      counts.webhooks.failed++;
      await outcomes.failed(pool, lease, call, pauseAfter(lease, outcome));
      return false;
    }
    counts.webhooks.delivered++;
    counts.webhooks.rows += page.rows;
    return goOn(outcomes.taken(pool, lease, next, call));
  }
}

function pauseAfter({ attempts }: Lease, { retryAfterMs }: Outcome): number {
  const pause = retryAfterMs ?? PAUSES_MS[Math.min(attempts, PAUSES_MS.length - 1)] ?? 0;
  return Math.round(pause * (1 + Math.random() * JITTER));
}
