// What a file no longer has of what earlier files brought in: for a calendar that is always exported whole.
import type { Context } from "../context";
import type { Family } from "../ical/family";
import { hashOf, madeWithin } from "./remembered";

const PAGE = 500;

/** Which UIDs a file has, and from when to when its events start. */
export class Seen {
  private readonly hashes = new Set<string>();
  private first = Infinity;
  private last = -Infinity;

  add(families: readonly Family[]): void {
    for (const { uid, events, alone } of families) {
      this.hashes.add(hashOf(uid));
      for (const { event } of [...events, ...alone]) {
        const start = Date.parse(event.startTime);
        this.first = Math.min(this.first, start);
        this.last = Math.max(this.last, start);
      }
    }
  }

  has(hash: string): boolean {
    return this.hashes.has(hash);
  }

  /** Null where the file has no event. */
  get span(): { from: Date; to: Date } | null {
    return this.first > this.last ? null : { from: new Date(this.first), to: new Date(this.last) };
  }
}

/** An event, and the UID from which an import made it. */
export interface Stranger {
  eventId: string;
  hash: string;
}

/** What earlier imports made within the file's span and the file does not name, page by page, by id. */
export async function* strangersTo(ctx: Context, seen: Seen): AsyncGenerator<Stranger[]> {
  const { span } = seen;
  for (let after = "0"; span;) {
    const page = await madeWithin(ctx, span, { after, first: PAGE });
    const strangers = page.filter(({ hash }) => !seen.has(hash));
    if (strangers.length > 0) yield strangers;
    if (page.length < PAGE) return;
    after = page.at(-1)?.eventId ?? after;
  }
}
