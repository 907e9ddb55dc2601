// What the REST door refuses, in words for whoever writes a client. Code, status, text and headers come from the
// catalogue (src/errors.ts).
import {
  badPageToken,
  badRequest,
  bodyTooSlow,
  contactExists,
  deadToken,
  forbidden,
  headTooLarge,
  idempotencyMismatch,
  internal,
  notAcceptable,
  notFound,
  preconditionFailed,
  rateLimited,
  roomIsTaken,
  syncTokenExpired,
  tooLarge,
  tooManyWebhooks,
  unauthorized,
  unavailable,
  unsupportedMediaType,
  webhookEnded,
  type Problem,
} from "../errors";
import { MAX_HEADERS } from "../http/unreadable";

export interface Refusal {
  /** A sentence: what was wrong, and what helps. */
  when: string;
  example: () => Problem;
}

export const REFUSALS = {
  badRequest: {
    when: "A parameter, a header or the body is not what it must be; `details` names each fault.",
    example: () => badRequest({ field: "limit", message: "limit must be a whole number from 1 to 1000." }),
  },
  badPageToken: {
    when: "The page token was not issued for this query and this access token, or was altered.",
    example: badPageToken,
  },
  unauthorized: {
    when: "No access token was sent, or one that nobody knows.",
    example: () => unauthorized("This access token is unknown."),
  },
  deadToken: {
    when: "The access token has expired or was revoked, or its user is disabled.",
    example: () => deadToken("This access token has expired or was revoked."),
  },
  forbidden: {
    when: "The access token lacks the scope, or the caller is no admin.",
    example: () => forbidden('This token has no "write" scope.'),
  },
  notFound: {
    when: "There is no such thing in the calendar or organisation, whatever there may be in another.",
    example: () => notFound("This event"),
  },
  notAcceptable: {
    when: "The `Accept` header rules out what is answered here.",
    example: notAcceptable,
  },
  syncTokenExpired: {
    when: "`since` is from before deletions began to be forgotten: load everything again, then poll from the new token.",
    example: () => syncTokenExpired("2025-10-20T03:00:00.000Z"),
  },
  preconditionFailed: {
    when: "Somebody was faster; `current` is the event as it is now.",
    example: () => preconditionFailed(null),
  },
  contactExists: {
    when: "A Contact has the address already; `current` is that Contact.",
    example: () => contactExists("emails[0]", null),
  },
  roomIsTaken: {
    when: "A room that the write does not do without (`requireRooms`) is taken, or disabled.",
    example: () => roomIsTaken({ name: "Blue", userId: "12", isDisabled: false }, null),
  },
  tooManyWebhooks: {
    when: "The organisation has twenty webhooks already.",
    example: () => tooManyWebhooks(20),
  },
  webhookEnded: {
    when: "The webhook's user is no admin any more, so that it cannot go on.",
    example: webhookEnded,
  },
  bodyTooSlow: { when: "The body did not arrive within 10 s.", example: () => bodyTooSlow(10) },
  tooLarge: { when: "The body is larger than 1 MiB.", example: () => tooLarge("1 MiB") },
  headTooLarge: {
    when: `The address and the header fields are larger than ${MAX_HEADERS} together.`,
    example: () => headTooLarge(MAX_HEADERS),
  },
  unsupportedMediaType: {
    when: "The body is not JSON in UTF-8.",
    example: () => unsupportedMediaType("Bodies are JSON: send Content-Type: application/json."),
  },
  idempotencyMismatch: {
    when: "This `Idempotency-Key` was used with other content.",
    example: idempotencyMismatch,
  },
  rateLimited: {
    when: "The access token asked too much. `Retry-After` says in how many seconds to try again.",
    example: () => rateLimited("This access token", 1_000),
  },
  internal: {
    when: "A defect of the service; its log has the cause under the request id.",
    example: () => internal(undefined),
  },
  unavailable: {
    when: "What the service relies on cannot be reached, or writers kept the calendar for 5 s: try again.",
    example: () => unavailable("The database cannot be reached right now: try again."),
  },
} satisfies Record<string, Refusal>;

/** What a request for anything but the description itself may meet. */
export const ALWAYS: readonly Refusal[] = [
  REFUSALS.unauthorized,
  REFUSALS.deadToken,
  REFUSALS.forbidden,
  REFUSALS.notAcceptable,
  REFUSALS.headTooLarge,
  REFUSALS.rateLimited,
  REFUSALS.internal,
  REFUSALS.unavailable,
];

/** What a body may meet. */
export const OF_BODIES: readonly Refusal[] = [
  REFUSALS.badRequest,
  REFUSALS.bodyTooSlow,
  REFUSALS.tooLarge,
  REFUSALS.unsupportedMediaType,
];
