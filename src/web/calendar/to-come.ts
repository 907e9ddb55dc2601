/**
 * What of a series is still to come: places of its rule that lie beyond what has been made, and so are no events yet. The grid
 * shows them as such, of the series it knows: those that have an event in what was loaded.
 */
import { signal } from "@preact/signals";
import type { EventInput } from "fullcalendar";
import { ask } from "../api/client";
import { SeriesToComeDocument, type SeriesToComeQuery } from "../api/operations";
import { addDays, instantOf, nowText } from "../ui/times";
import { subjectOf } from "./inputs";
import { ensure, shelfOf } from "./loading";
import type { Range } from "./shelf";
import { type ShownCalendar, shownCalendars } from "./state";

type Told = NonNullable<SeriesToComeQuery["series"]>;

const DAY_MS = 86_400_000;
/** Nothing that is nearer is to come: so far ahead series are made at least. */
const MADE_DAYS = 31;
/** How far back from a range its series are looked for: what comes once a month has come by then. */
const LOOK_DAYS = 45;
const MAX_SERIES = 40;

export const toCome = signal<readonly EventInput[]>([]);

const nowMs = (): number => Date.parse(nowText());

let wanted: Range | null = null;

/** How far series are made, as they told lately: of a range that is made they need not be asked. */
const madeUntil = new Map<string, number>();
const LATELY_MS = 600_000;
let forgotten = 0;

/** Looks for what is to come in a range, once that is in view. */
export async function lookAhead(range: Range): Promise<void> {
  wanted = range;
  const now = nowMs();
  if (now - forgotten > LATELY_MS) {
    madeUntil.clear();
    forgotten = now;
  }
  if (range.end < now + MADE_DAYS * DAY_MS) return say(range, []);
  try {
    const found = await Promise.all(
      shownCalendars.peek().map((calendar) => inCalendar(calendar, range, now)),
    );
    say(range, found.flat());
  } catch {
    // Whoever waits for it sees the events that there are.
    say(range, []);
  }
}

function say(range: Range, inputs: EventInput[]): void {
  const isSame = inputs.length === 0 && toCome.peek().length === 0;
  if (range === wanted && !isSame) toCome.value = inputs;
}

async function inCalendar(calendar: ShownCalendar, range: Range, now: number): Promise<EventInput[]> {
  // What comes once a year was there a year before; all else has come within some weeks from now.
  const near = { start: now, end: now + LOOK_DAYS * DAY_MS };
  const yearBefore = { start: range.start - 366 * DAY_MS, end: range.end - 364 * DAY_MS };
  await Promise.all([near, yearBefore].map((one) => ensure(calendar.id, one)));
  const shelf = shelfOf(calendar.id);
  const ids = [near, yearBefore, range].flatMap((one) =>
    shelf.within(one).flatMap(({ seriesId }) => seriesId ?? []),
  );
  const asked = [...new Set(ids)].filter((id) => (madeUntil.get(id) ?? 0) < range.end).slice(0, MAX_SERIES);
  const told = await Promise.all(asked.map((id) => tell(id, range)));
  return told.flatMap((series) => (series ? placesOf(series, calendar, range) : []));
}

async function tell(id: string, range: Range): Promise<Told | null> {
  const after = new Date(range.start - 1).toISOString();
  const { series } = await ask(SeriesToComeDocument, { id, after });
  if (series) madeUntil.set(id, madeOf(series));
  return series;
}

/** Until when its places are events: for ever, where all of it is made. */
function madeOf({ expandedUntil, allDay, timezone }: Told): number {
  if (expandedUntil === null) return Infinity;
  const date = expandedUntil.slice(0, 10);
  return Date.parse(
    allDay
      ? `${date}T00:00:00Z`
      : instantOf({ date, time: expandedUntil.slice(11, 16) || "23:59" }, timezone),
  );
}

function placesOf(series: Told, calendar: ShownCalendar, { end }: Range): EventInput[] {
  const made = madeOf(series);
  const length = Date.parse(series.endTime) - Date.parse(series.startTime);
  return series.upcoming
    .map((instant) => Date.parse(instant))
    .filter((start) => start > made && start < end)
    .map((start) => inputOf(series, calendar, start, length));
}

function inputOf(series: Told, { colour }: ShownCalendar, start: number, length: number): EventInput {
  const instant = new Date(start).toISOString();
  const day = instant.slice(0, 10);
  return {
    id: `to-come ${series.id} ${instant}`,
    title: subjectOf(series),
    ...(series.allDay
      ? { start: day, end: addDays(day, Math.max(1, Math.round(length / DAY_MS))) }
      : { start: instant, end: new Date(start + length).toISOString() }),
    allDay: series.allDay,
    color: "var(--event)",
    editable: false,
    className: `event to-come repeats colour-${colour}`,
    extendedProps: {},
  };
}
