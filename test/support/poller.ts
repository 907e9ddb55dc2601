// A client of the delta feed that keeps a mirror of a calendar, as strangers would write one: by each of the three
// cursors of migrations/README.md, "What the feed promises", with one feed or two, whole or in pages, through either door.
import { callGraphQL, callRest, type Person } from "./world";

export interface PollerWish {
  /** What the client comes back with: our watermark, the largest `lastModifiedAt` it saw, or its own clock. */
  cursor: "watermark" | "largest" | "clock";
  /** `one` is showDeleted=true; `two` is events?since and deletedEvents?since with a cursor each. */
  feeds: "one" | "two";
  limit: number | null;
  door: "REST" | "GraphQL";
}

interface Row {
  id: string;
  lastModifiedAt: string;
  deleted: boolean;
}

interface Answer {
  rows: Row[];
  watermark: string;
}

interface Feed {
  path: string;
  cursor: string | null;
  /** Our watermark needs no barrier: it is sent as `deltaToken`. */
  parameter: "since" | "deltaToken";
}

export const versionOf = ({ id, lastModifiedAt }: Row): string => `${id}@${lastModifiedAt}`;

const CHANGES = `query ($since: DateTime, $after: String, $first: Int!) {
  changes(since: $since, after: $after, first: $first) {
    records { id deleted lastModifiedAt event { id subject lastModifiedAt deleted } } endCursor watermark hasMore
  }
}`;

export class Poller {
  readonly name: string;
  /** Live events by id, as they were last received. */
  readonly mirror = new Map<string, Row>();
  /** Every version received. */
  readonly seen = new Set<string>();
  /** Versions received more than once. */
  readonly repeated: string[] = [];
  polls = 0;
  private readonly feeds: Feed[];

  constructor(
    readonly person: Person,
    private readonly url: string,
    readonly wish: PollerWish,
  ) {
    const { cursor, feeds, limit, door } = wish;
    this.name = `${door}, ${cursor}, ${feeds === "one" ? "one feed" : "two feeds"}, ${limit ?? "no"} limit`;
    const paths = feeds === "one" ? ["/events?showDeleted=true&"] : ["/events?", "/deletedEvents?"];
    const parameter = cursor === "watermark" && limit === null ? "deltaToken" : "since";
    this.feeds = paths.map((path) => ({ path, cursor: null, parameter }));
  }

  /** Asks each feed once, to its end, and answers how many rows came. */
  async poll(): Promise<number> {
    let rows = 0;
    for (const feed of this.feeds) rows += await this.pollFeed(feed);
    this.polls++;
    return rows;
  }

  private async pollFeed(feed: Feed): Promise<number> {
    const ownClock = new Date().toISOString();
    const { rows, watermark } = await (this.wish.door === "REST"
      ? this.readRest(feed)
      : this.readGraphQL(feed));
    for (const row of rows) this.apply(row);
    const largest = rows.map(({ lastModifiedAt }) => lastModifiedAt).reduce((a, b) => (a > b ? a : b), "");
    feed.cursor = { watermark, largest: largest || feed.cursor, clock: ownClock }[this.wish.cursor];
    return rows.length;
  }

  private apply(row: Row): void {
    const version = versionOf(row);
    if (this.seen.has(version)) this.repeated.push(version);
    this.seen.add(version);
    if (row.deleted) this.mirror.delete(row.id);
    else this.mirror.set(row.id, row);
  }

  private async readRest({ path, cursor, parameter }: Feed): Promise<Answer> {
    const { limit } = this.wish;
    const since = cursor ?? "1970-01-01T00:00:00Z";
    const query = `${path}${parameter}=${since}${limit === null ? "" : `&limit=${limit}`}`;
    const rows: Row[] = [];
    for (let page: string | null = null; ;) {
      const next: string = page === null ? query : `${query}&pageToken=${encodeURIComponent(page)}`;
      const { status, body, text } = await callRest(this.url, this.person.token, {
        method: "GET",
        path: next,
      });
      if (status !== 200) throw new Error(`${this.name}: ${status} ${text}`);
      rows.push(...(body.records as Row[]));
      if (body.nextPageToken === undefined) return { rows, watermark: body.nextDeltaToken as string };
      page = body.nextPageToken as string;
    }
  }

  private async readGraphQL({ cursor }: Feed): Promise<Answer> {
    const rows: Row[] = [];
    for (let after: string | null = null; ;) {
      const variables: Record<string, unknown> = { since: cursor, after, first: this.wish.limit ?? 1000 };
      const { data, errors } = await callGraphQL(this.url, this.person.token, { query: CHANGES, variables });
      if (errors) throw new Error(`${this.name}: ${JSON.stringify(errors)}`);
      const { records, watermark, endCursor, hasMore } = data.changes;
      rows.push(...(records as Row[]));
      after = endCursor as string;
      if (!hasMore) return { rows, watermark: watermark as string };
    }
  }
}
