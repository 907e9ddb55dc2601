// A two-way sync engine of the BrightSync kind, for one user: it polls the CRM with excludeOwn, follows the mailbox by
// its versions, and carries changes across. Where both sides changed a field, the CRM's word holds.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, Outcome, Way } from "./client";
import { readFeed } from "./feed";
import { changes, type Item, type Mailbox, type Meeting } from "./mailbox";
import type { Random } from "../support/random";
import type { Person } from "./stage";
import type { EventRow, Row } from "./wire";

/** A meeting that both sides have, as it was when they last agreed. */
interface Pair {
  id: string;
  item: Item;
  agreed: Meeting;
  /** The versions on both sides that were carried across. */
  lastModifiedAt: string;
  version: number;
}

export class SyncEngine {
  crmWrites = 0;
  readonly writesById = new Map<string, number>();
  private since: string | null = null;
  private readonly byEvent = new Map<string, Pair>();
  private readonly byItem = new Map<number, Pair>();

  constructor(
    private readonly person: Person,
    readonly mailbox: Mailbox,
    /** Everything it writes goes through one token, or excludeOwn could not know it. */
    private readonly client: Client,
    private readonly random: Random,
  ) {}

  /** One round: what is new in the CRM, then what is new in the mailbox. */
  async round(): Promise<void> {
    const asked = { feed: "both", since: this.since, ours: true, excludeOwn: true, limit: null } as const;
    const { rows, watermark } = await readFeed(this.client, asked, this.way());
    for (const row of rows) this.fromCrm(row);
    this.since = watermark;
    await sleep(this.random.below(10));
    for (const item of [...this.mailbox.items.values()]) await this.fromMailbox(item);
  }

  private way(): Way {
    const fate = this.random.chance(0.06) ? "answerLost" : "arrives";
    return { door: "rest", instance: this.random.below(2), fate };
  }

  private fromCrm(row: Row): void {
    const pair = this.byEvent.get(row.id);
    if (row.deleted) {
      if (!pair) return;
      this.forget(pair);
      if (!pair.item.deleted) this.write(() => this.mailbox.remove(pair.item));
    } else if (!pair) {
      this.write(() => this.pair(row, this.mailbox.add(this.meetingOf(row))));
    } else this.merge(pair, row);
  }

  /** Takes over what the CRM has changed since the two agreed; what the mailbox has changed is left to be carried. */
  private merge(pair: Pair, row: EventRow): void {
    if (row.lastModifiedAt <= pair.lastModifiedAt) return;
    const theirs = this.meetingOf(row);
    const news = changes(pair.agreed, theirs);
    const differing = changes(pair.item.meeting, { ...pair.item.meeting, ...news });
    const clean = pair.version === pair.item.version;
    pair.agreed = theirs;
    pair.lastModifiedAt = row.lastModifiedAt;
    if (pair.item.deleted || Object.keys(differing).length === 0) return;
    this.write(() => this.mailbox.change(pair.item, differing));
    if (clean) pair.version = pair.item.version;
  }

  private async fromMailbox(item: Item): Promise<void> {
    const pair = this.byItem.get(item.id);
    if (!pair) {
      if (!item.deleted) await this.create(item);
      return;
    }
    if (pair.version === item.version) return;
    if (item.deleted) await this.remove(pair);
    else await this.patch(pair);
  }

  private async create(item: Item): Promise<void> {
    const { version } = item;
    const { subject, location, startTime, endTime, guests } = item.meeting;
    const attendees = guests.map((emailAddress) => ({ emailAddress }));
    const input = {
      subject,
      location,
      startTime,
      endTime,
      attendees,
      iCalUid: `${this.person.email}/${item.id}`,
    };
    const { row } = await this.sent("new", this.client.create(input, `meeting ${item.id}`, this.way()));
    if (!row || row.deleted) return;
    this.pair(row, item).version = version;
  }

  private async remove(pair: Pair): Promise<void> {
    const { refusal } = await this.sent(pair.id, this.client.remove(pair.id, null, this.way()));
    if (refusal === null || refusal === "not_found") this.forget(pair);
  }

