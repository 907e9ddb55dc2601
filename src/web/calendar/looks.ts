// How the grid looks and feels: formats of dates and times, sizes, order, and the names by which ../styles/calendar.css knows parts.
import type { CalendarOptions, FormatterInput } from "fullcalendar";
import { LOCALE } from "../ui/times";
import type { Shown } from "./inputs";
import { AGENDA_DAYS } from "./steps";

const hour12 = Intl.DateTimeFormat(LOCALE, { hour: "numeric" }).resolvedOptions().hour12 ?? false;

/** "9 AM", "9:30 AM"; where a day has 24 hours, "09:00". */
const TIME: FormatterInput = hour12
  ? { hour: "numeric", minute: "2-digit", omitZeroMinute: true }
  : { hour: "2-digit", minute: "2-digit" };
const RANGE_TITLE: FormatterInput = { day: "numeric", month: "long", year: "numeric" };

export const LOOKS: CalendarOptions = {
  dayMaxEvents: true,
  nowIndicator: true,
  navLinks: true,
  eventInteractive: true,
  slotDuration: "00:30:00",
  snapDuration: "00:15:00",
  scrollTime: "07:30:00",
  slotHeaderFormat: TIME,
  eventTimeFormat: TIME,
  // What is shorter than a line of text is drawn as high as one.
  eventMinHeight: 20,
  eventShortHeight: 42,
  defaultTimedEventDuration: "00:15:00",
  // Beside each other, a person's events in a person's place.
  eventOrder: "rank,start,-duration,title",
  allDayText: "all-day",
  noEventsContent: "No events in these days.",
  borderless: true,
  eventTitleClass: "event-title",
  columnEventInnerClass: "column-inner",
  columnEventTimeClass: ({ isShort, isNarrow }) => (isShort && isNarrow ? "unseen" : "column-time"),
  columnEventTitleClass: ({ isShort }) => (isShort ? "column-title short" : "column-title"),
  slotMinHeight: 38,
  blockEventClass: "block-event",
  eventDidMount: ({ el, event }) => {
    el.dataset.event = event.id;
    el.title = [event.title, (event.extendedProps as Partial<Shown>).event?.location]
      .filter(Boolean)
      .join("\n");
  },
  views: {
    dayGridMonth: {
      listItemEventClass: "item-event",
      listItemEventBeforeClass: "event-dot",
      listItemEventInnerClass: "item-inner",
      titleFormat: { month: "long", year: "numeric" },
    },
    timeGrid: { displayEventEnd: false },
    timeGridWeek: { titleFormat: RANGE_TITLE, dayHeaderFormat: { weekday: "short", day: "numeric" } },
    timeGridDay: { titleFormat: { weekday: "long", ...RANGE_TITLE } },
    agenda: {
      type: "list",
      duration: { days: AGENDA_DAYS },
      titleFormat: { day: "numeric", month: "short", year: "numeric" },
      listDayFormat: { weekday: "long" },
      listDaysClass: "agenda-days",
      eventOrder: "start,-duration,rank,title",
    },
  },
};
