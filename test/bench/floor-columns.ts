// The fields that the floors answer: those of the service's events, in its order.
import { instantFromDatabase } from "../../src/values/instants";

interface FloorColumn {
  name: string;
  column: string;
  /** SQL that prints it, for JSON made by PostgreSQL. */
  print: (sql: string) => string;
  /** PostgreSQL's text as JSON. */
  json: (text: string) => string;
}

const as =
  (print: FloorColumn["print"], json: FloorColumn["json"]) =>
  (name: string, column: string): FloorColumn => ({ name, column, print, json });

const text = as((sql) => sql, JSON.stringify);
const id = as(
  (sql) => `${sql}::text`,
  (value) => `"${value}"`,
);
const bare = as(
  (sql) => sql,
  (value) => value,
);
const flag = as(
  (sql) => sql,
  (value) => (value === "t" ? "true" : "false"),
);
const instant = as(
  (sql) => `to_char(${sql}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  (value) => `"${instantFromDatabase(value)}"`,
);

export const FLOOR_COLUMNS: readonly FloorColumn[] = [
  id("id", "id"),
  text("subject", "subject"),
  text("description", "description"),
  text("location", "location"),
  instant("startTime", "start_time"),
  instant("endTime", "end_time"),
  flag("allDay", "all_day"),
  flag("private", "private"),
  text("timezone", "timezone"),
  text("showAs", "show_as"),
  text("status", "status"),
  text("type", "type"),
  text("conferenceUrl", "conference_url"),
  bare("properties", "properties"),
  flag("guestsCanEdit", "guests_can_edit"),
  bare("attendees", "attendees"),
  bare("parentId", "parent_id"),
  bare("relatedTo", "related_to"),
  text("iCalUid", "i_cal_uid"),
  id("seriesId", "series_id"),
  text("recurrenceId", "recurrence_id"),
  id("ownerId", "owner_id"),
  text("organizerEmail", "organizer_email"),
  text("organizerName", "organizer_name"),
  instant("createdAt", "created_at"),
  instant("lastModifiedAt", "last_modified_at"),
];
