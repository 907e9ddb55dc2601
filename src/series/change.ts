// Changing a series, from an occurrence on or all of it that is not over, in one transaction. Each occurrence is written the
// way of every event; what one has for itself is passed over.
import { isDeepStrictEqual } from "node:util";
import { requireScope, type Context } from "../context";
import { textRows } from "../database/text-rows";
import { goingOn, type Transaction } from "../database/transaction";
import { forbidden } from "../errors";
import { lockCalendarsOf } from "../event/calendar-locks";
import { requireCondition, type Condition } from "../event/conditions";
import { requireRole, type Address } from "../event/locked";
import { claimOf } from "../event/organiser";
import { findParents, holdParents, type Parents } from "../event/parents";
import { findPeople, namedBy, type KnownPeople } from "../event/people-of-write";
import { askingAgain, requireRooms, updateMoving } from "../event/rooms";
import type { EventView } from "../event/projection";
import { deleteRows, insertEvents, updateEvents, type Change } from "../event/stored";
import { Handling } from "../values/handling";
import type { ReadInput } from "../values/rules";
import { Faults } from "../values/faults";
import type { Today } from "./ahead";
import { clocksOf, type Clocks } from "./clocks";
import { recurAlike, type Definition } from "./definition";
import { mergeOccurrence } from "./merged";
import { occurrenceOf, participantsOf } from "./occurrence";
import { beginningOf, openSeries, SeriesScope, writingSeries, type Occurrence, type Opened } from "./opened";
import { hasRoom } from "./parents";
import { requireModestSeries, requireWholeSeries } from "./whole";
import { listChanges, recurring, templateAfter, TIME_FIELDS, type Recurring } from "./patched";
import { keeping, planOf, type Plan } from "./plan";
import { recurrenceIdOf } from "./places";
import type { SeriesPatch } from "./series.inputs";
import { begunAt, endedBefore, isBeginning, splitUid } from "./split";
import {
  insertSeries,
  nextSeriesId,
  updateSeries,
  writeAsSeries,
  type SeriesRow,
  type SeriesState,
  type Template,
} from "./stored";
import { readZone } from "./today";

export interface SeriesChange {
  address: Address;
  scope: SeriesScope.FOLLOWING | SeriesScope.ALL;
  patch: ReadInput<SeriesPatch>;
  /** What occurrences have for themselves is written too. */
  overwrite: boolean;
  condition: Condition;
}

/** What a write of a series came to. */
export interface SeriesOutcome {
  series: SeriesRow | null;
  changed: number;
  created: number;
  deleted: number;
  detached: number;
}

/** A write that came to nothing. */
export const nothingOf = (series: SeriesRow | null): SeriesOutcome => ({
  series,
  changed: 0,
  created: 0,
  deleted: 0,
  detached: 0,
});

/** Whether a change may leave occurrences without a place. */
const mayDrop = (patch: SeriesPatch): boolean =>
  ["recurrence", "timezone", ...TIME_FIELDS].some((name) => name in patch);

/** Changes a series; also says what of the change was passed over. */
export async function changeSeries(
  ctx: Context,
  asked: SeriesChange,
): Promise<SeriesOutcome & { passedOver: readonly string[] }> {
  requireScope(ctx, "write");
  const { address } = asked;
  const { requireRooms: isStrict, ...input } = asked.patch.input;
  const patch = { ...asked.patch, input };
  const change = { ...asked, patch, isStrict: isStrict === true };
  return writingSeries(ctx, address, async (tx, { seriesId, ids }) => {
    const named = await findPeople(tx.client, ctx.caller, namedBy([patch.input]), ids);
    const invited = [address.calendar.userId, ...named.userIds];
    const opened = await openSeries(ctx, tx, { address, seriesId, invited, mayDrop: mayDrop(patch.input) });
    const own = requireRole(opened.addressed.locked, address);
    if (!own.hasWholeSay)
      throw forbidden(
        "Only its owner or an admin may change a series; an attendee may change an occurrence.",
      );
    requireWholeSeries(opened, own);
    requireCondition(change.condition, own.view);
    const { organisationId } = ctx.caller;
    // An organiser who writes has the series from now on; whoever made it stays on the list.
    const creators = own.claims ? [opened.state.ownerId, own.view.ownerId ?? []].flat() : [];
    const people = await named.withUsers(tx.client, organisationId, creators);
    const lists = opened.live.map(({ locked }) => locked.view.attendees);
    const listed = [opened.state.content.attendees, ...lists].flat();
    await people.addContacts(tx.client, organisationId, patch.input.attendees ? listed : []);
    const changing = new Changing(ctx, tx, opened, change, people);
    if (isStrict) await requireRooms(tx);
    const outcome = await changing.done();
    return { ...outcome, passedOver: changing.faults.passedOver };
  });
}

