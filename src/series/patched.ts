// A series after a change of it: when it recurs then, and what its occurrences say. Pure, but for whom the change names.
import type { Attendee, RecordLink } from "../entities/event";
import { mergeAttendees, type ListWrite } from "../event/attendees";
import type { EventPatch } from "../event/event.inputs";
import type { AttendeeInput } from "../event/attendee.inputs";
import { mergeLinks } from "../event/links";
import { isAnotherAddress } from "../event/merge";
import { DEFAULTS } from "../event/fields";
import type { KnownPeople } from "../event/people-of-write";
import { resolveTimes } from "../event/times";
import { ruleText } from "./rule-text";
import type { Faults } from "../values/faults";
import { mergeProperties, propertiesFault } from "../values/properties";
import { addressKey } from "../values/address-key";
import { candidates, type Budget } from "../ical/recurrence";
import {
  lengthOf,
  moved,
  movedUntil,
  moveOf,
  placeOf,
  readRule,
  timesAt,
  turned,
  withDates,
  type Definition,
  type Move,
} from "./definition";
import { LAST_PLACE, newBudget } from "./places";
import type { GivenRecurrence } from "./recurrence-input";
import type { SeriesPatch } from "./series.inputs";
import type { Template } from "./stored";

/** The fields that say when an event is: one that an occurrence has for itself stands for all. */
export const TIME_FIELDS = ["startTime", "endTime", "allDay"] as const;

const KEPT: GivenRecurrence = {
  names: { rrule: "recurrence.rrule", rdates: "recurrence.rdates", exdates: "recurrence.exdates" },
};

/** When a series recurs after a change, and where that takes each place. */
export interface Recurring {
  definition: Definition;
  move: Move;
  /** Whether occurrences are to be when their places say: not where the zone alone is another. */
  setsTimes: boolean;
}

/**
 * What a change makes of `before`, whose occurrence at `place` it is addressed by: times are those of this one. Undefined
 * after faults were added.
 */
export function recurring(
  before: Definition,
  place: number,
  patch: SeriesPatch,
  ownerZone: string,
  faults: Faults,
): Recurring | undefined {
  const timezone = patch.timezone === undefined ? before.timezone : (patch.timezone ?? ownerZone);
  const givesTimes = TIME_FIELDS.some((field) => patch[field] !== undefined);
  const was = timesAt(before, place);
  const times = givesTimes ? resolveTimes(patch, was, timezone, faults) : was;
  if (!times) return undefined;
  const { wall, startMs } = placeOf(times, timezone);
  const move = moveOf(place, before.allDay, wall, times.allDay);
  const given = patch.recurrence ?? KEPT;
  const isNew = given.rrule !== undefined;
  const rule = isNew ? readRule(given, faults) : keptRule(before, move, timezone, faults);
  if (!rule) return undefined;
  const on = (one: number): number => moved(move, one);
  const definition: Definition = {
    first: on(before.first),
    startMs,
    lengthMs: lengthOf(times),
    allDay: times.allDay,
    timezone,
    ...rule,
    rdates: before.rdates.map(on),
    exdates: before.exdates.map(on),
    deleted: before.deleted.map(on),
  };
  if (isNew && !givesTimes) definition.first = firstOfRule(definition);
  const checked = withDates(definition, given, faults);
  return checked && { definition: checked, move, setsTimes: givesTimes || patch.recurrence !== undefined };
}

function keptRule(
  before: Definition,
  move: Move,
  timezone: string,
  faults: Faults,
): Pick<Definition, "rule" | "rrule"> | undefined {
  const isStill =
    move.days === 0 && move.from.timeOfDay === move.to.timeOfDay && move.from.allDay === move.to.allDay;
  if (isStill && timezone === before.timezone) return { rule: before.rule, rrule: before.rrule };
  const rule = turned(before.rule, move.days);
  if (!rule)
    return faults.add(
      "recurrence.rrule",
      `must be given with another day: on which days ${before.rrule} is then does not follow from it`,
    );
  const next = { ...rule, until: movedUntil(before, move, timezone) };
  const text = ruleText(next);
  return { rule: next, rrule: text === ruleText(before.rule) ? before.rrule : text };
}

/** Another rule begins on the first of its own days. */
function firstOfRule(definition: Definition): number {
  const { first, rule } = definition;
  const budget: Budget = newBudget(100_000);
  for (const wall of candidates(rule, first, { from: first, to: LAST_PLACE, budget }))
    if (wall >= first) return wall;
  return first;
}

/** A change of a list: who comes, who goes, and what becomes of who stays. */
export interface ListChange<Given, Kept> {
  come: Given[];
  isGone: (one: Kept) => boolean;
  again: (one: Kept) => Given;
}

/** What a change of the series says of the occurrences' lists, beside the list of the one that it is addressed by. */
export interface ListChanges {
  attendees?: ListChange<AttendeeInput, Attendee>;
  relatedTo?: ListChange<NonNullable<EventPatch["relatedTo"]>[number], RecordLink>;
}

