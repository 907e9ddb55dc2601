// Lists on the REST door: pages where the client asks for them with `limit`, else whole and streamed, a batch of rows
// at a time, so that neither memory nor a database connection is held for the length of the list.
import { hash } from "node:crypto";
import type { Gate } from "../access/gate";
import type { HeldBytes } from "../turns/held";
import type { Stream } from "../access/streams";
import { forPiece, type Context, type Piece, type TickPlace } from "../context";
import type { ClockReading } from "../database/barrier";
import { MAX_FIRST_PIECE_BYTES, MAX_PAGE_BYTES } from "../values/pages";
import { listName, type PageTokens } from "./page-token";
import { LIMIT, PAGE_TOKEN } from "./parameters";
import type { Query } from "./query";
import { rateLimited } from "../errors";
import { FairTurns } from "../turns/fair-turns";

const BATCH = 500;
/**
 * The batches of long lists that are read at once, beyond their first. What has to wait is in no hurry. No turn is everybody's:
 * who has one may have to wait for a connection of their share, and nobody else is to wait with them.
 */
const turns = new FairTurns({
  line: "lists",
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

/** Reads the piece that its context asks for (`forPiece`). */
export type ReadPiece = (ctx: Context, piece: Piece) => Promise<Batch>;

/** A list that has no pages but the pieces that a door asks for. */
interface Paged<T> {
  list: (of: Context) => Promise<readonly T[]>;
  json: (row: T) => string;
  placeOf: (row: T) => string;
  /** For lists of a calendar: its clock from before the first page was read. */
  clock?: string;
}

export const pages =
  <T>({ list, json, placeOf, clock }: Paged<T>): ReadPiece =>
  async (ctx, piece) => {
    // One more than the page has, to see whether more follows.
    const found = await list(forPiece(ctx, { ...piece, rows: piece.rows + 1 }));
    const rows = found.slice(0, piece.rows);
    const last = rows.at(-1);
    const next = found.length > piece.rows && last !== undefined ? placeOf(last) : null;
    const watermark = clock === undefined ? null : (piece.place?.clock ?? clock);
    return { rows: rows.map((row) => ({ json: json(row) })), next, watermark };
  };

/** A list, and for the lists of a calendar what its version is made of. */
export interface ListAnswer {
  read: ReadPiece;
  version?: ClockReading;
  /** For a feed: whether anything happened since. Where nothing did, nothing is read. */
  isNews?: boolean;
  /** A file, which has no pages, rather than JSON. */
  file?: FileFrame;
}

/** What stands around the rows of a file. */
export interface FileFrame {
  mediaType: string;
  head: string;
  foot: string;
}

/** What stands around the rows of an answer, and between them. */
interface Frame {
  head: string;
  between: string;
  end: (last: Batch, length: number) => string;
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
 * The list's JSON, or its file, or where it takes more than one batch its pieces. The first batch is there when this resolves, so that
 * a refusal can still be answered.
 */
export async function answerList(
  request: ListRequest,
  { read: readPiece, file }: ListAnswer,
): Promise<string | AsyncIterable<string>> {
  const { ctx, route, query, tokens, gate } = request;
  const limit = file ? null : query.get(LIMIT);
  const name = (): string => listName(ctx, route, query.fingerprint());
  const token = file ? null : query.get(PAGE_TOKEN);
  const place = token === null ? null : tokens.read(token, name());
  const bytes = limit === null ? MAX_FIRST_PIECE_BYTES : MAX_PAGE_BYTES;
  const read = (piece: Piece): Promise<Batch> => readPiece(forPiece(ctx, piece), piece);
  const first = await read({ place, rows: limit ?? BATCH, bytes });
  const end = (last: Batch, length: number): string => {
    const further = placeAfter(last);
    const next = further && tokens.issue({ position: further.position, clock: further.clock }, name());
    const more = next === null ? deltaToken(last.watermark) : `,"nextPageToken":${JSON.stringify(next)}`;
    return `]${more},"length":${length}}`;
  };
  const frame: Frame = file
    ? { head: file.head, between: "", end: () => file.foot }
    : { head: '{"records":[', between: ",", end };
  if (first.unfinished || (limit === null && first.next !== null))
    return sendAll(first, {
      read: async (piece) => {
        await ctx.held.reserveAhead();
        return turns.during(ctx.caller, () => read(piece));
      },
      isPage: limit !== null,
      frame,
      stream: gate.streams.begin(ctx.caller),
      held: ctx.held,
    });
  return frame.head + textOf(first, frame) + frame.end(first, first.rows.length);
}

const placeAfter = ({ next, clock, watermark, unfinished }: Batch): Piece["place"] =>
  next === null ? null : { position: next, clock: clock ?? watermark, within: unfinished };

const deltaToken = (watermark: string | null): string =>
  watermark === null ? "" : `,"nextDeltaToken":"${watermark}"`;

const textOf = ({ rows }: Batch, { between }: Frame): string => rows.map((row) => row.json).join(between);

interface Pieces {
  read: (piece: Piece) => Promise<Batch>;
  /** It ends where a page may. */
  isPage: boolean;
  frame: Frame;
  stream: Stream;
  /** What a piece held until it was counted as one of the stream. */
  held: HeldBytes;
}

/** The list in pieces. Of a piece that waits for its reader nothing is kept but its text. */
async function* sendAll(batch: Batch, { read, isPage, frame, stream, held }: Pieces): AsyncGenerator<string> {
  let length = 0;
  try {
    yield frame.head;
    for (;;) {
      const piece = (length > 0 && batch.rows.length > 0 ? frame.between : "") + textOf(batch, frame);
      length += batch.rows.length;
      stream.hold(piece.length);
      held.become(0);
      batch = { ...batch, rows: [] };
      if (piece !== "") yield piece;
      const place = placeAfter(batch);
      if (place === null || (isPage && !batch.unfinished)) break;
      const bytes = await stream.room();
      batch = await read({ place, rows: BATCH, bytes });
    }
    yield frame.end(batch, length);
  } finally {
    stream.end();
  }
}
