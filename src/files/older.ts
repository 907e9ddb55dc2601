// Which versions in a file are older than what stands: they change nothing. What earlier imports made has the version of their
// file; what was made here has none but when it was changed, and a file that says no time is at hand now.
import { compareVersions, type Version } from "../ical/version";
import type { Family } from "../ical/family";
import type { Row } from "./places";
import type { Standing } from "./planned";
import { ownMark, WHOLE } from "./remembered";

export class Older {
  constructor(
    private readonly family: Family,
    private readonly standing: Pick<Standing, "series" | "memory" | "byUid">,
    private readonly rows: ReadonlyMap<string, Row>,
  ) {}

  /** Than the series or event as a whole. The versions of an export of ours are those of what it wrote, and no other file's. */
  thanWhole(whole: Version): boolean {
    const { series, byUid } = this.standing;
    if (series && series.mark === this.family.series?.mark)
      return whole.changed !== null && whole.changed < secondOf(series.row.lastModifiedAt);
    const before = this.rows.get(WHOLE);
    if (before) return compareVersions(whole, before.version) < 0;
    if (series?.isOwn) return isBefore(whole, series.row.lastModifiedAt);
    const single = byUid.get(this.family.uid);
    const isOurs = this.family.events.some(({ mark }) => mark !== null);
    return single?.isOwn === true && !isOurs && isBefore(whole, single.view.lastModifiedAt);
  }

  /** Than the file that took away all that there was of the UID. */
  thanGone(version: Version): boolean {
    const before = this.rows.get(WHOLE);
    return (
      before?.eventId === null &&
      compareVersions(version, before.version) < 0 &&
      [...this.rows.values()].every(({ slot, known }) => slot === WHOLE || !known)
    );
  }

  /** Than what an earlier file had in a place; `isOwn`: the file has something of its own for it. */
  thanPlace({ version, isOwn }: { version: Version; isOwn: boolean }, row: Row): boolean {
    const isAlike = isOwn && this.standing.memory.has(ownMark(row.slot));
    return isAlike ? compareVersions(version, row.version) < 0 : isBehind(version, row.version);
  }

  /** Than what stands in a place. */
  thanRow(version: Version, row: Row): boolean {
    if (this.thanPlace({ version, isOwn: true }, row)) return true;
    const isImported = this.rows.has(WHOLE) || this.standing.memory.has(row.slot);
    return row.known !== null && !isImported && isBefore(version, row.known.view.lastModifiedAt);
  }
}

/**
 * Whether a version of a series is older than that of an instance of it, or the other way round. Exchange and others count the
 * SEQUENCE of each by itself, so that it does not say so where one of them was written later.
 */
export const isBehind = (one: Version, other: Version): boolean =>
  compareVersions(one, other) < 0 && writtenAt(one) <= writtenAt(other);

const writtenAt = ({ changed, stamped }: Version): number =>
  Math.max(changed ?? -Infinity, stamped ?? -Infinity);

const isBefore = ({ changed, stamped }: Version, lastModifiedAt: string): boolean => {
  const at = changed ?? stamped;
  return at !== null && at < secondOf(lastModifiedAt);
};

/** A file has no milliseconds. */
export const secondOf = (instant: string): number => Math.floor(Date.parse(instant) / 1_000) * 1_000;
