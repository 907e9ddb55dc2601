// A series in Aurinko's words, as REST shows it: the rule as lines of a calendar file, and the occurrences that are not as it
// has them.
import { hash } from "node:crypto";
import { basicDate, basicTime } from "../ical/wall";
import { instantToWall } from "../values/timezone";
import { toMs } from "../values/instants";
import type { Schema } from "../values/schema";
import { refTo } from "../values/schema";
import { recurrenceIdOf, wallOf } from "./places";
import type { ModifiedOccurrence } from "./read";
import type { Series } from "./series.types";

interface LocalTime {
  dateTime: string;
  timezone: string;
}

/** The names of what it shows as an event does, in its order. */
export const SHOWN = [
  ...["subject", "description", "location", "startTime", "endTime", "allDay", "private", "timezone"],
  ...["showAs", "status", "type", "conferenceUrl", "properties", "guestsCanEdit"],
  ...[
    "attendees",
    "parentId",
    "relatedTo",
    "iCalUid",
    "ownerId",
    "organizerEmail",
    "organizerName",
    "createdAt",
  ],
] as const;

/** The JSON of a series. */
export function seriesJson(series: Series, modified: readonly ModifiedOccurrence[]): string {
  const { row } = series;
  const { id, timezone, allDay } = row;
  const at = (dateTime: string): LocalTime => ({ dateTime, timezone });
  const gone = [...new Set([...row.exdates, ...row.deletedPlaces])].sort();
  const placeAt = (instant: string): string =>
    recurrenceIdOf(allDay ? toMs(instant) : instantToWall(toMs(instant), timezone), allDay);
  const shown = series as unknown as Record<string, unknown>;
  return JSON.stringify({
    id,
    globalId: row.iCalUid,
    recurrence: { ical: { rules: rulesOf(series, gone), recurrenceStart: at(row.firstPlace) } },
    modifiedOccurrences: modified.map(({ id: eventId, recurrenceId, startTime }) => ({
      id: eventId,
      masterId: id,
      type: "modified",
      originalStart: at(recurrenceId),
      start: at(placeAt(startTime)),
    })),
    deletedOccurrences: gone.map((place) => ({ masterId: id, type: "deleted", originalStart: at(place) })),
    expandedUntil: row.expandedUntil,
    ...Object.fromEntries(SHOWN.map((name) => [name, shown[name]])),
    parentId: series.parentId === null ? null : Number(series.parentId),
    attendees: series.attendees.map(({ userId, emailAddress, contactId, name, status, type }) => ({
      userId,
      emailAddress,
      contactId,
      name,
      status,
      type,
    })),
    relatedTo: series.relatedTo.map((link) => ({ type: link.type, id: link.id, name: link.name })),
    lastModifiedAt: series.lastModifiedAt,
  });
}

/** The strong entity tag of what is shown: an occurrence that changes changes it. */
export const seriesEtag = (id: string, json: string): string =>
  `"series-${id}-${hash("sha256", json, "base64url")}"`;

function rulesOf({ row }: Series, gone: readonly string[]): string[] {
  const { allDay, timezone } = row;
  const line = (name: string, places: readonly string[]): string[] => {
    if (places.length === 0) return [];
    const walls = places.map(wallOf);
    return [
      allDay
        ? `${name};VALUE=DATE:${walls.map(basicDate).join(",")}`
        : `${name};TZID=${timezone}:${walls.map(basicTime).join(",")}`,
    ];
  };
  return [`RRULE:${row.rrule}`, ...line("RDATE", row.rdates), ...line("EXDATE", gone)];
}

const LOCAL_TIME: Schema = {
  type: "object",
  required: ["dateTime", "timezone"],
  properties: {
    dateTime: {
      type: "string",
      description: "A time on the wall, or a date.",
      examples: ["2026-03-02T09:00:00"],
    },
    timezone: { type: "string", description: "The zone of the wall.", examples: ["Europe/Paris"] },
  },
};

const nullable = (type: "string" | "integer" | "boolean"): Schema => ({ type: [type, "null"] });

const EVENT_PARTS: Record<(typeof SHOWN)[number], Schema> = {
  subject: { type: "string" },
  description: nullable("string"),
  location: nullable("string"),
  startTime: { type: "string", format: "date-time", description: "When the first occurrence starts." },
  endTime: { type: "string", format: "date-time", description: "When the first occurrence ends." },
  allDay: { type: "boolean" },
  private: { type: "boolean" },
  timezone: { type: "string" },
  showAs: { type: "string" },
  status: nullable("string"),
  type: nullable("string"),
  conferenceUrl: nullable("string"),
  properties: { type: "object" },
  guestsCanEdit: nullable("boolean"),
  attendees: { type: "array", items: refTo("Attendee") },
  parentId: nullable("integer"),
  relatedTo: { type: "array", items: refTo("RecordLink") },
  iCalUid: nullable("string"),
  ownerId: nullable("string"),
  organizerEmail: nullable("string"),
  organizerName: nullable("string"),
  createdAt: { type: ["string", "null"], format: "date-time" },
};

const object = (properties: Record<string, Schema>): Schema => ({
  type: "object",
  required: Object.keys(properties),
  properties,
});

/** What `seriesJson` has. */
export const SERIES_SHAPE: Schema = {
  description: "A series: its rule, what its occurrences say, and which of them differ.",
  ...object({
    id: { type: "string" },
    globalId: { type: "string", description: "Its id in mailboxes." },
    recurrence: object({
      ical: object({
        rules: { type: "array", items: { type: "string" }, description: "RRULE, RDATE and EXDATE lines." },
        recurrenceStart: LOCAL_TIME,
      }),
    }),
    modifiedOccurrences: {
      type: "array",
      items: object({
        id: { type: "string" },
        masterId: { type: "string" },
        type: { type: "string", const: "modified" },
        originalStart: LOCAL_TIME,
        start: LOCAL_TIME,
      }),
      description: "Occurrences that do not say what the series says, by place.",
    },
    deletedOccurrences: {
      type: "array",
      items: object({
        masterId: { type: "string" },
        type: { type: "string", const: "deleted" },
        originalStart: LOCAL_TIME,
      }),
      description: "Places of the rule that have no occurrence.",
    },
    expandedUntil: {
      type: ["string", "null"],
      description: "Occurrences in later places are no events yet; null once all are made.",
    },
    ...EVENT_PARTS,
    lastModifiedAt: { type: "string", format: "date-time" },
  }),
};
