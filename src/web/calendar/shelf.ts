// The events of one calendar as far as they have been loaded, and the stretches of time that are loaded in full.
import type { EventBriefFragment } from "../api/operations";

/** In milliseconds, the end exclusive. */
export interface Range {
  start: number;
  end: number;
}

const spanOf = ({ startTime, endTime }: EventBriefFragment): Range => ({
  start: Date.parse(startTime),
  end: Date.parse(endTime),
});

/** Half-open on both sides; an event of no length counts at its start. */
const overlaps = (event: Range, range: Range): boolean =>
  event.start < range.end && (event.end > range.start || event.start >= range.start);

export class Shelf {
  private readonly events = new Map<string, EventBriefFragment>();
  /** When events were removed: an answer from before that does not bring them back. */
  private readonly removed = new Map<string, string>();
  private covered: Range[] = [];

  /** The parts of a range that are still to be loaded. */
  missing({ start, end }: Range): Range[] {
    const gaps: Range[] = [];
    let from = start;
    for (const known of this.covered) {
      if (known.end <= from || known.start >= end) continue;
      if (known.start > from) gaps.push({ start: from, end: known.start });
      from = known.end;
    }
    if (from < end) gaps.push({ start: from, end });
    return gaps;
  }

  /** Everything there is in a range, as it was loaded. What is held of an event stays if it is newer. */
  fill(range: Range, events: readonly EventBriefFragment[], asOf: ReadonlyMap<string, string>): void {
    const there = new Set(events.map(({ id }) => id));
    for (const event of this.within(range)) {
      // Gone meanwhile; but not what came about while the answer was on its way.
      if (!there.has(event.id) && asOf.get(event.id) === event.lastModifiedAt) this.events.delete(event.id);
    }
    for (const event of events) this.put(event);
    this.cover(range);
  }

  /** What is held, by version: to be taken before asking, and given to `fill` with the answer. */
  versions(): ReadonlyMap<string, string> {
    return new Map([...this.events.values()].map(({ id, lastModifiedAt }) => [id, lastModifiedAt]));
  }

  put(event: EventBriefFragment): void {
    const held = this.events.get(event.id);
    const gone = this.removed.get(event.id) ?? "";
    if (event.lastModifiedAt > gone && (!held || held.lastModifiedAt <= event.lastModifiedAt)) {
      this.events.set(event.id, event);
    }
  }

  /** `tick` is the instant of the removal, as the service has it. */
  remove(id: string, tick: string): void {
    this.removed.set(id, tick);
    this.events.delete(id);
  }

  get(id: string): EventBriefFragment | undefined {
    return this.events.get(id);
  }

  within(range: Range): EventBriefFragment[] {
    return [...this.events.values()].filter((event) => overlaps(spanOf(event), range));
  }

  /** Nothing counts as loaded any more; what is held is shown until the answer is there. */
  forgetCover(): void {
    this.covered = [];
  }

  private cover(range: Range): void {
    const joined = { ...range };
    const apart = this.covered.filter(({ start, end }) => {
      if (end < joined.start || start > joined.end) return true;
      joined.start = Math.min(joined.start, start);
      joined.end = Math.max(joined.end, end);
      return false;
    });
    this.covered = [...apart, joined].sort((a, b) => a.start - b.start);
  }
}
