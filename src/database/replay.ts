// How far behind a standby is, reckoned without its clock or the primary's: where the primary's log ended at moments that this
// process noted. What the standby has replayed up to such an end, it has all of that was committed before the moment.

/** A place in the write-ahead log, as a number of bytes. */
export type LogPlace = bigint;

interface Mark {
  at: number;
  end: LogPlace;
}

const PAGE_BYTES = 8_192n;
const PAGE_HEADER_BYTES = 24n;

export class Replay {
  /** Those that the standby is not known to have reached, the oldest first. */
  private marks: Mark[] = [];
  /** The latest that it has. */
  private reached: Mark | null = null;

  /** The log ended there at that moment, or later. */
  note(at: number, end: LogPlace): void {
    const last = this.marks.at(-1);
    // Another server has become the primary, whose log is not this one's.
    if (last && end < last.end) this.forget();
    this.marks.push({ at, end: startOfPage(end) });
  }

  /** The standby has replayed it up to there. */
  reach(place: LogPlace): void {
    const beyond = this.marks.findIndex(({ end }) => end > place);
    const passed = beyond < 0 ? this.marks.length : beyond;
    if (passed === 0) return;
    this.reached = this.marks[passed - 1] as Mark;
    this.marks.splice(0, passed);
  }

  /** How long ago the standby had, or has, all that was committed: at most so many milliseconds. Infinity: nobody knows. */
  behindMs(now: number): number {
    return this.reached ? now - this.reached.at : Infinity;
  }

  private forget(): void {
    this.marks = [];
    this.reached = null;
  }
}

/** Where the next record would follow the header of a page, the last one ended before that page. */
const startOfPage = (end: LogPlace): LogPlace =>
  end % PAGE_BYTES === PAGE_HEADER_BYTES ? end - PAGE_HEADER_BYTES : end;
