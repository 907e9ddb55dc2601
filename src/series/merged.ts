// What a change of a series makes of one of its occurrences: what that has for itself is passed over, field by field.
import type { Context } from "../context";
import type { EventPatch } from "../event/event.inputs";
import type { Content } from "../event/fields";
import type { Address, LockedEvent } from "../event/locked";
import { changesOf, mergeAsked } from "../event/merge";
import { claimOf } from "../event/organiser";
import type { KnownPeople } from "../event/people-of-write";
import type { Change } from "../event/stored";
import type { Faults } from "../values/faults";
import { timesAt } from "./definition";
import { occurrenceUid } from "./occurrence";
import type { Occurrence } from "./opened";
import { listsAfter, TIME_FIELDS, wordsOf, type ListChanges, type Recurring } from "./patched";
import { recurrenceIdOf } from "./places";
import type { SeriesPatch } from "./series.inputs";
import type { SeriesState } from "./stored";

export interface SeriesMerge {
  ctx: Context;
  address: Address;
  patch: SeriesPatch;
  /** What occurrences have for themselves is written too. */
  overwrite: boolean;
  people: KnownPeople;
  /** What is wrong with an occurrence then: one that has more of its own may have no room for what all are to have. */
  faults: Faults;
  next: Recurring;
  lists: ListChanges;
  before: SeriesState;
  after: SeriesState;
}

/** What the change makes of an occurrence, in the place that is its own then. */
export function mergeOccurrence(merge: SeriesMerge, { locked, wall: was }: Occurrence, wall: number): Change {
  const { ctx, address, overwrite, people, faults, next } = merge;
  const { view, overrides } = locked;
  const { definition } = next;
  // Somebody else's meeting by now is theirs to change.
  const { hasWholeSay } = locked;
  const lists = hasWholeSay ? merge.lists : {};
  const isOwn = (field: string): boolean => !hasWholeSay || (!overwrite && overrides.includes(field));
  const given = givenTo(merge, wall, TIME_FIELDS.some(isOwn));
  const rest = Object.fromEntries(Object.entries(given).filter(([field]) => !isOwn(field)));
  const asked = { patch: { ...rest, ...listsAfter(lists, view) } as EventPatch };
  const how = { people, faults, namesVersion: false };
  const merged = mergeAsked(ctx, address.calendar, locked, asked, how);
  const changes: Partial<Content> = claimOf(locked, merged, address.calendar, people);
  const left = overridesAfter(merge, locked, given);
  if (left.length !== overrides.length) changes.overrides = left;
  const recurrenceId = recurrenceIdOf(wall, definition.allDay);
  if (view.recurrenceId === recurrenceId) return { locked, changes };
  // One that is named after its place is named after the new one.
  const { before, after } = merge;
  const isNamedSo = view.iCalUid === occurrenceUid(before.iCalUid, before.definition, was);
  const iCalUid = isNamedSo ? occurrenceUid(after.iCalUid, definition, wall) : view.iCalUid;
  return { locked, changes: { ...changes, recurrenceId, ...changesOf(view, { iCalUid }) } };
}

/** What an occurrence has for itself after the change. */
function overridesAfter(
  { overwrite, next }: SeriesMerge,
  { overrides, hasWholeSay }: LockedEvent,
  given: EventPatch,
): string[] {
  if (!hasWholeSay) {
    const times = next.setsTimes ? TIME_FIELDS : [];
    return [...new Set([...overrides, ...Object.keys(given), ...times])].sort();
  }
  return overwrite ? overrides.filter((field) => !(field in given)) : overrides;
}

/** What the change says of an occurrence in a place, beside its lists. */
function givenTo({ patch, next }: SeriesMerge, wall: number, hasOwnTimes: boolean): EventPatch {
  const { properties, timezone } = patch;
  return {
    ...wordsOf(patch),
    ...(properties !== undefined && { properties }),
    ...(timezone !== undefined && { timezone: next.definition.timezone }),
    ...(next.setsTimes && !hasOwnTimes && timesAt(next.definition, wall)),
  };
}
