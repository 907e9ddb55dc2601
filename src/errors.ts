// The catalogue of refusals: code, status and text of everything this service says no with. Both doors
// translate a `Problem` once; what the database fails with comes to one in src/failures.ts.

export interface ProblemDetail {
  /** A path such as `attendees[0].status`. */
  field: string;
  message: string;
}

interface ProblemExtras {
  details?: readonly ProblemDetail[];
  headers?: Readonly<Record<string, string>>;
  /** The event as it stands, for `precondition_failed`: its wire JSON. */
  current?: string | null;
  cause?: unknown;
  isBusy?: boolean;
}

/** A refusal: thrown anywhere, answered once at the door. */
export class Problem extends Error {
  readonly details: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;
  readonly current: string | null | undefined;
  /** Others were at work, or it took too long: no fault of anything's, so its stack tells nothing. */
  readonly isBusy: boolean;

  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    { details = [], headers = {}, current, cause, isBusy = false }: ProblemExtras = {},
  ) {
    super(message, { cause });
    this.details = details;
    this.headers = headers;
    this.current = current;
    this.isBusy = isBusy;
  }
}

/** 400: the sum of what is wrong with an input, field by field. */
export function badRequest(...details: ProblemDetail[]): Problem {
  return new Problem("bad_request", 400, details.map((detail) => detail.message).join(" "), { details });
}

export const badSyntax = (message: string): Problem => new Problem("bad_request", 400, message);

export const badPageToken = (): Problem =>
  new Problem("token.notValid", 400, "Page token is invalid", {
    details: [
      { field: "pageToken", message: "Send a nextPageToken with the query and the token it was issued for." },
    ],
  });

const challenge = { "WWW-Authenticate": 'Bearer realm="Tidemark", Basic realm="Tidemark"' };

export const unauthorized = (message: string): Problem =>
  new Problem("unauthorized", 401, message, { headers: challenge });

export const deadToken = (message: string): Problem =>
  new Problem("token.dead", 401, message, {
    headers: { "WWW-Authenticate": 'Bearer realm="Tidemark", error="invalid_token"' },
  });

export const forbidden = (message: string): Problem => new Problem("forbidden", 403, message);

/** 403: the fields of a write that its caller has no say in. */
export const forbiddenFields = (...details: ProblemDetail[]): Problem =>
  new Problem("forbidden", 403, details.map((detail) => detail.message).join(" "), { details });

export const notFound = (what: string): Problem => new Problem("not_found", 404, `${what} does not exist.`);

/** For whoever mistyped an address of the REST door. */
export const noSuchAddress = (): Problem =>
  new Problem("not_found", 404, "This address does not exist; /api/v1/docs shows those that do.");

export const methodNotAllowed = (allow: string): Problem =>
  new Problem("method_not_allowed", 405, `This address answers ${allow} only.`, {
    headers: { Allow: allow },
  });

export const notAcceptable = (mediaType = "application/json"): Problem =>
  new Problem("not_acceptable", 406, `Answers are ${mediaType}; the Accept header rules that out.`);

export const tooLarge = (limit: string): Problem =>
  new Problem("too_large", 413, `A request body may have ${limit} at most.`);

/** 413: the events of a batch, written out. */
export const batchTooLarge = (): Problem =>
  new Problem(
    "too_large",
    413,
    "A batch may come to 16 MiB of events at most; nothing of this one was done: send it in smaller pieces.",
  );

/** 408: what was announced does not come. */
export const bodyTooSlow = (seconds: number): Problem =>
  new Problem("bad_request", 408, `The body did not arrive within ${seconds} s.`);

/** 431: the address and the header fields of a request, together. */
export const headTooLarge = (limit: string): Problem =>
  new Problem("too_large", 431, `The address and the header fields of a request may have ${limit} at most.`);

export const unsupportedMediaType = (message: string): Problem =>
  new Problem("unsupported_media_type", 415, message);

export const conflict = (message: string, field?: string): Problem =>
  new Problem("conflict", 409, message, { details: field === undefined ? [] : [{ field, message }] });

/** 409: an address, be it an alias, is one user's of the organisation. */
export const userExists = (field: string): Problem =>
  conflict("A user with this e-mail address already exists in the organisation.", field);

