// Conditional writes: whether the event is still the version the client read.
import type { Context } from "../context";
import { badRequest, preconditionFailed } from "../errors";
import type { GivenTime } from "../values/instants";
import { instantFault, parseInstant } from "../values/instants";
import type { EventView } from "./projection";

/** On what a write depends. */
export interface Condition {
  /** Whether it may go on, given the event as it stands. */
  isMet: (current: EventView) => boolean;
  /** Whether its writer says which version they have read; `If-Match: *` takes any. */
  namesVersion: boolean;
}

export const always: Condition = { isMet: () => true, namesVersion: false };

/** What a write asks for by `ifLastModifiedAt`, and its request by HTTP's If-Match; absent is always met. */
export function conditionOf({ ifMatch }: Context, ifLastModifiedAt: GivenTime | null | undefined): Condition {
  const unchanged = unchangedSince(ifLastModifiedAt);
  if (!ifMatch) return unchanged;
  return {
    isMet: (current) => ifMatch(current.etag) && unchanged.isMet(current),
    namesVersion: unchanged.namesVersion || !ifMatch("another version"),
  };
}

function unchangedSince(given: GivenTime | null | undefined): Condition {
  if (given == null) return always;
  const instant = parseInstant(given);
  if (instant === null) {
    throw badRequest({ field: "ifLastModifiedAt", message: `ifLastModifiedAt ${instantFault(given)}.` });
  }
  return { isMet: (current) => current.lastModifiedAt === instant, namesVersion: true };
}

/** Throws `precondition_failed` with the event as the caller may see it. */
export function requireCondition(condition: Condition, current: EventView): void {
  if (!condition.isMet(current)) throw preconditionFailed(current.json);
}