const keysOf = ({ userId, emailAddress, contactId }: Attendee): string[] => [
  ...(userId === null ? [] : [`u:${userId}`]),
  ...(emailAddress === null ? [] : [`e:${addressKey(emailAddress)}`]),
  ...(userId === null && emailAddress === null ? [`c:${contactId}`] : []),
];

/** Who comes and who goes, given the whole list for the occurrence addressed. */
export function listChanges(
  { attendees, relatedTo }: SeriesPatch,
  before: { attendees: readonly Attendee[]; relatedTo: readonly RecordLink[] },
  people: KnownPeople,
  faults: Faults,
): ListChanges {
  const changes: ListChanges = {};
  if (attendees) {
    const types = new Map<string, Attendee["type"]>();
    // What is not as it was read is changed: how somebody is invited is for the list to say, their answer is their own.
    const staying: ListWrite["staying"] = (was, merged, given, field) => {
      if (given.status != null && given.status !== was.status) faults.passOver(`${field}.status`);
      if (merged.type !== was.type) for (const key of keysOf(was)) types.set(key, merged.type);
      return { status: was.status };
    };
    const after = mergeAttendees({ given: attendees, before: before.attendees, people, staying }, faults);
    const stay = new Set(after.flatMap(keysOf));
    const were = new Set(before.attendees.flatMap(keysOf));
    const gone = new Set(
      before.attendees.filter((one) => !keysOf(one).some((key) => stay.has(key))).flatMap(keysOf),
    );
    changes.attendees = {
      come: after.filter((one) => !keysOf(one).some((key) => were.has(key))).map(asGiven),
      isGone: (one) => keysOf(one).some((key) => gone.has(key)),
      again: (one) => ({
        ...asGiven(one),
        type: keysOf(one).flatMap((key) => types.get(key) ?? [])[0] ?? one.type,
      }),
    };
  }
  if (relatedTo) {
    const after = mergeLinks(relatedTo, before.relatedTo, people, faults);
    const keyOf = ({ type, id }: { type: string; id: string }): string => `${type}:${id}`;
    const stay = new Set(after.map(keyOf));
    const were = new Set(before.relatedTo.map(keyOf));
    const gone = new Set([...were].filter((key) => !stay.has(key)));
    changes.relatedTo = {
      come: after.filter((one) => !were.has(keyOf(one))).map(({ type, id }) => ({ type, id })),
      isGone: (one) => gone.has(keyOf(one)),
      again: ({ type, id }) => ({ type, id }),
    };
  }
  return changes;
}

const asGiven = ({ contactId, ...one }: Attendee): AttendeeInput => ({
  ...one,
  contactId: contactId === null ? null : String(contactId),
});

/** Lists after a change, as a write gives them: who stays keeps place, answer and leaving. */
export function listsAfter(
  { attendees, relatedTo }: ListChanges,
  before: { attendees: readonly Attendee[]; relatedTo: readonly RecordLink[] },
): Pick<EventPatch, "attendees" | "relatedTo"> {
  const known = new Set(before.attendees.flatMap(keysOf));
  return {
    ...(attendees && {
      attendees: [
        ...before.attendees.filter((one) => !attendees.isGone(one)).map(attendees.again),
        ...attendees.come.filter((one) => !keysOf(one as Attendee).some((key) => known.has(key))),
      ],
    }),
    ...(relatedTo && {
      relatedTo: [
        ...before.relatedTo.filter((one) => !relatedTo.isGone(one)).map(relatedTo.again),
        ...relatedTo.come,
      ],
    }),
  };
}

const NO_WORDS: ReadonlySet<string> = new Set<keyof SeriesPatch>([
  ...["attendees", "relatedTo", "recurrence", "timezone", "iCalUid", "properties"],
  ...TIME_FIELDS,
] as (keyof SeriesPatch)[]);

/** The words of a change: what it says but for lists, times and properties. */
export const wordsOf = (patch: SeriesPatch): EventPatch =>
  Object.fromEntries(
    Object.entries(patch).filter(([name, value]) => !NO_WORDS.has(name) && value !== undefined),
  );

/** What occurrences to come are to say after a change. */
export function templateAfter(
  before: Template,
  patch: SeriesPatch,
  changes: ListChanges,
  people: KnownPeople,
  faults: Faults,
): Template {
  const lists = listsAfter(changes, before);
  const after = { ...before, ...wordsOf(patch) } as Template;
  if (isAnotherAddress(patch.organizerEmail, before.organizerEmail) && patch.organizerName === undefined)
    after.organizerName = null;
  // Another spelling is no other address.
  if (patch.organizerEmail !== undefined && !isAnotherAddress(patch.organizerEmail, before.organizerEmail))
    after.organizerEmail = before.organizerEmail;
  if (patch.properties !== undefined) {
    after.properties = mergeProperties(
      patch.properties === null ? {} : (before.properties ?? DEFAULTS.properties ?? {}),
      patch.properties ?? {},
    );
    const fault = propertiesFault(after.properties);
    if (fault) faults.add("properties", fault);
  }
  if (lists.attendees)
    after.attendees = mergeAttendees({ given: lists.attendees, before: before.attendees, people }, faults);
  if (lists.relatedTo) after.relatedTo = mergeLinks(lists.relatedTo, before.relatedTo, people, faults);
  return after;
}
