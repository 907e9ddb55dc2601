// Conditional writes: whether the event is still the version the client read.
import { badRequest, preconditionFailed } from "../errors";
import type { GivenTime } from "../values/instants";
import { INSTANT_RULE, parseInstant } from "../values/instants";
import type { EventView } from "./projection";

/** Whether a write may go on, given the event as it stands. */
export type Condition = (current: EventView) => boolean;

export const always: Condition = () => true;

/** A condition, or GraphQL's `ifLastModifiedAt`; absent is always met. */
export function conditionOf(given: Condition | GivenTime | null | undefined): Condition {
  if (typeof given === "function") return given;
  if (given == null) return always;
  const instant = parseInstant(given);
  if (instant === null) {
    throw badRequest({ field: "ifLastModifiedAt", message: `ifLastModifiedAt ${INSTANT_RULE}.` });
  }
  return (current) => current.lastModifiedAt === instant;
}

/** Throws `precondition_failed` with the event as the caller may see it. */
export function requireCondition(condition: Condition, current: EventView): void {
  if (!condition(current)) throw preconditionFailed(current.json);
}