/** 409: one more than an organisation may have. */
export const tooManyWebhooks = (most: number): Problem =>
  conflict(`An organisation may have ${most} webhooks at most: delete one first.`);

/** 409: whoever was let in before it was closed may still ask for a moment. */
export const organisationClosed = (field: string): Problem => conflict("The organisation is closed.", field);

/** 409: a webhook ends with what its user may. */
export const webhookEnded = (): Problem =>
  conflict("This webhook's user is no admin any more: make another webhook.", "paused");

/** A room that a write does not do without, and the event that has it: null where that is of the same write, or nothing is. */
export interface TakenRoom {
  userId: string;
  name: string;
  eventId: string | null;
  isDisabled: boolean;
}

/** 409: the room has no time. `event` has it, as far as the caller may know. */
export function roomIsTaken(
  { name, userId, isDisabled }: Omit<TakenRoom, "eventId">,
  event: { id: string; subject: string; startTime: string; endTime: string } | null,
): Problem {
  if (isDisabled)
    return conflict(`The room "${name}" (user ${userId}) is disabled: leave it out.`, "attendees");
  const what = event
    ? `event ${event.id}, "${event.subject}", has it from ${event.startTime} to ${event.endTime}`
    : "something else has it at this time";
  return conflict(`The room "${name}" (user ${userId}) is taken: ${what}.`, "attendees");
}

/** 409: somebody has the address. `current` is that Contact, as JSON. */
export const contactExists = (field: string, current: string | null): Problem =>
  new Problem(
    "conflict",
    409,
    "A Contact with this address is there already: use it, or send allowDuplicate=true.",
    {
      details: [{ field, message: `${field} is the address of a Contact that is there already.` }],
      current,
    },
  );

/** 410: `since` is older than what the feed still knows. `floor` is an RFC 3339 instant. */
export const syncTokenExpired = (floor: string): Problem =>
  new Problem(
    "syncToken.expired",
    410,
    `Changes before ${floor} are no longer kept: load everything again, then poll from the new token.`,
    { details: [{ field: "since", message: `The oldest instant that can be answered is ${floor}.` }] },
  );

export const preconditionFailed = (current: string | null): Problem =>
  new Problem("precondition_failed", 412, "The event was changed since you read it.", { current });

export const idempotencyMismatch = (): Problem =>
  new Problem("idempotency.mismatch", 422, "This Idempotency-Key was used with other content.");

/** 429: `who` asked too much, and may ask again after a while. */
export const rateLimited = (who: string, afterMs: number, cause?: unknown): Problem => {
  const seconds = Math.max(1, Math.ceil(afterMs / 1_000));
  return new Problem("rate_limited", 429, `${who} asked too much: try again in ${seconds} s.`, {
    headers: { "Retry-After": String(seconds) },
    cause,
  });
};

export const isRateLimited = (error: unknown): boolean =>
  error instanceof Problem && error.code === "rate_limited";

export const unavailable = (message: string, cause?: unknown): Problem =>
  new Problem("unavailable", 503, message, { headers: { "Retry-After": "1" }, cause });

/** 503: for now, because others are at work or too much was asked. Nothing is broken. */
export const busy = (message: string, cause?: unknown, afterS = 1): Problem =>
  new Problem("unavailable", 503, message, {
    headers: { "Retry-After": String(afterS) },
    cause,
    isBusy: true,
  });

/** 503: a lock was not to be had in time. */
export const lockTimedOut = (cause?: unknown): Problem =>
  busy("Others are writing to this calendar right now: try again.", cause);

export const internal = (cause: unknown): Problem =>
  new Problem("internal", 500, "Something went wrong on our side. Quote the request id to support.", {
    cause,
  });

/** An event that is there and is not the user's is not told from one that is not there. */
export const PARENT_RULE = "must be a live event that the calendar's user owns or is invited to";
export const MAX_CHILDREN = 1_000;
export const CHILDREN_RULE = `must be an event with fewer than ${MAX_CHILDREN.toLocaleString("en")} children`;

export const MAX_ANCESTORS = 50;
export const ANCESTORS_RULE = `must be an event with fewer than ${MAX_ANCESTORS} events above it`;
