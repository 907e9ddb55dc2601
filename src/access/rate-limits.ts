// How much an access token may ask: a bucket of so many requests that fills in a minute. Every instance counts in its own
// memory, so that a request costs some arithmetic, and settles with the others through the database
// (migrations/functions/limits.sql) each time a token has used a sixteenth of its limit: n instances together allow
// the limit and at most n sixteenths.
import { setTimeout as sleep } from "node:timers/promises";
import type { Caller } from "../entities/caller";
import { columns, number, selectRows, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { rateLimited } from "../errors";
import type { Log } from "../telemetry/log";
import { counts } from "../telemetry/counts";
import { Trouble } from "../telemetry/trouble";

const WINDOW_MS = 60_000;
/** An answer that says only that nothing is new costs a twentieth of a request. */
const SPARED = 0.95;
const SETTLED_PARTS = 16;
const SETTLE_EVERY_MS = 50;
const SWEEP_FROM = 10_000;

/** Whatever takes header fields: an answer, or nothing where there is none. */
export interface Fields {
  setHeader(name: string, value: string): unknown;
}

interface Bucket {
  organisationId: string;
  tokenId: string;
  level: number;
  /** performance.now() when `level` held. */
  at: number;
  unsettled: number;
}

const SETTLED = columns({ tokenId: text("token_id"), level: number("level") });
const SETTLE = `select ${SETTLED.list} from settle_rate_buckets($1, $2, $3, $4)`;

export class RateLimits {
  private readonly buckets = new Map<string, Bucket>();
  private readonly due = new Set<Bucket>();
  private readonly perMs: number;
  private readonly policy: string;
  private settling = false;
  private readonly trouble: Trouble;
  private closed = false;
  private sweepAt = SWEEP_FROM;

  /** `size` is the limit a minute; 0 sets none. */
  constructor(
    private readonly pool: Queryable,
    private readonly size: number,
    log: Log,
  ) {
    this.trouble = new Trouble(log, "the rate limit is not shared right now; it is tried again");
    this.perMs = size / WINDOW_MS;
    this.policy = `"token";q=${size};w=${WINDOW_MS / 1_000}`;
  }

  /** Counts one request and says in its answer what is left. Refuses with `rate_limited`. */
  take({ tokenId, organisationId }: Caller, fields?: Fields): void {
    if (this.size === 0 || tokenId === null) return;
    const now = performance.now();
    const bucket = this.buckets.get(tokenId) ?? this.open(organisationId, tokenId, now);
    this.fill(bucket, now);
    const allowed = bucket.level >= 1;
    if (allowed) this.use(bucket, 1);
    if (fields) {
      const left = Math.max(0, Math.floor(bucket.level));
      const full = Math.ceil((this.size - bucket.level) / this.perMs / 1_000);
      fields.setHeader("RateLimit-Policy", this.policy);
      fields.setHeader("RateLimit", `"token";r=${left};t=${full}`);
    }
    if (allowed) return;
    counts.limited.token++;
    throw rateLimited("This access token", (1 - bucket.level) / this.perMs);
  }

  /** The request that was counted turned out to cost next to nothing. */
  spare({ tokenId }: Caller): void {
    const bucket = tokenId === null ? undefined : this.buckets.get(tokenId);
    if (bucket) this.use(bucket, -SPARED);
  }

  /** What the caller did counts as this share of what a token may ask in a minute: so much longer it waits afterwards. */
  spend({ tokenId, organisationId }: Caller, share: number): void {
    if (this.size === 0 || tokenId === null) return;
    const now = performance.now();
    const bucket = this.buckets.get(tokenId) ?? this.open(organisationId, tokenId, now);
    this.fill(bucket, now);
    this.use(bucket, share * this.size);
  }

  close(): void {
    this.closed = true;
  }

  private fill(bucket: Bucket, now: number): void {
    bucket.level = Math.min(this.size, bucket.level + (now - bucket.at) * this.perMs);
    bucket.at = now;
  }

  private use(bucket: Bucket, requests: number): void {
    bucket.level -= requests;
    bucket.unsettled += requests;
    if (bucket.unsettled * SETTLED_PARTS < this.size) return;
    this.due.add(bucket);
    if (!this.settling) void this.settleAll();
  }

  private open(organisationId: string, tokenId: string, now: number): Bucket {
    if (this.buckets.size >= this.sweepAt) this.sweep(now);
    const bucket = { organisationId, tokenId, level: this.size, at: now, unsettled: 0 };
    this.buckets.set(tokenId, bucket);
    return bucket;
  }

  /** Forgets the buckets that have filled since: one made anew is as full. */
  private sweep(now: number): void {
    for (const [tokenId, bucket] of this.buckets) {
      if (now - bucket.at > WINDOW_MS && !this.due.has(bucket)) this.buckets.delete(tokenId);
    }
    this.sweepAt = Math.max(SWEEP_FROM, 2 * this.buckets.size);
  }

  /** Settles what is due, and what becomes due meanwhile, one statement after another. */
  private async settleAll(): Promise<void> {
    this.settling = true;
    while (this.due.size > 0 && !this.closed) {
      await this.settle([...this.due]);
      await sleep(SETTLE_EVERY_MS, undefined, { ref: false });
    }
    this.settling = false;
  }

  /** Without the database everybody has what this instance knows of; what was counted is settled later. */
  private async settle(buckets: readonly Bucket[]): Promise<void> {
    const used = buckets.map(({ unsettled }) => unsettled);
    this.due.clear();
    for (const bucket of buckets) bucket.unsettled = 0;
    try {
      const values = [this.size, buckets.map((b) => b.organisationId), buckets.map((b) => b.tokenId), used];
      const rows = await selectRows(this.pool, SETTLED, { text: SETTLE, values });
      const now = performance.now();
      for (const { tokenId, level } of rows) {
        const bucket = this.buckets.get(tokenId);
        if (bucket) Object.assign(bucket, { level: level - bucket.unsettled, at: now });
      }
      this.trouble.over();
    } catch (error) {
      buckets.forEach((bucket, index) => (bucket.unsettled += used[index] ?? 0));
      if (!this.closed) this.trouble.tell(error);
    }
  }
}
