// What a standby may answer (migrations/README.md says why nothing is missed and nothing comes twice): which feeds these are,
// and how a feed, a list or an event is read there. Whether the standby answers is its own decision (src/database/standby.ts).
import type { CalendarRef, Context } from "../context";
import type { Database } from "../database/database";
import { MAX_BEHIND_SECONDS } from "../database/standby";
import type { Queryable } from "../database/text-rows";
import { badRequest } from "../errors";
import { EPOCH, type GivenTime, type Instant } from "../values/instants";
import { readSince } from "../values/interval";
import type { FeedQuery } from "./feed-entries";

/** The answer may be older than the primary's. */
export interface MayLag {
  seconds: number;
  /** The caller stands at a watermark of ours, so that nobody waits for writers, wherever it is answered. */
  isCovered: boolean;
}

const MAX_SECONDS = 3_600;

/** Refuses, as `bad_request`, what is no number of seconds; null and 0 are: not at all. */
export function readStaleness(given: number | null | undefined): number {
  if (given == null) return 0;
  if (given >= 0 && given <= MAX_SECONDS) return given;
  throw badRequest({
    field: "maxStalenessSeconds",
    message: `maxStalenessSeconds must be from 0 to ${MAX_SECONDS.toLocaleString("en")}.`,
  });
}

/** How old an answer may be, and what it must have at least. */
export interface Leeway {
  seconds: number;
  /** Whatever carries a tick up to here; the epoch: nothing. */
  seen: Instant;
}

/** The same as the door is given it; absent, the primary answers. */
export interface GivenLeeway {
  maxStalenessSeconds?: number | null;
  seen?: GivenTime | null;
}

/** Refuses, as `bad_request`, what is no number of seconds or no instant. */
export const readLeeway = ({ maxStalenessSeconds, seen }: GivenLeeway): Leeway => ({
  seconds: readStaleness(maxStalenessSeconds),
  seen: readSince(seen, "seen") ?? EPOCH,
});

/** How old an answer may be that its caller has not said it for: they go on from a watermark of ours. */
export const COVERED: MayLag = { seconds: MAX_BEHIND_SECONDS, isCovered: true };

/**
 * Whether a feed may be answered by a standby. Its cursor alone has to bring everything in the end, whatever the caller knows
 * from elsewhere: an older version of an event must be followed by the newer one. So it is the whole feed, of both kinds of
 * rows, and nothing is left out of it that the caller may write meanwhile.
 */
export const bringsAll = ({ caller }: Context, { kind, interval, excludeOwn }: FeedQuery): boolean =>
  kind === "both" &&
  !interval?.startAt &&
  !interval?.endAt &&
  !(excludeOwn && caller.scopes.some((scope) => String(scope) === "write"));

/**
 * Whether a calendar is somebody's to read without a grant. A grant may be younger than what a standby shows, and that may be of an
 * event which had left the calendar when it was given.
 */
export const isOwnOrAdmins = ({ caller }: Context, calendarId: string): boolean =>
  calendarId === caller.calendarId || caller.role === "admin";

/** The request, reading on a session of the standby's. */
export function readingOn(ctx: Context, on: Queryable): Context {
  const db = Object.create(ctx.db, { pool: { value: on } }) as Database;
  return Object.assign(Object.create(ctx) as Context, { db });
}

/**
 * What `read` finds on the standby, where that has every change of the calendar up to what the caller has seen, and its clock
 * there from before it read; null where the primary is to be asked, or `read` says so. On one session, so that it reads no
 * earlier state than that of the clock.
 */
export async function readOnStandby<T>(
  ctx: Context,
  { id: calendarId }: Pick<CalendarRef, "id">,
  { seconds, seen }: Leeway,
  read: (there: Context, clock: Instant) => Promise<T | null>,
): Promise<T | null> {
  const { db, caller } = ctx;
  if (!db.standby || seconds === 0) return null;
  const key = { organisationId: caller.organisationId, calendarId };
  const readThere = async (on: Queryable): Promise<T | null> => {
    const { clock } = await db.barrier.peek(key, on);
    return clock >= seen ? read(readingOn(ctx, on), clock) : null;
  };
  return db.standby.answer(caller, readThere, seconds);
}
