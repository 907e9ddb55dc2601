// The steps of a write of one event: lock it, merge what is asked into it, save what differs.
import { isDeepStrictEqual } from "node:util";
import type { CalendarRef, Context } from "../context";
import { textRow, type Queryable, type TextRow } from "../database/text-rows";
import { writeRow } from "../database/row-writes";
import type { Transaction } from "../database/transaction";
import { Event, type Attendee } from "../entities/event";
import { forbidden, notFound } from "../errors";
import type { Faults } from "../values/rules";
import { mergeAttendees } from "./attendees";
import type { EventInput, EventPatch } from "./event.inputs";
import { mergeLinks } from "./links";
import type { KnownPeople } from "./people-of-write";
import { EVENT_WIDTH, eventColumns, EventView, RemovedView } from "./projection";
import { resolveTimes, type Times } from "./times";
import { touch } from "./touch";
import { roleIn, type EventRole } from "./visibility";

const COLUMNS = eventColumns("event");

/** What `lockedEvent` reads, of alias `e`. */
export const LOCKED_COLUMNS = `${eventColumns("e")}, to_json(e.left_user_ids::text[])`;

/** For whose calendar a write is, and how far it reaches. */
export interface Reach {
  calendar: CalendarRef;
  /** `calendar`: only what that calendar holds. `organisation`: an admin reaches every event. */
  reach: "calendar" | "organisation";
}

/** Where a write is addressed. */
export interface Address extends Reach {
  id: string;
}

/** An event as it stands, locked until the commit. */
export interface LockedEvent {
  view: EventView;
  leftUserIds: string[];
  /** What the calendar's user is in it; an admin who is nobody in it writes as its owner. */
  role: EventRole;
}

/** The columns of an event that a write may set. */
export type Content = Pick<
  Event,
  | "subject"
  | "description"
  | "location"
  | "startTime"
  | "endTime"
  | "allDay"
  | "private"
  | "timezone"
  | "attendees"
  | "relatedTo"
  | "parentId"
  | "iCalUid"
  | "leftUserIds"
>;

/** The event, locked, for a write that names the users `invited`; null when there is none of this id. One statement. */
export function findLocked(
  ctx: Context,
  tx: Transaction,
  address: Address,
  invited: readonly string[] = [],
): Promise<LockedEvent | null> {
  return lockWith("lock_event($1, $2, $3, $4)", [address.id, invited], ctx, tx, address);
}

/** The same for a delete, which takes the event's children along. */
export const findLockedForDelete = (
  ctx: Context,
  tx: Transaction,
  address: Address,
): Promise<LockedEvent | null> => lockWith("lock_for_delete($1, $2, $3)", [[address.id]], ctx, tx, address);

async function lockWith(
  lock: string,
  what: unknown[],
  ctx: Context,
  { client }: Transaction,
  address: Address,
): Promise<LockedEvent | null> {
  const { organisationId, tokenId } = ctx.caller;
  const text = `select ${LOCKED_COLUMNS} from ${lock} e`;
  const row = await textRow(client, { text, values: [organisationId, tokenId, ...what] });
  return row && lockedEvent(ctx, row, address);
}

/** A row of lock_event or lock_events: what `LOCKED_COLUMNS` selects. */
export function lockedEvent({ caller }: Context, row: TextRow, { calendar, reach }: Reach): LockedEvent {
  const view = new EventView(row);
  const leftUserIds = JSON.parse(row[EVENT_WIDTH] ?? "[]") as string[];
  const participants = { ownerId: view.ownerId, attendees: view.attendees, leftUserIds };
  const role = roleIn(participants, calendar.userId);
  const asAdmin = role === null && reach === "organisation" && caller.role === "admin";
  return { view, leftUserIds, role: asAdmin ? "owner" : role };
}

/** The same; refuses, as `not_found` or `forbidden`, where the address may not write. */
export async function lockEvent(
  ctx: Context,
  tx: Transaction,
  address: Address,
  invited: readonly string[],
): Promise<LockedEvent> {
  return requireRole(await findLocked(ctx, tx, address, invited), address);
}

/** Refuses, as `not_found` or `forbidden`, an event in which the calendar's user has no say. */
export function requireRole(locked: LockedEvent | null | undefined, { reach }: Reach): LockedEvent {
  if (!locked) throw notFound("This event");
  if (locked.role) return locked;
  if (reach === "calendar") throw notFound("This event");
  throw forbidden("Only its owner, an attendee or an admin may change this event.");
}

/**
 * Whether a delete goes through. Somebody who has left and is on the list still, be they an admin, has had their
 * answer: repeating the call must not cancel the event for the others.
 */
export const isDeletable = (
  locked: LockedEvent | null | undefined,
  { calendar }: Reach,
): locked is LockedEvent => locked?.role != null && !locked.leftUserIds.includes(calendar.userId);

