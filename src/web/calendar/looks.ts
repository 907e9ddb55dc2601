// How the grid looks and feels: formats of dates and times, sizes, order, and the names by which the files of ../styles know parts.
import type { Calendar, CalendarOptions, FormatterInput } from "fullcalendar";
import { h } from "preact";
import { LANGUAGE } from "../languages/language";
import { many, say } from "../languages/say";
import { dayAt, HAS_12_HOURS } from "../ui/times";
import { aboutText, comingWords, eventWords } from "./event-words";
import type { Shown } from "./shown";
import { PersonHead } from "./people-day";
import { DayHead } from "./slot-label";
import { zone } from "./state";
import { AGENDA_DAYS } from "./steps";

/** "9 AM", "9:30 AM"; where a day has 24 hours, "09:00". */
const TIME: FormatterInput = HAS_12_HOURS
  ? { hour: "numeric", minute: "2-digit", omitZeroMinute: true }
  : { hour: "2-digit", minute: "2-digit" };
const twoDigits = (value: number): string => String(value).padStart(2, "0");
const clockOf = ({ hour, minute }: { hour: number; minute: number }): string =>
  `${twoDigits(hour)}:${twoDigits(minute)}`;

/** German says "Uhr" behind hours from and to, for which an event has no room. */
const EVENT_TIME: FormatterInput =
  LANGUAGE === "de" && !HAS_12_HOURS
    ? ({ start, end }) => (end ? `${clockOf(start)}–${clockOf(end)}` : clockOf(start))
    : TIME;
const isNarrow = matchMedia("(max-width: 960px)").matches;
/** Where months are longer, or the page is narrow, they are shortened: the year is not to be cut off. */
const RANGE_TITLE: FormatterInput = {
  day: "numeric",
  month: LANGUAGE === "en" && !isNarrow ? "long" : "short",
  year: "numeric",
};

/** Whether it is an event: what is being dragged out, or is still to come, is none yet. */
export const isShown = (shown: Partial<Shown>): shown is Shown => shown.event !== undefined;

/** What stands in an event, with which its name begins: whoever speaks to the page says what is seen. */
function shownText(element: HTMLElement): string {
  // Its pieces stand apart, and so they are read.
  for (const piece of element.querySelectorAll("* + *")) piece.before(" ");
  return element.textContent.replace(/\s+/g, " ").trim();
}

/** On what is in the button: a reader would say a tooltip of its own once more, after the name, which has it all. */
function giveTip(element: HTMLElement, tip: string): void {
  for (const part of element.children) (part as HTMLElement).title = tip;
}

export const LOOKS: CalendarOptions = {
  dayMaxEvents: true,
  nowIndicator: true,
  navLinks: true,
  eventInteractive: true,
  slotDuration: "00:30:00",
  snapDuration: "00:15:00",
  scrollTime: "07:30:00",
  slotHeaderFormat: TIME,
  eventTimeFormat: EVENT_TIME,
  // What is shorter than a line of text is drawn as high as one.
  eventMinHeight: 20,
  eventShortHeight: 42,
  defaultTimedEventDuration: "00:15:00",
  // Beside each other, a person's events in a person's place.
  eventOrder: "rank,start,-duration,title",
  allDayText: say("all-day"),
  noEventsContent: say("No events in these days."),
  moreLinkText: (count) => say("+{count} more", { count }),
  moreLinkHint: (count) => many(count, "Show {count} more event", "Show {count} more events"),
  navLinkHint: (date) => say("Go to {date}", { date }),
  closeHint: say("Close"),
  borderless: true,
  popoverClass: "more-list",
  columnMoreLinkClass: "column-more",
  // Beside each other, so that each can be read.
  slotEventOverlap: false,
  eventTitleClass: "event-title",
  columnEventClass: "column-event",
  columnEventInnerClass: "column-inner",
  columnEventTimeClass: ({ isShort, isNarrow }) => {
    if (isShort && isNarrow) return "unseen";
    return isShort ? "column-time short" : "column-time";
  },
  columnEventTitleClass: ({ isShort }) => (isShort ? "column-title short" : "column-title"),
  slotMinHeight: 38,
  blockEventClass: "block-event",
  eventDidMount: ({ el, event }) => {
    el.dataset.event = event.id;
    const shown = event.extendedProps as Partial<Shown>;
    if (isShown(shown)) {
      el.dataset.calendar = shown.calendar.id;
      giveTip(el, [event.title, aboutText(shown.event), shown.event.location].filter(Boolean).join("\n"));
      el.setAttribute("aria-label", `${shownText(el)}, ${eventWords(shown)}`);
      el.querySelector<HTMLElement>(".column-inner")?.setAttribute("data-about", aboutText(shown.event));
    } else if (event.id.startsWith("to-come ")) {
      giveTip(el, `${event.title}\n${say("Still to come: no event yet")}`);
      el.setAttribute("aria-label", `${shownText(el)}, ${comingWords(event)}`);
    }
  },
  views: {
    dayGridMonth: {
      listItemEventClass: "item-event",
      listItemEventBeforeClass: "event-dot",
      listItemEventInnerClass: "item-inner",
      titleFormat: { month: "long", year: "numeric" },
    },
    timeGridWeek: {
      titleFormat: RANGE_TITLE,
      dayHeaderFormat: { weekday: "short", day: "numeric", omitCommas: true, omitTrailing: true },
      dayHeaderContent: ({ weekdayText, dayNumberText }) => h(DayHead, { weekdayText, dayNumberText }),
    },
    timeGridDay: { titleFormat: { weekday: isNarrow ? "short" : "long", ...RANGE_TITLE } },
    people: {
      type: "timeGrid",
      navLinks: false,
      dayHeaderContent: ({ date }) => h(PersonHead, { day: dayAt(date, zone.peek()) }),
    },
    agenda: {
      type: "list",
      duration: { days: AGENDA_DAYS },
      titleFormat: { day: "numeric", month: "short", year: "numeric" },
      listDayFormat: { weekday: "long" },
      listDaysClass: "agenda-days",
      listItemEventBeforeClass: "event-dot",
      listItemEventTimeClass: "agenda-time",
      eventOrder: "start,-duration,rank,title",
    },
  },
};

/** A column of time is no narrower for an event than this; what else is there at that time is in a list. */
const LEAST_PX = 60;
/** The hours beside the columns. */
const AXIS_PX = 60;

/** Keeps the number of events beside each other to what is readable, until the answered function is called. */
export function keepReadable(element: HTMLElement, calendar: Calendar): () => void {
  const keep = (): void => {
    const days = Math.max(1, element.querySelectorAll("[role=columnheader][data-date]").length);
    const most = Math.max(1, Math.floor((element.clientWidth - AXIS_PX) / days / LEAST_PX));
    if (calendar.getOption("eventMaxStack") !== most) calendar.setOption("eventMaxStack", most);
  };
  keep();
  const resizes = new ResizeObserver(keep);
  resizes.observe(element);
  calendar.on("datesSet", keep);
  return () => resizes.disconnect();
}
