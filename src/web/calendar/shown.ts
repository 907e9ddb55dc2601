// What somebody sees in the grid and touches there: an event, as a calendar shows it, and a stretch of time.
import type { EventBriefFragment } from "../api/operations";
import type { ShownCalendar } from "./state";

/** What a grid's event knows of the event behind it. */
export interface Shown {
  event: EventBriefFragment;
  calendar: ShownCalendar;
  /** Its place among events of the same time: the caller's own calendar first, then colleagues' as they are listed. */
  rank: number;
}

/** A stretch of time that was dragged out or moved: dates where it is all day, instants otherwise. */
export interface Stretch {
  startTime: string;
  endTime: string;
  allDay: boolean;
}
