// The lines of a VEVENT: of an event, of what a series says, and of one of its occurrences.

import ical from "ical.js";
import { wallToInstant, instantToWall, zoneOrUtc } from "../values/timezone";
import { markOf } from "./mark";
import { basicDate, basicTime } from "./wall";
import { wordLines, type WrittenWords } from "./words";

/** What an event says apart from when it is. */
export interface WrittenContent extends WrittenWords {
  subject: string;
  description: string | null;
  location: string | null;
  private: boolean;
  timezone: string;
  /** Those without an address are left out: an ATTENDEE is its address. */
  attendees: { emailAddress: string | null; name: string | null; status: string; type: string }[];
  organizerEmail: string;
  organizerName: string | null;
}

export interface ExportedEvent extends WrittenContent {
  iCalUid: string | null;
  id: string;
  /** `2026-03-02T15:00:00.000Z`; the file has no room for the milliseconds. */
  startTime: string;
  endTime: string;
  allDay: boolean;
  createdAt: string;
  lastModifiedAt: string;
}

/** How the places of a series are written. */
export interface WrittenPlaces {
  allDay: boolean;
  timezone: string;
}

/** Name, parameters, type and value of a line, as ical.js writes them. */
type Line = Parameters<typeof ical.stringify.property>[0];

const PARTSTAT: Readonly<Record<string, string>> = {
  Accepted: "ACCEPTED",
  Declined: "DECLINED",
  Tentative: "TENTATIVE",
};
const KIND: Readonly<Record<string, Record<string, string>>> = {
  required: { role: "REQ-PARTICIPANT" },
  optional: { role: "OPT-PARTICIPANT" },
  resource: { cutype: "RESOURCE", role: "NON-PARTICIPANT" },
};
// RFC 5545 has no way to write the control characters, but for tabs and line ends. Lone surrogates are no text.
const UNWRITABLE = /[^\P{Cc}\t\n\u0080-\u009f]|\p{Surrogate}/gu;

/** An event; `own` are the lines that say which it is. */
export function eventLines(event: ExportedEvent, uid: string, own: readonly string[] = []): string[] {
  return [
    ...versionLines(event, uid),
    timeLine("DTSTART", event.startTime, event),
    timeLine("DTEND", event.endTime, event),
    ...own,
    ...contentLines(event),
    `X-TIDEMARK-EVENT:${markOf(event)}`,
    "END:VEVENT",
  ];
}

/** What a series says, with the lines of its first place and of when it recurs. */
export const seriesLines = (series: ExportedEvent, uid: string, when: readonly string[]): string[] => [
  ...versionLines(series, uid),
  ...when,
  ...contentLines(series),
  `X-TIDEMARK-SERIES:${markOf(series)}`,
  "END:VEVENT",
];

function versionLines(event: ExportedEvent, uid: string): string[] {
  const changed = dateTime(event.lastModifiedAt);
  return [
    "BEGIN:VEVENT",
    written(["uid", {}, "text", uid]),
    written(["dtstamp", {}, "date-time", changed]),
    written(["created", {}, "date-time", dateTime(event.createdAt)]),
    written(["last-modified", {}, "date-time", changed]),
    `SEQUENCE:${sequenceOf(event)}`,
  ];
}

/** All that an event says, but when it is: of two that say the same they are the same. */
export function contentLines(event: WrittenContent): string[] {
  return [
    written(["summary", {}, "text", writable(event.subject)]),
    ...optional("description", event.description),
    ...optional("location", event.location),
    `CLASS:${event.private ? "PRIVATE" : "PUBLIC"}`,
    ...wordLines(event, (text) => escaped(writable(text))),
    `X-TIDEMARK-TIMEZONE:${event.timezone}`,
    ...personLines(event),
  ];
}

/** The seconds between its making and its last change: with each change it rises, and is 0 while there was none. */
const sequenceOf = ({ createdAt, lastModifiedAt }: ExportedEvent): number =>
  Math.max(0, Math.floor((Date.parse(lastModifiedAt) - Date.parse(createdAt)) / 1000));

function personLines({ organizerEmail, organizerName, attendees }: WrittenContent): string[] {
  const organizer = written(["organizer", named(organizerName), "cal-address", address(organizerEmail)]);
  const invited = attendees.flatMap(({ emailAddress, name, status, type }) => {
    if (!emailAddress) return [];
    const parameters = { ...named(name), ...KIND[type], partstat: PARTSTAT[status] ?? "NEEDS-ACTION" };
    return [written(["attendee", parameters, "cal-address", address(emailAddress)])];
  });
  return organizerEmail === "" ? invited : [organizer, ...invited];
}

/** The zone in which a time is written: of an instant whose clock shows the same again later, and in UTC, none. */
export function zoneOfTime(
  instant: string,
  { allDay, timezone }: { allDay: boolean; timezone: string },
): string | null {
  // Plain SQL may have stored a name that PostgreSQL alone knows.
  const zone = allDay ? "UTC" : zoneOrUtc(timezone);
  if (zone === "UTC") return null;
  const at = Math.floor(Date.parse(instant) / 1_000) * 1_000;
  return wallToInstant(instantToWall(at, zone), zone) === at ? zone : null;
}

export function timeLine(
  name: string,
  instant: string,
  event: { allDay: boolean; timezone: string },
): string {
  const at = Date.parse(instant);
  const zone = zoneOfTime(instant, event);
  if (event.allDay) return `${name};VALUE=DATE:${basicDate(at)}`;
  return zone === null
    ? `${name}:${basicTime(at)}Z`
    : `${name};TZID=${zone}:${basicTime(instantToWall(at, zone))}`;
}

/** A place of a series, in a line such as DTSTART, EXDATE or RECURRENCE-ID. */
export function placeLine(name: string, wall: number, { allDay, timezone }: WrittenPlaces): string {
  if (allDay) return `${name};VALUE=DATE:${basicDate(wall)}`;
  return timezone === "UTC" ? `${name}:${basicTime(wall)}Z` : `${name};TZID=${timezone}:${basicTime(wall)}`;
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
export const writable = (text: string): string => text.replace(/\r\n?/g, "\n").replace(UNWRITABLE, "");

/** For properties ical.js does not know: it would put VALUE=TEXT before them, which other programs stumble over. */
export const escaped = (text: string): string => text.replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n");
