// Writing a calendar file (RFC 5545), event by event, so that a calendar of any size can be streamed. Times are in
// UTC and need no VTIMEZONE; the zone of an event travels in X-TIDEMARK-TIMEZONE, where our own reader finds it.

import ical from "ical.js";

export interface ExportedEvent {
  iCalUid: string | null;
  id: string;
  subject: string;
  description: string | null;
  location: string | null;
  /** `2026-03-02T15:00:00.000Z`; the file has no room for the milliseconds. */
  startTime: string;
  endTime: string;
  allDay: boolean;
  private: boolean;
  timezone: string;
  /** Those without an address are left out: an ATTENDEE is its address. */
  attendees: { emailAddress: string | null; name: string | null; status: string }[];
  organizerEmail: string;
  organizerName: string | null;
  createdAt: string;
  lastModifiedAt: string;
}

/** Name, parameters, type and value of a line, as ical.js writes them. */
type Line = Parameters<typeof ical.stringify.property>[0];

const LONGEST_LINE_OCTETS = 75;
const PARTSTAT: Readonly<Record<string, string>> = {
  Accepted: "ACCEPTED",
  Declined: "DECLINED",
  Tentative: "TENTATIVE",
};
// RFC 5545 has no way to write the control characters, but for tabs and line ends. Lone surrogates are no text.
const UNWRITABLE = /[^\P{Cc}\t\n\u0080-\u009f]|\p{Surrogate}/gu;

/**
 * A file as it is written: its head, any number of events, its foot. Every line ends in CRLF and has at most 75
 * octets. Only the UIDs of what was written are kept.
 */
export class CalendarFile {
  readonly head: string;
  readonly foot = folded(["END:VCALENDAR"]);
  private readonly uids = new Set<string>();

  constructor(calendarName: string) {
    this.head = folded([
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Tidemark//Tidemark//EN",
      "CALSCALE:GREGORIAN",
      `X-WR-CALNAME:${escaped(writable(calendarName))}`,
    ]);
  }

  event(event: ExportedEvent): string {
    return folded(eventLines(event, this.uidOf(event)));
  }

  /**
   * An `iCalUid` need not be unique with us, but has to be in a file: the second event that has it goes by its id.
   * Other installations have the same ids, though hardly made in the same millisecond.
   */
  private uidOf({ iCalUid, id, createdAt }: ExportedEvent): string {
    const wanted = writable(iCalUid ?? "").trim();
    const own = `${id}-${Date.parse(createdAt)}@tidemark`; // idInUid reads it.
    const uid = wanted === "" || this.uids.has(wanted) ? own : wanted;
    this.uids.add(uid);
    return uid;
  }
}

/** The id in a UID that was made up here, or elsewhere in this way; null where it is another kind of UID. */
export const idInUid = (uid: string): string | null =>
  /^([1-9]\d{0,15})-\d{1,15}@tidemark$/.exec(uid)?.[1] ?? null;

function eventLines(event: ExportedEvent, uid: string): string[] {
  const changed = dateTime(event.lastModifiedAt);
  return [
    "BEGIN:VEVENT",
    written(["uid", {}, "text", uid]),
    written(["dtstamp", {}, "date-time", changed]),
    written(["created", {}, "date-time", dateTime(event.createdAt)]),
    written(["last-modified", {}, "date-time", changed]),
    timeLine("dtstart", event.startTime, event.allDay),
    timeLine("dtend", event.endTime, event.allDay),
    written(["summary", {}, "text", writable(event.subject)]),
    ...optional("description", event.description),
    ...optional("location", event.location),
    `CLASS:${event.private ? "PRIVATE" : "PUBLIC"}`,
    `X-TIDEMARK-TIMEZONE:${event.timezone}`,
    ...personLines(event),
    "END:VEVENT",
  ];
}

function personLines({ organizerEmail, organizerName, attendees }: ExportedEvent): string[] {
  const organizer = written(["organizer", named(organizerName), "cal-address", address(organizerEmail)]);
  const invited = attendees.flatMap(({ emailAddress, name, status }) => {
    if (!emailAddress) return [];
    const parameters = { ...named(name), partstat: PARTSTAT[status] ?? "NEEDS-ACTION" };
    return [written(["attendee", parameters, "cal-address", address(emailAddress)])];
  });
  return organizerEmail === "" ? invited : [organizer, ...invited];
}

function timeLine(name: string, instant: string, allDay: boolean): string {
  return written(
    allDay ? [name, {}, "date", instant.slice(0, 10)] : [name, {}, "date-time", dateTime(instant)],
  );
}

function optional(name: string, text: string | null): string[] {
  const carried = writable(text ?? "");
  return carried === "" ? [] : [written([name, {}, "text", carried])];
}

const written = (line: Line): string => ical.stringify.property(line, ical.design.icalendar, true);

const dateTime = (instant: string): string => `${instant.slice(0, 19)}Z`;

const address = (email: string): string => `mailto:${writable(email)}`;

function named(name: string | null): Record<string, string> {
  const cn = writable(name ?? "");
  return cn === "" ? {} : { cn };
}

/** As iCalendar can carry it: line ends as LF, no other control characters than tabs. */
const writable = (text: string): string => text.replace(/\r\n?/g, "\n").replace(UNWRITABLE, "");

/** For properties ical.js does not know: it would put VALUE=TEXT before them, which other programs stumble over. */
const escaped = (text: string): string => text.replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n");

/** ical.js folds as well, but after 75 octets of text where the blank of the fold counts too. */
const folded = (lines: string[]): string => lines.map((line) => `${fold(line)}\r\n`).join("");

/** Breaks a line where its octets are used up, never inside a character. */
function fold(line: string): string {
  if (Buffer.byteLength(line) <= LONGEST_LINE_OCTETS) return line;
  let [folded, octets] = ["", 0];
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > LONGEST_LINE_OCTETS) {
      folded += "\r\n ";
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}