/** A change of a series that is locked. */
class Changing {
  readonly faults: Faults;
  private readonly today: Today;

  constructor(
    private readonly ctx: Context,
    private readonly tx: Transaction,
    private readonly opened: Opened,
    private readonly change: SeriesChange & { isStrict: boolean },
    private readonly people: KnownPeople,
  ) {
    this.faults = new Faults(ctx.handling, change.patch.passedOver);
    this.today = {
      now: opened.now,
      horizonDays: ctx.db.seriesHorizonDays,
      participants: participantsOf(opened.state),
    };
  }

  async done(): Promise<SeriesOutcome> {
    const { ctx, opened, change, faults, people } = this;
    const { state, row, addressed } = opened;
    const part = partOf(opened, change.scope);
    if (!part) return nothingOf(row);
    const parents = await findParents(ctx, this.tx, change.address.calendar, [change.patch.input]);
    const { parentId, ...rest } = change.patch.input;
    const coming = part.live.filter(({ locked }) => String(locked.view.parentId) !== String(parentId));
    const patch = hasRoom(parents, parentId, coming.length, faults) ? change.patch.input : rest;
    const lists = listChanges(patch, addressed.locked.view, people, faults);
    const said = templateAfter(state.content, patch, lists, people, faults);
    const { ownerId, content } = this.claimed(said);
    const ownerZone = patch.timezone === null ? await readZone(this.tx.client, ctx.caller, ownerId) : "";
    const next = recurring(part.before, addressed.wall, patch, ownerZone, faults);
    faults.throwIfAny();
    if (!next) throw new Error("A change without faults says when the series recurs.");
    const isStill = recurAlike(part.before, next.definition);
    const plan = isStill ? keeping(part.live) : planOf(part, next.definition, next.move, this.today);
    const written: SeriesState = {
      ...state,
      ownerId,
      definition: next.definition,
      content,
      iCalUid: patch.iCalUid ?? state.iCalUid,
      ...(!isStill && plan.ahead),
      clocks: clocksAfter(state, next, isStill),
    };
    const how = { ctx, address: change.address, patch, overwrite: change.overwrite, people };
    // What could not be understood was told once, of the series.
    const each = new Faults(Handling.LENIENT);
    const merging = { ...how, faults: each, next, lists, before: state, after: written };
    const merged = [...plan.kept].map(([one, wall]) => mergeOccurrence(merging, one, wall));
    each.throwIfAny();
    const changes = change.isStrict ? merged.map(asking) : merged;
    const saysTheSame =
      isDeepStrictEqual(asStored(content), asStored(state.content)) &&
      written.iCalUid === state.iCalUid &&
      ownerId === state.ownerId;
    const isIdle = isStill && saysTheSame && merged.every((one) => Object.keys(one.changes).length === 0);
    if (!isIdle) return this.write({ ...part, written, plan, changes, parents });
    // Rooms that have declined are asked again, where the write does not do without them.
    const views = await updateEvents(ctx, this.tx, this.tx.client, changes);
    return { ...nothingOf(row), changed: changedOf(changes, views) };
  }

  /** Whose the series is after a change by its organiser, and what it says then. */
  private claimed(content: Template): Pick<SeriesState, "ownerId" | "content"> {
    const { ownerId } = this.opened.state;
    const { claims } = this.opened.addressed.locked;
    const { calendar } = this.change.address;
    if (!claims || ownerId === calendar.userId) return { ownerId, content };
    const { attendees } = content;
    const claim = claimOf({ view: { ownerId, attendees }, claims }, { attendees }, calendar, this.people);
    return { ownerId: calendar.userId, content: { ...content, attendees: claim.attendees ?? attendees } };
  }

