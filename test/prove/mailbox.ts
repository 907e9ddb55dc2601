// A mailbox, as far as a sync engine sees one: meetings with a version each, changed by their user or by the engine.

/** What the two sides share of a meeting. */
export interface Meeting {
  subject: string;
  location: string | null;
  startTime: string;
  endTime: string;
  /** The answer of the mailbox's user; null where they are not invited. */
  answer: string | null;
  /** Who is invited, by address. */
  guests: readonly string[];
}

export interface Item {
  id: number;
  meeting: Meeting;
  /** Counts the changes. */
  version: number;
  deleted: boolean;
}

export class Mailbox {
  readonly items = new Map<number, Item>();
  /** Writes by the engine: what the loop must stop doing. */
  syncWrites = 0;
  private next = 1;

  constructor(readonly email: string) {}

  live(): Item[] {
    return [...this.items.values()].filter(({ deleted }) => !deleted);
  }

  add(meeting: Meeting): Item {
    const item: Item = { id: this.next++, meeting, version: 1, deleted: false };
    this.items.set(item.id, item);
    return item;
  }

  change(item: Item, change: Partial<Meeting>): void {
    item.meeting = { ...item.meeting, ...change };
    item.version++;
  }

  remove(item: Item): void {
    item.deleted = true;
    item.version++;
  }
}

/** The fields in which two versions of a meeting differ. */
export function changes(from: Meeting, to: Meeting): Partial<Meeting> {
  const differing = (Object.keys(to) as (keyof Meeting)[]).filter(
    (field) => JSON.stringify(from[field]) !== JSON.stringify(to[field]),
  );
  return Object.fromEntries(differing.map((field) => [field, to[field]]));
}
