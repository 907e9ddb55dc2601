// Large batches take turns: one of an organisation at a time, since it may hold hundreds of calendars, or all of them, for
// a second or more. Those who wait hold no connection; small batches pass.
import type { Caller } from "../entities/caller";
import { rateLimited } from "../errors";
import { FairTurns } from "../turns/fair-turns";
import { counts } from "../telemetry/counts";

/** Events and their attendees, together, beyond which a batch is large. */
const MAX_SMALL = 1_000;
/** Of a token. */
const MAX_WAITING = 16;
const PATIENCE_MS = 30_000;
const RETRY_MS = 5_000;

const large = new FairTurns({
  line: "batches",
  organisation: 1,
  token: 1,
  waiting: MAX_WAITING,
  patienceMs: PATIENCE_MS,
  tooLong: () => {
    counts.limited.line++;
    return rateLimited("This access token has large batches in line and", RETRY_MS);
  },
});

interface Invitation {
  attendees?: readonly unknown[] | null;
}

/** How large a batch of these is. Of what is changed or deleted it is not known yet whom it concerns: each counts for ten. */
export const sizeOf = (items: readonly Invitation[], known: boolean): number =>
  items.reduce((size, { attendees }) => size + (attendees?.length ?? 0), items.length * (known ? 1 : 10));

/** Does the work of a batch when it is its turn; refuses with `rate_limited` where that does not come. */
export const inTurnOfBatch = <T>(caller: Caller, size: number, work: () => Promise<T>): Promise<T> =>
  size > MAX_SMALL ? large.during(caller, work) : work();