  private async write({ isWhole, from, written, plan, changes, parents }: Writing): Promise<SeriesOutcome> {
    const { ctx, tx, opened } = this;
    const { organisationId } = ctx.caller;
    const { row, state } = opened;
    const id = isWhole ? row.id : await nextSeriesId(tx.client);
    const split = { ...written, previousId: row.id, iCalUid: splitUid(written.iCalUid, from) };
    const after = isWhole ? written : split;
    const events = plan.come.map((wall) => occurrenceOf(id, after, wall));
    requireModestSeries(events, changes);
    await lockCalendarsOf(ctx, tx, after.ownerId, events);
    await holdParents(ctx, tx, parents);
    const series = isWhole
      ? await updateSeries(tx.client, organisationId, id, after, { saysAnew: true })
      : await insertSeries(tx.client, organisationId, id, after);
    if (!isWhole) {
      await writeAsSeries(tx.client, [row.id, id]);
      const ended = { ...state, definition: endedBefore(state.definition, from), until: null, lookAt: null };
      await updateSeries(tx.client, organisationId, row.id, ended);
    }
    await deleteRows(
      ctx,
      goingOn(tx),
      plan.gone.map(({ locked }) => locked.view),
    );
    const detached = plan.detached.map(({ locked }): Change => {
      return { locked, changes: { seriesId: null, recurrenceId: null, overrides: [] } };
    });
    const moving = isWhole
      ? changes
      : changes.map((one) => ({ ...one, changes: { ...one.changes, seriesId: id } }));
    const views = await updateMoving(ctx, tx, tx.client, [...moving, ...detached]);
    if (!isWhole) await this.takeOver(from, row.id, id);
    const made = await insertEvents(ctx, tx, tx.client, after.ownerId, events);
    return {
      series,
      changed: changedOf(moving, views),
      created: made.length,
      deleted: plan.gone.length,
      detached: detached.length,
    };
  }

  /** Those in places from here on that are over belong to what follows, too. */
  private async takeOver(from: number, of: string, id: string): Promise<void> {
    const { ctx, tx, opened } = this;
    const places = opened.over
      .filter((wall) => wall >= from)
      .map((wall) => recurrenceIdOf(wall, opened.state.definition.allDay));
    if (places.length === 0) return;
    await textRows(tx.client, {
      text: `
        update event e set series_id = $3
        where e.series_id = $2 and (e.organisation_id = $1) is true and e.recurrence_id = any ($4)`,
      values: [ctx.caller.organisationId, of, id, places],
    });
  }
}

/** What of a series a change is about. */
interface Part {
  isWhole: boolean;
  /** Where it begins. */
  from: number;
  /** When it recurs so far. */
  before: Definition;
  live: Occurrence[];
  over: number[];
}

/** Null where nothing of it is left that is not over. */
function partOf(opened: Opened, scope: SeriesScope): Part | null {
  const { state, live, over } = opened;
  const from = scope === SeriesScope.ALL ? 0 : beginningOf(opened);
  if (from === null) return null;
  const isWhole = from === 0 || (isBeginning(state.definition, from) && over.every((wall) => wall >= from));
  if (isWhole) return { isWhole, from, before: state.definition, live, over };
  return {
    isWhole,
    from,
    before: begunAt(state.definition, from),
    live: live.filter(({ wall }) => wall >= from),
    over: over.filter((wall) => wall >= from),
  };
}

interface Writing extends Part {
  written: SeriesState;
  plan: Plan;
  changes: Change[];
  parents: Parents;
}

const asking = ({ locked, changes }: Change): Change => ({
  locked,
  changes: locked.hasWholeSay ? askingAgain(changes, locked.view) : changes,
});

/** How many events are another version after an update. */
const changedOf = (changes: readonly Change[], views: ReadonlyMap<string, EventView>): number =>
  changes.filter(({ locked: { view } }) => {
    const after = views.get(view.id);
    return after !== undefined && after.lastModifiedAt !== view.lastModifiedAt;
  }).length;

/** By which clocks occurrences are placed then. A change of the zone moves nothing, and the clocks are others from then on. */
const clocksAfter = ({ clocks }: SeriesState, next: Recurring, isStill: boolean): Clocks | undefined =>
  isStill && !next.setsTimes ? clocks : clocksOf(next.definition.timezone);

/** As it would be read again. */
const asStored = (content: object): unknown => JSON.parse(JSON.stringify(content));
