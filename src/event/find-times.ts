// A time for a meeting: when everybody who must be there is free within their own working hours, and a room is; where there is
// none, why, and who is in the way. One read of availability, then a count for each time that is thinkable.
import { requireScope, type Context } from "../context";
import { isRoom } from "../entities/user";
import { badRequest } from "../errors";
import { findRooms, findUsersById, type UserView } from "../people/users";
import { without, workingStretches, type Stretch } from "../people/work-hours";
import { mapInPieces } from "../turns/pauses";
import { toInstant, toMs, type Instant, MINUTE_MS } from "../values/instants";
import { zoneOrUtc } from "../values/timezone";
import { MAX_USERS, readFreeBusy } from "./free-busy";

/** So many rooms that hold enough people are looked at, the smallest first. */
const MAX_ROOMS = 1_000;
/** So many of those that are free are told of each time. */
const MAX_TOLD = 50;

export interface TimeWish {
  userIds: readonly string[];
  optionalUserIds: readonly string[];
  /** Of which one must be free. */
  rooms: readonly string[];
  capacity: number | null;
  durationMinutes: number;
  startAt: Instant;
  endAt: Instant;
  stepMinutes: number;
  ignoreWorkHours: boolean;
  /** An event that keeps nobody busy. */
  exceptEventId: string | null;
  first: number;
}

export interface Suggestion {
  startAt: Instant;
  endAt: Instant;
  /** Optional people who are not free. */
  missing: string[];
  /** Rooms that are, of those that were not named the smallest first. */
  rooms: string[];
}

export interface FoundTimes {
  suggestions: Suggestion[];
  reason: string | null;
  blocking: string[];
}

/** Whether somebody is free at each time; times are known by their number. */
type Free = Uint8Array;

/**
 * The times at which the meeting may be: those with the fewest optional people missing first, then the earliest. Refuses who
 * is no user of the organisation, and what is no room, as `bad_request`. At most 3 statements, and one for each further 50
 * rooms; costs what availability does, and each person's days.
 */
export async function findTimes(ctx: Context, wish: TimeWish): Promise<FoundTimes> {
  requireScope(ctx, "read");
  const required = [...new Set(wish.userIds)];
  const optional = [...new Set(wish.optionalUserIds)].filter((id) => !required.includes(id));
  const wantsRoom = wish.rooms.length > 0 || wish.capacity !== null;
  if (required.length + optional.length > MAX_USERS)
    throw badRequest({
      field: "userIds",
      message: `userIds and optionalUserIds must have ${MAX_USERS} entries at most.`,
    });
  if (required.length === 0 && !wantsRoom)
    throw badRequest({
      field: "userIds",
      message: "userIds, rooms or capacity must say who is to meet, or where.",
    });
  const people = await findPeople(ctx, wish);
  const rooms = wantsRoom ? await candidates(ctx, wish, people) : [];
  const ids = [...new Set([...required, ...optional, ...rooms])];
  const stretches = await freeStretches(ctx, wish, { ids, people });
  const timesOf = (id: string): Free => timesWithin(stretches.get(id) ?? [], wish);
  const free = new Map(await mapInPieces([...required, ...optional], (id) => [id, timesOf(id)]));
  const open = new Uint16Array(numberOfTimes(wish));
  await mapInPieces(rooms, (id) => addTo(open, timesOf(id)));
  return chosen(wish, { required, optional, rooms, wantsRoom, free, open, stretches });
}

/** Everybody who is named, by id. */
async function findPeople(ctx: Context, wish: TimeWish): Promise<Map<string, UserView>> {
  const named = { userIds: wish.userIds, optionalUserIds: wish.optionalUserIds, rooms: wish.rooms };
  const ids = [...new Set(Object.values(named).flat())];
  const people = new Map((await findUsersById(ctx, ids)).map((user) => [user.id, user]));
  for (const [list, given] of Object.entries(named)) {
    given.forEach((id, index) => {
      const field = `${list}[${index}]`;
      const user = people.get(id);
      if (!user) throw badRequest({ field, message: `${field} must be a user of the organisation.` });
      if (list === "rooms" && !isRoom(user.kind))
        throw badRequest({ field, message: `${field} must be a room or equipment.` });
    });
  }
  return people;
}

/** The rooms that may be it: those that are named, or all of the organisation, as far as they hold so many. */
async function candidates(ctx: Context, wish: TimeWish, people: Map<string, UserView>): Promise<string[]> {
  const { capacity } = wish;
  const named = [...new Set(wish.rooms)].flatMap((id) => people.get(id) ?? []);
  const rooms = named.length > 0 ? named : await findRooms(ctx, capacity ?? 1, MAX_ROOMS);
  for (const room of rooms) people.set(room.id, room);
  const fitting = rooms.filter((room) => capacity === null || (room.capacity ?? 0) >= capacity);
  return fitting.filter(({ disabled }) => !disabled).map(({ id }) => id);
}

