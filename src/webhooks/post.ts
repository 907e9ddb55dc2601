// One call of a receiver: a POST, of whose answer the status counts and nothing is kept.
import http from "node:http";
import https from "node:https";
import { NotPublic, reachOf } from "./address";
import { signatureOf } from "./signature";

/** From the first byte sent, or the name looked up, to the head of the answer. */
export const PATIENCE_MS = 15_000;
/** Of the answer's body; whoever has more to say is hung up on, and so is who takes long to say it. */
const MAX_ANSWER_BYTES = 4 * 1024;
const BODY_MS = 1_000;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60_000;

export interface Receiver {
  url: string;
  /** Those that sign. */
  secrets: readonly Buffer[];
}

export interface Letter {
  id: string;
  body: string;
}

export interface Outcome {
  /** Null where no answer came. */
  status: number | null;
  ms: number;
  /** Why it is a failure, in a sentence without a word of the receiver's; null where it is none. */
  error: string | null;
  /** What a 429 or 503 asks for. */
  retryAfterMs: number | null;
}

interface Posting {
  internalHosts: readonly string[];
  /** The time, in seconds since 1970. */
  now: number;
  /** Gives the call up. */
  signal: AbortSignal;
}

/** Calls, and says what came of it. It never throws, and is over some 16 s later at the latest. */
export async function post(receiver: Receiver, letter: Letter, posting: Posting): Promise<Outcome> {
  const from = performance.now();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE_MS);
  const signal = AbortSignal.any([posting.signal, late.signal]);
  try {
    const { status, headers } = await answerTo(receiver, letter, { ...posting, signal });
    return {
      status,
      ms: since(from),
      error: faultOf(status),
      retryAfterMs:
        status === 429 || status === 503 ? readRetryAfter(headers["retry-after"], posting.now) : null,
    };
  } catch (error) {
    const why = late.signal.aborted ? `No answer came within ${PATIENCE_MS / 1_000} s.` : wordsFor(error);
    return { status: null, ms: since(from), error: why, retryAfterMs: null };
  } finally {
    clearTimeout(timer);
  }
}

const since = (from: number): number => Math.round(performance.now() - from);

interface Head {
  status: number;
  headers: http.IncomingHttpHeaders;
}

function answerTo({ url, secrets }: Receiver, { id, body }: Letter, posting: Posting): Promise<Head> {
  const { internalHosts, now: timestamp, signal } = posting;
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const options: https.RequestOptions = {
      method: "POST",
      // Each call has a connection of its own, to an address that was judged for it.
      agent: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      ...reachOf(url, internalHosts),
      signal,
      headers: {
        "Content-Type": "application/json",
        "Content-Length": bytes.length,
        "User-Agent": "Tidemark-Webhooks",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": signatureOf({ id, timestamp, body }, secrets),
      },
    };
    const isSecure = new URL(url).protocol === "https:";
    const request = isSecure ? https.request(url, options) : http.request(url, options);
    request.on("error", reject);
    request.on("response", (answer) => {
      const head = { status: answer.statusCode ?? 0, headers: answer.headers };
      void passedOver(answer).then(() => {
        request.destroy();
        resolve(head);
      });
    });
    request.end(bytes);
  });
}

/** Until the body has ended, or enough of it was heard. */
function passedOver(answer: http.IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(resolve, BODY_MS);
    const over = (): void => {
      clearTimeout(timer);
      resolve();
    };
    answer.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > MAX_ANSWER_BYTES) over();
    });
    answer.on("error", over).on("close", over).on("end", over);
  });
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `The receiver answered ${status}: redirects are not followed.`;
  return `The receiver answered ${status}.`;
}

function wordsFor(error: unknown): string {
  if (error instanceof NotPublic) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return `The receiver cannot be reached (${typeof code === "string" && /^[A-Z_\d]{1,60}$/.test(code) ? code : "no connection"}).`;
}

/** Seconds, or a date. */
function readRetryAfter(given: string | undefined, now: number): number | null {
  if (given === undefined) return null;
  const ms = /^\d{1,9}$/.test(given.trim()) ? Number(given) * 1_000 : Date.parse(given) - now * 1_000;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1_000), MAX_RETRY_AFTER_MS) : null;
}
