// A form that somebody is at.
import type { EventFullFragment } from "../api/operations";
import type { Draft } from "./draft";
import type { Creation } from "./saving";
import type { ShownCalendar } from "./state";

/** What a form changes: an event, as the service has it and as a draft. */
export interface Base {
  event: EventFullFragment;
  draft: Draft;
  calendar: ShownCalendar;
}

/** What stands in those fields of a form that take one thing after another, and is nothing yet. */
export interface Typed {
  guests: string;
  links: string;
}

/** A form: of a new event, or of one as it was when the form was opened. */
export interface Edited {
  draft: Draft;
  typed: Typed;
  /** The draft that nobody would miss; null where all of it was typed. */
  from: Draft | null;
  /** Null for a new event. */
  base: Base | null;
  creation: Creation;
}
