// The steps of a write of one event: lock it, merge what is asked into it, save what differs.
import { isDeepStrictEqual } from "node:util";
import type { CalendarRef, Context } from "../context";
import { textRow } from "../database/text-rows";
import { returningText, type Transaction } from "../database/transaction";
import { Event } from "../entities/event";
import { forbidden, notFound } from "../errors";
import { Faults } from "../values/rules";
import { mergeAttendees } from "./attendees";
import type { EventPatch } from "./event.inputs";
import { mergeLinks } from "./links";
import { findPeople } from "./people-of-write";
import { EVENT_WIDTH, eventColumns, EventView } from "./projection";
import { resolveTimes } from "./times";
import { roleIn, type EventRole } from "./visibility";

const COLUMNS = eventColumns("event");

/** Where a write is addressed, and how far it reaches. */
export interface Address {
  calendar: CalendarRef;
  id: string;
  /** `calendar`: only what that calendar holds. `organisation`: an admin reaches every event. */
  reach: "calendar" | "organisation";
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

/** The event, locked; null when the organisation has none of this id. One statement. */
export async function findLocked(
  ctx: Context,
  { client }: Transaction,
  address: Address,
): Promise<LockedEvent | null> {
  const { caller } = ctx;
  const row = await textRow(client, {
    text: `select ${eventColumns("e")}, to_json(e.left_user_ids::text[]) from lock_event($1, $2, $3) e`,
    values: [caller.organisationId, caller.tokenId, address.id],
  });
  if (!row) return null;
  const view = new EventView(row);
  const leftUserIds = JSON.parse(row[EVENT_WIDTH] ?? "[]") as string[];
  const role = roleIn(
    { ownerId: view.ownerId, attendees: view.attendees, leftUserIds },
    address.calendar.userId,
  );
  const asAdmin = role === null && address.reach === "organisation" && caller.role === "admin";
  return { view, leftUserIds, role: asAdmin ? "owner" : role };
}

/** The same; refuses, as `not_found` or `forbidden`, where the address may not write. */
export async function lockEvent(ctx: Context, tx: Transaction, address: Address): Promise<LockedEvent> {
  const locked = await findLocked(ctx, tx, address);
  if (!locked) throw notFound("This event");
  if (locked.role) return locked;
  if (address.reach === "calendar") throw notFound("This event");
  throw forbidden("Only its owner, an attendee or an admin may change this event.");
}

interface Merge {
  address: Address;
  locked: LockedEvent;
  patch: EventPatch;
}

/** What the patch comes to, on top of the event as it stands. Throws what is wrong with the merged result. */
export async function mergeContent(
  ctx: Context,
  { client }: Transaction,
  merge: Merge,
): Promise<Partial<Content>> {
  const { view, role } = merge.locked;
  const {
    attendees,
    relatedTo,
    startTime,
    endTime,
    allDay,
    private: isPrivate,
    parentId,
    ...texts
  } = merge.patch;
  const faults = new Faults();
  const zone = merge.patch.timezone ?? view.timezone ?? ctx.caller.timezone;
  const times = resolveTimes({ startTime, endTime, allDay }, view, zone, faults);
  const content: Partial<Content> = { ...texts, ...times };
  // An attendee's mailbox has a copy of its own, which has no say in these.
  if (role === "owner") Object.assign(content, { private: isPrivate, parentId });
  if (attendees ?? relatedTo) {
    const people = await findPeople(client, ctx.caller, merge.patch);
    const own = merge.address.calendar.userId;
    const mayAnswerFor = (userId: string): boolean => role === "owner" || userId === own;
    if (attendees) {
      content.attendees = mergeAttendees(
        { given: attendees, before: view.attendees, people, mayAnswerFor },
        faults,
      );
    }
    if (relatedTo) content.relatedTo = mergeLinks(relatedTo, view.relatedTo, people, faults);
  }
  faults.throwIfAny();
  return content;
}

/** Saves what differs from the event as it stands; nothing, where nothing does. */
export async function saveChanges(
  ctx: Context,
  { client, manager }: Transaction,
  before: EventView,
  content: Partial<Content>,
): Promise<EventView> {
  const stored: Record<string, unknown> = {
    ...before.fields(Object.keys(content)),
    ...("parentId" in content && { parentId: before.parentId === null ? null : String(before.parentId) }),
  };
  const changes = Object.fromEntries(
    Object.entries(content).filter(
      ([key, value]) => value !== undefined && !isDeepStrictEqual(value, stored[key]),
    ),
  );
  if (Object.keys(changes).length === 0) return before;
  const update = manager
    .createQueryBuilder()
    .update(Event)
    .set(changes)
    .where("organisation_id = :organisation and id = :id", {
      organisation: ctx.caller.organisationId,
      id: before.id,
    });
  return new EventView(await returningText(client, update.returning(COLUMNS)));
}

/** Inserts an event and answers it as it was stored. */
export async function insertEvent(
  { client, manager }: Transaction,
  event: Partial<Event>,
): Promise<EventView> {
  const insert = manager.createQueryBuilder().insert().into(Event).values(event).returning(COLUMNS);
  return new EventView(await returningText(client, insert));
}
