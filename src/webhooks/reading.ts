// What a webhook has to tell next: a page of the feed, read by the feed's own function, as the webhook's user sees it.
import type { Context } from "../context";
import type { ClockReading } from "../database/barrier";
import type { Database } from "../database/database";
import type { Role } from "../entities/user";
import { Problem } from "../errors";
import { readFeed, type FeedPage } from "../event/feed";
import type { FeedQuery } from "../event/feed-entries";
import { Tally } from "../telemetry/tally";
import { FairTurns } from "../turns/fair-turns";
import { HeldBytes } from "../turns/held";
import { Handling } from "../values/handling";
import type { Instant } from "../values/instants";
import {
  changedPage,
  MAX_BODY_BYTES,
  MAX_ROWS,
  resyncPage,
  type Content,
  type Page,
  type Told,
} from "./letters";

/** Of what is read at a time where nothing of it is sent but ids. */
const IDS_BYTES = 1024 * 1024;

/** As whom a webhook sees. */
export interface Seer {
  userId: string;
  calendarId: string;
  name: string;
  email: string;
  timezone: string;
  role: Role;
}

/** What is to be read, and how it is told. */
export interface Reading extends Told {
  content: Content;
  /** Between two pages: from where on the first was read, and the calendar's clock then; what is left out goes by the former. */
  run: Run | null;
  /** Only what the calendar's user owns. */
  owned: boolean;
  skipTokenId: string | null;
  seer: Seer;
}

export interface Run {
  since: Instant;
  began: Instant;
}

/** A page, or nothing to tell; and where the cursor stands after it. */
export interface Next {
  page: Page | null;
  watermark: Instant;
  hasMore: boolean;
  run: Run | null;
}

/** Readings at a time: requests keep their connections. */
const turns = new FairTurns({
  line: "webhooks",
  all: 2,
  organisation: 1,
  token: 1,
  waiting: Infinity, // Deliveries are counted.
  tooLong: () => new Error("No line of readings is too long."),
});

/** The next page after where the receiver stands, read in turn with other organisations'. Never waits for writers: it stands at a watermark of ours. */
export function readNext(db: Database, reading: Reading): Promise<Next> {
  const asker = { organisationId: reading.organisationId, tokenId: `webhook ${reading.webhookId}` };
  return turns.during(asker, () => readOn(db.of(asker), reading));
}

async function readOn(db: Database, reading: Reading): Promise<Next> {
  const { organisationId, calendarId } = reading;
  const clock = await db.barrier.peek({ organisationId, calendarId });
  try {
    return await changes(contextOf(db, reading), reading, clock);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "syncToken.expired") throw error;
    const page = resyncPage(reading, clock.clock);
    return { page, watermark: page.watermark, hasMore: false, run: null };
  }
}

async function changes(ctx: Context, reading: Reading, clock: ClockReading): Promise<Next> {
  const found = await wholeTicks(ctx, reading, clock);
  const { views, content } = found;
  const page = views.length > 0 ? changedPage(reading, content, found) : null;
  const { watermark, hasMore } = page ?? found;
  const run = reading.run ?? { since: reading.covered, began: found.began };
  return { page, watermark, hasMore, run: hasMore ? run : null };
}

type WholeTicks = Pick<FeedPage, "views" | "watermark" | "hasMore" | "began"> & { content: Content };

/** A page that ends with a tick; of a tick too long for a page, that its events changed. */
async function wholeTicks(ctx: Context, reading: Reading, clock: ClockReading): Promise<WholeTicks> {
  const { content, covered, run, skipTokenId, owned } = reading;
  const calendar = { id: reading.calendarId, userId: reading.userId };
  const query: FeedQuery = {
    kind: "both",
    since: run?.since ?? covered,
    excludeOwn: skipTokenId !== null,
    owned,
    isShort: content === "IDS",
  };
  const from = { after: covered, began: run?.began ?? clock.clock };
  const cut = {
    limit: MAX_ROWS,
    bytes: content === "IDS" ? IDS_BYTES : MAX_BODY_BYTES,
    reading: clock,
    ...(run && { place: from }),
  };
  let page = await readFeed(ctx, calendar, query, cut);
  if (!page.unfinished) return { ...page, content };
  const ids = page.views.map(idOf);
  while (page.unfinished) {
    const place = { ...from, within: page.unfinished };
    page = await readFeed(ctx, calendar, { ...query, isShort: true }, { ...cut, bytes: IDS_BYTES, place });
    ids.push(...page.views.map(idOf));
  }
  return { ...page, views: ids, content: "IDS" };
}

/** What of a row is told without what it says: the rest of it is let go. */
function idOf(view: FeedPage["views"][number]): FeedPage["views"][number] {
  if (view.deleted) return view;
  const { id, lastModifiedAt } = view;
  return { deleted: false, id, lastModifiedAt } as FeedPage["views"][number];
}

const TERMS: Context["terms"] = { forOneCalendar: true, names: {} };

/** The feed's own context: as the webhook's user, and for what is to be left out as the token that made it. */
function contextOf(db: Database, { organisationId, webhookId, skipTokenId, seer }: Reading): Context {
  return {
    db,
    caller: {
      ...seer,
      organisationId,
      tokenId: skipTokenId,
      client: `webhook ${webhookId}`,
      scopes: [],
      expiresAt: null,
    },
    requestId: `webhook ${webhookId}`,
    made: new Map(),
    tally: new Tally(),
    // One page at a time, whose size is bounded: it is no answer of a token's.
    held: new HeldBytes({ tokenId: null }),
    terms: TERMS,
    handling: Handling.STRICT,
  };
}
