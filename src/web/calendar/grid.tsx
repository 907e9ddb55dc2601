// The calendar itself: FullCalendar, bound to the page's signals. What a person does in it becomes a call of `Acts`.
import { effect, untracked } from "@preact/signals";
import { Calendar, type CalendarOptions, type EventChangeInfo, type EventInput } from "fullcalendar";
import dayGrid from "fullcalendar/daygrid";
import interaction from "fullcalendar/interaction";
import list from "fullcalendar/list";
import theme from "fullcalendar/themes/breezy";
import timeGrid from "fullcalendar/timegrid";
import { useEffect, useRef } from "preact/hooks";
import { firstDayOfWeek, LOCALE } from "../ui/times";
import { keepAccessible } from "./accessibility";
import { focusEvent } from "../ui/focus";
import { inputsWithin, type Shown } from "./inputs";
import { show, showAgain, version } from "./loading";
import { deleting } from "./removal";
import type { View } from "./settings";
import { date, rangeTitle, secondZone, type ShownCalendar, shownCalendars, view, zone } from "./state";
import { LOOKS } from "./looks";
import { slotLabel, zoneCorner } from "./slot-label";

/** A stretch of time that was dragged out or moved: dates where it is all day, instants otherwise. */
export interface Stretch {
  startTime: string;
  endTime: string;
  allDay: boolean;
}

export interface Acts {
  onCreate: (stretch: Stretch) => void;
  onOpen: (shown: Shown) => void;
  /** Resolves to whether the event may stay where it was put. */
  onMove: (shown: Shown, stretch: Stretch) => Promise<boolean>;
}

const VIEWS: Record<View, string> = {
  month: "dayGridMonth",
  week: "timeGridWeek",
  day: "timeGridDay",
  agenda: "agenda",
};

const utc = (iso: string): string => new Date(iso).toISOString();

const stretchOf = (startStr: string, endStr: string, allDay: boolean): Stretch => ({
  startTime: allDay ? startStr.slice(0, 10) : utc(startStr),
  endTime: allDay ? endStr.slice(0, 10) : utc(endStr),
  allDay,
});

export function Grid({ acts }: { acts: Acts }) {
  const element = useRef<HTMLDivElement>(null);
  const current = useRef(acts);
  current.current = acts;
  useEffect(() => {
    let stop: () => void = () => undefined;
    // Not in the effect itself: the grid renders at once, and with it whatever of the page is waiting to be rendered,
    // which would run this effect again.
    const soon = setTimeout(() => {
      if (element.current) stop = put(element.current, () => current.current);
    });
    return () => {
      clearTimeout(soon);
      stop();
    };
  }, []);
  return <div ref={element} class="grid" />;
}

function put(element: HTMLElement, acts: () => Acts): () => void {
  const calendar = new Calendar(element, optionsFor(acts));
  calendar.render();
  const stops = [keepAccessible(element), ...follow(calendar)];
  return () => {
    for (const stop of stops) stop();
    calendar.destroy();
  };
}

/** Keeps the calendar to the signals; what it does about a change is none of the effect's business. */
function follow(calendar: Calendar): (() => void)[] {
  const follows = <Value,>(read: () => Value, act: (value: Value) => void): (() => void) => {
    // It was made as they are now; each act renders it anew.
    let made = false;
    return effect(() => {
      const value = read();
      if (made) untracked(() => act(value));
      made = true;
    });
  };
  return [
    follows(
      () => VIEWS[view.value],
      (name) => calendar.changeView(name),
    ),
    follows(
      () => date.value,
      (day) => calendar.gotoDate(day),
    ),
    follows(
      () => [zone.value, secondZone.value] as const,
      ([first, second]) => {
        calendar.setOption("timeZone", first);
        calendar.setOption("slotHeaderContent", slotLabel(first, second));
        calendar.setOption("allDayHeaderContent", zoneCorner(first, second));
      },
    ),
    follows(
      () => [version.value, deleting.value, shownCalendars.value],
      () => refetch(calendar),
    ),
    follows(
      () => shownCalendars.value,
      (calendars) => {
        calendar.setOption("slotEventOverlap", mayOverlap(calendars));
        void showAgain();
      },
    ),
  ];
}

let shownNow = "";

/** What stands in the grid, in a text that differs when it should. */
const textOf = (inputs: EventInput[]): string =>
  inputs
    .map(({ id, className, extendedProps }) => [id, className, (extendedProps as Shown).event.lastModifiedAt])
    .join();

/** Draws the events anew if any of those in view is another; the focus stays on the event it is on. */
function refetch(calendar: Calendar): void {
  const { activeStart, activeEnd } = calendar.view;
  if (textOf(inputsWithin({ start: activeStart.valueOf(), end: activeEnd.valueOf() })) === shownNow) return;
  const focused = document.activeElement?.closest<HTMLElement>("[data-event]")?.dataset.event;
  calendar.refetchEvents();
  if (focused !== undefined) requestAnimationFrame(() => focusEvent(focused));
}

/** One's own events may lie over each other; a colleague's beside them. */
const mayOverlap = (calendars: readonly ShownCalendar[]): boolean => calendars.length === 1;

function optionsFor(acts: () => Acts): CalendarOptions {
  return {
    plugins: [dayGrid, timeGrid, list, interaction, theme],
    headerToolbar: false,
    initialView: VIEWS[view.peek()],
    initialDate: date.peek(),
    timeZone: zone.peek(),
    slotHeaderContent: slotLabel(zone.peek(), secondZone.peek()),
    allDayHeaderContent: zoneCorner(zone.peek(), secondZone.peek()),
    slotEventOverlap: mayOverlap(shownCalendars.peek()),
    locale: LOCALE,
    firstDay: firstDayOfWeek(),
    height: "100%",
    ...LOOKS,
    events: ({ start, end }, done) => {
      const inputs = inputsWithin({ start: start.valueOf(), end: end.valueOf() });
      shownNow = textOf(inputs);
      done(inputs);
    },
    datesSet: ({ startStr, endStr, view: { title } }) => {
      rangeTitle.value = title;
      void show({ start: Date.parse(startStr), end: Date.parse(endStr) });
    },
    selectable: true,
    selectMirror: true,
    select: ({ startStr, endStr, allDay }) => acts().onCreate(stretchOf(startStr, endStr, allDay)),
    eventClick: ({ event, jsEvent }) => {
      jsEvent.preventDefault();
      acts().onOpen(event.extendedProps as Shown);
    },
    eventDrop: (info) => void moved(info, acts()),
    eventResize: (info) => void moved(info, acts()),
    navLinkDayClick: (day) => {
      date.value = day.toISOString().slice(0, 10);
      view.value = "day";
    },
  };
}

async function moved({ event, revert }: EventChangeInfo, acts: Acts): Promise<void> {
  const { extendedProps, startStr, endStr, allDay } = event;
  const end = endStr || startStr;
  if (!(await acts.onMove(extendedProps as Shown, stretchOf(startStr, end, allDay)))) revert();
}
