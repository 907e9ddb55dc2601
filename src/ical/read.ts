// Reading a calendar file: text in, the events to import out, with what could not be read. No database, no clock.

import { type Content } from "./content";
import { type RawCalendar, splitCalendars } from "./lines";
import { instantOf } from "./moment";
import { BrokenLine, quote } from "./property";
import { type Budget } from "./recurrence";
import { expandSeries, MOST_OCCURRENCES, type Occurrence, occurrenceOf } from "./series";
import { isSeries, momentKey, readVevent, type Series, type Vevent } from "./vevent";
import { openZoneBook } from "./zones";

/** Series are expanded from `from` up to `to`; events that do not recur are read whatever their date. */
export interface ImportWindow {
  /** The IANA zone of floating times, and of those whose zone nobody knows. */
  zone: string;
  from: Date;
  to: Date;
  /** Whose calendar it is: they are not made an attendee for being the organiser. */
  ownEmail: string;
}

/** Occurrences of one series share their `attendees`. */
export interface ImportedEvent extends Content {
  /** The UID; for an instance of a series, the UID with the instance's RECURRENCE-ID: stable from file to file. */
  iCalUid: string;
  /** `2026-03-02T15:00:00.000Z`. All-day: midnight of the date as written, the end excluded. */
  startTime: string;
  endTime: string;
  allDay: boolean;
  /** Of the VEVENT in the file. */
  line: number;
}

/** Something a person should hear about: a component left out, or one that was not taken in full. */
export interface ImportProblem {
  line: number;
  component: string;
  message: string;
}

export interface ImportReading {
  events: ImportedEvent[];
  /** By line. */
  problems: ImportProblem[];
  counts: {
    /** VEVENTs in the file. Each gave events, or is counted below, or is a problem. */
    components: number;
    /** Of these, the ones that recur and are not cancelled. */
    series: number;
    /** VEVENTs that are cancelled, overrides of a cancelled series included. */
    cancelled: number;
    /** Series, and overrides in one, that have nothing in the window. */
    outsideWindow: number;
    /** VEVENTs of which the file has a newer version. */
    superseded: number;
  };
}

/** A series or an event, and what replaces instances of it. */
interface Family {
  master: Vevent | null;
  overrides: Vevent[];
}

const FILE_STEPS = 20_000_000;
/** Of all series of a file together: what a small file can ask for is bounded. */
const MOST_IN_SERIES = 200_000;
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const CANCELLATION = /^METHOD\s*:\s*CANCEL\s*$/i;

/** Reads a file. Only one that holds nothing of iCalendar is refused, with an Error; what is broken in it is reported. */
export function readCalendar(text: string, window: ImportWindow): ImportReading {
  const calendars = splitCalendars(text);
  if (calendars.length === 0) throw new Error("This is no iCalendar file: there is no BEGIN:VCALENDAR in it");
  const reading = newReading();
  const vevents = calendars.flatMap((calendar) => readVevents(calendar, window, reading));
  const events = new Map<string, Occurrence>();
  const progress = { reading, budget: { steps: FILE_STEPS }, room: MOST_IN_SERIES };
  for (const family of families(vevents, reading)) {
    for (const occurrence of occurrencesOf(family, window, progress)) {
      const rival = events.get(occurrence.iCalUid);
      if (!rival || isNewer(occurrence.source, rival.source)) events.set(occurrence.iCalUid, occurrence);
    }
  }
  reading.events = [...events.values()].flatMap((occurrence) => toEvent(occurrence, reading));
  reading.problems.sort((a, b) => a.line - b.line);
  return reading;
}

const newReading = (): ImportReading => ({
  events: [],
  problems: [],
  counts: { components: 0, series: 0, cancelled: 0, outsideWindow: 0, superseded: 0 },
});

function readVevents(calendar: RawCalendar, window: ImportWindow, reading: ImportReading): Vevent[] {
  const remark = (message: string, line: number): void => {
    reading.problems.push({ line, component: "VEVENT", message });
  };
  const zones = openZoneBook(calendar.timezones, window.zone, (tzid, line) =>
    remark(`The time zone ${quote(tzid)} is not known: its times were read in ${window.zone}`, line),
  );
  const isCancellation = calendar.lines.some(({ text }) => CANCELLATION.test(text));
  reading.counts.components += calendar.events.length;
  return calendar.events.flatMap((component) => {
    try {
      const vevent = readVevent(component, { zones, ownEmail: window.ownEmail, remark });
      return [{ ...vevent, cancelled: vevent.cancelled || isCancellation }];
    } catch (error) {
      if (!(error instanceof BrokenLine)) throw error;
      remark(error.message, error.line);
      return [];
    }
  });
}

