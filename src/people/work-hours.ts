// When somebody works, as instants: hours on the wall of their zone, through every change of its clocks.
import { OFFICE_HOURS, Weekday, type WorkHours } from "../entities/user";
import { DAY_MS, MINUTE_MS } from "../values/instants";
import { instantToWall, wallToInstant } from "../values/timezone";

/** In epoch milliseconds; without the end. */
export interface Stretch {
  from: number;
  to: number;
}

const DAYS = Object.values(Weekday);
/** The epoch began on a Thursday. */
const FIRST_DAY = DAYS.indexOf(Weekday.TH);

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** The stretches within which somebody works, in order; those that touch are one. Costs the days, times the hours of each. */
export function workingStretches(
  { hours = OFFICE_HOURS, zone }: { hours: readonly WorkHours[] | undefined; zone: string },
  { from, to }: Stretch,
): Stretch[] {
  const ofDay = DAYS.map((day) => hours.filter(({ days }) => days.includes(day)));
  const found: Stretch[] = [];
  const lastDay = Math.floor(instantToWall(to, zone) / DAY_MS);
  for (let day = Math.floor(instantToWall(from, zone) / DAY_MS); day <= lastDay; day++) {
    for (const one of ofDay[(day + FIRST_DAY + DAYS.length) % DAYS.length] ?? []) {
      const at = (time: string): number => wallToInstant(day * DAY_MS + minutesOf(time) * MINUTE_MS, zone);
      found.push({ from: Math.max(from, at(one.from)), to: Math.min(to, at(one.to)) });
    }
  }
  return joined(found.filter((one) => one.from < one.to));
}

/** Those that touch, or overlap, are one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const all: Stretch[] = [];
  for (const { from, to } of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}

/** What is left of stretches without those of `taken`; both are in order, and none overlaps another of its list. */
export function without(stretches: readonly Stretch[], taken: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let next = 0;
  for (const stretch of stretches) {
    let { from } = stretch;
    while (next < taken.length && (taken[next] as Stretch).to <= from) next++;
    for (let at = next; at < taken.length && (taken[at] as Stretch).from < stretch.to; at++) {
      const block = taken[at] as Stretch;
      if (block.from > from) left.push({ from, to: block.from });
      from = Math.max(from, block.to);
    }
    if (from < stretch.to) left.push({ from, to: stretch.to });
  }
  return left;
}
