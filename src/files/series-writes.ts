// What an import writes of series: rows of new ones together with their occurrences, and what becomes of those that are there.
import type { Context } from "../context";
import type { Transaction } from "../database/transaction";
import type { BatchOptions } from "../event/outcomes";
import { EventPatch, type EventInput } from "../event/event.inputs";
import { isTooMuch } from "../event/fitting";
import { Problem } from "../errors";
import type { Today } from "./standing";
import { ownCalendar } from "../people/calendars";
import {
  fileSeries,
  insertFiled,
  placedIn,
  placesTaken,
  type FiledTimes,
  type Filing,
  type MadeSeries,
} from "../series/filed";
import { dissolveSeries } from "../series/dissolve";
import { writeAsSeries } from "../series/stored";
import { addressKey } from "../values/address-key";
import { Handling } from "../values/handling";
import { readGiven, type ReadInput } from "../values/rules";
import { readEvent, type Write } from "./batches";
import { rising } from "../series/places";
import { endedBefore } from "../series/split";
import { asFile, differenceOf } from "./differences";
import { saysTheSame, type Filed } from "./filed";
import type { Known } from "./known";
import type { KnownSeries } from "./known-series";
import type { SeriesPlan } from "./planned";
import { seriesView } from "./series-view";

/** What has become of a series so far. */
interface Work {
  /** Its row, where it is there. */
  made: MadeSeries | null;
  /** Events that were written, and the places that are theirs. */
  places: Map<string, number>;
  /** Series from which some of them were taken: what was split off, and is one with this again. */
  others: Set<string>;
  /** Whether the series is still to be written. */
  isOpen: boolean;
}

const TAKEN = "This occurrence was made at this moment by somebody else: import the file again";
const TOO_LARGE =
  "The occurrences of this series come to over 16 MiB: they were taken in, and what the series says of those to come stayed as it was";

interface ForFiling {
  input: EventInput;
  patch: ReadInput<EventPatch> | null;
  times: FiledTimes;
}

/** When the series recurs from now on, and how far it is made. */
function timesOf({ known, settled }: SeriesPlan, filed: Filed): FiledTimes & { isStill: boolean } {
  const { definition, ahead } = filed;
  const decided = known?.state.until ?? null;
  const isMadeOn = filed.occurrences.some(({ wall }) => decided !== null && wall > decided);
  const isStill = known !== null && !isMadeOn && saysTheSame(filed, known.state.definition, settled);
  const { until, lookAt } = isStill ? known.state : ahead;
  return { definition: isStill ? known.state.definition : definition, until, lookAt, isStill };
}

/** The series up to a place: nothing is left to be made of it. */
const endedAt = ({ definition }: FiledTimes, end: number): FiledTimes => ({
  definition: endedBefore(definition, end),
  until: null,
  lookAt: null,
});

/** Whether a file says it of an occurrence as it says it of the series: it is no word of the occurrence's own. */
export const isOfSeries = ({ place, passesOver, known }: Write): boolean =>
  passesOver && place?.of.known != null && place.of.known.row.id === known?.view.seriesId;

/**
 * For batches of what a file says of series: until the series say so too, these occurrences have nothing of it for themselves. In
 * a transaction that it shares with others a batch of none says so, too.
 */
export function asSeries(
  writes: readonly { known: Known | null }[],
  within?: Transaction,
): Pick<BatchOptions, "first"> {
  const ids = [...new Set(writes.flatMap(({ known }) => known?.view.seriesId ?? []))];
  return ids.length === 0 && !within ? {} : { first: ({ client }) => writeAsSeries(client, ids) };
}

/** The series that there is no more. */
const endedBy = ({ known, filed, isKept }: SeriesPlan): string[] =>
  known && !filed && !isKept ? [known.row.id] : [];

/** The series of some families, while they are written. */
export class SeriesWrites {
  private readonly works = new Map<SeriesPlan, Work>();

  /** `within`: the transaction that all of it is a part of; by default each write has one of its own. */
  constructor(
    private readonly ctx: Context,
    private readonly window: Today,
    private readonly within?: Transaction,
  ) {}

  /** Puts the events of a batch of new ones into their places of series; makes the rows of those that are new. */
  placing(batch: readonly Write[]): Pick<BatchOptions, "place"> {
    if (!batch.some(({ place }) => place)) return {};
    return {
      place: async (tx, composed) => {
        const made = new Map<SeriesPlan, MadeSeries>();
        for (const plan of new Set(batch.flatMap(({ place }) => place?.of ?? [])))
          made.set(plan, await this.rowOf(tx, plan));
        const taken = await placesTaken(
          this.ctx,
          tx,
          [...made.values()].map(({ id }) => id),
        );
        composed.forEach((one, index) => {
          const place = batch[index]?.place;
          const series = place && made.get(place.of);
          if (!place || !series || "problem" in one) return;
          const isTaken = taken.has(`${series.id} ${place.wall}`);
          if (isTaken) composed[index] = { problem: new Problem("conflict", 409, TAKEN) };
          else Object.assign(one.event, placedIn(this.ctx, series, one.event, place.wall));
        });
        this.made = made;
      },
    };
  }

  /** Rows that the last batch made, which are there once it is done. */
  private made = new Map<SeriesPlan, MadeSeries>();

  /** Takes in that the batch is done. */
  settled(): void {
    for (const [plan, made] of this.made) this.work(plan).made = made;
    this.made = new Map();
  }

