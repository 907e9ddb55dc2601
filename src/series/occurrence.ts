// An occurrence before it is an event: what its series says, in its place.
import type { Event } from "../entities/event";
import { DEFAULTS } from "../event/fields";
import type { NewEvent } from "../event/merge";
import { basicDate, basicTime } from "../ical/wall";
import { timesAt, type Definition } from "./definition";
import { recurrenceIdOf, startOf } from "./places";
import type { SeriesState, Template } from "./stored";

const MAX_UID = 1_000;
const NOT_IN_TEMPLATE: ReadonlySet<string> = new Set([
  ...["startTime", "endTime", "allDay", "timezone", "iCalUid", "leftUserIds"],
  ...["seriesId", "recurrenceId", "overrides", "organisationId", "ownerId"],
]);

/** What an event says that others of its series are to say too. */
export const templateOf = (event: NewEvent): Template =>
  Object.fromEntries(
    Object.entries({ ...DEFAULTS, ...event }).filter(
      ([name, value]) => !NOT_IN_TEMPLATE.has(name) && value !== undefined,
    ),
  ) as unknown as Template;

/** The UID of an occurrence, as calendar files that were imported have named them. */
export function occurrenceUid(iCalUid: string, definition: Definition, wall: number): string {
  const at = definition.allDay ? basicDate(wall) : `${basicTime(startOf(definition, wall))}Z`;
  return `${iCalUid.slice(0, MAX_UID - at.length - 1)}_${at}`;
}

export const occurrenceOf = (
  seriesId: string,
  { ownerId, definition, content, leftUserIds, iCalUid }: SeriesState,
  wall: number,
): Partial<Event> => ({
  ...content,
  ...timesAt(definition, wall),
  ownerId,
  timezone: definition.timezone,
  iCalUid: occurrenceUid(iCalUid, definition, wall),
  leftUserIds: [...leftUserIds],
  seriesId,
  recurrenceId: recurrenceIdOf(wall, definition.allDay),
  overrides: [],
});

/** In how many calendars an occurrence is. */
export const participantsOf = ({
  ownerId,
  content,
  leftUserIds,
}: Pick<SeriesState, "ownerId" | "content" | "leftUserIds">): number =>
  new Set(
    [ownerId, ...content.attendees.flatMap(({ userId }) => userId ?? [])].filter(
      (id) => !leftUserIds.includes(id),
    ),
  ).size;