/** Masters with their overrides, in the order of the file; of each, only the newest version. */
function families(vevents: Vevent[], { counts }: ImportReading): Family[] {
  const newest = new Map<string, Vevent>();
  for (const vevent of vevents) {
    const key = `${vevent.uid}\n${vevent.replaces ? slotKey(vevent) : ""}`;
    const rival = newest.get(key);
    if (rival) counts.superseded++;
    if (!rival || isNewer(vevent, rival)) newest.set(key, vevent);
  }
  const byUid = new Map<string, Family>();
  for (const vevent of newest.values()) {
    const family = byUid.get(vevent.uid) ?? { master: null, overrides: [] };
    if (vevent.replaces) family.overrides.push(vevent);
    else family.master = vevent;
    byUid.set(vevent.uid, family);
  }
  return [...byUid.values()];
}

/** Whether `vevent`, which stands later in the file, is to be preferred. */
const isNewer = (vevent: Vevent, rival: Vevent): boolean =>
  vevent.sequence === rival.sequence ? vevent.changed >= rival.changed : vevent.sequence > rival.sequence;

const slotKey = ({ replaces, zone }: Vevent): string =>
  replaces ? momentKey(instantOf(replaces, zone), replaces.isDate) : "";

interface Progress {
  reading: ImportReading;
  budget: Budget;
  /** How many occurrences of series may still be added. */
  room: number;
}

function occurrencesOf(
  { master, overrides }: Family,
  window: ImportWindow,
  progress: Progress,
): Occurrence[] {
  const { counts } = progress.reading;
  if (master?.cancelled) {
    counts.cancelled += 1 + overrides.length;
    return [];
  }
  counts.cancelled += overrides.filter(({ cancelled }) => cancelled).length;
  if (master && isSeries(master)) return seriesOccurrences(master, overrides, window, progress);
  // Overrides whose series is not in the file: somebody was invited to one meeting of many.
  const alone = overrides.filter(({ cancelled }) => !cancelled);
  return [
    ...(master ? [occurrenceOf(master, master.uid)] : []),
    ...alone.map((override) => occurrenceOf(override, `${override.uid}_${slotKey(override)}`)),
  ];
}

function seriesOccurrences(
  master: Series,
  overrides: Vevent[],
  window: ImportWindow,
  progress: Progress,
): Occurrence[] {
  const { counts, problems } = progress.reading;
  const report = (message: string): unknown =>
    problems.push({ line: master.line, component: "VEVENT", message });
  counts.series++;
  if (progress.room === 0) return [];
  const span = { from: window.from.getTime(), to: window.to.getTime() };
  const { occurrences, outside, cut } = expandSeries(master, overrides, span, progress.budget);
  counts.outsideWindow += outside.length;
  if (!occurrences.some(({ source }) => source === master)) counts.outsideWindow++;
  if (cut) {
    const reason = `it has over ${MOST_OCCURRENCES} occurrences or takes too long to work out`;
    report(`This series was imported in part only: ${reason}`);
  }
  const taken = occurrences.slice(0, progress.room);
  progress.room -= taken.length;
  if (progress.room === 0) {
    report(`The series of this file have over ${MOST_IN_SERIES} occurrences: the rest was left out`);
  }
  return taken;
}

function toEvent({ iCalUid, start, end, source }: Occurrence, { problems }: ImportReading): ImportedEvent[] {
  if (!(start >= 0 && end <= LATEST_MS)) {
    const message = "This VEVENT is not within the years 1970 to 9999";
    problems.push({ line: source.line, component: "VEVENT", message });
    return [];
  }
  const [startTime, endTime] = [new Date(start).toISOString(), new Date(end).toISOString()];
  return [{ iCalUid, ...source.content, startTime, endTime, allDay: source.allDay, line: source.line }];
}
