// Events as the calendar grid wants them: placed, labelled, and told apart by calendar, answer and privacy.
import type { EventInput } from "fullcalendar";
import type { EventBriefFragment } from "../api/operations";
import { say } from "../languages/say";
import { deleting } from "./removal";
import { shelfOf } from "./loading";
import type { Shown } from "./shown";
import { declined, me, type ShownCalendar, shownCalendars } from "./state";
import type { Range } from "./shelf";

export const subjectOf = ({ subject }: { subject: string }): string => subject.trim() || say("(no title)");

/** A private event of a colleague's: there is only its time to see. */
export const isMasked = ({ private: hidden, ownerId }: EventBriefFragment): boolean =>
  hidden && ownerId === null;

export const answerOf = (event: EventBriefFragment, userId: string | undefined): string | null =>
  event.attendees.find((attendee) => attendee.userId === userId)?.status ?? null;

/** Whoever takes part in an event may leave it; an administrator in its calendar's name. */
export function takesPart(event: EventBriefFragment, calendar: ShownCalendar): boolean {
  return me.value?.role === "admin" || (calendar.own && !isMasked(event));
}

/** Whose event it is has all the say in it; an administrator in their own name too. */
export const hasWholeSay = ({ ownerId }: EventBriefFragment, { own, user }: ShownCalendar): boolean =>
  ownerId === user.id || (own && me.value?.role === "admin");

/** Who has all the say in an event may change it, and guests where the owner lets them. */
export const mayEdit = (event: EventBriefFragment, calendar: ShownCalendar): boolean =>
  takesPart(event, calendar) && (hasWholeSay(event, calendar) || event.guestsCanEdit === true);

/** What is as long as this has room for one line more. */
const ROOMY_MS = 3_600_000;

/** What lies in a range, once each: an event of several calendars is shown in the first. */
export function inputsWithin(range: Range): EventInput[] {
  const seen = new Set<string>();
  return shownCalendars.value.flatMap((calendar, rank) =>
    shelfOf(calendar.id)
      .within(range)
      .filter((event) => !seen.has(event.id) && !isHidden(event, calendar))
      .map((event) => {
        seen.add(event.id);
        return inputOf({ event, calendar, rank });
      }),
  );
}

/** Whether it is left out of what is shown. */
export const isHidden = (event: EventBriefFragment, { user }: ShownCalendar): boolean =>
  deleting.value.has(event.id) || (!declined.value && answerOf(event, user.id) === "Declined");

export function inputOf(shown: Shown): EventInput {
  const { event, calendar } = shown;
  const { allDay, startTime, endTime } = event;
  const answer = answerOf(event, calendar.user.id);
  const classes = [`event colour-${calendar.colour}`];
  if (isMasked(event)) classes.push("masked");
  else if (event.private) classes.push("private");
  if (answer) classes.push(`answer-${answer}`);
  if (event.seriesId !== null) classes.push("repeats");
  if (event.showAs === "free") classes.push("free");
  if (event.status === "cancelled") classes.push("cancelled");
  if (Date.parse(endTime) - Date.parse(startTime) >= ROOMY_MS) classes.push("roomy");
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
