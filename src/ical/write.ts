// Writing a calendar file (RFC 5545), event by event, so that a calendar of any size can be streamed. Times are on the wall of
// an event's zone, whose VTIMEZONE stands before the first that needs it.

import { markOf, uidOfMark } from "./mark";
import {
  escaped,
  eventLines,
  placeLine,
  seriesLines,
  timeLine,
  writable,
  zoneOfTime,
  type ExportedEvent,
} from "./vevent-text";
import { timezoneLines } from "./vtimezone";

export { contentLines, type ExportedEvent } from "./vevent-text";

/** When a series recurs, as a file says it. */
export interface WrittenRecurrence {
  first: number;
  allDay: boolean;
  timezone: string;
  rrule: string;
  rdates: readonly number[];
  exdates: readonly number[];
  /** Of `exdates`, those that only the calendar which is written does not have. */
  absent: readonly number[];
}

const MAX_LINE_OCTETS = 75;

/**
 * A file as it is written: its head, any number of events, its foot. Every line ends in CRLF and has at most 75
 * octets. Only the UIDs and zones of what was written are kept.
 */
export class CalendarFile {
  readonly head: string;
  readonly foot = folded(["END:VCALENDAR"]);
  private readonly uids = new Set<string>();
  private readonly zones = new Set<string>();
  private readonly withZones: boolean;

  /** `more` are lines of the calendar itself; without zones, times are in those that everybody knows by their names. */
  constructor(calendarName: string, more: readonly string[] = [], { withZones = true } = {}) {
    this.withZones = withZones;
    this.head = folded([
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Tidemark//Tidemark//EN",
      "CALSCALE:GREGORIAN",
      `X-WR-CALNAME:${escaped(writable(calendarName))}`,
      ...more,
    ]);
  }

  event(event: ExportedEvent): string {
    return (
      this.zonesOf(event) + folded(eventLines(event, this.uidOf(event.iCalUid, uidOfMark(markOf(event)))))
    );
  }

  /** A series, as one VEVENT; answers the UID too, which its occurrences have. */
  series(series: ExportedEvent, recurrence: WrittenRecurrence): { text: string; uid: string } {
    const uid = this.uidOf(series.iCalUid, `series-${uidOfMark(markOf(series))}`);
    const lines = seriesLines(series, uid, whenLines(series, recurrence));
    const zone = recurrence.allDay || recurrence.timezone === "UTC" ? "" : this.zone(recurrence.timezone);
    return { text: zone + folded(lines), uid };
  }

  /** An occurrence that does not say what its series says, in its place there. */
  occurrence(
    event: ExportedEvent,
    uid: string,
    wall: number,
    series: Pick<WrittenRecurrence, "allDay" | "timezone">,
  ): string {
    const lines = eventLines(event, uid, [placeLine("RECURRENCE-ID", wall, series)]);
    return this.zonesOf(event) + folded(lines);
  }

  private zonesOf(event: ExportedEvent): string {
    const zone = zoneOfTime(event.startTime, event) ?? zoneOfTime(event.endTime, event);
    return zone === null ? "" : this.zone(zone);
  }

  private zone(name: string): string {
    if (!this.withZones || this.zones.has(name)) return "";
    this.zones.add(name);
    return folded(timezoneLines(name));
  }

  /** A UID need not be unique with us, but has to be in a file: the second event that has it goes by its id. */
  private uidOf(given: string | null, own: string): string {
    const wanted = writable(given ?? "").trim();
    const uid = wanted === "" || this.uids.has(wanted) ? own : wanted;
    this.uids.add(uid);
    return uid;
  }
}

/** One line for each date: some programs read no more of a line. */
function whenLines(series: ExportedEvent, when: WrittenRecurrence): string[] {
  const { first, rrule, rdates, exdates, absent } = when;
  const listed = (name: string, places: readonly number[]): string[] =>
    places.map((wall) => placeLine(name, wall, when));
  return [
    placeLine("DTSTART", first, when),
    timeLine("DTEND", series.endTime, series),
    `RRULE:${rrule}`,
    ...listed("RDATE", rdates),
    ...listed("EXDATE", exdates),
    ...listed("X-TIDEMARK-ABSENT", absent),
  ];
}

/** ical.js folds as well, but after 75 octets of text where the blank of the fold counts too. */
const folded = (lines: readonly string[]): string => lines.map((line) => `${fold(line)}\r\n`).join("");

/** Breaks a line where its octets are used up, never inside a character. */
function fold(line: string): string {
  if (Buffer.byteLength(line) <= MAX_LINE_OCTETS) return line;
  let [folded, octets] = ["", 0];
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > MAX_LINE_OCTETS) {
      folded += "\r\n ";
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}
