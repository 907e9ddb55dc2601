// What somebody has deleted of a series stays away, also where a newer file has the series at another time or on another day.
import type { Placed } from "../ical/family";
import { compareVersions } from "../ical/version";
import { dayOf } from "../ical/wall";
import { placesAmong } from "../series/places";
import { slotKey } from "./known-series";
import { movedDays } from "./moved-days";
import type { Row } from "./places";
import type { Standing } from "./planned";

export class DeletedPlaces {
  private readonly deleted: readonly number[];
  /** Deleted places that are none in the file any more, by the day to which they have moved there. */
  private readonly vacated: ReadonlyMap<number, number>;

  constructor(
    private readonly standing: Pick<Standing, "series" | "filed">,
    private readonly rows: ReadonlyMap<string, Row>,
  ) {
    const { series, filed } = standing;
    this.deleted = series?.isOwn ? series.state.definition.deleted : [];
    const places = filed && placesAmong({ ...filed.definition, exdates: [] }, this.deleted);
    const gone = this.deleted.filter((wall) => places && !places.has(wall));
    const moved = series && filed ? movedDays(gone, series.state.definition, filed.definition) : [];
    this.vacated = new Map([...moved].map(([wall, day]) => [day, wall]));
  }

  /** The place from which what a file has here was deleted; null where it was not, or by an older file and no person. */
  from({ wall, slot, version }: Placed): number | null {
    const { series } = this.standing;
    if (wall === null || !series) return null;
    const from = this.deleted.includes(wall) ? wall : this.vacated.get(dayOf(wall));
    if (from === undefined) return null;
    const row = this.rows.get(from === wall ? slot.key : slotKey(series.state.definition, from));
    const isByFile = row?.eventId === null && compareVersions(version, row.version) >= 0;
    return isByFile ? null : from;
  }
}
