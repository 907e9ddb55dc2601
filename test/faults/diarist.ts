// Somebody who keeps a calendar of their own while instances come and go: reads, polls, creates, changes and deletes, one
// after another, tries again until it is answered, and knows what must be there. Nobody else writes to their events.
import { unlessGivenUp, type Client, type Outcome, type Way } from "../prove/client";
import { readFeed } from "../prove/feed";
import { difference, Mirror } from "../prove/mirror";
import { Random } from "../support/random";
import type { Person } from "../prove/stage";
import { FIELDS, type EventRow } from "../prove/wire";

const ACTS = { poll: 38, window: 20, one: 8, create: 12, change: 13, remove: 9 } as const;
type Act = keyof typeof ACTS;

/** Events that are kept, about. */
const KEPT = 80;
const DAYS = 60;
const WINDOW_DAYS = 7;
const BEGIN = Date.parse("2027-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

const WINDOW = `query ($from: DateTime, $to: DateTime) {
  events(filter: { startAt: $from, endAt: $to }, first: 1000) { edges { node { ${FIELDS} } } } }`;

interface Kept {
  tick: string;
  startTime: string;
}

export class Diarist {
  operations = 0;
  /** Answered so, and not deleted since. */
  private readonly kept = new Map<string, Kept>();
  private readonly gone = new Set<string>();
  private readonly mirror = new Mirror();
  private readonly random: Random;
  private since: string | null = null;
  private number = 0;

  constructor(
    readonly person: Person,
    private readonly client: Client,
    private readonly others: readonly Person[],
    seed: string,
  ) {
    this.random = new Random(`${seed} ${person.name}`);
  }

  /** How many events there must be. */
  get size(): number {
    return this.kept.size;
  }

  async step(): Promise<void> {
    this.operations++;
    const act = this.random.weighted(ACTS);
    // What was given up is a fault already; what else is thrown is one too, and the others go on.
    await unlessGivenUp(this.act(act)).catch((error: unknown) => this.defect(`${act}: ${String(error)}`));
  }

  /** When all is quiet: what is in the calendar, against what was acknowledged and what the feed brought. */
  async judge(): Promise<void> {
    await this.poll();
    const { body } = await this.client.get("/events/manifest");
    const listed = body.records as { id: string; lastModifiedAt: string }[];
    const ticks = new Map(listed.map(({ id, lastModifiedAt }) => [id, lastModifiedAt]));
    for (const [id, { tick }] of this.kept) this.expect(id, tick, ticks.get(id), "at the end");
    for (const id of this.gone)
      if (ticks.has(id)) this.lost(`event ${id} was deleted and is there at the end`);
    const differs = difference(
      this.mirror.manifest(),
      listed.map(({ id, lastModifiedAt }) => `${id}:${lastModifiedAt}`),
    );
    if (differs !== null)
      this.client.reach.findings.fault("mirrorsDiffering", `${this.person.name}: ${differs}`);
  }

  private act(act: Act): Promise<void> {
    if (act === "poll") return this.poll();
    if (act === "window") return this.window();
    if (this.kept.size === 0 || (act === "create" && this.kept.size < KEPT)) return this.create();
    if (act === "one") return this.one();
    if (act === "change" || (act === "remove" && this.kept.size < KEPT / 2)) return this.change();
    return this.remove();
  }

  private async poll(): Promise<void> {
    const limit = this.random.chance(0.5) ? 50 : null;
    const asked = { feed: "both", since: this.since, ours: true, excludeOwn: false, limit } as const;
    const { rows, watermark } = await readFeed(this.client, asked, this.way());
    for (const row of rows) {
      const arrival = this.mirror.take(row);
      if (arrival !== "news")
        this.client.reach.findings.fault(
          "deliveredTwice",
          `${this.person.name}: event ${row.id} of ${row.lastModifiedAt}, ${arrival}, since ${this.since}`,
        );
    }
    this.since = watermark;
  }

  /** Every event of one's own that was acknowledged and begins in it must be in it. */
  private async window(): Promise<void> {
    const first = BEGIN + this.random.below(DAYS - WINDOW_DAYS) * DAY_MS;
    const [from, to] = [first, first + WINDOW_DAYS * DAY_MS].map((ms) => new Date(ms).toISOString()) as [
      string,
      string,
    ];
    const rows = await this.rowsBetween(from, to);
    const ticks = new Map(rows.map(({ id, lastModifiedAt }) => [id, lastModifiedAt]));
    for (const [id, { tick, startTime }] of this.kept)
      if (startTime >= from && startTime < to) this.expect(id, tick, ticks.get(id), "in a window");
    for (const id of this.gone) if (ticks.has(id)) this.lost(`event ${id} was deleted and is in a window`);
  }

  private async rowsBetween(from: string, to: string): Promise<EventRow[]> {
    if (this.random.chance(0.5)) {
      const { events } = await this.client.ask(WINDOW, { from, to });
      return (events.edges as { node: EventRow }[]).map(({ node }) => node);
    }
    const { status, body } = await this.client.get(`/events?startAt=${from}&endAt=${to}`, this.way());
    if (status !== 200) this.defect(`a window was answered ${status}`);
    return body.records as EventRow[];
  }

  private async one(): Promise<void> {
    const [id, { tick }] = this.random.pick([...this.kept]);
    const { body } = await this.client.get(`/events/${id}`, this.way());
    this.expect(id, tick, body.lastModifiedAt as string | undefined, "by its id");
  }

  private async create(): Promise<void> {
    const subject = `${this.person.name} ${++this.number}`;
    const start = BEGIN + this.random.below(DAYS * 24) * (DAY_MS / 24);
    const [startTime, endTime] = [start, start + 3_600_000].map((ms) => new Date(ms).toISOString());
    const attendees = this.random.chance(0.3) ? [{ userId: this.random.pick(this.others).id }] : [];
    const input = { subject, startTime, endTime, attendees };
    this.keep(await this.client.create(input, subject, this.way()));
  }

  private async change(): Promise<void> {
    const [id] = this.random.pick([...this.kept]);
    const patch = { location: `Room ${++this.number}` };
    this.keep(await this.client.patch(id, patch, null, this.way()));
  }

  private async remove(): Promise<void> {
    const [id] = this.random.pick([...this.kept]);
    const { refusal } = await this.client.remove(id, null, this.way());
    if (refusal !== null) return this.defect(`the deletion of event ${id} was refused: ${refusal}`);
    this.kept.delete(id);
    this.gone.add(id);
  }

  private keep({ row, refusal }: Outcome): void {
    if (row === null || row.deleted) this.defect(`a write was refused: ${refusal}`);
    else this.kept.set(row.id, { tick: row.lastModifiedAt, startTime: row.startTime });
  }

  private expect(id: string, tick: string, found: string | undefined, where: string): void {
    if (found !== tick)
      this.lost(`event ${id} was acknowledged at ${tick}, and ${where} it is ${found ?? "not there"}`);
  }

  private lost(what: string): void {
    this.client.reach.findings.fault("writesLost", `${this.person.name}: ${what}`);
  }

  private defect(what: string): void {
    this.client.reach.findings.fault("defects", `${this.person.name}: ${what}`);
  }

  private way(): Way {
    return {
      door: this.random.chance(0.5) ? "rest" : "graphql",
      instance: this.random.below(2),
      fate: "arrives",
    };
  }
}
