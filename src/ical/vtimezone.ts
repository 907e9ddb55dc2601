// The VTIMEZONE of an IANA zone, from the rules that Node.js carries: when its clocks change, as rules where they change every
// year alike, and else date by date. A zone that changes for ever has a rule without an end.

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../values/instants";
import { instantToWall } from "../values/timezone";
import { describeDay, WEEKDAYS } from "./rule";
import { basicTime, dayOf } from "./wall";

const FROM = Date.UTC(1970, 0, 1);
/** Beyond, the last rules go on. */
const TO = Date.UTC(2100, 0, 1);
/** No clocks have changed and changed back within so many days. */
const STEP = 10 * DAY_MS;
/** Of fewer changes in a row no rule is made. */
const LEAST = 3;

/** A change of the clocks, to `to` milliseconds east of UTC. */
interface Change {
  at: number;
  from: number;
  to: number;
}

const written = new Map<string, string[]>();

/** The lines of a zone's VTIMEZONE; none for UTC, which every program knows. */
export function timezoneLines(name: string): readonly string[] {
  const known = written.get(name) ?? linesOf(name);
  written.set(name, known);
  return known;
}

function linesOf(name: string): string[] {
  const changes = changesOf(name);
  const first = offsetAt(name, FROM);
  return [
    "BEGIN:VTIMEZONE",
    `TZID:${name}`,
    ...observance({ at: FROM, from: first, to: first }, [`DTSTART:${basicTime(FROM)}`]),
    ...byKind(changes).flatMap(observancesOf),
    "END:VTIMEZONE",
  ];
}

const offsetAt = (name: string, instant: number): number => instantToWall(instant, name) - instant;

function changesOf(name: string): Change[] {
  const changes: Change[] = [];
  let from = offsetAt(name, FROM);
  for (let at = FROM; at < TO; at += STEP) {
    const to = offsetAt(name, at + STEP);
    if (to === from) continue;
    changes.push({ at: turnBetween(name, at, at + STEP), from, to });
    from = to;
  }
  return changes;
}

/** The second from which on the clocks show what they show at `late`. */
function turnBetween(name: string, early: number, late: number): number {
  const wanted = offsetAt(name, late);
  let [before, after] = [early / SECOND_MS, late / SECOND_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(name, middle * SECOND_MS) === wanted) after = middle;
    else before = middle;
  }
  return after * SECOND_MS;
}

/** Changes from the one offset to the other, in the order of the first of each kind. */
function byKind(changes: readonly Change[]): Change[][] {
  const kinds = new Map<string, Change[]>();
  for (const change of changes) {
    const kind = `${change.from} ${change.to}`;
    const known = kinds.get(kind);
    if (known) known.push(change);
    else kinds.set(kind, [change]);
  }
  return [...kinds.values()];
}

/** Changes of one kind: each run of years alike as a rule, what is left date by date. */
function observancesOf(changes: readonly Change[]): string[] {
  const singles: Change[] = [];
  const lines: string[] = [];
  for (let index = 0; index < changes.length;) {
    const run = runFrom(changes, index);
    const [first] = run.changes;
    if (!first) break;
    index += run.changes.length;
    if (run.changes.length < LEAST) singles.push(...run.changes);
    else lines.push(...observance(first, [startLine(first), ruleLine(run)]));
  }
  const [first, ...others] = singles;
  if (!first) return lines;
  const dates = others.map((change) => `RDATE:${basicTime(shownBefore(change))}`);
  return [...lines, ...observance(first, [startLine(first), ...dates])];
}

interface Run {
  changes: Change[];
  /** Which of its weekdays in the month: from the front, or -1 for the last. */
  nth: number;
}

/** The longest row of changes from here on that come every year on the same weekday of the same month, at the same time. */
function runFrom(changes: readonly Change[], start: number): Run {
  const first = changes[start] as Change;
  let places = placesOf(first);
  const run = [first];
  for (let index = start + 1; index < changes.length; index++) {
    const next = changes[index] as Change;
    const both = isYearAfter(run.at(-1) as Change, next)
      ? placesOf(next).filter((one) => places.includes(one))
      : [];
    if (both.length === 0) break;
    places = both;
    run.push(next);
  }
  return { changes: run, nth: places[0] ?? 1 };
}

const shownBefore = ({ at, from }: Change): number => at + from;
const dayBefore = (change: Change): ReturnType<typeof describeDay> => describeDay(dayOf(shownBefore(change)));

/** How the day of a change can be named within its month. */
function placesOf(change: Change): number[] {
  const { date, daysInMonth } = dayBefore(change);
  return [...(date + 7 > daysInMonth ? [-1] : []), Math.ceil(date / 7)];
}

function isYearAfter(one: Change, other: Change): boolean {
  const [a, b] = [dayBefore(one), dayBefore(other)];
  const isSameTime = shownBefore(one) % DAY_MS === shownBefore(other) % DAY_MS;
  return isSameTime && b.year === a.year + 1 && a.month === b.month && a.weekday === b.weekday;
}

function ruleLine({ changes, nth }: Run): string {
  const last = changes.at(-1) as Change;
  const { month, weekday } = dayBefore(last);
  const isLasting = TO - last.at < 366 * DAY_MS;
  const end = isLasting ? "" : `;UNTIL=${basicTime(last.at)}Z`;
  return `RRULE:FREQ=YEARLY;BYMONTH=${month};BYDAY=${nth}${WEEKDAYS[weekday]}${end}`;
}

const startLine = (change: Change): string => `DTSTART:${basicTime(shownBefore(change))}`;

function observance({ from, to }: Change, when: readonly string[]): string[] {
  const name = to > from ? "DAYLIGHT" : "STANDARD";
  return [
    `BEGIN:${name}`,
    ...when,
    `TZOFFSETFROM:${offsetText(from)}`,
    `TZOFFSETTO:${offsetText(to)}`,
    `TZNAME:${offsetText(to)}`,
    `END:${name}`,
  ];
}

function offsetText(offset: number): string {
  const [size, two] = [Math.abs(offset), (value: number) => String(Math.floor(value)).padStart(2, "0")];
  const seconds = (size % MINUTE_MS) / SECOND_MS;
  const parts = [size / HOUR_MS, (size % HOUR_MS) / MINUTE_MS, ...(seconds > 0 ? [seconds] : [])];
  return (offset < 0 ? "-" : "+") + parts.map(two).join("");
}
