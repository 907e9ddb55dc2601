// The calendar itself: FullCalendar, bound to the page's signals. What a person does in it becomes a call of `Acts`.
import { effect, untracked } from "@preact/signals";
import { Calendar, type CalendarOptions, type EventChangeInfo, type EventInput } from "fullcalendar";
import dayGrid from "fullcalendar/daygrid";
import interaction from "fullcalendar/interaction";
import list from "fullcalendar/list";
import theme from "fullcalendar/themes/breezy";
import timeGrid from "fullcalendar/timegrid";
import { useEffect, useRef } from "preact/hooks";
import { LOCALE } from "../languages/language";
import { say } from "../languages/say";
import { addDays, firstDayOfWeek } from "../ui/times";
import { toast } from "../ui/toasts";
import { keepAccessible } from "./accessibility";
import { drawnEvents, focusEvent, focusPlace } from "../ui/focus";
import { inputsWithin } from "./inputs";
import type { Shown, Stretch } from "./shown";
import { keepListsInSight } from "./more-list";
import { oneStop } from "./one-stop";
import { offInputs } from "./off-hours";
import { columns, dayRange, dayTitle, isPeopleDay, meantBy, peopleInputs } from "./people-day";
import type { Range } from "./shelf";
import { lookAhead, toCome } from "./to-come";
import { show, showAgain, version } from "./loading";
import { deleting } from "./removal";
import type { View } from "./settings";
import {
  date,
  declined,
  me,
  rangeTitle,
  secondZone,
  type ShownCalendar,
  shownCalendars,
  view,
  weekends,
  zone,
} from "./state";
import { isShown, keepReadable, LOOKS } from "./looks";
import { slotLabel, zoneCorner } from "./slot-label";

export interface Acts {
  /** `calendar` is whose column it was dragged out in, where there is one for each person. */
  onCreate: (stretch: Stretch, calendar?: ShownCalendar) => void;
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
  if (isPeopleDay()) goThere(calendar);
  const stops = [
    keepAccessible(element),
    keepListsInSight(),
    oneStop(element),
    keepReadable(element, calendar),
    ...follow(calendar),
  ];
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
      () => [view.value, date.value, isPeopleDay() && shownCalendars.value.length],
      () => goThere(calendar),
    ),
    follows(
      () => [zone.value, secondZone.value] as const,
      ([first, second]) => {
        calendar.setOption("timeZone", first);
        calendar.setOption("slotHeaderContent", slotLabel(first, second));
        calendar.setOption("allDayHeaderContent", zoneCorner(first, second));
        if (isPeopleDay()) goThere(calendar);
      },
    ),
    follows(
      () => [version.value, deleting.value, declined.value, shownCalendars.value, toCome.value],
      () => refetch(calendar),
    ),
    follows(
      () => hasWeekends(),
      (shown) => calendar.setOption("weekends", shown),
    ),
    follows(
      () => shownCalendars.value,
      () => {
        void showAgain();
        void lookAhead(inView(calendar));
      },
    ),
  ];
}

/** A day is shown whatever day it is: somebody went there. */
const hasWeekends = (): boolean => weekends.value || view.value === "day";

/** To the view and the date that the page is at. */
function goThere(calendar: Calendar): void {
  if (isPeopleDay()) {
    calendar.changeView("people", columns());
    rangeTitle.value = dayTitle();
    arrive(dayRange());
  } else calendar.changeView(VIEWS[view.peek()], date.peek());
  // What is shown depends on the view, too.
  refetch(calendar);
}

function arrive(range: Range): void {
  void show(range);
  void lookAhead(range);
}

function inView({ view: { activeStart, activeEnd } }: Calendar): Range {
  return isPeopleDay() ? dayRange() : { start: activeStart.valueOf(), end: activeEnd.valueOf() };
}

/** What the grid shows of a range. */
function inputsOf(range: Range): EventInput[] {
  if (isPeopleDay()) return peopleInputs();
  const self = me.value;
  const hasHours = self !== null && (view.value === "week" || view.value === "day");
  return [...inputsWithin(range), ...toCome.value, ...(hasHours ? offInputs(self, range) : [])];
}

