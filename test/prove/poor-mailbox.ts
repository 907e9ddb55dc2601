// A mailbox as mailboxes are, and the sync job of its user: it keeps a poor copy of each meeting, and writes that copy back, whole,
// whenever a meeting arrives, without naming a version. Of its user's answer it says nothing, but where they gave it here.
import type { Client, Outcome, Way } from "./client";
import { readFeed } from "./feed";
import type { Random } from "../support/random";
import type { Person } from "./stage";
import type { EventRow, Guest, Row } from "./wire";

/** What is poor about the copy. */
export const KINDS = [
  "plain", // Nothing.
  "hides", // It shows a guest nobody else who is invited.
  "rewrites", // It writes HTML in its own way.
  "rewrites too", // In another one.
  "nulls", // What it does not know is null.
  "behind", // It is a version behind.
  "alias", // It knows its user by another address than the CRM does.
] as const;
export type Poorness = (typeof KINDS)[number];

/** How a copy is sent. */
const WAYS = { patch: 3, put: 2, match: 2 } as const;

type Input = Record<string, unknown>;

const rewritten = (html: string | null, kind: string): string =>
  `<div class="${kind}">${(html ?? "").replace(/<[^>]*>/g, "")}</div>`;

export class PoorMailbox {
  writes = 0;
  /** Of each meeting, as it arrived last. */
  readonly rows = new Map<string, EventRow>();
  private since: string | null = null;

  constructor(
    readonly kind: Poorness,
    readonly person: Person,
    /** By which it knows its user. */
    readonly address: string,
    private readonly client: Client,
    private readonly random: Random,
  ) {}

  /** What is new in the CRM arrives, and is written back as it is held here. */
  async round(): Promise<void> {
    const asked = { feed: "both", since: this.since, ours: true, excludeOwn: true, limit: null } as const;
    const { rows, watermark } = await readFeed(this.client, asked, this.way());
    for (const row of rows) await this.arrive(row);
    this.since = watermark;
  }

  /** The mailbox has the meeting already, by its invitation: whoever syncs first makes the event. */
  async bring(meeting: Input & { guests: readonly string[] }): Promise<Outcome> {
    const { guests, ...texts } = meeting;
    const isOwn = texts.organizerEmail === this.address;
    const list = this.kind === "hides" && !isOwn ? guests.filter((guest) => guest === this.address) : guests;
    const input = { ...texts, attendees: list.map((emailAddress) => ({ emailAddress })) };
    return this.sent(this.client.match(input, this.way()));
  }

  /** Its user answers here. False: it has no such meeting. */
  async answer(id: string, status: string): Promise<boolean> {
    const row = this.rows.get(id);
    if (!row) return false;
    const { refusal } = await this.write(row, status);
    return refusal === null;
  }

  private async arrive(row: Row): Promise<void> {
    const before = this.rows.get(row.id);
    if (row.deleted) {
      this.rows.delete(row.id);
      if (before && this.kind === "behind") await this.write(before);
      return;
    }
    this.rows.set(row.id, row);
    const { row: now } = await this.write(this.kind === "behind" ? (before ?? row) : row);
    if (now && !now.deleted) this.rows.set(row.id, now);
  }

  private async write(row: EventRow, answer?: string): Promise<Outcome> {
    const input = this.copyOf(row, answer);
    const how = this.random.weighted(WAYS);
    if (how === "match") return this.sent(this.client.match(input, this.way()));
    if (how === "put") return this.sent(this.client.put(row.id, input, this.way()));
    return this.sent(this.client.patch(row.id, input, null, this.way()));
  }

  private copyOf(row: EventRow, answer: string | undefined): Input {
    const { subject, location, startTime, endTime, iCalUid, organizerEmail } = row;
    const isOwn = row.ownerId === this.person.id;
    const guests = this.guestsOf(row, answer);
    const description = this.kind.startsWith("rewrites")
      ? rewritten(row.description, this.kind)
      : row.description;
    const copy = { subject, description, location, startTime, endTime, iCalUid, organizerEmail };
    if (this.kind === "hides" && !isOwn) {
      const own = guests.filter(({ emailAddress }) => emailAddress === this.address);
      return answer !== undefined || this.random.chance(0.5)
        ? { ...copy, attendees: own }
        : { ...copy, attendees: this.random.pick([null, []]) };
    }
    if (this.kind !== "nulls") return { ...copy, attendees: guests };
    const unknown = { name: null, userId: null, contactId: null };
    const attendees = guests.map(({ emailAddress, status }) => ({ ...unknown, emailAddress, status }));
    if (isOwn) return { ...copy, attendees };
    const isBlank = answer === undefined && this.random.chance(0.5);
    return {
      ...copy,
      description: null,
      location: null,
      timezone: null,
      attendees: isBlank ? null : attendees,
    };
  }

  /** As they are in the copy: the user's own entry says nothing of their answer, or what they answer now. */
  private guestsOf(
    row: EventRow,
    answer: string | undefined,
  ): { emailAddress: string | null; status?: unknown }[] {
    const isSelf = ({ userId }: Guest): boolean => userId === this.person.id;
    return row.attendees.map((guest) => {
      if (!isSelf(guest)) return { emailAddress: guest.emailAddress, status: guest.status };
      if (answer !== undefined) return { emailAddress: this.address, status: answer };
      return this.kind === "nulls"
        ? { emailAddress: this.address, status: null }
        : { emailAddress: this.address };
    });
  }

  private way(): Way {
    const fate = this.random.chance(0.05) ? "answerLost" : "arrives";
    const door = this.random.chance(0.6) ? "rest" : "graphql";
    return { door, instance: this.random.below(2), fate, lenient: true };
  }

  private async sent(write: Promise<Outcome>): Promise<Outcome> {
    this.writes++;
    return write;
  }
}
