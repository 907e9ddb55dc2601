// The sync log as an instance writes it: what clients polled is gathered in memory, in constant time and space for each,
// and goes to PostgreSQL every few seconds in one statement (migrations/functions/sync-log.sql). A crash
// loses the counts gathered since. So does a database that stays away, once more clients have polled than memory holds.
import type { LastUses } from "../access/last-uses";
import type { Caller } from "../entities/caller";
import { isOfValues } from "../failures";
import { textRow, type Queryable } from "../database/text-rows";
import type { Log } from "../telemetry/log";
import type { Poll } from "../telemetry/tally";
import { lastOf, type Notice } from "./notices";
import { Trouble } from "../telemetry/trouble";
import { WriteBehind } from "../telemetry/write-behind";
import type { Instant } from "../values/instants";

const MAX_CLIENTS = 10_000;
const LOG = "select log_polls($1)";

/** One client on one calendar, since the last writing. Instants are performance.now(). */
interface Gathered {
  organisationId: string;
  calendarId: string;
  tokenId: string;
  heardAt: number;
  live: boolean;
  polledAt: number | null;
  watermark: Instant | null;
  polls: number;
  delivered: number;
  leftOut: number;
  unchanged: number;
  refused: number;
  refusedAt: number | null;
  refusedCode: string | null;
  /** Parts of its writes. */
  passedOver: number;
  notices: readonly Notice[];
}

/** What a client was heard to do. */
export interface Heard {
  caller: Caller;
  calendarId: string;
  /** The look at the feed; null for a request that was something else, and was refused. */
  poll: Poll | null;
  /** Why it was refused, in a word of the catalogue. */
  code: string | null;
  /** Answered with 304. */
  unchanged?: boolean;
  /** Through a subscription. */
  live?: boolean;
  /** What was refused or passed over. */
  notices?: readonly Notice[];
}

export class PollLog {
  private gathered = new Map<string, Gathered>();
  private readonly later: WriteBehind;

  constructor(
    private readonly pool: Queryable,
    log: Log,
    /** A token is used as long as its subscription is heard. */
    private readonly uses: Pick<LastUses, "note">,
  ) {
    const trouble = new Trouble(log, "the sync log is not written; it is tried again");
    this.later = new WriteBehind(() => this.write(), trouble);
  }

  /** Notes it, at the cost of some additions. */
  note({ caller, calendarId, ...heard }: Heard): void {
    if (caller.tokenId === null || this.later.isClosed) return;
    this.uses.note(caller);
    const key = `${caller.tokenId} ${calendarId}`;
    let found = this.gathered.get(key);
    if (!found) {
      if (this.gathered.size >= MAX_CLIENTS) return;
      found = nothingYet(caller.organisationId, calendarId, caller.tokenId);
      this.gathered.set(key, found);
    }
    add(found, heard);
    this.later.due();
  }

  /** Writes what there is, and notes no more. */
  close(): Promise<void> {
    return this.later.close();
  }

  private async write(): Promise<void> {
    const batch = [...this.gathered.values()];
    if (batch.length === 0) return;
    this.gathered = new Map();
    try {
      await textRow(this.pool, { text: LOG, values: [JSON.stringify(batch.map(asLogged))] });
    } catch (error) {
      // Values that PostgreSQL does not take it will never take: what came with them must not stop everybody's log for good.
      if (!isOfValues(error)) for (const one of batch) this.putBack(one);
      throw error;
    }
  }

  private putBack(earlier: Gathered): void {
    const key = `${earlier.tokenId} ${earlier.calendarId}`;
    const later = this.gathered.get(key);
    if (!later && this.gathered.size >= MAX_CLIENTS) return;
    this.gathered.set(key, later ? merged(earlier, later) : earlier);
  }
}

function nothingYet(organisationId: string, calendarId: string, tokenId: string): Gathered {
  return {
    organisationId,
    calendarId,
    tokenId,
    heardAt: 0,
    live: false,
    polledAt: null,
    watermark: null,
    polls: 0,
    delivered: 0,
    leftOut: 0,
    unchanged: 0,
    refused: 0,
    refusedAt: null,
    refusedCode: null,
    passedOver: 0,
    notices: [],
  };
}

function add(
  found: Gathered,
  { poll, code, unchanged = false, live = false, notices = [] }: Omit<Heard, "caller" | "calendarId">,
): void {
  const now = performance.now();
  found.heardAt = now;
  found.live = live;
  if (poll && (!live || poll.rows > 0)) found.polls++;
  if (notices.length > 0) found.notices = lastOf([...found.notices, ...notices]);
  if (code !== null) {
    found.refused++;
    found.refusedAt = now;
    found.refusedCode = code;
    return;
  }
  found.passedOver += notices.length;
  if (!poll) return;
  found.polledAt = now;
  found.watermark = poll.watermark ?? found.watermark;
  found.delivered += poll.rows;
  found.leftOut += poll.leftOut;
  if (unchanged) found.unchanged++;
}

const merged = (earlier: Gathered, later: Gathered): Gathered => ({
  ...later,
  polledAt: later.polledAt ?? earlier.polledAt,
  watermark: later.watermark ?? earlier.watermark,
  polls: earlier.polls + later.polls,
  delivered: earlier.delivered + later.delivered,
  leftOut: earlier.leftOut + later.leftOut,
  unchanged: earlier.unchanged + later.unchanged,
  refused: earlier.refused + later.refused,
  refusedAt: later.refusedAt ?? earlier.refusedAt,
  refusedCode: later.refusedCode ?? earlier.refusedCode,
  passedOver: earlier.passedOver + later.passedOver,
  notices: lastOf([...earlier.notices, ...later.notices]),
});

/** As log_polls reads it. */
function asLogged({ heardAt, polledAt, refusedAt, notices, ...rest }: Gathered): object {
  const now = performance.now();
  const ago = (at: number | null): number | null => (at === null ? null : now - at);
  return {
    ...rest,
    heardAgo: ago(heardAt),
    polledAgo: ago(polledAt),
    refusedAgo: ago(refusedAt),
    notices: notices.map(({ at, ...notice }) => ({ ...notice, ago: ago(at) })),
  };
}
