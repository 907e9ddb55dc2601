// Events as the calendar grid wants them: placed, labelled, and told apart by calendar, answer and privacy.
import type { EventInput } from "fullcalendar";
import type { EventBriefFragment } from "../api/operations";
import { deleting } from "./removal";
import { shelfOf } from "./loading";
import { me, type ShownCalendar, shownCalendars } from "./state";
import type { Range } from "./shelf";

/** What a grid's event knows of the event behind it. */
export interface Shown {
  event: EventBriefFragment;
  calendar: ShownCalendar;
  /** Its place among events of the same time: the caller's own calendar first, then colleagues' as they are listed. */
  rank: number;
}

export const subjectOf = ({ subject }: { subject: string }): string => subject.trim() || "(no title)";

/** A private event of a colleague's: there is only its time to see. */
export const isMasked = ({ private: hidden, ownerId }: EventBriefFragment): boolean =>
  hidden && ownerId === null;

export const answerOf = (event: EventBriefFragment, userId: string | undefined): string | null =>
  event.attendees.find((attendee) => attendee.userId === userId)?.status ?? null;

/** Whoever takes part in an event may change it; an administrator any, in its calendar's name. */
export function mayEdit(event: EventBriefFragment, calendar: ShownCalendar): boolean {
  const self = me.value;
  return self?.role === "admin" || (calendar.own && !isMasked(event));
}

/** What lies in a range, once each: an event of several calendars is shown in the first. */
export function inputsWithin(range: Range): EventInput[] {
  const seen = new Set<string>();
  return shownCalendars.value.flatMap((calendar, rank) =>
    shelfOf(calendar.id)
      .within(range)
      .filter(({ id }) => !seen.has(id) && !deleting.value.has(id))
      .map((event) => {
        seen.add(event.id);
        return inputOf({ event, calendar, rank });
      }),
  );
}

function inputOf(shown: Shown): EventInput {
  const { event, calendar } = shown;
  const { allDay, startTime, endTime } = event;
  const answer = answerOf(event, calendar.user.id);
  const classes = [`event colour-${calendar.colour}`];
  if (isMasked(event)) classes.push("masked");
  else if (event.private) classes.push("private");
  if (answer) classes.push(`answer-${answer}`);
  return {
    id: event.id,
    title: subjectOf(event),
    start: allDay ? startTime.slice(0, 10) : startTime,
    end: allDay ? endTime.slice(0, 10) : endTime,
    allDay,
    color: "var(--event)",
    editable: mayEdit(event, calendar),
    className: classes.join(" "),
    extendedProps: shown,
  };
}
