// Rooms that a write does not do without (`requireRooms`). Rooms answer by themselves, in the database
// (migrations/functions/rooms.sql); where one would decline, such a write is refused instead.
import type { CalendarRef, Context } from "../context";
import { textRow, type Queryable } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { roomIsTaken, type Problem, type TakenRoom } from "../errors";
import { roomTaken } from "../failures";
import { MAX_PAGE_BYTES } from "../values/pages";
import type { EventPatch } from "./event.inputs";
import type { Content } from "./fields";
import type { NewEvent } from "./merge";
import { isSingle, type BatchOptions } from "./outcomes";
import type { EventView } from "./projection";
import { findEventsOn } from "./read";
import { insertEvents, updateEvents, type Change } from "./stored";

/** One of the events of a write. */
export interface Booking {
  needsRooms?: boolean;
}

export const needsRooms = ({ requireRooms }: EventPatch): boolean => requireRooms === true;

/** With the list as it is, where somebody on it has declined: rooms among them are asked again. */
export const askingAgain = (changes: Partial<Content>, { attendees }: EventView): Partial<Content> =>
  attendees.some(({ userId, status }) => userId !== null && status === "Declined")
    ? { attendees, ...changes }
    : changes;

/**
 * The refusal of a write for a room that says no: it names the event that has the room to those who may see that event,
 * and not one of `unmade`, which the refusal takes back.
 */
async function refusalOf(
  ctx: Context,
  on: Queryable,
  room: TakenRoom,
  unmade: ReadonlySet<string> = new Set(),
): Promise<Problem> {
  const ids = room.eventId === null || unmade.has(room.eventId) ? [] : [room.eventId];
  const [event] = ids.length === 0 ? [] : (await findEventsOn(on, ctx, { ids, most: MAX_PAGE_BYTES })).views;
  return roomIsTaken(room, event && !event.masked ? event : null);
}

/** Runs a write of one event; where it is refused for a room, in the words of `refusalOf`. */
export async function namingRooms<T>(ctx: Context, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const room = roomTaken(error);
    throw room ? await refusalOf(ctx, ctx.db.pool, room) : error;
  }
}

const SET = "select set_config('tidemark.require_rooms', $1, true)";

/** From here on the transaction refuses what a room declines. */
export const requireRooms = async ({ client }: Transaction): Promise<void> =>
  void (await textRow(client, { text: SET, values: ["on"] }));

const plainly = (client: Queryable, command: string): Promise<unknown> =>
  textRow(client, { text: command, values: [] });

/**
 * Writes one event of a batch that does not do without its rooms; where one is taken nothing of it is written, and that is
 * the answer. The calendars must be locked.
 */
async function orRefused<T>(
  ctx: Context,
  { client }: Transaction,
  write: () => Promise<T>,
  unmade?: ReadonlySet<string>,
): Promise<T | { problem: Problem }> {
  await plainly(client, "savepoint rooms");
  await textRow(client, { text: SET, values: ["on"] });
  try {
    const written = await write();
    await textRow(client, { text: SET, values: [""] });
    await plainly(client, "release savepoint rooms");
    return written;
  } catch (error) {
    const room = roomTaken(error);
    if (!room) throw error;
    await plainly(client, "rollback to savepoint rooms");
    return { problem: await refusalOf(ctx, client, room, unmade) };
  }
}

/**
 * Inserts events in order, by one statement `on` the transaction; those of a batch one by one where some do not do without
 * their rooms: it is their item alone that is refused, be it the only one left.
 */
export async function insertBooking(
  ctx: Context,
  tx: Transaction,
  { userId }: CalendarRef,
  composed: readonly (Booking & { event: NewEvent })[],
  { on, options }: { on: Queryable; options: BatchOptions },
): Promise<(EventView | { problem: Problem })[]> {
  const events = composed.map(({ event }) => event);
  if (!composed.some((one) => one.needsRooms)) return insertEvents(ctx, tx, on, userId, events);
  if (isSingle(options)) {
    await requireRooms(tx);
    return insertEvents(ctx, tx, on, userId, events);
  }
  const made: (EventView | { problem: Problem })[] = [];
  const unmade = new Set<string>();
  for (const one of composed) {
    const insert = async (): Promise<EventView> => {
      const [view] = await insertEvents(ctx, tx, tx.client, userId, [one.event]);
      if (options.atomic) unmade.add((view as EventView).id);
      return view as EventView;
    };
    made.push(await (one.needsRooms ? orRefused(ctx, tx, insert, unmade) : insert()));
  }
  return made;
}

const MOVING = "select set_config('tidemark.moving', $1, true)";
const TIMES = ["startTime", "endTime", "allDay"] as const;

/** Says that the next statement moves all of these events: none has its room where it was while another is asked for it. */
export async function sayMoving(client: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await textRow(client, { text: MOVING, values: [`{${ids.join()}}`] });
}

/** Updates events by one statement `on` the transaction, which may move one to where another is still. */
export async function updateMoving(
  ctx: Context,
  tx: Transaction,
  on: Queryable,
  changes: readonly Change[],
): Promise<Map<string, EventView>> {
  const isBooked = ({ ownerId, attendees }: EventView): boolean =>
    attendees.some(({ userId }) => userId !== null && userId !== ownerId);
  const moving = changes.filter(
    ({ locked, changes: changed }) => TIMES.some((name) => name in changed) && isBooked(locked.view),
  );
  // One alone is asked for where it is; beside others it may have left where one of them comes.
  if (changes.length > 1)
    await sayMoving(
      tx.client,
      moving.map(({ locked }) => locked.view.id),
    );
  return updateEvents(ctx, tx, on, changes);
}

/** Updates events by one statement, the last of the transaction; else as `insertBooking`. */
export async function updateBooking(
  ctx: Context,
  tx: Transaction,
  changes: readonly (Change & Booking)[],
  options: BatchOptions,
): Promise<Map<string, EventView | { problem: Problem }>> {
  if (!changes.some((one) => one.needsRooms)) return updateMoving(ctx, tx, tx.last, changes);
  if (isSingle(options)) {
    await requireRooms(tx);
    return updateEvents(ctx, tx, tx.last, changes);
  }
  const views = new Map<string, EventView | { problem: Problem }>();
  const unmade = new Set<string>();
  for (const one of changes) {
    const { view } = one.locked;
    const update = async (): Promise<EventView> =>
      (await updateEvents(ctx, tx, tx.client, [one])).get(view.id) ?? view;
    views.set(view.id, await (one.needsRooms ? orRefused(ctx, tx, update, unmade) : update()));
    if (options.atomic) unmade.add(view.id);
  }
  return views;
}
