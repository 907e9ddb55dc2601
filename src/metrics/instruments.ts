/**
 * What /metrics measures, by the names in deploy/README.md, "Is it working?". Counters and gauges of the process are read where they are kept;
 * what only the database knows is in fleet-gauges.ts.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Database } from "../database/database";
import type { Standby } from "../database/standby";
import type { Hub } from "../live/hub";
import type { Log } from "../telemetry/log";
import { counts } from "../telemetry/counts";
import { gaugeFleet } from "./fleet-gauges";
import { FleetHealth } from "./fleet-health";
import type { Poll } from "../telemetry/tally";

interface Labels {
  door: string;
  route: string;
  method: string;
  status: number;
}

/** How often the event loop's lag is looked at, which counts as lag itself; looking is most of what an idle process does. */
const LOOP_LOOK_MS = 50;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class Instruments {
  private readonly duration: Histogram;
  private readonly feedPolls: Counter;
  private readonly feedRows: Counter;
  private readonly leftOut: Counter;
  private readonly known = new Map<string, { observe(seconds: number): void }>();

  constructor(
    private readonly register: Registry,
    { db, hub, log }: { db: Database; hub: Hub; log: Log },
  ) {
    const registers = [register];
    collectDefaultMetrics({ register, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
    this.duration = new Histogram({
      name: "tidemark_request_duration_seconds",
      help: "Requests at each door, by route and status; 499 is a client that hung up.",
      labelNames: ["door", "route", "method", "status"],
      buckets: SECONDS,
      registers,
    });
    this.feedPolls = new Counter({
      name: "tidemark_feed_polls_total",
      help: "Looks at a feed: with rows, with none, unchanged (304), or refused.",
      labelNames: ["result"],
      registers,
    });
    for (const result of ["rows", "none", "unchanged", "refused"]) this.feedPolls.inc({ result }, 0);
    let deliveredBefore = 0;
    const feedRows = "Rows of feeds that were delivered, by polls and subscriptions.";
    this.feedRows = new Counter({
      name: "tidemark_feed_rows_total",
      help: feedRows,
      labelNames: ["to"],
      registers,
      collect() {
        this.inc({ to: "subscriptions" }, counts.delivered - deliveredBefore);
        deliveredBefore = counts.delivered;
      },
    });
    this.feedRows.inc({ to: "polls" }, 0);
    this.leftOut = new Counter({
      name: "tidemark_feed_rows_left_out_total",
      help: "Clients' own changes that excludeOwn left out of polls.",
      registers,
    });
    this.countInside();
    this.gaugePool(db);
    this.gauge("subscriptions", "Subscriptions that are open.", () => hub.size);
    gaugeFleet(register, new FleetHealth(db.pool, log));
  }

  request({ door, route, method, status }: Labels, seconds: number): void {
    const key = `${door} ${route} ${method} ${status}`;
    let child = this.known.get(key);
    if (!child) this.known.set(key, (child = this.duration.labels(door, route, method, String(status))));
    child.observe(seconds);
  }

  poll({ rows, leftOut }: Poll, status: number, code: string | null): void {
    const result = code !== null ? "refused" : status === 304 ? "unchanged" : rows > 0 ? "rows" : "none";
    this.feedPolls.inc({ result });
    if (result === "rows") this.feedRows.inc({ to: "polls" }, rows);
    if (leftOut > 0) this.leftOut.inc(leftOut);
  }

  private countInside(): void {
    this.counter(
      "barrier_waits_total",
      "Lists that waited for writers in flight.",
      () => counts.barrierWaits,
    );
    this.counter("barrier_wait_seconds_total", "How long they did.", () => counts.barrierWaitSeconds);
    this.counter(
      "transaction_retries_total",
      "Transactions begun again after a deadlock or serialisation failure.",
      () => counts.retries,
    );
    this.counter("sweeps_total", "Rounds of the sweeper.", () => counts.sweeps);
    this.counter("sweep_failures_total", "Rounds of the sweeper that failed.", () => counts.failedSweeps);
    this.counter("swept_tombstones_total", "Tombstones that the sweeper buried.", () => counts.swept);
    this.countersBy(
      "limit",
      "rate_limited_total",
      "Refusals with 429, by what had its limit: a token, an address, the streams of a token, or its line.",
      () => counts.limited,
    );
    new Gauge({
      name: "tidemark_waiting",
      help: "Those who wait for a turn of their token or organisation, or for locks, by what they wait for.",
      labelNames: ["for"],
      registers: [this.register],
      collect() {
        for (const [line, waiting] of Object.entries(counts.waiting)) this.set({ for: line }, waiting);
      },
    });
    this.countTogether();
    this.countWebhooks();
    this.countSeries();
    this.gauge(
      "sweep_age_seconds",
      "Since the sweeper last had a round that did not fail.",
      () => (counts.sweptAt === null ? NaN : (performance.now() - counts.sweptAt) / 1_000),
      "min",
    );
  }

  private countSeries(): void {
    this.counter(
      "series_extended_total",
      "Series whose occurrences were made further ahead.",
      () => counts.seriesExtended,
    );
    this.counter(
      "series_failed_total",
      "Times that a series could not be extended.",
      () => counts.seriesFailed,
    );
  }

  private countTogether(): void {
    this.countersBy(
      "how",
      "writes_total",
      "Single writes that went together with others', or alone: big, what they needed was taken, their batch failed, or one before took long.",
      () => ({ together: counts.together.writes, ...counts.together.alone }),
    );
    this.countersBy(
      "size",
      "write_batches_total",
      "Transactions in which they went, by how many were in one, rounded down.",
      () => counts.together.batches,
    );
  }

  private countWebhooks(): void {
    this.countersBy(
      "result",
      "webhook_calls_total",
      "Calls of webhooks' receivers, by what came of them.",
      () => ({
        delivered: counts.webhooks.delivered,
        failed: counts.webhooks.failed,
      }),
    );
    this.counter("webhook_rows_total", "Rows that receivers have taken.", () => counts.webhooks.rows);
  }

  private gaugePool({ pool, standby }: Database): void {
    if (standby) this.tellStandby(standby);
    new Gauge({
      name: "tidemark_database_connections",
      help: "Connections of the pool, busy and idle.",
      labelNames: ["state"],
      registers: [this.register],
      collect() {
        this.set({ state: "idle" }, pool.idleCount);
        this.set({ state: "busy" }, pool.totalCount - pool.idleCount);
      },
    });
    this.gauge("database_waiting", "Requests that wait for a connection.", () => pool.waitingCount);
  }

  private tellStandby(standby: Standby): void {
    this.countersBy(
      "result",
      "standby_reads_total",
      "Reads that the standby has answered, and those that the primary has because it was down, too far behind, without what the caller had seen or asked for, or broke off.",
      () => counts.standby,
    );
    const { register } = this;
    new Gauge({
      name: "tidemark_standby_up",
      help: "Whether the standby answers reads.",
      aggregator: "min",
      registers: [register],
      collect() {
        this.set(Number(standby.state.trouble === null));
      },
    });
    new Gauge({
      name: "tidemark_standby_behind_seconds",
      help: "How far behind the primary the standby is at most; infinite where nobody knows.",
      aggregator: "max",
      registers: [register],
      collect() {
        this.set(standby.state.behindSeconds);
      },
    });
  }

  private counter(name: string, help: string, read: () => number): void {
    new Counter({
      name: `tidemark_${name}`,
      help,
      registers: [this.register],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  private countersBy(
    label: string,
    name: string,
    help: string,
    read: () => Readonly<Record<string, number>>,
  ): void {
    new Counter({
      name: `tidemark_${name}`,
      help,
      labelNames: [label],
      registers: [this.register],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.inc({ [label]: value }, count);
      },
    });
  }

  private gauge(name: string, help: string, read: () => number, aggregator: "sum" | "min" = "sum"): void {
    new Gauge({
      name: `tidemark_${name}`,
      help,
      aggregator,
      registers: [this.register],
      collect() {
        this.set(read());
      },
    });
  }
}
