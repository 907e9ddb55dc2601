// The headers of the REST door's answers, each described once.
import type { Schema } from "../values/schema";

interface AnswerHeader {
  description: string;
  schema: Schema;
}

const text: Schema = { type: "string" };

/** Proxies keep room for some 4 KiB of an answer's header fields. */
export const MAX_PASSED_OVER = 2_000;

/** Paths as a header field: in order, each once, as far as there is room. */
export function passedOverHeader(paths: readonly string[]): string {
  const byPlace = new Intl.Collator("en", { numeric: true }).compare;
  const inOrder = [...new Set(paths)].sort(byPlace);
  let out = "";
  for (const [index, path] of inOrder.entries()) {
    const longer = index === 0 ? path : `${out}, ${path}`;
    if (longer.length > MAX_PASSED_OVER) return `${out}, ...`;
    out = longer;
  }
  return out;
}

export const HEADERS = {
  "X-Request-Id": {
    description: "The request's name in the service's log: the client's own, or one that was made.",
    schema: text,
  },
  ETag: {
    description:
      'The version that was answered. Of an event: `"<id>-<lastModifiedAt in epoch milliseconds>"`. For `If-None-Match`, and for an event\'s `If-Match`.',
    schema: text,
  },
  Location: { description: "The address of what was made.", schema: { ...text, format: "uri-reference" } },
  "Idempotency-Replayed": {
    description: "Present where this is the answer that an earlier request with the same key had.",
    schema: { ...text, const: "true" },
  },
  "Tidemark-Now": {
    description: "What has become of the event since, where it is there no more.",
    schema: { ...text, const: "deleted" },
  },
  "Preference-Applied": {
    description: "How the write was handled: `handling=strict` or `handling=lenient`.",
    schema: { ...text, enum: ["handling=strict", "handling=lenient"] },
  },
  "Tidemark-Passed-Over": {
    description: `What of the write was passed over, as paths, where anything was; it ends in \`...\` where they come to more than ${MAX_PASSED_OVER} characters.`,
    schema: { ...text, examples: ["attendees[2].status, subject"] },
  },
  "WWW-Authenticate": { description: "How to authenticate (RFC 9110).", schema: text },
  "Retry-After": {
    description: "In how many seconds to try again.",
    schema: { type: "integer", minimum: 1 },
  },
  "RateLimit-Policy": {
    description: "What the access token may ask: so many requests (`q`) in so many seconds (`w`).",
    schema: { ...text, examples: ['"token";q=6000;w=60'] },
  },
  RateLimit: {
    description: "How many requests remain (`r`), and in how many seconds all of them are back (`t`).",
    schema: { ...text, examples: ['"token";r=5999;t=1'] },
  },
} satisfies Record<string, AnswerHeader>;

export type HeaderName = keyof typeof HEADERS;
