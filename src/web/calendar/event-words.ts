// What a screen reader says of an event beside its title: all that others see at a glance.
import type { EventApi } from "fullcalendar";
import { say } from "../languages/say";
import { spanText } from "../ui/times";
import { answerOf, isMasked } from "./inputs";
import type { Shown } from "./shown";
import { zone } from "./state";

const ANSWERS: Readonly<Record<string, string>> = {
  Accepted: say("accepted"),
  Declined: say("declined"),
  Tentative: say("perhaps"),
  NoResponse: say("not answered"),
};

/** The records that an event is about: whom it is with, and of which account. */
export const aboutText = ({ relatedTo }: Pick<Shown["event"], "relatedTo">): string =>
  relatedTo.map(({ name }) => name).join(" · ");

/** Of an event that there is not yet. */
export function comingWords({ startStr, endStr, allDay }: EventApi): string {
  const instant = (text: string): string => (allDay ? text : new Date(text).toISOString());
  const span = { startTime: instant(startStr), endTime: instant(endStr || startStr), allDay };
  return say("{span}, still to come: no event yet", { span: spanText(span, zone.peek()) });
}

export function eventWords({ event, calendar }: Shown): string {
  const answer = answerOf(event, calendar.user.id);
  return [
    spanText(event, zone.peek()),
    event.location ?? "",
    aboutText(event) && say("about {names}", { names: aboutText(event) }),
    event.seriesId === null ? "" : say("repeats"),
    event.private && !isMasked(event) ? say("private") : "",
    answer === null ? "" : (ANSWERS[answer] ?? answer),
    event.status === "tentative" ? say("tentative") : "",
    event.showAs === "free" ? say("free|event") : "",
    calendar.own ? "" : say("calendar of {name}", { name: calendar.user.name }),
  ]
    .filter(Boolean)
    .join(", ");
}
