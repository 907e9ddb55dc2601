// What a standby may answer (migrations/README.md says why nothing is missed and nothing comes twice): which feeds these are,
// and how one is read there. Whether the standby answers is its own decision (src/database/standby.ts).
import type { Context } from "../context";
import type { Database } from "../database/database";
import { MAX_BEHIND_SECONDS } from "../database/standby";
import type { Queryable } from "../database/text-rows";
import { badRequest } from "../errors";
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

/** The request, reading on a session of the standby's. */
export function readingOn(ctx: Context, on: Queryable): Context {
  const db = Object.create(ctx.db, { pool: { value: on } }) as Database;
  return Object.assign(Object.create(ctx) as Context, { db });
}
