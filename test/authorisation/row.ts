// A row of the matrix: a route, a parameter of one, an argument or a field, and the rule it follows.
import type { EventRuleName, Outcome, RuleName } from "./rules";

/** What has the rules of events: they, the occurrences of a series, and the series. */
export type EventKind = "event" | "occurrence" | "series";

/**
 * What is named; "nothing" for what asks without naming. Events have rules of their own; "eventOf" is for those that go
 * by whose event it is alone.
 */
export type Kind =
  | "event"
  | "occurrence"
  | "series"
  | "eventOf"
  | "user"
  | "calendar"
  | "token"
  | "webhook"
  | "record"
  | "account"
  | "opportunity"
  | "lead"
  | "nothing";

interface Named<K extends Kind, Name> {
  names: K;
  rule: Name;
}

export type Follows = Named<EventKind, EventRuleName> | Named<Exclude<Kind, EventKind>, RuleName>;

export type Row<Ask> = Follows & {
  /** The scope a token must hold; "nothing" for what is open to anybody. */
  needs: "read" | "write" | "nothing";
  ask: Ask;
};

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

/** What an answer comes to; undefined: what the rule calls "done", or "seen". */
export type Look = (answer: any, id: string) => Outcome | undefined;

/** Seen or masked: of what a mask hides, the place tells. */
export const eventLook: Look = (event) => {
  if (event === null || event === undefined) return "nothing";
  if (event.deleted === true) return "removed";
  return event.subject === "Private" && event.location === null ? "masked" : "seen";
};