/** For each of them, when they are free. */
async function freeStretches(
  ctx: Context,
  wish: TimeWish,
  { ids, people }: { ids: readonly string[]; people: ReadonlyMap<string, UserView> },
): Promise<Map<string, Stretch[]>> {
  const window = { from: toMs(wish.startAt), to: toMs(wish.endAt) };
  const known = new Map<string, Stretch[]>();
  const free = new Map<string, Stretch[]>();
  for (let from = 0; from < ids.length; from += MAX_USERS) {
    const busy = await readFreeBusy(ctx, ids.slice(from, from + MAX_USERS), wish, false);
    await mapInPieces(busy, ({ userId, busy: blocks }) => {
      const taken = blocks.map(({ startAt, endAt }) => ({ from: toMs(startAt), to: toMs(endAt) }));
      const hours = hoursOf(wish, people.get(userId) as UserView);
      const key = JSON.stringify(hours);
      const working = known.get(key) ?? (hours ? workingStretches(hours, window) : [window]);
      known.set(key, working);
      free.set(userId, without(working, taken));
    });
  }
  return free;
}

/** A room is open at all times, but where it says otherwise. */
function hoursOf(
  { ignoreWorkHours }: TimeWish,
  user: UserView,
): Parameters<typeof workingStretches>[0] | null {
  if (ignoreWorkHours || (isRoom(user.kind) && user.workHours === null)) return null;
  return { hours: user.workHours ?? undefined, zone: zoneOrUtc(user.timezone) };
}

const numberOfTimes = ({ startAt, endAt, durationMinutes, stepMinutes }: TimeWish): number => {
  const room = toMs(endAt) - toMs(startAt) - durationMinutes * MINUTE_MS;
  return room < 0 ? 0 : Math.floor(room / (stepMinutes * MINUTE_MS)) + 1;
};

/** The times that lie within one of these stretches. */
function timesWithin(stretches: readonly Stretch[], wish: TimeWish): Free {
  const free = new Uint8Array(numberOfTimes(wish));
  const [start, step] = [toMs(wish.startAt), wish.stepMinutes * MINUTE_MS];
  for (const { from, to } of stretches) {
    const first = Math.ceil((from - start) / step);
    const last = Math.floor((to - wish.durationMinutes * MINUTE_MS - start) / step);
    if (last >= first) free.fill(1, first, last + 1);
  }
  return free;
}

function addTo(count: Uint8Array | Uint16Array, own: Free): void {
  for (let time = 0; time < own.length; time++) count[time] = (count[time] as number) + (own[time] as number);
}

interface Asked {
  required: readonly string[];
  optional: readonly string[];
  rooms: readonly string[];
  wantsRoom: boolean;
  /** Of people. */
  free: ReadonlyMap<string, Free>;
  /** How many rooms are free at each time. */
  open: Uint16Array;
  /** When everybody, and each room, is free. */
  stretches: ReadonlyMap<string, readonly Stretch[]>;
}

/** How many of them are free at each time. */
function counted(ids: readonly string[], { free }: Asked, times: number): Uint8Array {
  const count = new Uint8Array(times);
  for (const id of ids) addTo(count, free.get(id) as Free);
  return count;
}

function chosen(wish: TimeWish, asked: Asked): FoundTimes {
  const times = numberOfTimes(wish);
  const { required, optional, rooms, wantsRoom, free, open, stretches } = asked;
  const present = counted(required, asked, times);
  const welcome = counted(optional, asked, times);
  const byMissing = optional.map((): number[] => []).concat([[]]);
  for (let time = 0; time < times; time++) {
    const fits = present[time] === required.length && (!wantsRoom || (open[time] as number) > 0);
    const group = byMissing[optional.length - (welcome[time] as number)];
    if (fits && group && group.length < wish.first) group.push(time);
  }
  const best = byMissing.flat().slice(0, wish.first);
  if (best.length === 0) return { suggestions: [], ...whyNone(wish, asked, present) };
  const suggestions = best.map((time) => {
    const start = toMs(wish.startAt) + time * wish.stepMinutes * MINUTE_MS;
    const end = start + wish.durationMinutes * MINUTE_MS;
    const isOpen = (id: string): boolean =>
      stretches.get(id)?.some(({ from, to }) => from <= start && end <= to) ?? false;
    return {
      startAt: toInstant(start),
      endAt: toInstant(end),
      missing: optional.filter((id) => free.get(id)?.[time] !== 1),
      rooms: rooms.filter(isOpen).slice(0, MAX_TOLD),
    };
  });
  return { suggestions, reason: null, blocking: [] };
}

/** Who is in the way: whoever is not free at the times at which most are; where all are, the rooms. */
function whyNone(
  wish: TimeWish,
  { required, rooms, wantsRoom, free }: Asked,
  present: Uint8Array,
): Omit<FoundTimes, "suggestions"> {
  if (present.length === 0)
    return { reason: "The time from startAt to endAt is shorter than the meeting.", blocking: [] };
  if (wantsRoom && rooms.length === 0)
    return {
      reason: `There is no room for ${wish.capacity ?? 1} people.`,
      blocking: [...new Set(wish.rooms)],
    };
  const most = present.reduce((most, count) => Math.max(most, count), 0);
  if (most === required.length)
    return { reason: "No room is free when everybody is.", blocking: rooms.slice(0, MAX_TOLD) };
  const blocking = required.filter((id) =>
    present.some((count, time) => count === most && free.get(id)?.[time] !== 1),
  );
  const within = wish.ignoreWorkHours ? "" : " within their working hours";
  return { reason: `There is no time at which everybody is free${within}.`, blocking };
}
