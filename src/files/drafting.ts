// A plan that is being made for one UID: what is decided from, and the steps that whole series, single instances and cancellations
// have in common. Nothing is read or written.
import type { Family, Slot } from "../ical/family";
import { DeletedPlaces } from "./deleted";
import { placeMeant } from "./empty-places";
import type { Filed } from "./filed";
import { Older } from "./older";
import { Places, rowsOf, type Row } from "./places";
import { newPlan, newSeriesPlan, type SeriesPlan, type Standing } from "./planned";

export class Drafting {
  readonly plan = newPlan();
  readonly rows: Map<string, Row>;
  readonly places: Places;
  readonly removed = new Set<string>();
  /** Whether an export of ours wrote the series that is there. */
  readonly isOurSeries: boolean;
  readonly deleted: DeletedPlaces;
  readonly older: Older;

  constructor(
    readonly family: Family,
    readonly standing: Standing,
  ) {
    const { series } = standing;
    this.isOurSeries = series !== null && family.series?.mark === series.mark;
    this.rows = rowsOf(standing, this.isOurSeries);
    this.places = new Places(this.rows);
    this.deleted = new DeletedPlaces(standing, this.rows);
    this.older = new Older(family, standing, this.rows);
  }

  /** Null where there is no series of the caller's, nor is to be. */
  planned(filed: Filed | null, isKept = false): SeriesPlan | null {
    const { series } = this.standing;
    const { uid, line, series: said } = this.family;
    if (!filed && !series?.isOwn) return null;
    return newSeriesPlan({ known: series?.isOwn ? series : null, filed, said, uid, line, isKept });
  }

  /** The series as it stands, of which the file has instances alone. */
  get instances(): SeriesPlan | null {
    this.plan.instances ??= this.planned(null, true);
    return this.plan.instances;
  }

  /** A place of the caller's series in which nothing stands, the file having nothing of the series itself. */
  emptyPlace(slot: Slot): number | null {
    const { series } = this.standing;
    if (!series?.isOwn || this.plan.series) return null;
    const wall = placeMeant(series, slot);
    return wall === null || series.elsewhere.has(wall) ? null : wall;
  }

  remove({ slot, known, wall }: Row, line: number): void {
    if (wall !== null) this.plan.series?.removed.add(wall);
    if (known) {
      this.plan.removals.push({ known, line, ofSeries: wall !== null });
      this.removed.add(known.view.id);
    }
    this.plan.forgotten.push({ uid: this.family.uid, slot });
  }
}