  /** Takes in that an event is written, new or as it was. */
  written({ place, known }: Write, eventId: string, isChanged: boolean): void {
    if (!place) return;
    const work = this.work(place.of);
    work.places.set(eventId, place.wall);
    const isMember = place.of.known?.members.get(place.wall)?.view.id === eventId;
    // A new one is in its place already; one that is changed has noted as its own what the series says.
    if (known && (isChanged || !isMember)) work.isOpen = true;
    const other = known?.view.seriesId ?? null;
    if (other !== null && other !== place.of.known?.row.id) work.others.add(other);
  }

  /** Makes the series of these plans say what the file says; tells of those that are too large to be written. */
  async close(plans: readonly SeriesPlan[], tell: (line: number, message: string) => void): Promise<void> {
    for (const plan of plans) {
      try {
        await this.closeOne(plan);
      } catch (error) {
        if (!isTooMuch(error)) throw error;
        tell(plan.line, TOO_LARGE);
      }
    }
  }

  private async closeOne(plan: SeriesPlan): Promise<void> {
    const calendar = ownCalendar(this.ctx);
    const filing = this.filingFor(plan);
    const others = filing && !plan.isKept ? [...this.work(plan).others] : [];
    for (const id of [...others, ...endedBy(plan)]) await dissolveSeries(this.ctx, calendar, id, this.within);
    if (filing) await fileSeries(this.ctx, calendar, filing, this.within);
  }

  /** Whether the series of a plan, whose events are written, is as the file has it. */
  isIdle(plan: SeriesPlan): boolean {
    return endedBy(plan).length === 0 && this.filingFor(plan) === null;
  }

  /** What is still to be made of a series; null: nothing. */
  private filingFor(plan: SeriesPlan): Filing | null {
    const { known, filed, said } = plan;
    if (plan.isKept && known) return this.filling(plan, known);
    if (!filed || !said) return null;
    const patch = this.patchOf(plan);
    const times = timesOf(plan, filed);
    const input = readEvent(said.event, this.window.ownEmail);
    if ("problem" in input || !(this.isOpen(plan) || patch || (known && !times.isStill))) return null;
    return this.filingOf(plan, { input: input.input, patch, times });
  }

  private isOpen(plan: SeriesPlan): boolean {
    return this.work(plan).isOpen || plan.removed.size > 0 || plan.joined.size > 0;
  }

  /** Notes in a series that stays as it is what a file has of single places. */
  private filling(plan: SeriesPlan, known: KnownSeries): Filing | null {
    const { settled, excepted, end } = plan;
    const { definition, until, lookAt } = end === null ? known.state : endedAt(known.state, end);
    const deleted = new Set(definition.deleted);
    const isBack = [...settled].some((wall) => deleted.has(wall));
    if (!this.work(plan).isOpen && !isBack && excepted.size === 0 && end === null) return null;
    const exdates = rising([...definition.exdates.filter((wall) => !deleted.has(wall)), ...excepted]);
    return {
      ...{ definition: { ...definition, exdates }, until, lookAt, said: null, patch: null },
      ...{ seriesId: known.row.id, iCalUid: known.row.iCalUid, settled, moved: plan.moved },
      places: this.work(plan).places,
    };
  }

  private filingOf(plan: SeriesPlan, { input, patch, times }: ForFiling): Filing {
    const { made, places } = this.work(plan);
    return {
      ...times,
      seriesId: made?.id ?? null,
      iCalUid: plan.known?.row.iCalUid ?? input.iCalUid ?? plan.uid,
      said: input,
      patch,
      places: new Map([...plan.joined, ...places]),
      settled: new Set([...plan.settled, ...plan.removed]),
      moved: plan.moved,
    };
  }

  private work(plan: SeriesPlan): Work {
    const found = this.works.get(plan);
    if (found) return found;
    const { known, filed } = plan;
    const made = known && {
      id: known.row.id,
      state: { ...known.state, definition: filed?.definition ?? known.state.definition },
    };
    const work: Work = { made, places: new Map(), others: new Set(), isOpen: false };
    this.works.set(plan, work);
    return work;
  }

  private async rowOf(tx: Transaction, plan: SeriesPlan): Promise<MadeSeries> {
    const { filed, said } = plan;
    const { made } = this.work(plan);
    if (made) return made;
    if (!filed || !said) throw new Error("An occurrence is of a series that the file has.");
    const { definition, ahead } = filed;
    const input = readEvent(said.event, this.window.ownEmail);
    if ("problem" in input) throw input.problem;
    const { iCalUid } = said.event;
    const { until, lookAt } = ahead;
    const series = { definition, until, lookAt, iCalUid, said: input.input };
    return insertFiled(this.ctx, tx, ownCalendar(this.ctx), series);
  }

  /** What the file says otherwise than the series does, apart from when it recurs. */
  private patchOf({ known, said }: SeriesPlan): ReadInput<EventPatch> | null {
    if (!known || !said) return null;
    const view = seriesView(known.row, known.state, this.ctx.caller);
    const patch = { ...differenceOf(said.event, view, asFile(view, this.window)) };
    for (const name of ["startTime", "endTime", "allDay", "timezone", "iCalUid"]) delete patch[name];
    const organizer = said.event.organizer?.emailAddress ?? this.ctx.caller.email;
    const isOwn = addressKey(organizer) === addressKey(this.ctx.caller.email);
    if (isOwn && known.state.content.organizerEmail == null) {
      delete patch.organizerName;
      delete patch.organizerEmail;
    }
    return Object.keys(patch).length === 0 ? null : readGiven(EventPatch, patch, Handling.LENIENT);
  }
}
