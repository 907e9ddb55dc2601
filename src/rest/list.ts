// Lists on the REST door: pages where the client asks for them with `limit`, else whole and streamed, a batch of rows
// at a time, so that neither memory nor a database connection is held for the length of the list.
import { hash } from "node:crypto";
import type { Gate } from "../access/gate";
import type { HeldBytes } from "../turns/held";
import type { Stream } from "../access/streams";
import type { Context } from "../context";
import type { ClockReading } from "../database/barrier";
import type { TickPlace } from "../event/feed-entries";
import { MAX_FIRST_PIECE_BYTES, MAX_PAGE_BYTES } from "../values/pages";
import { listName, type PageTokens, type Place } from "./page-token";
import { LIMIT, PAGE_TOKEN } from "./parameters";
import type { Query } from "./query";
import { rateLimited } from "../errors";
import { FairTurns } from "../turns/fair-turns";

const BATCH = 500;
/** The batches of long lists that are read at once, beyond their first. What has to wait is in no hurry. */
const turns = new FairTurns({
  line: "lists",
  all: 2,
  organisation: 1,
  token: 1,
  waiting: Infinity, // Streams are counted.
  tooLong: () => rateLimited("This access token", 1_000),
});

export interface Batch {
  rows: readonly { json: string }[];
  /** Where the list goes on; null at its end. */
  next: string | null;
  /** The calendar's clock from before the first batch was read, where it is not the watermark. */
  clock?: string;
  /** For the end of an event list: the watermark. */
  watermark: string | null;
  /** A page must not end here, but go on from there. */
  unfinished?: TickPlace | null;
  /** What its rows come to, where they may be long. */
  bytes?: number;
}

/** How much to read at a time. */
export interface Most {
  rows: number;
  bytes: number;
}

/** Where to read on. */
export interface Start extends Place {
  within?: TickPlace | null;
}

/** Reads about so much from a place on; null is the start. */
export type ReadBatch = (place: Start | null, most: Most) => Promise<Batch>;

/** A list, and for the lists of a calendar what its version is made of. */
export interface ListAnswer {
  read: ReadBatch;
  version?: ClockReading;
  /** For a feed: whether anything happened since. Where nothing did, nothing is read. */
  isNews?: boolean;
}

export interface ListRequest {
  ctx: Context;
  route: string;
  query: Query;
  tokens: PageTokens;
  gate: Gate;
}

/** The entity tag of a list: whose it is, which query and page, and the clock and floor it is made from. */
export function listEtag({ ctx, route, query }: ListRequest, { clock, floor }: ClockReading): string {
  const name = JSON.stringify([listName(ctx, route, query.everything()), clock, floor]);
  return `"${hash("sha256", name, "base64url")}"`;
}

/**
 * The list's JSON, or where it takes more than one batch its pieces. The first batch is there when this resolves, so that
 * a refusal can still be answered.
 */
export async function answerList(
  request: ListRequest,
  read: ReadBatch,
): Promise<string | AsyncIterable<string>> {
  const { ctx, route, query, tokens, gate } = request;
  const limit = query.get(LIMIT);
  const name = (): string => listName(ctx, route, query.fingerprint());
  const token = query.get(PAGE_TOKEN);
  const place = token === null ? null : tokens.read(token, name());
  const bytes = limit === null ? MAX_FIRST_PIECE_BYTES : MAX_PAGE_BYTES;
  const first = await read(place, { rows: limit ?? BATCH, bytes });
  const end = (last: Batch, length: number): string => {
    const further = placeAfter(last);
    const next = further && tokens.issue({ position: further.position, clock: further.clock }, name());
    const more = next === null ? deltaToken(last.watermark) : `,"nextPageToken":${JSON.stringify(next)}`;
    return `]${more},"length":${length}}`;
  };
  if (first.unfinished || (limit === null && first.next !== null))
    return sendAll(first, {
      read: (start, most) => turns.during(ctx.caller, () => read(start, most)),
      isPage: limit !== null,
      end,
      stream: gate.streams.begin(ctx.caller),
      held: ctx.held,
    });
  return `{"records":[${textOf(first)}${end(first, first.rows.length)}`;
}

const placeAfter = ({ next, clock, watermark, unfinished }: Batch): Start | null =>
  next === null ? null : { position: next, clock: clock ?? watermark, within: unfinished };

const deltaToken = (watermark: string | null): string =>
  watermark === null ? "" : `,"nextDeltaToken":"${watermark}"`;

const textOf = ({ rows }: Batch): string => rows.map((row) => row.json).join(",");

interface Pieces {
  read: ReadBatch;
  /** It ends where a page may. */
  isPage: boolean;
  /** What follows the rows. */
  end: (last: Batch, length: number) => string;
  stream: Stream;
  /** What a piece held until it was counted as one of the stream. */
  held: HeldBytes;
}

/** The list in pieces. Of a piece that waits for its reader nothing is kept but its text. */
async function* sendAll(batch: Batch, { read, isPage, end, stream, held }: Pieces): AsyncGenerator<string> {
  let length = 0;
  try {
    yield '{"records":[';
    for (;;) {
      const piece = (length > 0 && batch.rows.length > 0 ? "," : "") + textOf(batch);
      length += batch.rows.length;
      stream.hold(piece.length);
      held.become(0);
      batch = { ...batch, rows: [] };
      if (piece !== "") yield piece;
      const place = placeAfter(batch);
      if (place === null || (isPage && !batch.unfinished)) break;
      const bytes = await stream.room();
      batch = await read(place, { rows: BATCH, bytes });
    }
    yield end(batch, length);
  } finally {
    stream.end();
  }
}
