// What a search for a time asks, and what a draft says once one is chosen: made of the draft and of what its author wishes.
import { Temporal } from "temporal-polyfill";
import type { FindTimesQuery } from "../api/operations";
import { wallOf } from "../ui/times";
import { type Draft, type Guest, spanOf } from "./draft";
import { guestOfUser } from "./guests";
import { ruleFrom } from "./repeat";
import { isBookable } from "./rooms";
import { type User, users } from "./state";

export type Found = FindTimesQuery["findTimes"];
export type Suggestion = Found["suggestions"][number];

const DAYS_AHEAD = 14;
const MAX_SUGGESTIONS = 6;
export const ANY = "any";

export interface Wish {
  optional: readonly string[];
  /** A room's id, any that is large enough, or none. */
  room: string;
  minutes: number;
}

/** The owner and the colleagues on the list: of others nobody here knows when they are free. */
export function peopleOf(guests: readonly Guest[], ownerId: string | undefined): User[] {
  const invited = guests.flatMap(({ userId }) => users.value.find(({ id }) => id === userId) ?? []);
  const owner = users.value.filter(({ id }) => id === ownerId);
  return [...owner, ...invited.filter((user) => user.id !== ownerId && !isBookable(user))];
}

/** Of the guests: everybody but rooms and equipment, known here or not. */
const takingSeats = (guests: readonly Guest[]): readonly Guest[] =>
  guests.filter(({ userId }) => !users.value.some((user) => user.id === userId && isBookable(user)));

/** The room that is on the list already. */
export const roomOf = (guests: readonly Guest[]): string =>
  users.value.find(({ id, kind }) => kind === "room" && guests.some(({ userId }) => userId === id))?.id ?? "";

/** The owner sits beside the guests, where they are none of them. */
export function seatsOf({ attendees }: Draft, people: readonly User[]): number {
  const guests = takingSeats(attendees);
  return guests.length + people.filter(({ id }) => !guests.some(({ userId }) => userId === id)).length;
}

/** The day of a draft, on its own clock: no time is looked for before it. */
export const dayOf = (draft: Draft): Temporal.Instant =>
  Temporal.Instant.from(spanOf(draft).startTime).toZonedDateTimeISO(draft.zone).startOfDay().toInstant();

export function inputFor(draft: Draft, people: readonly User[], { optional, room, minutes }: Wish) {
  const now = Temporal.Now.instant().round({
    smallestUnit: "minute",
    roundingIncrement: 15,
    roundingMode: "ceil",
  });
  const day = dayOf(draft);
  const from = Temporal.Instant.compare(now, day) > 0 ? now : day;
  return {
    userIds: people.map(({ id }) => id).filter((id) => !optional.includes(id)),
    optionalUserIds: [...optional],
    ...(room === ANY && { capacity: seatsOf(draft, people) }),
    ...(room !== "" && room !== ANY && { rooms: [room] }),
    durationMinutes: minutes,
    startAt: from.toString({ smallestUnit: "millisecond" }),
    endAt: from.add({ hours: 24 * DAYS_AHEAD }).toString({ smallestUnit: "millisecond" }),
    first: MAX_SUGGESTIONS,
  };
}

/** What of a draft is another once a time is chosen; where a room was asked for, its place is among the guests. */
export function withTime(
  draft: Draft,
  { startAt, endAt, rooms }: Suggestion,
  isInRoom: boolean,
): Partial<Draft> {
  const start = wallOf(startAt, draft.zone);
  const room = users.value.find(({ id }) => isInRoom && id === rooms[0]);
  // The room of a time chosen before was asked for that time.
  const others = takingSeats(draft.attendees);
  return {
    start,
    end: wallOf(endAt, draft.zone),
    repeat: ruleFrom(draft.repeat, draft.start.date, start.date, draft.zone),
    attendees: room ? [...others, guestOfUser(room)] : draft.attendees,
  };
}
