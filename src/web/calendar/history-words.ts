// What a history says of a field, before and after a change, in words for a person.
import { say } from "../languages/say";
import { momentText } from "../ui/times";
import { answerLook } from "../ui/answers";
import { users, zone } from "./state";
import { SHOW_AS, STATUS } from "./words";

const NAMES: Record<string, string> = {
  subject: say("Title"),
  description: say("Description"),
  location: say("Location"),
  startTime: say("Start"),
  endTime: say("End"),
  allDay: say("All day"),
  private: say("Private"),
  timezone: say("Time zone"),
  showAs: say("Show as"),
  status: say("Status"),
  type: say("Type"),
  conferenceUrl: say("Video link"),
  properties: say("Properties"),
  guestsCanEdit: say("Guests may edit"),
  attendees: say("Guests"),
  parentId: say("Part of"),
  relatedTo: say("About"),
  iCalUid: say("iCalendar UID"),
  seriesId: say("Series"),
  recurrenceId: say("Place in its series"),
  overrides: say("Its own in the series"),
  ownerId: say("Owner"),
  organizerEmail: say("Organiser’s address"),
  organizerName: say("Organiser"),
  leftUserIds: say("Left"),
};

export const fieldName = (field: string): string => NAMES[field] ?? field;

const PLACES = Object.keys(NAMES);

/** The start before the end, as the form has them. */
export const inOrder = <One extends { field: string }>(fields: readonly One[]): One[] =>
  [...fields].sort((one, other) => PLACES.indexOf(one.field) - PLACES.indexOf(other.field));

const MAX_LENGTH = 300;

interface Person {
  name: string | null;
  emailAddress: string | null;
  status: string;
}

const userName = (id: unknown): string =>
  users.peek().find((user) => user.id === String(id))?.name ?? String(id);

const TEXTS: Record<string, (value: unknown) => string> = {
  startTime: (at) => momentText(at as string, zone.value),
  endTime: (at) => momentText(at as string, zone.value),
  showAs: (word) => SHOW_AS[word as string] ?? String(word),
  status: (word) => STATUS[word as string] ?? String(word),
  ownerId: userName,
  leftUserIds: (ids) => (ids as unknown[]).map(userName).join(", "),
  attendees: (people) =>
    (people as Person[])
      .map(({ name, emailAddress, status }) => `${name ?? emailAddress} ${answerLook(status).says}`)
      .join(", "),
  relatedTo: (links) => (links as { name: string }[]).map(({ name }) => name).join(", "),
};

/** A value in words; what is long, its beginning. */
export function valueText(field: string, value: unknown): string {
  const text = value === null ? "" : (TEXTS[field] ?? plain)(value);
  if (text === "") return say("(empty)");
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function plain(value: unknown): string {
  if (typeof value === "boolean") return value ? say("Yes") : say("No");
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(String).join(", ");
  return JSON.stringify(value);
}
