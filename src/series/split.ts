// A series in two: what is before a place, and what follows. Pure.
import type { Rule } from "../ical/rule";
import { isDeepStrictEqual } from "node:util";
import { endAt, type Definition } from "./definition";
import { countBefore, firstPlace, newBudget, placesOf, recurrenceIdOf, rulePlaces, rising } from "./places";
import { ruleText } from "./rule-text";

/** Whether nothing of a series is before a place. */
export const isBeginning = (definition: Definition, wall: number): boolean => {
  const first = firstPlace(definition, 0);
  return first === null || first >= wall;
};

const within = (walls: readonly number[], from: number, to: number): number[] =>
  walls.filter((wall) => wall >= from && wall < to);

const withRule = (definition: Definition, rule: Rule): Definition =>
  isDeepStrictEqual(rule, definition.rule) ? definition : { ...definition, rule, rrule: ruleText(rule) };

/** The series up to a place, which has others before it. */
export function endedBefore(definition: Definition, wall: number): Definition {
  const { first, rule, allDay, timezone } = definition;
  const cut = {
    ...definition,
    rdates: within(definition.rdates, 0, wall),
    exdates: within(definition.exdates, 0, wall),
    deleted: within(definition.deleted, 0, wall),
  };
  const before = countBefore(definition, wall);
  if (rule.count !== null) return withRule(cut, { ...rule, count: Math.max(1, before) });
  let last = first;
  for (const place of rulePlaces(definition, first, wall - 1, newBudget())) last = place;
  // A series of times ends at an instant, as calendar files have it.
  const until = endAt({ wall: last, isDate: allDay, isUtc: false }, timezone, !allDay);
  return withRule(cut, { ...rule, until });
}

/** The series from a place on; what its rule leaves open is as it was. */
export function begunAt(definition: Definition, wall: number): Definition {
  const { rule } = definition;
  const [next] = rulePlaces(definition, wall, Infinity, newBudget());
  const rest = {
    ...definition,
    rdates: within(definition.rdates, wall, Infinity),
    exdates: within(definition.exdates, wall, Infinity),
    deleted: within(definition.deleted, wall, Infinity),
  };
  // Only dates beside the rule are left.
  if (next === undefined) return withRule({ ...rest, first: wall }, { ...rule, count: 1, until: null });
  const count = rule.count === null ? null : rule.count - countBefore(definition, next);
  return withRule({ ...rest, first: next }, { ...rule, count });
}

/** The series without the occurrences in these places. */
export function without(definition: Definition, walls: readonly number[]): Definition {
  const exdates = rising([...definition.exdates, ...walls]);
  return { ...definition, exdates, deleted: rising([...definition.deleted, ...walls]) };
}

/** The last place that is over; null where none is. */
export function lastBefore(definition: Definition, wall: number): number | null {
  let last: number | null = null;
  for (const place of placesOf(definition, { from: 0, to: wall - 1 })) last = place;
  return last;
}

/** The UID of what follows. */
export const splitUid = (iCalUid: string, from: number): string => {
  const place = `_R${recurrenceIdOf(from, false).replaceAll(/[-:]/g, "")}`;
  return `${iCalUid.slice(0, 1_000 - place.length)}${place}`;
};
