// What a statement or a connection has failed with: which SQLSTATE it is, whether it is worth another try, and the refusal that
// it comes to. SQLSTATEs and the names of constraints are mapped here and nowhere else.
import { isNativeError } from "node:util/types";
import {
  ANCESTORS_RULE,
  badRequest,
  busy,
  CHILDREN_RULE,
  conflict,
  internal,
  lockTimedOut,
  PARENT_RULE,
  Problem,
  rateLimited,
  unavailable,
  userExists,
  type TakenRoom,
} from "./errors";

/** SQLSTATE of a driver's error, also through TypeORM's wrapping; null for anything else. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
  return driverError ? sqlState(driverError) : null;
}

const constraintOf = (error: unknown): string | undefined => {
  const known = error as { constraint?: string; driverError?: { constraint?: string } } | null | undefined;
  return known?.constraint ?? known?.driverError?.constraint;
};

/** A transaction lost to another one: trying again may succeed. */
export const isRetryable = (error: unknown): boolean => {
  const state = sqlState(error);
  return state === "40P01" || state === "40001";
};

/** For a transaction that finds that another one has changed what it stands on: it begins again. */
export const lostToAnother = (what: string): Error => Object.assign(new Error(what), { code: "40001" });

/** PostgreSQL has refused a statement, so that its transaction was rolled back. After a connection that broke nobody knows. */
export function isRolledBack(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && !/^(08|57P|58|XX)/.test(state);
}

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
  /connection terminated|^timeout expired$|connection ended|client has encountered a connection error|timeout exceeded when trying to connect|not queryable|driver not connected/i;
/** Of a pool, all of whose connections were busy for as long as anybody waits. */
const NONE_FREE_TEXT = /timeout exceeded when trying to connect/i;
const LOCK_TIMEOUT = "55P03";

/** A value is none of its type, or too large for it: SQLSTATE class 22. */
export const isOfValues = (error: unknown): boolean => sqlState(error)?.startsWith("22") ?? false;

/** A lock was not to be had within lock_timeout. */
export const isLockTimeout = (error: unknown): boolean => sqlState(error) === LOCK_TIMEOUT;

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

const detailOf = (error: unknown): string | undefined =>
  (error as { detail?: string; driverError?: { detail?: string } }).detail ??
  (error as { driverError?: { detail?: string } }).driverError?.detail;

/** The room for which the database has refused a write (migrations/functions/rooms.sql); null after anything else. */
export const roomTaken = (error: unknown): TakenRoom | null =>
  constraintOf(error) === "event_rooms_free"
    ? (JSON.parse(detailOf(error) ?? "null") as TakenRoom | null)
    : null;

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
  event_ancestors: () => badRequest({ field: "parentId", message: `parentId ${ANCESTORS_RULE}.` }),
  // Names that Intl knows and PostgreSQL does not: zones are renamed, and the two are not of one year.
  event_timezone: () =>
    badRequest({ field: "timezone", message: "timezone must be a zone that the database knows too." }),
  app_user_timezone: () =>
    badRequest({ field: "timezone", message: "timezone must be a zone that the database knows too." }),
  app_user_role_of_persons: () =>
    badRequest({ field: "role", message: "role must be member: only persons are admins." }),
  app_user_capacity_of_rooms: () =>
    badRequest({ field: "capacity", message: "capacity is for a room or equipment." }),
  app_user_tokens_of_persons: () =>
    conflict("This user has live access tokens, as only persons do: revoke them first.", "kind"),
  app_user_bookings_of_kind: () =>
    conflict(
      "Two bookings of a room are never at one time, as two of this user's are: move one of them first.",
      "kind",
    ),
  app_user_bookings_of_zone: () =>
    conflict("Two of this room's bookings would be at one time: move one of them first.", "timezone"),
  user_address_pkey: () => userExists("email"),
  record_emails_check: () =>
    badRequest({
      field: "from",
      message: "from must have 50 addresses at most, together with what they go into.",
    }),
  organisation_name_key: () => conflict("An organisation of this name already exists.", "name"),
};

/** Of a statement whose time limit is known (src/database/client.ts). */
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
  if (isLockTimeout(error)) return lockTimedOut(error);
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
