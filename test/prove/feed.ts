// Reading a feed once, whole or page by page, through either door, and holding the answer against what a feed
// promises of itself: order, bounds, whole ticks, a watermark that fits.
import type { Client, Way } from "./client";
import type { Findings } from "./findings";
import { FIELDS, type Row } from "./wire";

export type Feed = "both" | "live" | "removed";

export interface Asked {
  feed: Feed;
  /** Null: from nothing. */
  since: string | null;
  /** It is a watermark of the service's. */
  ours: boolean;
  excludeOwn: boolean;
  /** Rows a page; null: all at once. */
  limit: number | null;
}

export interface Answer {
  rows: Row[];
  watermark: string;
}

const ROUTES: Record<Feed, string> = {
  both: "/events?showDeleted=true&",
  live: "/events?",
  removed: "/deletedEvents?",
};
const CHANGES = `query ($since: DateTime, $after: String, $first: Int!, $own: Boolean!, $removed: Boolean!) {
  changes(since: $since, after: $after, first: $first, excludeOwn: $own, includeDeleted: $removed) {
    watermark endCursor hasMore records { id deleted reason lastModifiedAt event { ${FIELDS} } } } }`;
const REMOVALS = `query ($since: DateTime, $after: String, $first: Int!, $own: Boolean!) {
  changes: deletedEvents(since: $since, after: $after, first: $first, excludeOwn: $own) {
    watermark endCursor hasMore records { id deleted reason lastModifiedAt } } }`;
const FIRST = 400;

export async function readFeed(client: Client, asked: Asked, way: Way): Promise<Answer> {
  const pages = way.door === "rest" ? readRest(client, asked, way) : readGraphQL(client, asked);
  const rows: Row[] = [];
  let watermark = "";
  for await (const page of pages) {
    checkOrder(client.reach.findings, asked, { before: rows, page });
    rows.push(...page.rows);
    watermark = page.watermark ?? "";
  }
  checkBounds(client.reach.findings, asked, { rows, watermark });
  return { rows, watermark };
}

interface Page {
  rows: Row[];
  watermark: string | null;
}

async function* readRest(client: Client, asked: Asked, way: Way): AsyncGenerator<Page> {
  const { since, ours, limit, excludeOwn, feed } = asked;
  // Without `since` the route of live events is the list by start; the epoch is from nothing, too.
  const query = [
    ...(since === null ? ["since=1970-01-01T00:00:00.000Z"] : [`${ours ? "deltaToken" : "since"}=${since}`]),
    ...(excludeOwn ? ["excludeOwn=true"] : []),
    ...(limit === null ? [] : [`limit=${limit}`]),
  ];
  for (let token: string | null = ""; token !== null;) {
    const more: string[] = token === "" ? [] : [`pageToken=${token}`];
    const { status, body } = await client.get(
      `${ROUTES[feed]}${[...query, ...more].join("&")}`,
      token === "" ? way : { ...way, fate: "arrives" },
    );
    if (status !== 200)
      throw new Error(
        `A poll was refused: ${status} ${JSON.stringify(body).slice(0, 300)} ${query.join("&")}`,
      );
    yield { rows: body.records as Row[], watermark: body.nextDeltaToken as string };
    token = (body.nextPageToken as string | undefined) ?? null;
  }
}

async function* readGraphQL(client: Client, asked: Asked): AsyncGenerator<Page> {
  const first = asked.limit ?? FIRST;
  const [own, removed] = [asked.excludeOwn, asked.feed === "both"];
  const query = asked.feed === "removed" ? REMOVALS : CHANGES;
  const variables = asked.feed === "removed" ? { first, own } : { first, own, removed };
  const { since } = asked;
  for (let after: string | null = null, hasMore = true; hasMore;) {
    const { changes } = await client.ask(query, { ...variables, since, after });
    const records = changes.records as (Row & { event?: Row })[];
    yield {
      rows: records.map((record) => (record.deleted ? record : (record.event ?? record))),
      watermark: changes.watermark as string | null,
    };
    ({ hasMore } = changes as { hasMore: boolean });
    after = changes.endCursor as string;
  }
}

function checkOrder(findings: Findings, asked: Asked, { before, page }: { before: Row[]; page: Page }): void {
  let last = before.at(-1)?.lastModifiedAt ?? "";
  page.rows.forEach((row, index) => {
    const tick = row.lastModifiedAt;
    const torn = index === 0 && before.length > 0 && tick === last;
    if (tick < last || torn)
      findings.fault("feedFaults", `${named(asked)}: event ${row.id} of ${tick} comes after ${last}`);
    last = tick;
  });
}

function checkBounds(findings: Findings, asked: Asked, { rows, watermark }: Answer): void {
  const wrong = rows.find((row) => row.lastModifiedAt > watermark || !row.lastModifiedAt);
  if (wrong)
    findings.fault(
      "feedFaults",
      `${named(asked)}: event ${wrong.id} of ${wrong.lastModifiedAt} is beyond ${watermark}`,
    );
  // A `since` beyond the clock is answered with the clock, and with nothing else.
  if (asked.since !== null && watermark < asked.since && rows.length > 0)
    findings.fault("feedFaults", `${named(asked)}: rows, and the watermark goes back to ${watermark}`);
}

const named = ({ feed, since, limit }: Asked): string => `feed "${feed}" since ${since}, limit ${limit}`;
