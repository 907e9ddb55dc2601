// The catalogue of refusals: code, status and text of everything this service says no with. Both doors
// translate a `Problem` once; SQLSTATEs are mapped here and nowhere else.
import { isNativeError } from "node:util/types";

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

export const notFound = (what: string): Problem => new Problem("not_found", 404, `${what} does not exist.`);

export const methodNotAllowed = (allow: string): Problem =>
  new Problem("method_not_allowed", 405, `This address answers ${allow} only.`, {
    headers: { Allow: allow },
  });

export const notAcceptable = (): Problem =>
  new Problem("not_acceptable", 406, "Answers are application/json; the Accept header rules that out.");

export const tooLarge = (limit: string): Problem =>
  new Problem("too_large", 413, `A request body may have ${limit} at most.`);

/** 413: the events of a batch, written out. */
export const batchTooLarge = (): Problem =>
  new Problem(
    "too_large",
    413,
    "A batch may come to 16 MiB of events at most; nothing of this one was done: send it in smaller pieces.",
  );

/** 431: the address and the header fields of a request, together. */
export const headTooLarge = (limit: string): Problem =>
  new Problem("too_large", 431, `The address and the header fields of a request may have ${limit} at most.`);

export const unsupportedMediaType = (message: string): Problem =>
  new Problem("unsupported_media_type", 415, message);

export const conflict = (message: string, field?: string): Problem =>
  new Problem("conflict", 409, message, { details: field === undefined ? [] : [{ field, message }] });

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

/** SQLSTATE of a driver's error, also through TypeORM's wrapping; null for anything else. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  return driverError ? sqlState(driverError) : null;
}

const constraintOf = (error: unknown): string | undefined =>
  (error as { constraint?: string; driverError?: { constraint?: string } }).constraint ??
  (error as { driverError?: { constraint?: string } }).driverError?.constraint;

/** A transaction lost to another one: trying again may succeed. */
export const isRetryable = (error: unknown): boolean => {
  const state = sqlState(error);
  return state === "40P01" || state === "40001";
};

// Node's socket errors, and the texts with which pg and its pool report a connection that went away.
const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
const CONNECTION_TEXT =
  /connection terminated|connection ended|client has encountered a connection error|timeout exceeded when trying to connect|not queryable|driver not connected/i;
/** Of a pool, all of whose connections were busy for as long as anybody waits. */
const NONE_FREE_TEXT = /timeout exceeded when trying to connect/i;
const LOCK_TIMEOUT = "55P03";
/** By a time limit, or by somebody. */
export const STATEMENT_ENDED = "57014";
const DISK_FULL = "53100";
// 08: connection; 28: our login; 3D: our database is missing; 53: resources; 57P: shut down, starting up;
// 58: system; 25006: a standby; 55P03: lock timeout.
const UNAVAILABLE_STATE = /^(08...|28...|3D000|53...|57P..|58...|25006|55P03|57014)$/;

export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null && UNAVAILABLE_STATE.test(state)) return true;
  if (!isNativeError(error)) return false;
  const { code, syscall, errors } = error as NodeJS.ErrnoException & { errors?: unknown };
  // A name with several addresses, such as localhost, fails with an AggregateError, which has no syscall.
  const ofSocket = syscall !== undefined || Array.isArray(errors);
  if (code !== undefined && ofSocket && CONNECTION_CODES.has(code)) return true;
  if (CONNECTION_TEXT.test(error.message)) return true;
  const inner = (error as { driverError?: unknown }).driverError ?? error.cause;
  return inner !== undefined && inner !== error && isUnavailable(inner);
}

/** An event that is there and is not the user's is not told from one that is not there. */
export const PARENT_RULE = "must be a live event that the calendar's user owns or is invited to";
export const MAX_CHILDREN = 1_000;
export const CHILDREN_RULE = `must be an event with fewer than ${MAX_CHILDREN.toLocaleString("en")} children`;

const detailOf = (error: unknown): string | undefined =>
  (error as { detail?: string; driverError?: { detail?: string } }).detail ??
  (error as { driverError?: { detail?: string } }).driverError?.detail;

const CONSTRAINT_PROBLEMS: Record<string, (error: unknown) => Problem> = {
  // The detail says in how many seconds there is room again (migrations/functions/history.sql).
  history_of_a_day: (error) =>
    rateLimited(
      "This user, of whose changes 1 GiB of history is kept a day,",
      Number(detailOf(error) ?? 1) * 1_000,
    ),
  event_parent_cycle: () =>
    badRequest({ field: "parentId", message: "parentId must not make the event its own ancestor." }),
  event_not_own_parent: () =>
    badRequest({ field: "parentId", message: "parentId must not be the event itself." }),
  event_organisation_id_parent_id_fkey: () =>
    badRequest({ field: "parentId", message: `parentId ${PARENT_RULE}.` }),
  event_children: () => badRequest({ field: "parentId", message: `parentId ${CHILDREN_RULE}.` }),
  // Names that Intl knows and PostgreSQL does not: zones are renamed, and the two are not of one year.
  event_timezone: () =>
    badRequest({ field: "timezone", message: "timezone must be a zone that the database knows too." }),
  app_user_timezone: () =>
    badRequest({ field: "timezone", message: "timezone must be a zone that the database knows too." }),
  app_user_email: () =>
    conflict("A user with this e-mail address already exists in the organisation.", "email"),
  organisation_name_key: () => conflict("An organisation of this name already exists.", "name"),
};

/** Of a statement whose time limit is known (src/database/text-rows-query.ts). */
function tookTooLong(error: unknown): Problem {
  const { limit } = error as { limit?: { ms: number; what: string } };
  if (!limit) return busy("The database gave this up before it was done: try again.", error);
  const seconds = limit.ms / 1_000;
  const message = `${limit.what} took longer than ${seconds} s: ask for less at once, or try again later.`;
  return busy(message, error, seconds);
}

/** Any thrown thing as a Problem. What is not recognised is `internal`, with its cause kept for the log. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const known = CONSTRAINT_PROBLEMS[constraintOf(error) ?? ""];
  if (known) return known(error);
  if (isRetryable(error)) return busy("Too many writers at once: try again.", error);
  if (sqlState(error) === LOCK_TIMEOUT) return lockTimedOut(error);
  if (sqlState(error) === STATEMENT_ENDED) return tookTooLong(error);
  if (sqlState(error) === DISK_FULL) {
    return unavailable("The database has no room left to write: try again later.", error);
  }
  if (isNativeError(error) && NONE_FREE_TEXT.test(error.message)) {
    return unavailable("All connections to the database are in use: try again.", error);
  }
  if (isUnavailable(error)) return unavailable("The database cannot be reached right now: try again.", error);
  return internal(error);
}
