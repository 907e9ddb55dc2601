// Events as they stand, locked for a write, and what the write's calendar may do with them. Calendars are locked before
// events, by id (migrations/functions/writes.sql).
import type { CalendarRef, Context } from "../context";
import { boundedRows } from "../database/bounded-rows";
import { columns, json, orNull, text } from "../database/rows";
import type { TextRow } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { batchTooLarge, forbidden, notFound } from "../errors";
import { mapInPieces } from "../turns/pauses";
import { MAX_BATCH_BYTES } from "./batch-size";
import type { OwnAnswers } from "../entities/event";
import { EVENT_WIDTH, eventColumns, EventView } from "./projection";
import { roleIn, type EventRole } from "./visibility";

/** For whose calendar a write is, and how far it reaches. */
export interface Reach {
  calendar: CalendarRef;
  /**
   * `calendar`: only what that calendar holds. `meeting`: what its user organises too. `organisation`: besides, an admin
   * reaches every event.
   */
  reach: "calendar" | "meeting" | "organisation";
}

/** Where a write of one event is addressed. */
export interface Address extends Reach {
  id: string;
}

/** An event as it stands, locked until the commit. */
export interface LockedEvent {
  view: EventView;
  leftUserIds: string[];
  /** What attendees have answered through their own calendars. */
  ownAnswers: OwnAnswers;
  /** What an occurrence of a series has for itself. */
  overrides: string[];
  /** What the calendar's user is in it; its organiser, and an admin who is nobody in it, write as its owner. */
  role: EventRole;
  /** Its organiser writes who is not its owner yet. */
  claims: boolean;
  /** The calendar's user only keeps it for an organiser outside. */
  isKept: boolean;
  /** Whether the write may say anything of the event: the owner's, and an admin's who names no calendar. */
  hasWholeSay: boolean;
  /** Whether it is an admin's who names no calendar. */
  asAdmin: boolean;
}

const MORE = columns(
  {
    leftUserIds: json<string[]>("to_json(e.left_user_ids::text[])"),
    ownAnswers: json<OwnAnswers>("e.own_answers"),
    organiserId: orNull(text("organised_by(e)")),
    overrides: json<string[]>("to_json(e.overrides)"),
  },
  EVENT_WIDTH,
);
const COLUMNS = `${eventColumns("e")}, ${MORE.list}`;
// For one event the database has a function of its own, which looks for no list.
const LOCKS = {
  one: `select ${COLUMNS} from lock_event($1, $2, $3, $4) e`,
  many: `select ${COLUMNS} from lock_events($1, $2, $3, $4) e`,
  toDelete: `select ${COLUMNS} from lock_for_delete($1, $2, $3) e`,
};

/** The events of these ids, locked, for a write that names the users `invited`. One statement. */
export const lockEvents = (
  ctx: Context,
  tx: Transaction,
  reach: Reach,
  ids: readonly string[],
  invited: readonly string[],
): Promise<Map<string, LockedEvent>> =>
  ids.length === 1
    ? lockWith(ctx, tx, reach, LOCKS.one, [ids[0], invited])
    : lockWith(ctx, tx, reach, LOCKS.many, [ids, invited]);

/** The same for a delete, which takes the events' children along. */
export const lockForDelete = (
  ctx: Context,
  tx: Transaction,
  reach: Reach,
  ids: readonly string[],
): Promise<Map<string, LockedEvent>> => lockWith(ctx, tx, reach, LOCKS.toDelete, [ids]);

const LOCK_TOGETHER = `select ${COLUMNS} from lock_together($1, $2, $3, $4) e`;
const LOCK_TO_DELETE_TOGETHER = `select ${COLUMNS} from lock_to_delete_together($1, $2) e`;

/** A write of one event by somebody. */
interface Asked {
  ctx: Context;
  address: Address;
}

/**
 * The events of these changes, which name the users `invited`, no two of one event, locked for each where nobody else has what it needs: what is left out is
 * to be asked for alone.
 */
