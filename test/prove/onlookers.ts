// Those who poll no feed: colleagues who look at other people's events and must not read private ones, and clients that
// ask for the whole calendar again and again with the entity tag of the last answer.
import { setTimeout as sleep } from "node:timers/promises";
import { plainly, type Client } from "./client";
import type { Model } from "./model";
import type { Random } from "../support/random";
import type { Person } from "./stage";
import { FIELDS, type EventRow } from "./wire";

const COLLEAGUES = `query ($order: EventOrder!, $text: String) {
  events(filter: { scope: ORGANISATION, text: $text }, orderBy: $order, first: 60) { edges { node { ${FIELDS} } } } }`;
const ONE = `query ($id: ID!) { event(id: $id) { ${FIELDS} } }`;

/** A colleague who is never invited to anything. */
export class Onlooker {
  looked = 0;
  masked = 0;

  constructor(
    private readonly client: Client,
    private readonly model: Model,
    private readonly random: Random,
  ) {}

  async run(stopped: () => boolean, pauseMs: number): Promise<void> {
    while (!stopped()) {
      await this.look();
      await sleep(pauseMs * (0.5 + this.random.next()));
    }
  }

  async look(): Promise<void> {
    const known = this.someEvent();
    const text = this.random.chance(0.5) && known ? known.subject.split(" ").at(-1) : null;
    const { events } = await this.client.ask(COLLEAGUES, { order: "LAST_CHANGE", text });
    for (const { node } of events.edges as { node: EventRow }[]) this.judge(node, text ?? null);
    if (!known) return;
    const { event } = await this.client.ask(ONE, { id: known.id });
    if (event) this.judge(event as EventRow, null);
  }

  private someEvent(): EventRow | undefined {
    const ids = this.model.ownedBy(this.random.pick(this.model.userIds));
    return ids.length === 0 ? undefined : this.model.events.get(this.random.pick(ids))?.row;
  }

  private judge(row: EventRow, found: string | null): void {
    this.looked++;
    if (!row.private) return;
    this.masked++;
    const { findings } = this.client.reach;
    const { subject, description, location, ownerId, parentId, iCalUid, attendees } = row;
    const told = [description, location, ownerId, parentId, iCalUid].filter((value) => value !== null);
    if (subject !== "Private" || told.length > 0 || attendees.length > 0)
      findings.fault(
        "textsLeaked",
        `private event ${row.id} at ${row.lastModifiedAt}: ${subject} ${told.join(" ")}`,
      );
    if (found !== null)
      findings.fault("textsLeaked", `private event ${row.id} was found by its text "${found}"`);
  }
}

/** A client that lists the whole calendar and knows unchanged answers by their entity tag. */
export class Lister {
  rounds = 0;
  unchanged = 0;
  private etag: string | null = null;
  private held = new Map<string, string>();
  private checked = 0;

  constructor(
    private readonly person: Person,
    private readonly client: Client,
    private readonly model: Model,
    private readonly random: Random,
  ) {}

  async run(stopped: () => boolean, pauseMs: number): Promise<void> {
    while (!stopped()) {
      await this.round();
      await sleep(pauseMs * (0.5 + this.random.next()));
    }
  }

  async round(): Promise<void> {
    const acks = this.model.acks.get(this.person.id) ?? [];
    const known = acks.length;
    const way = { ...plainly, instance: this.random.below(2) };
    const headers: Record<string, string> = this.etag === null ? {} : { "if-none-match": this.etag };
    const reply = await this.client.get("/events?startAt=2026-12-01T00:00:00Z", way, headers);
    this.rounds++;
    if (reply.status === 304) this.unchanged++;
    else {
      const records = reply.body.records as EventRow[];
      this.etag = reply.headers.etag ?? null;
      this.held = new Map(records.map(({ id, lastModifiedAt }) => [id, lastModifiedAt]));
    }
    for (const { id, tick } of acks.slice(this.checked, known)) this.check(id, tick);
    this.checked = known;
  }

  private check(id: string, tick: string | null): void {
    const held = this.held.get(id);
    const known = this.model.events.get(id);
    const owner = known?.ownerId === this.person.id;
    // Guests come and go; the owner's calendar has the event until it is deleted.
    const right = tick === null ? held === undefined : held === undefined ? !owner : held >= tick;
    if (right || (held === undefined && known && this.model.mayBeGone(known))) return;
    this.client.reach.findings.fault(
      "missed",
      `list of user ${this.person.id}: event ${id}, ${tick ?? "its deletion"} was acknowledged, it has ${held}`,
    );
  }
}
