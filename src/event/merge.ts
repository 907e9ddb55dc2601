// What a write makes of an event: a new one composed, or what is asked merged into the event as it stands.
import { isDeepStrictEqual } from "node:util";
import type { CalendarRef, Context } from "../context";
import type { Attendee, Event } from "../entities/event";
import { addressKey } from "../values/address-key";
import { forbidden, notFound } from "../errors";
import type { Faults } from "../values/faults";
import { mergeProperties, propertiesFault, type Properties } from "../values/properties";
import type { Status } from "../values/vocabulary";
import { answerAfter, ownAnswersAfter, type Answering } from "./answers";
import { mergeAttendees } from "./attendees";
import type { EventInput, EventPatch } from "./event.inputs";
import { DEFAULTS, type Content } from "./fields";
import { guestPart, mayGuestWrite } from "./guest";
import { mergeLinks } from "./links";
import type { LockedEvent } from "./locked";
import type { KnownPeople } from "./people-of-write";
import { RemovedView, type EventView } from "./projection";
import { resolveIdleTimes, resolveTimes, type Times } from "./times";
import { roleIn } from "./visibility";

/** What there is of an event before it is inserted. */
export type NewEvent = Partial<Event> & Pick<Event, "ownerId" | "attendees">;

/** A new event of the calendar's user. What is wrong with it is added to `faults`. */
export function composeEvent(
  { caller }: Context,
  calendar: CalendarRef,
  { attendees = [], relatedTo = [], properties, ...rest }: EventInput,
  known: KnownPeople,
  faults: Faults,
): NewEvent {
  delete rest.requireRooms; // As in mergePatch.
  const times = resolveTimes(rest, null, caller.timezone, faults);
  const people = mergeAttendees({ given: attendees, before: [], people: known }, faults);
  return {
    ...rest,
    ...(times as Times),
    organisationId: caller.organisationId,
    ownerId: calendar.userId,
    attendees: people,
    ...ownAnswersAfter({ attendees: [], ownAnswers: {} }, people, calendar.userId),
    relatedTo: mergeLinks(relatedTo, [], known, faults),
    properties: checkedProperties(mergeProperties({}, properties ?? {}), faults),
  };
}

/** The properties; what is wrong with them all together is added to `faults`. */
function checkedProperties(properties: Properties, faults: Faults): Properties {
  const fault = propertiesFault(properties);
  if (fault) faults.add("properties", fault);
  return properties;
}

/** Whether a write names another address than the one that is stored. */
export const isAnotherAddress = (given: string | null | undefined, stored: string | null): boolean =>
  given !== undefined && (given === null || stored === null || addressKey(given) !== addressKey(stored));

/** What a write asks for: to change what it names, or to replace the event by what it says. */
export type Asked = { patch: EventPatch } | { whole: EventInput };

/**
 * What the write changes of the event as it stands, as far as the calendar's user has a say in it. What is wrong with that,
 * and what is passed over, is noted in `faults`.
 */
export function mergeAsked(
  ctx: Context,
  calendar: CalendarRef,
  locked: LockedEvent,
  asked: Asked,
  how: { people: KnownPeople; faults: Faults; namesVersion: boolean },
): Partial<Content> {
  const changes = changesAsked(ctx, locked, asked, {
    ...how,
    answering: { locked, writer: calendar.userId, namesVersion: how.namesVersion },
  });
  const { attendees } = locked.view;
  const { ownAnswers } = locked;
  return { ...changes, ...ownAnswersAfter({ attendees, ownAnswers }, changes.attendees, calendar.userId) };
}

function changesAsked(
  ctx: Context,
  locked: LockedEvent,
  asked: Asked,
  how: Omit<Merging, "isWhole" | "isGuest" | "mayMove">,
): Partial<Content> {
  const { view, hasWholeSay } = locked;
  const isWhole = "whole" in asked;
  if (hasWholeSay) {
    const patch =
      "patch" in asked ? asked.patch : replacementOf(asked.whole, view, ctx.caller.timezone, how.faults);
    return patch ? changesOf(view, mergePatch(ctx, locked, patch, { ...how, isWhole })) : {};
  }
  // What a guest's replacement leaves out is not in the write.
  const patch = "patch" in asked ? asked.patch : asked.whole;
  const guestsCanEdit = view.guestsCanEdit === true;
  const content = mergePatch(ctx, locked, patch, {
    ...how,
    isWhole,
    isGuest: true,
    mayMove: mayGuestWrite("startTime", guestsCanEdit),
  });
  return guestPart(changesOf(view, content), patch, guestsCanEdit, how.faults);
}

/** Whose words are known or are passed over: the event keeps what it had. */
const WORDS = ["showAs", "status", "timezone"] as const;