export function lockTogether<A extends Asked & { invited: readonly string[] }>(
  organisationId: string,
  tx: Transaction,
  asked: readonly A[],
): Promise<Map<A, LockedEvent>> {
  const invited = asked.flatMap((one, index) => one.invited.map((userId) => [index + 1, userId] as const));
  const [places, users] = [invited.map(([place]) => place), invited.map(([, userId]) => userId)];
  return lockEachWith(organisationId, tx, asked, LOCK_TOGETHER, [places, users]);
}

/** The same for deletes. One with others hanging under it is to be asked for alone too. */
export const lockToDeleteTogether = <A extends Asked>(
  organisationId: string,
  tx: Transaction,
  asked: readonly A[],
): Promise<Map<A, LockedEvent>> => lockEachWith(organisationId, tx, asked, LOCK_TO_DELETE_TOGETHER, []);

async function lockEachWith<A extends Asked>(
  organisationId: string,
  { client }: Transaction,
  asked: readonly A[],
  text: string,
  more: readonly unknown[],
): Promise<Map<A, LockedEvent>> {
  const byId = new Map(asked.map((one) => [one.address.id, one]));
  const found = await boundedRows(
    client,
    { text, values: [organisationId, asked.map(({ address }) => address.id), ...more] },
    { bytes: MAX_BATCH_BYTES, rows: asked.length, whose: organisationId },
  );
  if (found.next) throw batchTooLarge();
  return new Map(
    found.rows.map((row): [A, LockedEvent] => {
      const one = byId.get(new EventView(row).id) as A;
      return [one, lockedEvent(one.ctx, row, one.address)];
    }),
  );
}

/** Refuses, as `too_large`, events that come to more than a batch may. */
async function lockWith(
  ctx: Context,
  { client }: Transaction,
  reach: Reach,
  text: string,
  [which, ...others]: readonly [ids: unknown, invited?: readonly string[]],
): Promise<Map<string, LockedEvent>> {
  const { organisationId, tokenId } = ctx.caller;
  const found = await boundedRows(
    client,
    { text, values: [organisationId, tokenId, which, ...others] },
    { bytes: MAX_BATCH_BYTES, rows: Array.isArray(which) ? which.length : 1, whose: organisationId },
  );
  if (found.next) throw batchTooLarge();
  return new Map(
    await mapInPieces(found.rows, (row): [string, LockedEvent] => {
      const locked = lockedEvent(ctx, row, reach);
      return [locked.view.id, locked];
    }),
  );
}

function lockedEvent({ caller }: Context, row: TextRow, { calendar, reach }: Reach): LockedEvent {
  const view = new EventView(row);
  const { leftUserIds, ownAnswers, organiserId, overrides } = MORE.of(row);
  const participants = { ownerId: view.ownerId, attendees: view.attendees, leftUserIds };
  const role = roleIn(participants, calendar.userId);
  const asAdmin = reach === "organisation" && caller.role === "admin";
  const claims =
    organiserId === calendar.userId && role !== "owner" && (role !== null || reach !== "calendar");
  return {
    view,
    leftUserIds,
    ownAnswers,
    overrides,
    asAdmin,
    role: (asAdmin && role === null) || claims ? "owner" : role,
    hasWholeSay: asAdmin || claims || role === "owner",
    claims,
    isKept: view.ownerId === calendar.userId && organiserId === null,
  };
}

const isCancelled = ({ view }: LockedEvent): boolean => view.status === "cancelled";

/** Refuses, as `not_found` or `forbidden`, an event in which the calendar's user has no say. */
export function requireRole(locked: LockedEvent | undefined, { reach }: Reach): LockedEvent {
  // A cancelled event is in no calendar.
  if (!locked || (reach === "calendar" && isCancelled(locked))) throw notFound("This event");
  if (locked.role) return locked;
  if (reach !== "organisation") throw notFound("This event");
  throw forbidden("Only its owner, an attendee or an admin may change this event.");
}

/**
 * Whether a delete goes through. Somebody who has left and is on the list still, be they an admin, has had their
 * answer: repeating the call must not cancel the event for the others.
 */
export const isDeletable = (locked: LockedEvent | undefined, { calendar }: Reach): locked is LockedEvent =>
  locked?.role != null &&
  !locked.leftUserIds.includes(calendar.userId) &&
  // It is out of an attendee's calendar already.
  !(locked.role === "attendee" && isCancelled(locked));