let shownNow = "";

/** What stands in the grid, in a text that differs when it should. */
const textOf = (inputs: EventInput[]): string =>
  inputs
    .map(({ id, className, start, extendedProps }) => {
      const { event } = extendedProps as Partial<Shown>;
      return [id, className, start, event?.lastModifiedAt];
    })
    .join();

/** Draws the events anew if any of those in view is another; the focus stays on the event it is on, or in its place. */
function refetch(calendar: Calendar): void {
  if (textOf(inputsOf(inView(calendar))) === shownNow) return;
  const focused = document.activeElement?.closest<HTMLElement>("[data-event]");
  const place = focused ? drawnEvents().indexOf(focused) : 0;
  calendar.refetchEvents();
  if (focused) requestAnimationFrame(() => focusEvent(focused.dataset) || focusPlace(place));
}

function optionsFor(acts: () => Acts): CalendarOptions {
  return {
    plugins: [dayGrid, timeGrid, list, interaction, theme],
    headerToolbar: false,
    initialView: VIEWS[view.peek()],
    initialDate: date.peek(),
    timeZone: zone.peek(),
    slotHeaderContent: slotLabel(zone.peek(), secondZone.peek()),
    allDayHeaderContent: zoneCorner(zone.peek(), secondZone.peek()),
    weekends: hasWeekends(),
    locale: LOCALE,
    firstDay: firstDayOfWeek(),
    height: "100%",
    ...LOOKS,
    events: ({ start, end }, done) => {
      const inputs = inputsOf({ start: start.valueOf(), end: end.valueOf() });
      shownNow = textOf(inputs);
      done(inputs);
    },
    datesSet: ({ startStr, endStr, view: { title } }) => {
      if (isPeopleDay()) return;
      rangeTitle.value = title;
      arrive({ start: Date.parse(startStr), end: Date.parse(endStr) });
    },
    selectable: true,
    selectMirror: true,
    selectAllow: ({ startStr, endStr, allDay }) => !isPeopleDay() || isOneColumn(startStr, endStr, allDay),
    select: ({ startStr, endStr, allDay }) => {
      const { stretch, calendar } = given(startStr, endStr, allDay);
      acts().onCreate(stretch, calendar);
    },
    // Everybody keeps their column: an event is moved in time, not to somebody else.
    eventAllow: (to, moved) =>
      !isPeopleDay() ||
      (moved?.startStr.slice(0, 10) === to.startStr.slice(0, 10) && moved.allDay === to.allDay),
    eventClick: ({ event, jsEvent }) => {
      jsEvent.preventDefault();
      open(event.extendedProps, acts());
    },
    eventDrop: (info) => void moved(info, acts()),
    eventResize: (info) => void moved(info, acts()),
    navLinkDayClick: (day) => {
      date.value = day.toISOString().slice(0, 10);
      view.value = "day";
    },
  };
}

function open(shown: Partial<Shown>, acts: Acts): void {
  if (isShown(shown)) acts.onOpen(shown);
  else
    toast({
      text: say("It is still to come: as its time comes nearer it becomes an event that can be changed."),
    });
}

function isOneColumn(startStr: string, endStr: string, allDay: boolean): boolean {
  const [first, last] = [startStr.slice(0, 10), endStr.slice(0, 10)];
  const isMidnight = allDay || endStr.slice(11, 16) === "00:00";
  return first === last ? !allDay : isMidnight && addDays(first, 1) === last;
}

/** What was dragged out or moved, as the grid says it, in real time. */
function given(
  startStr: string,
  endStr: string,
  allDay: boolean,
): { stretch: Stretch; calendar?: ShownCalendar | undefined } {
  if (isPeopleDay()) return meantBy({ startTime: startStr, endTime: endStr, allDay });
  return { stretch: stretchOf(startStr, endStr, allDay) };
}

async function moved({ event, revert }: EventChangeInfo, acts: Acts): Promise<void> {
  const { extendedProps, startStr, endStr, allDay } = event;
  const { stretch } = given(startStr, endStr || startStr, allDay);
  if (!(await acts.onMove(extendedProps as Shown, stretch))) revert();
}
