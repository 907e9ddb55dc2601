// The cursors of a feed's pages, opaque to clients. One is good for the feed it was made for and for nothing else, and
// carries a sum of what it says: there is nothing to gain by making one up, but a mangled one must not pass for another.
import { hash } from "node:crypto";
import type { CalendarRef, Context } from "../context";
import { badRequest } from "../errors";
import { EPOCH, toInstant, toMs, type Instant } from "../values/instants";
import type { FeedPlace } from "./feed";
import type { FeedQuery } from "./feed-entries";

/** Whence a feed is read, and where a page goes on in it. */
interface FeedMark {
  /** Null is from nothing. */
  since: Instant | null;
  place: FeedPlace;
}

/** `since`, `after` and `began` in milliseconds, then the sum. */
const FORM = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):([0-9a-f]{16})$/;

/** Names a feed: whose calendar it is, which rows, and for whom; where one's own changes are left out, which client. */
export const feedName = (
  { caller }: Context,
  calendar: CalendarRef,
  { kind, excludeOwn }: Pick<FeedQuery, "kind" | "excludeOwn">,
): string =>
  JSON.stringify([
    caller.organisationId,
    caller.userId,
    calendar.id,
    kind,
    excludeOwn ? caller.tokenId : null,
  ]);

export function encodeFeedCursor({ since, place }: FeedMark, feed: string): string {
  const says = [since ?? EPOCH, place.after, place.began].map(toMs).join(":");
  return Buffer.from(`${says}:${sumOf(says, feed)}`).toString("base64url");
}

/** Refuses, as `bad_request` naming `after`, what is no cursor of this feed, or of another `since` than the one given. */
export function decodeFeedCursor(cursor: string, feed: string, since: Instant | null): FeedMark {
  const text = Buffer.from(cursor, "base64url").toString("latin1");
  const [, from, after, began, sum] = FORM.exec(text) ?? [];
  const says = [from, after, began].join(":");
  // The decoder passes over what is no base64url.
  const isWhole = Buffer.from(text, "latin1").toString("base64url") === cursor;
  if (!isWhole || sum !== sumOf(says, feed)) {
    throw badRequest({
      field: "after",
      message: "after must be an endCursor of this list, with its arguments.",
    });
  }
  const mark = { since: instantOf(from), place: { after: instantOf(after), began: instantOf(began) } };
  // Without `since` the cursor knows it.
  if (since !== null && since !== mark.since) {
    throw badRequest({ field: "after", message: "after must be an endCursor of the same since." });
  }
  return mark;
}

const sumOf = (says: string, feed: string): string => hash("sha256", `${says} ${feed}`, "hex").slice(0, 16);

const instantOf = (ms: string | undefined): Instant => toInstant(Number(ms));
