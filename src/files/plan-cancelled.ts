// What a cancellation in a file comes to: an event, a series, one place of it or all from a place on is taken away, and stays
// away from older files. Only what is the caller's goes.
import type { Cancelled, Slot } from "../ical/family";
import { compareVersions } from "../ical/version";
import { isBeginning } from "../series/split";
import type { Drafting } from "./drafting";
import { isAhead, placeMeant } from "./empty-places";
import type { Known } from "./known";
import type { Row } from "./places";
import { WHOLE } from "./remembered";

/** Adds a cancellation to the plan: what it names goes, where it is not older than what stands. */
export function planCancelled(drafting: Drafting, cancelled: Cancelled): void {
  const whole = drafting.rows.get(WHOLE);
  if (whole && compareVersions(cancelled.version, whole.version) < 0) return;
  if (cancelled.slot) cancelFrom(drafting, cancelled.slot, cancelled);
  else cancelAll(drafting, cancelled);
}

function cancelFrom(drafting: Drafting, slot: Slot, cancelled: Cancelled): void {
  const { following, version } = cancelled;
  const row = drafting.places.at(slot);
  if (row && drafting.older.thanRow(version, row)) return;
  if (following && endBefore(drafting, slot, row) === "whole") return cancelAll(drafting, cancelled);
  const known = row?.known ?? null;
  cancelAt(drafting, row?.slot ?? slot.key, known, cancelled);
  if (!following && !known) except(drafting, slot);
  for (const later of drafting.places.others(row)) cancelLater(drafting, later, cancelled);
}

function cancelLater(drafting: Drafting, later: Row, cancelled: Cancelled): void {
  if (cancelled.following?.(later.slot) && !drafting.older.thanRow(cancelled.version, later))
    cancelAt(drafting, later.slot, later.known, cancelled);
}

function cancelAt(drafting: Drafting, slot: string, known: Known | null, { version, line }: Cancelled): void {
  takeAway(drafting, known, line);
  drafting.plan.notes.push({ uid: drafting.family.uid, slot, eventId: null, version });
}

/** Ends the caller's series before a place, the file having nothing of the series itself; says where that is all of it. */
function endBefore(drafting: Drafting, slot: Slot, row: Row | null): "whole" | "part" {
  const { series } = drafting.standing;
  const wall = series?.isOwn && !drafting.plan.series ? (row?.wall ?? placeMeant(series, slot)) : null;
  if (wall === null || !drafting.instances || !series) return "part";
  if (isBeginning(series.state.definition, wall)) return "whole";
  drafting.instances.end = wall;
  return "part";
}

/** What is cancelled before it is made is not made. */
function except(drafting: Drafting, slot: Slot): void {
  const wall = drafting.emptyPlace(slot);
  const { series } = drafting.standing;
  if (wall !== null && series && isAhead(series, wall)) drafting.instances?.excepted.add(wall);
}

function cancelAll(drafting: Drafting, { version, line }: Cancelled): void {
  if (drafting.older.thanWhole(version)) return;
  for (const row of drafting.rows.values()) {
    if (row.slot !== WHOLE && row.known?.isOwn) drafting.remove(row, line);
  }
  takeAway(drafting, drafting.standing.byUid.get(drafting.family.uid) ?? null, line);
  drafting.plan.series = drafting.planned(null);
  drafting.plan.notes.push({ uid: drafting.family.uid, slot: WHOLE, eventId: null, version });
}

function takeAway(drafting: Drafting, known: Known | null, line: number): void {
  if (!known?.isOwn || drafting.removed.has(known.view.id)) return;
  drafting.plan.removals.push({ known, line, ofSeries: false });
  drafting.removed.add(known.view.id);
}
