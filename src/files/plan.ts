// What an import of one UID comes to: which events are made, changed, taken away or answered. Decided here from what the
// file says, what earlier imports made and what is there; nothing is read or written. What a cancellation comes to is in
// plan-cancelled.ts, an answer in plan-answer.ts.
import type { Alone, Family, Placed } from "../ical/family";
import type { Version } from "../ical/version";
import { timesAt } from "../series/definition";
import { planAnswers } from "./plan-answer";
import { planCancelled } from "./plan-cancelled";
import { Drafting } from "./drafting";
import { standingAlone } from "./empty-places";
import type { Known } from "./known";
import { slotKey, type KnownSeries } from "./known-series";
import { isBehind, secondOf } from "./older";
import { dayOf, groupBy, type ByDay, type Row } from "./places";
import type { Plan, Standing } from "./planned";
import { ownMark, WHOLE } from "./remembered";

const COLLEAGUES = "This event is there already: it is a colleague's";

export function planOf(family: Family, standing: Standing): Plan {
  return new Planning(family, standing).plan;
}

class Planning extends Drafting {
  /** Whether an export of ours wrote it: its versions are those of our events, and no other file's. */
  private hasOurs = false;
  /** Rows whose event has been spoken for. */
  private readonly taken = new Set<string>();

  constructor(family: Family, standing: Standing) {
    super(family, standing);
    const { series } = standing;
    if (series && this.isTheirs(series)) this.leave(series);
    else this.whole();
    for (const alone of family.alone) this.alone(alone);
    for (const cancelled of family.cancelled) planCancelled(this, cancelled);
    planAnswers(this.plan, family, this.places, standing);
  }

  /** Whether it is a colleague's series, in which the caller takes part, or which begins when this one does. */
  private isTheirs({ isOwn, takesPart, isVisible, state: { definition } }: KnownSeries): boolean {
    if (isOwn) return false;
    // A file has no milliseconds.
    const first = this.family.series?.event.startTime.slice(0, 19);
    const begins = timesAt(definition, definition.first).startTime.slice(0, 19);
    return this.isOurSeries || takesPart || (isVisible && first === begins);
  }

  /** A series that is somebody else's is theirs to change. */
  private leave({ takesPart }: KnownSeries): void {
    const { events, line } = this.family;
    this.plan.unchanged += events.length;
    if (!takesPart && events.length > 0) this.plan.problems.push({ line, message: COLLEAGUES });
  }

  /** A series or an event in the file: what is there follows it, and what it no longer has goes. */
  private whole(): void {
    const { whole } = this.family;
    const { filed } = this.standing;
    const events = filed?.occurrences ?? this.family.events;
    if (whole === null && events.length === 0) return;
    if (whole && this.older.thanWhole(whole)) {
      this.plan.unchanged += events.length;
      return;
    }
    this.plan.series = this.planned(filed);
    const fresh = events.filter((placed) => !this.follow(placed));
    const ghosts = new Set(this.ghosts(whole));
    const byDay: ByDay = new Map();
    for (const placed of fresh) this.make(placed, ghosts, byDay);
    for (const ghost of ghosts) if (this.isImported(ghost)) this.remove(ghost, this.family.line);
    this.join();
    if (whole && !this.hasOurs && !this.isOurSeries) {
      this.noteWhole(whole);
    }
  }

  /** First, so that what an import leaves that breaks off is known as a file's; not where something was made here. */
  private noteWhole(version: Version): void {
    const { uid } = this.family;
    const isNew = this.rows.size === 0 && !this.standing.byUid.has(uid) && !this.standing.series;
    const notes = isNew || this.rows.has(WHOLE) ? this.plan.firstNotes : this.plan.notes;
    notes.push({ uid, slot: WHOLE, eventId: null, version });
  }

  /** Changes what stands in the place already, or was deleted from it; false where nothing does. */
  private follow(placed: Placed): boolean {
    const row = this.rows.get(placed.slot.key);
    if (row && placed.mark !== null) this.taken.add(row.slot);
    if (this.isOurs(placed)) return true;
    if (this.wasDeleted(placed, row)) return true;
    if (row && this.older.thanPlace(placed, row) && !this.isOurSeries) {
      this.taken.add(row.slot);
      this.plan.unchanged++;
      return true;
    }
    const known = row?.known ?? this.byUid(placed);
    if (!known) return false;
    if (row) this.taken.add(row.slot);
    this.write(placed, known, placed.slot.key, this.isOurSeries);
    return true;
  }

  /** A single event, or an occurrence that a file names alone. */
  private byUid({ event: { iCalUid }, wall }: Placed): Known | null {
    const known = this.standing.byUid.get(iCalUid) ?? null;
    return wall !== null && (this.isOurSeries || known?.view.seriesId != null) ? null : known;
  }

  /** An occurrence that somebody has deleted stays away; one that a file took away comes back with a newer file. */
  private wasDeleted(placed: Placed, row: Row | undefined): boolean {
    const from = row?.known ? null : this.deleted.from(placed);
    if (from !== null && placed.wall !== null) this.plan.series?.moved.set(from, placed.wall);
    return from !== null;
  }

