// npm run bench:series: what a change of a whole series takes: a weekly one of a year with five guests, a daily one with twenty, and
// one that comes to nearly 10,000 entries, while a guest's calendar is listed. Medians of rounds, one request after another, and what
// the service and PostgreSQL had of a processor for each; then what working out a rule takes.
import { placesOf } from "../../src/series/places";
import { parseRule } from "../../src/series/rule-text";
import { Load } from "./load";
import { tokenOf, userId } from "./data";
import { cpuOf, cpuOfTree, describeMachine, loadAverage, usedSince } from "./machine";
import type { Request } from "./operations";
import { type Server, type Stage, startService, toTheEnd, withStage } from "./stage";

const ROUNDS = Number(process.argv[2] ?? 9);
const EVENTS = 100_000;
const SIZES = [
  { rrule: "FREQ=WEEKLY", guests: 5, goalMs: 60, listed: false },
  { rrule: "FREQ=DAILY", guests: 20, goalMs: 700, listed: false },
  { rrule: "FREQ=DAILY", guests: 26, goalMs: 800, listed: true },
];
const RULE_GOAL_MS = 1;
const HOUR_MS = 3_600_000;
/** Tomorrow, at nine. */
const FIRST = Math.ceil(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS + 9 * HOUR_MS;

interface Cost {
  ms: number;
  service: number;
  postgres: number;
}

const times = (at: number): object => ({
  startTime: new Date(at).toISOString(),
  endTime: new Date(at + HOUR_MS).toISOString(),
});

class Bench {
  readonly costs = new Map<string, Cost[]>();
  /** The longest that a list took while something was written. */
  longestListMs = 0;
  private readonly load: Load;
  private readonly lists: Load;

  constructor(
    private readonly stage: Stage,
    private readonly service: Server,
  ) {
    this.load = new Load(service.url, 1);
    this.lists = new Load(service.url, 1);
  }

  /** Lists a guest's week again and again for as long as the work goes on. */
  async listing<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const done = work.finally(() => (isOver = true));
    const [from, to] = [FIRST, FIRST + 7 * 24 * HOUR_MS].map((at) => new Date(at).toISOString());
    while (!isOver) {
      const began = performance.now();
      const reply = await this.lists.ask({
        method: "GET",
        path: `/api/v1/events?startAt=${from}&endAt=${to}`,
        headers: { authorization: `Bearer ${tokenOf(1)}` },
      });
      if (reply.status !== 200) throw new Error(`A list answered ${reply.status}: ${reply.body.toString()}`);
      this.longestListMs = Math.max(this.longestListMs, performance.now() - began);
    }
    return done;
  }

  /** The answer to a request, whose cost is kept under this name. */
  async ask(name: string, method: Request["method"], path: string, body?: object): Promise<string> {
    const before = [cpuOf(this.service.pid), cpuOfTree(this.stage.postmaster)] as const;
    const began = performance.now();
    const reply = await this.load.ask({
      method,
      path,
      headers: { authorization: `Bearer ${tokenOf(0)}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const ms = performance.now() - began;
    if (reply.status >= 300) throw new Error(`${name} answered ${reply.status}: ${reply.body.toString()}`);
    const cost = {
      ms,
      service: cpuOf(this.service.pid) - before[0],
      postgres: usedSince(before[1], cpuOfTree(this.stage.postmaster)),
    };
    this.costs.set(name, [...(this.costs.get(name) ?? []), cost]);
    return reply.body.toString();
  }

  /** A series, changed in every way, and deleted again. Answers how many occurrences it had. */
  async round(rrule: string, guests: number, number: number): Promise<number> {
    const attendees = Array.from({ length: guests }, (_, guest) => ({ userId: userId(1 + guest) }));
    const input = { subject: `Round ${number}`, timezone: "UTC", ...times(FIRST), attendees };
    const made = await this.ask("create", "POST", "/api/v1/series", { ...input, recurrence: { rrule } });
    const { id } = JSON.parse(made) as { id: string };
    const query = `{ series(id: ${id}) { occurrences(first: 1000) { edges { node { id } } } } }`;
    const { data } = JSON.parse(await this.ask("read it", "POST", "/graphql", { query })) as {
      data: { series: { occurrences: { edges: { node: { id: string } }[] } } };
    };
    const nodes = data.series.occurrences.edges.map(({ node }) => node);
    const [first, middle] = [nodes[0], nodes[Math.floor(nodes.length / 2)]];
    if (!first || !middle) throw new Error("A series has occurrences.");
    const all = `/api/v1/events/${first.id}?scope=all`;
    await this.ask("rename", "PATCH", all, { subject: `Renamed ${number}` });
    await this.ask("the same again", "PATCH", all, { subject: `Renamed ${number}` });
    await this.ask("move by an hour", "PATCH", all, times(FIRST + HOUR_MS));
    await this.ask("one more guest", "PATCH", all, {
      attendees: [...attendees, { userId: userId(1 + guests) }],
    });
    const following = `/api/v1/events/${middle.id}?scope=following`;
    await this.ask("split in the middle", "PATCH", following, { location: "Hall" });
    await this.ask("delete a half", "DELETE", following);
    await this.ask("delete the other half", "DELETE", all);
    return nodes.length;
  }

  close(): void {
    this.load.close();
    this.lists.close();
  }
}

/** What it takes to work out a year of a daily rule, in milliseconds. */
function ruleMs(): number {
  const rule = parseRule("FREQ=DAILY", (message) => {
    throw new Error(message);
  });
  if (!rule) throw new Error("FREQ=DAILY is a rule.");
  const given = { first: FIRST, allDay: false, timezone: "Europe/Paris", rule, rdates: [], exdates: [] };
  const costs = Array.from({ length: 500 }, () => {
    const began = performance.now();
    const places = [...placesOf(given, { from: FIRST, to: FIRST + 365 * 24 * HOUR_MS })].length;
    if (places !== 366) throw new Error(`A year of days has ${places}.`);
    return performance.now() - began;
  });
  return median(costs);
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function main(): Promise<void> {
  await withStage(EVENTS, async (stage) => {
    const service = await startService(stage, { RATE_LIMIT_PER_MINUTE: "0" });
    console.log(`${describeMachine()}, ${ROUNDS} rounds, load ${loadAverage()}`);
    for (const { rrule, guests, goalMs, listed } of SIZES) {
      const bench = new Bench(stage, service);
      await bench.round(rrule, guests, 0);
      bench.costs.clear();
      let occurrences = 0;
      for (let number = 1; number <= ROUNDS; number++) {
        const round = bench.round(rrule, guests, number);
        occurrences = await (listed ? bench.listing(round) : round);
      }
      const entries = (occurrences * (guests + 1)).toLocaleString("en");
      console.log(`\n${occurrences} x ${guests} guests, ${entries} entries (goal: ${goalMs} ms each)`);
      if (listed)
        console.log(`- a list of a guest's meanwhile: ${bench.longestListMs.toFixed(1)} ms at most`);
      for (const [name, costs] of bench.costs) {
        const [ms, server, postgres] = [
          median(costs.map((cost) => cost.ms)),
          median(costs.map((cost) => cost.service)) / 1_000,
          median(costs.map((cost) => cost.postgres)) / 1_000,
        ];
        const isOver = ms > goalMs ? "  over the goal" : "";
        console.log(
          `- ${name}: ${ms.toFixed(1)} ms; of a processor ${server.toFixed(1)} + ${postgres.toFixed(1)} ms${isOver}`,
        );
      }
      bench.close();
    }
    console.log(`\na year of a daily rule: ${ruleMs().toFixed(2)} ms (goal: ${RULE_GOAL_MS} ms)`);
    console.log(`load ${loadAverage()}`);
    await service.stop();
  });
}

toTheEnd(main());