/** A new event of the calendar's user. What is wrong with it is added to `faults`. */
export function composeEvent(
  { caller }: Context,
  calendar: CalendarRef,
  { attendees = [], relatedTo = [], ...rest }: EventInput,
  people: KnownPeople,
  faults: Faults,
): Partial<Event> {
  const times = resolveTimes(rest, null, caller.timezone, faults);
  return {
    ...rest,
    ...(times as Times),
    organisationId: caller.organisationId,
    ownerId: calendar.userId,
    attendees: mergeAttendees({ given: attendees, before: [], people, mayAnswerFor: () => true }, faults),
    relatedTo: mergeLinks(relatedTo, [], people, faults),
  };
}

/** What the patch comes to, on top of the event as it stands. What is wrong with that is added to `faults`. */
export function mergePatch(
  { caller }: Context,
  calendar: CalendarRef,
  { view, role, leftUserIds }: LockedEvent,
  patch: EventPatch,
  { people, faults }: { people: KnownPeople; faults: Faults },
): Partial<Content> {
  const { attendees, relatedTo, startTime, endTime, allDay, private: isPrivate, parentId, ...texts } = patch;
  const zone = patch.timezone ?? view.timezone ?? caller.timezone;
  const times = resolveTimes({ startTime, endTime, allDay }, view, zone, faults);
  const content: Partial<Content> = { ...texts, ...times };
  // An attendee's mailbox has a copy of its own, which has no say in these.
  if (role === "owner") Object.assign(content, { private: isPrivate, parentId });
  if (attendees) {
    const mayAnswerFor = (userId: string): boolean => role === "owner" || userId === calendar.userId;
    // Who has left comes back when the owner or an admin says so, not by being dropped and invited again.
    const staysAnyway = ({ userId }: Attendee): boolean =>
      role === "attendee" && userId !== null && leftUserIds.includes(userId);
    const write = { given: attendees, before: view.attendees, people, mayAnswerFor, staysAnyway };
    content.attendees = mergeAttendees(write, faults);
  }
  if (relatedTo) content.relatedTo = mergeLinks(relatedTo, view.relatedTo, people, faults);
  return content;
}

/** Whether a write needs to know who and what it names. */
export const namesPeople = ({ attendees, relatedTo }: EventPatch): boolean => Boolean(attendees ?? relatedTo);

/** The answer to a write through a calendar: the event, or the removed row where the write took it out of there. */
export function answerOf(
  view: EventView,
  { role, leftUserIds }: LockedEvent,
  calendar: CalendarRef,
): EventView | RemovedView {
  const participants = { ownerId: view.ownerId, attendees: view.attendees, leftUserIds };
  if (role !== "attendee" || roleIn(participants, calendar.userId)) return view;
  return new RemovedView(view.id, "left", view.lastModifiedAt);
}

/** What taking an event out of an attendee's calendar changes: they stay on the list, as Declined. */
export const leaving = ({ view, leftUserIds }: LockedEvent, userId: string): Partial<Content> => ({
  attendees: view.attendees.map((attendee) =>
    attendee.userId === userId ? { ...attendee, status: "Declined" } : attendee,
  ),
  leftUserIds: [...leftUserIds, userId],
});

/** The part of `content` that differs from the event as it stands. */
export function changesOf(before: EventView, content: Partial<Content>): Partial<Content> {
  const stored: Record<string, unknown> = {
    ...before.fields(Object.keys(content)),
    ...("parentId" in content && { parentId: before.parentId === null ? null : String(before.parentId) }),
  };
  return Object.fromEntries(
    Object.entries(content).filter(
      ([key, value]) => value !== undefined && !isDeepStrictEqual(value, stored[key]),
    ),
  );
}

/** Saves what differs from the event as it stands, and commits; nothing, where nothing does. */
export async function saveChanges(
  ctx: Context,
  tx: Transaction,
  before: EventView,
  content: Partial<Content>,
): Promise<EventView> {
  const changes = changesOf(before, content);
  if (Object.keys(changes).length === 0) return before;
  const { organisationId } = ctx.caller;
  const key = { organisationId, id: before.id };
  const row = await writeRow(
    tx.last,
    "update event",
    { ...changes, ...key },
    ({ organisationId, id, ...set }) =>
      ctx.db.dataSource
        .createQueryBuilder()
        .update(Event)
        .set(set)
        .where("organisation_id = :organisationId and id = :id", { organisationId, id })
        .returning(COLUMNS),
  );
  const after = new EventView(row);
  touch(tx, organisationId, before, after);
  return after;
}

/** Inserts an event and answers it as it was stored; `on` is the transaction's client, or its last statement's. */
export async function insertEvent(
  ctx: Context,
  tx: Transaction,
  event: Partial<Event>,
  on: Queryable,
): Promise<EventView> {
  const row = await writeRow(on, "insert event", event, (values) =>
    ctx.db.dataSource.createQueryBuilder().insert().into(Event).values(values).returning(COLUMNS),
  );
  const view = new EventView(row);
  touch(tx, ctx.caller.organisationId, view);
  return view;
}