  /** What an export of ours wrote is that event, whoever's it is; of elsewhere, or gone, it is an event like others. */
  private isOurs({ mark, event, version, wall }: Placed): boolean {
    const [id] = mark?.split("-") ?? [];
    if (mark === null || id === undefined) return false;
    const known = this.standing.byId.get(id);
    this.hasOurs = true;
    if (known && mark === `${id}-${Date.parse(known.view.createdAt ?? "")}`) {
      const isOlder = version.changed !== null && version.changed < secondOf(known.view.lastModifiedAt);
      if (isOlder || !known.isOwn) this.plan.unchanged++;
      else
        this.plan.writes.push({
          event,
          known,
          keepsUid: true,
          note: null,
          place: this.placeOf(wall),
          passesOver: false,
        });
      return true;
    }
    if (!this.standing.elsewhere.has(mark)) {
      this.hasOurs = false;
      return false;
    }
    this.plan.unchanged++;
    this.plan.problems.push({ line: event.line, message: COLLEAGUES });
    return true;
  }

  private write(placed: Placed, known: Known | null, slot: string, keepsUid: boolean, was = slot): void {
    const { event, wall } = placed;
    if (known ? !known.isOwn : this.standing.isColleagues(event)) {
      this.plan.unchanged++;
      if (!known) this.plan.problems.push({ line: event.line, message: COLLEAGUES });
      return;
    }
    const note = this.isOurSeries ? null : { uid: this.family.uid, slot, version: placed.version };
    const passesOver = wall !== null && !placed.isOwn && !this.standing.memory.has(ownMark(was));
    const place = this.placeOf(wall);
    this.plan.writes.push({ event, known, keepsUid, note, place, passesOver });
    if (place && !this.isOurSeries) this.noteOwn(placed, slot, was);
  }

  private placeOf(wall: number | null): Plan["writes"][number]["place"] {
    if (wall === null) return null;
    const { series } = this.plan;
    if (series && !series.filed) return null;
    const of = series ?? this.instances;
    of?.settled.add(wall);
    return of && { wall, of };
  }

  /** Keeps in mind which places a file had something of its own for: when it has it no longer, the series counts there. */
  private noteOwn({ isOwn, version }: Placed, slot: string, was: string): void {
    const { uid } = this.family;
    const [mark, before] = [ownMark(slot), ownMark(was)];
    if (isOwn) this.plan.firstNotes.push({ uid, slot: mark, eventId: null, version });
    if (!(isOwn && mark === before) && this.standing.memory.has(before))
      this.plan.forgotten.push({ uid, slot: before });
  }

  /** A place that is new: the event of the same day moves to it, or one is made. */
  private make(placed: Placed, ghosts: Set<Row>, byDay: ByDay): void {
    const day = dayOf(placed.slot.key, placed);
    const { dateOf } = placed.slot;
    const days = byDay.get(dateOf) ?? groupBy(ghosts, (ghost) => dayOf(ghost.slot, placed, ghost.known));
    byDay.set(dateOf, days);
    const moved = days.get(day)?.find((ghost) => ghosts.has(ghost));
    if (moved && ghosts.delete(moved)) this.plan.forgotten.push({ uid: this.family.uid, slot: moved.slot });
    this.write(placed, moved?.known ?? null, placed.slot.key, false, moved?.slot);
  }

  /** Puts what earlier files brought alone, and this one leaves as it is, into the places of the series. */
  private join(): void {
    const { series, writes } = this.plan;
    if (!series?.filed) return;
    const written = writes.flatMap(({ known }) => known?.view.id ?? []);
    const gone = new Set([...written, ...this.removed]);
    for (const [id, wall] of standingAlone(this.rows.values(), series.filed.definition)) {
      if (gone.has(id) || series.settled.has(wall) || series.known?.members.has(wall)) continue;
      series.joined.set(id, wall);
      series.settled.add(wall);
    }
  }

  /** Whether an earlier import made it: what somebody made here themselves does not go with a file that lacks it. */
  private isImported({ wall }: Row): boolean {
    return wall === null || this.isOurSeries || this.rows.has(WHOLE);
  }

  /** What is there and the newer file no longer has. */
  private ghosts(whole: Version | null): Row[] {
    if (whole === null || (this.hasOurs && !this.isOurSeries)) return [];
    const { span, filed } = this.standing;
    return [...this.rows.values()].filter(({ slot, known, version, wall }) => {
      if (slot === WHOLE || !known?.isOwn || this.taken.has(slot)) return false;
      if (wall !== null && filed?.absent.has(wall)) return false;
      const start = Date.parse(known.view.startTime ?? "");
      // Of a series the file says all, of what it is expanded to no more than is taken in.
      const isSaid = slot === "" || (wall !== null && filed) || (start >= span.from && start < span.to);
      return isSaid && !isBehind(whole, version);
    });
  }

  /** An instance by itself changes what stands in its place, and with THISANDFUTURE all that stands later. */
  private alone(alone: Alone): void {
    if (this.older.thanGone(alone.version)) {
      this.plan.unchanged++;
      return;
    }
    const row = this.places.at(alone.slot);
    const { series } = this.standing;
    const wall = row?.known ? null : this.emptyPlace(alone.slot);
    const placed = wall === null ? alone : { ...alone, wall, isOwn: true };
    const slot = wall === null || !series ? alone.slot.key : slotKey(series.state.definition, wall);
    if (row) this.change(placed, row);
    else if (!this.follow(placed)) this.write(placed, null, slot, false);
    if (alone.following) this.changeLater(alone.following, row);
  }

  private changeLater(following: NonNullable<Alone["following"]>, row: Row | null): void {
    for (const later of this.places.others(row)) {
      const placed = later.known && following(later.slot);
      if (placed) this.change(placed, later);
    }
  }

  private change(placed: Placed, row: Row): void {
    if (this.older.thanRow(placed.version, row)) {
      this.plan.unchanged++;
      return;
    }
    if (this.wasDeleted(placed, row)) return;
    this.write(placed, row.known, row.slot, row.known !== null);
  }
}