  /** Only with what the mailbox has changed, and only onto the version that is known. */
  private async patch(pair: Pair): Promise<void> {
    const { version } = pair.item;
    const ours = changes(pair.agreed, pair.item.meeting);
    if (Object.keys(ours).length === 0) {
      pair.version = version;
      return;
    }
    const outcome = await this.sent(
      pair.id,
      this.client.patch(pair.id, this.patchOf(pair, ours), pair.lastModifiedAt, this.way()),
    );
    if (outcome.refusal === null) pair.version = version;
    const current = outcome.row ?? outcome.current;
    if (!current || current.deleted) return;
    // What is there as we sent it is ours, also where the answer to it was lost: it is no news for the mailbox.
    const theirs = this.meetingOf(current);
    const arrived = Object.keys(ours).filter(
      (field) => !(field in changes({ ...pair.agreed, ...ours }, theirs)),
    );
    pair.agreed = {
      ...pair.agreed,
      ...Object.fromEntries(arrived.map((field) => [field, ours[field as keyof Meeting]])),
    };
    this.merge(pair, current);
    if (outcome.refusal === null) this.takeBack(pair, ours);
  }

  /** What the CRM has passed over, as a guest's copy has no say in it, the mailbox takes from the CRM, if nobody changed it since. */
  private takeBack(pair: Pair, sent: Partial<Meeting>): void {
    const { item, agreed } = pair;
    const asSent = Object.keys(changes(item.meeting, { ...item.meeting, ...sent }));
    const kept = Object.entries(changes({ ...agreed, ...sent }, agreed)).filter(
      ([field]) => !asSent.includes(field),
    );
    if (item.deleted || kept.length === 0) return;
    const clean = pair.version === item.version;
    this.write(() => this.mailbox.change(item, Object.fromEntries(kept)));
    if (clean) pair.version = item.version;
  }

  private patchOf(pair: Pair, { answer, guests, ...texts }: Partial<Meeting>): Record<string, unknown> {
    const list = guests ?? pair.item.meeting.guests;
    if (guests === undefined && answer === undefined) return texts;
    const attendees = list.map((emailAddress) =>
      emailAddress === this.person.email && answer != null
        ? { emailAddress, status: answer }
        : { emailAddress },
    );
    return { ...texts, attendees };
  }

  private async sent(id: string, write: Promise<Outcome>): Promise<Outcome> {
    this.crmWrites++;
    this.writesById.set(id, (this.writesById.get(id) ?? 0) + 1);
    return write;
  }

  private write(work: () => void): void {
    this.mailbox.syncWrites++;
    work();
  }

  private pair(row: EventRow, item: Item): Pair {
    const { id, lastModifiedAt } = row;
    const pair = { id, item, agreed: this.meetingOf(row), lastModifiedAt, version: item.version };
    this.byEvent.set(id, pair);
    this.byItem.set(item.id, pair);
    return pair;
  }

  private forget(pair: Pair): void {
    this.byEvent.delete(pair.id);
    pair.version = pair.item.version;
    if (pair.item.deleted) this.mailbox.items.delete(pair.item.id);
    this.byItem.delete(pair.item.id);
  }

  /** What the mailbox holds otherwise than the calendar, given the calendar's live events. */
  differences(rows: readonly EventRow[]): string[] {
    const differing = rows.flatMap((row) => {
      const pair = this.byEvent.get(row.id);
      if (!pair || pair.item.deleted) return [`event ${row.id} is not in the mailbox`];
      const differs = changes(pair.item.meeting, this.meetingOf(row));
      return Object.keys(differs).length === 0
        ? []
        : [`event ${row.id}: ${JSON.stringify(differs)} against ${JSON.stringify(pair.item.meeting)}`];
    });
    const ids = new Set(rows.map(({ id }) => id));
    const extra = this.mailbox.live().filter((item) => !ids.has(this.byItem.get(item.id)?.id ?? ""));
    return [...differing, ...extra.map(({ meeting }) => `"${meeting.subject}" is in the mailbox alone`)];
  }

  private meetingOf(row: EventRow): Meeting {
    const { subject, location, startTime, endTime, attendees } = row;
    const guests = attendees.flatMap(({ emailAddress }) => (emailAddress === null ? [] : [emailAddress]));
    const answer = attendees.find(({ userId }) => userId === this.person.id)?.status ?? null;
    return { subject, location, startTime, endTime, answer, guests };
  }
}
