// Where the days of a series are in a file that has it on other days: the same as a change of the series would take them, as
// far as the file shows it. Pure.
import { periodOf } from "../ical/recurrence";
import { dayOf } from "../ical/wall";
import type { Definition } from "../series/definition";
import { newBudget, placesOf } from "../series/places";
import { DAY_MS } from "../values/instants";

const YEAR_MS = 366 * DAY_MS;

/**
 * For each of these places, which the series has no more, the day on which it is now, if it is on any. A day that is a place
 * still is that place: at another time. Else a series that begins so many days later is so many days later throughout; and else
 * the second day of a week, month or year is its second day, where it has as many as before.
 */
export function movedDays(
  gone: readonly number[],
  before: Definition,
  after: Definition,
): Map<number, number> {
  const found = new Map<number, number>();
  if (gone.length === 0) return found;
  const span = { from: Math.min(...gone) - YEAR_MS, to: Math.max(...gone) + YEAR_MS };
  const were = new Days(before, span);
  const are = new Days(after, span);
  const shift = shiftOf(before, after);
  for (const wall of gone) {
    const day = dayOf(wall);
    const moved = isAlike(before, after) ? [shift === null ? null : day + shift, are.like(were, day)] : [];
    const isFree = (one: number | null): boolean => one !== null && are.has(one) && !were.has(one);
    const to = are.has(day) ? day : moved.find(isFree);
    if (to != null) found.set(wall, to);
  }
  return found;
}

const isAlike = ({ rule: a }: Definition, { rule: b }: Definition): boolean =>
  a.frequency === b.frequency && a.interval === b.interval;

/** By how many days a series by the day or week begins later, as far as its rule tells; null where that says nothing. */
function shiftOf({ first: before }: Definition, { first: after, rule }: Definition): number | null {
  if (rule.frequency !== "DAILY" && rule.frequency !== "WEEKLY") return null;
  const period = rule.interval * (rule.frequency === "WEEKLY" ? 7 : 1);
  const days = dayOf(after) - dayOf(before);
  if (Math.abs(days) < period) return days === 0 ? null : days;
  const rest = ((days % period) + period) % period;
  return rest === 0 ? null : rest > period / 2 ? rest - period : rest;
}

/** The days of a series within a span, those included whose occurrence is excepted. */
class Days {
  private readonly byPeriod = new Map<number, number[]>();
  private readonly all: ReadonlySet<number>;

  constructor(
    private readonly definition: Definition,
    span: { from: number; to: number },
  ) {
    const walls = placesOf({ ...definition, exdates: [] }, { ...span, budget: newBudget() });
    this.all = new Set([...walls].map(dayOf));
    for (const day of this.all) {
      const days = this.in(day);
      if (days) days.push(day);
      else this.byPeriod.set(periodOf(definition.rule, day), [day]);
    }
  }

  has(day: number): boolean {
    return this.all.has(day);
  }

  /** The day in the same place of its period as this one is in another series' days; null where they do not compare. */
  like(others: Days, day: number): number | null {
    const theirs = others.in(day) ?? [];
    const own = this.in(day) ?? [];
    return own.length === theirs.length ? (own[theirs.indexOf(day)] ?? null) : null;
  }

  private in(day: number): number[] | undefined {
    return this.byPeriod.get(periodOf(this.definition.rule, day));
  }
}
