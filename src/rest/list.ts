// Lists on the REST door: pages where the client asks for them with `limit`, else whole and streamed, a batch of rows
// at a time, so that neither memory nor a database connection is held for the length of the list.
import { hash } from "node:crypto";
import type { Gate } from "../access/gate";
import type { Context } from "../context";
import type { ClockReading } from "../database/barrier";
import { listName, type PageTokens, type Place } from "./page-token";
import { LIMIT, PAGE_TOKEN } from "./parameters";
import type { Query } from "./query";
import { rateLimited } from "../errors";
import { FairTurns } from "../fair-turns";

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
}

/** Reads about `limit` rows from a place on; null is the start. */
export type ReadBatch = (place: Place | null, limit: number) => Promise<Batch>;

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
  const { ctx, route, query, tokens } = request;
  const limit = query.get(LIMIT);
  const name = (): string => listName(ctx, route, query.fingerprint());
  const token = query.get(PAGE_TOKEN);
  const place = token === null ? null : tokens.read(token, name());
  const first = await read(place, limit ?? BATCH);
  if (limit === null && first.next !== null)
    return sendAll(
      first,
      (place, size) => turns.during(ctx.caller, () => read(place, size)),
      request.gate.streams.begin(ctx.caller),
    );
  const further = placeAfter(first);
  const next = further && tokens.issue(further, name());
  const end = next === null ? deltaToken(first.watermark) : `,"nextPageToken":${JSON.stringify(next)}`;
  const rows = first.rows.map((row) => row.json).join(",");
  return `{"records":[${rows}]${end},"length":${first.rows.length}}`;
}

const placeAfter = ({ next, clock, watermark }: Batch): Place | null =>
  next === null ? null : { position: next, clock: clock ?? watermark };

const deltaToken = (watermark: string | null): string =>
  watermark === null ? "" : `,"nextDeltaToken":"${watermark}"`;

async function* sendAll(first: Batch, read: ReadBatch, end: () => void): AsyncGenerator<string> {
  try {
    yield* stream(first, read);
  } finally {
    end();
  }
}

async function* stream(first: Batch, read: ReadBatch): AsyncGenerator<string> {
  yield '{"records":[';
  let batch = first;
  let length = 0;
  for (;;) {
    if (batch.rows.length > 0) yield (length > 0 ? "," : "") + batch.rows.map((row) => row.json).join(",");
    length += batch.rows.length;
    const place = placeAfter(batch);
    if (place === null) break;
    batch = await read(place, BATCH);
  }
  yield `]${deltaToken(batch.watermark)},"length":${length}}`;
}