/** Every field that clients may write: what is left out has its default. Null after faults were added. */
function replacementOf(
  whole: EventInput,
  view: EventView,
  callersZone: string,
  faults: Faults,
): EventPatch | null {
  const defaults: EventPatch = { ...DEFAULTS };
  const kept = WORDS.filter((name) => faults.passedOver.includes(name));
  for (const name of kept) delete defaults[name];
  const zone = kept.includes("timezone") ? (view.timezone ?? callersZone) : callersZone;
  const times = resolveTimes(whole, null, zone, faults);
  return times && { ...defaults, ...whole, ...times };
}

interface Merging {
  /** It is all that the event is to be: of properties those that it does not name go. */
  isWhole: boolean;
  people: KnownPeople;
  faults: Faults;
  answering: Answering;
  isGuest?: boolean;
  /** Whether the writer may say when the event is. */
  mayMove?: boolean;
}

/** What the patch comes to, on top of the event as it stands. What is wrong with that is added to `faults`. */
function mergePatch(
  { caller }: Context,
  { view }: LockedEvent,
  patch: EventPatch,
  { people, faults, isWhole, answering, isGuest, mayMove = true }: Merging,
): Partial<Content> {
  const { attendees, relatedTo, startTime, endTime, allDay, properties, ...rest } = patch;
  delete rest.requireRooms; // It says how to write, and nothing of the event.
  const zone = patch.timezone ?? view.timezone ?? caller.timezone;
  const resolve = mayMove ? resolveTimes : resolveIdleTimes;
  const times = resolve({ startTime, endTime, allDay }, view, zone, faults);
  const content: Partial<Content> = { ...rest, ...times };
  // A name belongs to the address it came with.
  if ("organizerEmail" in content) {
    if (isAnotherAddress(content.organizerEmail, view.organizerEmail)) content.organizerName ??= null;
    // Another spelling is no other address.
    else content.organizerEmail = view.organizerEmail;
  }
  if (properties !== undefined) {
    const before = isWhole || properties === null ? {} : view.properties;
    content.properties = checkedProperties(mergeProperties(before, properties ?? {}), faults);
  }
  if (attendees) {
    const write = { given: attendees, before: view.attendees, people, answering, isGuest };
    content.attendees = mergeAttendees(write, faults);
  }
  if (relatedTo) content.relatedTo = mergeLinks(relatedTo, view.relatedTo, people, faults);
  return content;
}

/** Whether a write needs to know who and what it names. */
export const namesPeople = ({ attendees, relatedTo }: EventPatch): boolean => Boolean(attendees ?? relatedTo);

/**
 * The list with a user's answer, which is their own even where it is what the list has. Whoever has left comes back with any
 * but Declined. Somebody who is no attendee is `forbidden`.
 */
export function answerInvitation(
  locked: LockedEvent | undefined,
  userId: string,
  status: Status,
  faults: Faults,
): Partial<Content> {
  if (!locked) throw notFound("This event");
  const { view, ownAnswers } = locked;
  const own = view.attendees.find((attendee) => attendee.userId === userId);
  if (!own) throw forbidden("Only an attendee of this event may respond to it.");
  const write = { locked, writer: userId, namesVersion: false };
  const answer = answerAfter(own, status, write, { field: "status", faults });
  return {
    ...changesOf(view, { attendees: withAnswer(view.attendees, userId, answer) }),
    ...(ownAnswers[userId] !== answer &&
      answer !== "NoResponse" && { ownAnswers: { ...ownAnswers, [userId]: answer } }),
  };
}

/** What taking an event out of an attendee's calendar changes: they stay on the list, as Declined. */
export const leave = ({ view, leftUserIds }: LockedEvent, userId: string): Partial<Content> => ({
  attendees: withAnswer(view.attendees, userId, "Declined"),
  leftUserIds: [...leftUserIds, userId],
});

const withAnswer = (attendees: readonly Attendee[], userId: string, status: Status): Attendee[] =>
  attendees.map((attendee) => (attendee.userId === userId ? { ...attendee, status } : attendee));

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

/** What the calendar has of an event after a write: the event, or the removed row where the write took it out of there. */
export function heldBy(
  calendar: CalendarRef,
  view: EventView,
  { role, leftUserIds }: LockedEvent,
): EventView | RemovedView {
  // Who has answered anything else is back.
  const stillLeft = leftUserIds.filter((id) =>
    view.attendees.some(({ userId, status }) => userId === id && status === "Declined"),
  );
  const participants = { ownerId: view.ownerId, attendees: view.attendees, leftUserIds: stillLeft };
  if (role === "owner" || roleIn(participants, calendar.userId)) return view;
  return new RemovedView(view.id, "left", view.lastModifiedAt);
}
