// The plans of an import, written: events are created, changed and taken away in batches, and the series made to say what the
// file says. What changes of a meeting that is there goes in one transaction, so that whatever ends it in the middle leaves the
// meeting as it was.
import type { Context } from "../context";
import type { Transaction } from "../database/transaction";
import type { Problem } from "../errors";
import { inTurnOfBatch, writing } from "../event/batch-turns";
import { always } from "../event/conditions";
import { deleteEvents } from "../event/delete";
import { inFittingPieces, isTooMuch } from "../event/fitting";
import type { Reach } from "../event/locked";
import type { Outcome } from "../event/outcomes";
import { changeEvents } from "../event/change";
import { createEvents } from "../event/create";
import type { ImportWindow } from "../ical/read";
import { ownCalendar } from "../people/calendars";
import { holdForFile } from "../series/held-for-file";
import { mapInPieces } from "../turns/pauses";
import { keepingAnswers, type Listed } from "./answers";
import {
  BATCH,
  inBatches,
  lastOfEach,
  onceEach,
  parted,
  readChange,
  readEvent,
  slices,
  type Write,
} from "./batches";
import { asFile, differenceOf } from "./differences";
import type { Known } from "./known";
import type { Plan, SeriesPlan } from "./planned";
import { forget, note, type Note } from "./remembered";
import { asSeries, isOfSeries, SeriesWrites } from "./series-writes";
import type { Today } from "./standing";

type Counted = "created" | "updated" | "unchanged" | "removed";

/** What plans came to when they were written. */
export interface Written {
  counted: Record<Counted, number>;
  told: { line: number; message: string }[];
}

const seriesOf = ({ series, instances }: Plan): SeriesPlan[] => [series ?? [], instances ?? []].flat();

/** Whether a plan changes, in more than one step, what is there already. */
export async function changesWhole(ctx: Context, today: Today, plan: Plan): Promise<boolean> {
  const { writes, removals } = plan;
  const series = seriesOf(plan);
  const isThere =
    removals.length > 0 || series.some(({ known }) => known) || writes.some(({ known }) => known);
  const isOne = series.length === 0 && writes.length + removals.length <= 1;
  if (!isThere || isOne) return false;
  if (removals.length > 0 || writes.some(({ known }) => !known)) return true;
  const idle = new SeriesWrites(ctx, today);
  const changes = await mapInPieces(writes, (write) => {
    if (write.known) idle.written(write, write.known.view.id, false);
    return write.known && patchOf({ ...write, known: write.known }, today) !== null;
  });
  return changes.includes(true) || !series.every((one) => idle.isIdle(one));
}

/** Writes plans, a batch of the events of all of them after another. */
export async function writePlans(ctx: Context, today: Today, plans: readonly Plan[]): Promise<Written> {
  const writes = new Writes(ctx, today);
  await writes.write(plans);
  return writes;
}

/** Writes a plan in one transaction; batch after batch where that would be too much at once. */
export async function writeTogether(ctx: Context, today: Today, plan: Plan): Promise<Written> {
  const calendar = ownCalendar(ctx);
  const { writes, removals, series, instances } = plan;
  const known = [...writes, ...removals].flatMap((one) => one.known?.view.id ?? []);
  const touched = {
    seriesId: (series ?? instances)?.known?.row.id ?? null,
    eventIds: [...new Set([...known, ...(series?.joined.keys() ?? [])])],
    attendees: invitedBy(writes),
  };
  const work = async (tx: Transaction): Promise<Written> => {
    await holdForFile(ctx, tx, calendar, touched);
    const together = new Writes(ctx, today, tx);
    await together.write([plan]);
    return together;
  };
  try {
    const size = (writes.length + removals.length) * 10;
    return await inTurnOfBatch(ctx, size, () => writing(ctx, calendar, work));
  } catch (error) {
    if (!isTooMuch(error)) throw error;
    return writePlans(ctx, today, [plan]);
  }
}

/** By address, each once. */
const invitedBy = (writes: readonly Write[]): { emailAddress: string }[] =>
  [...new Set(writes.flatMap(({ event }) => event.attendees?.map((one) => one.emailAddress) ?? []))].flatMap(
    (emailAddress) => (emailAddress == null ? [] : [{ emailAddress }]),
  );

/** Takes events away that earlier imports made. */
export async function removeEvents(ctx: Context, today: Today, removals: Plan["removals"]): Promise<Written> {
  const writes = new Writes(ctx, today);
  await writes.remove(removals);
  return writes;
}

/** What was passed over of a write, in words; none where nothing was. */
export const passedOverOf = (outcome: Outcome): string[] =>
  "problem" in outcome || outcome.passedOver.length === 0
    ? []
    : [`Passed over: ${outcome.passedOver.join(", ")}`];

class Writes implements Written {
  readonly counted = { created: 0, updated: 0, unchanged: 0, removed: 0 };
  readonly told: Written["told"] = [];
  private readonly kept: Note[] = [];
  private readonly reach: Reach;
  private readonly options: { atomic: false; list: ""; within?: Transaction };

  /** `within`: the transaction that all of it is a part of; by default each batch has one of its own. */
  constructor(
    private readonly ctx: Context,
    private readonly window: Today,
    private readonly within?: Transaction,
  ) {
    this.reach = { calendar: ownCalendar(ctx), reach: "calendar" };
    this.options = { atomic: false, list: "", ...(within && { within }) };
  }

  async write(plans: readonly Plan[]): Promise<void> {
    const { ctx, within } = this;
    await note(ctx, lastOfEach(plans.flatMap(({ firstNotes }) => firstNotes)), within?.client);
    const series = new SeriesWrites(ctx, this.window, within);
    const writes = plans.flatMap((plan) => plan.writes);
    for (const batch of inBatches(writes.filter(({ known }) => !known))) await this.create(batch, series);
    const held = writes.flatMap((write) => (write.known ? [{ ...write, known: write.known }] : []));
    const [ofSeries, alone] = parted(onceEach(held), isOfSeries);
    for (const batch of [...inBatches(ofSeries), ...inBatches(alone)]) await this.change(batch, series);
    await this.remove(plans.flatMap(({ removals }) => removals));
    await series.close(plans.flatMap(seriesOf), (line, message) => this.tell(line, message));
    const forgotten = plans.flatMap((plan) => plan.forgotten);
    await forget(ctx, forgotten, within?.client);
    await note(ctx, lastOfEach([...this.kept, ...plans.flatMap(({ notes }) => notes)]), within?.client);
  }

  private async create(batch: readonly Write[], series: SeriesWrites): Promise<void> {
    const outcomes = await inFittingPieces(batch, async (piece) => {
      const inputs = await mapInPieces(piece, ({ event }) => readEvent(event, this.window.ownEmail));
      const options = { ...this.options, ...series.placing(piece) };
      const made = await createEvents(this.ctx, ownCalendar(this.ctx), inputs, options);
      series.settled();
      return made;
    });
    this.settle(batch, outcomes, series, () => "created");
  }

  private async change(batch: readonly (Write & { known: Known })[], series: SeriesWrites): Promise<void> {
    const patches = await mapInPieces(batch, (write) => patchOf(write, this.window));
    const changing = batch.flatMap((write, index) => {
      const patch = patches[index];
      if (patch) return [{ write, patch }];
      this.counted.unchanged++;
      this.keep(write, write.known.view.id);
      series.written(write, write.known.view.id, false);
      return [];
    });
    const items = await mapInPieces(changing, ({ write, patch }) => readChange(write.known.view.id, patch));
    const options = { ...this.options, ...asSeries(batch.filter(isOfSeries), this.within) };
    const outcomes = await inFittingPieces(items, (piece) =>
      changeEvents(this.ctx, this.reach, piece, options),
    );
    this.settle(
      changing.map(({ write }) => write),
      outcomes,
      series,
      ({ known }, { view }) => (view.lastModifiedAt === known?.view.lastModifiedAt ? "unchanged" : "updated"),
    );
  }

  private settle(
    batch: readonly Write[],
    outcomes: readonly Outcome[],
    series: SeriesWrites,
    result: (write: Write, outcome: Exclude<Outcome, { problem: Problem }>) => Counted,
  ): void {
    outcomes.forEach((outcome, index) => {
      const write = batch[index];
      if (!write) return;
      if ("problem" in outcome) {
        this.tell(write.event.line, outcome.problem.message);
        return;
      }
      for (const message of passedOverOf(outcome)) this.tell(write.event.line, message);
      const came = result(write, outcome);
      this.counted[came]++;
      this.keep(write, outcome.id);
      series.written(write, outcome.id, came !== "unchanged");
    });
  }

  private keep({ note: kept }: Write, eventId: string): void {
    if (kept) this.kept.push({ ...kept, eventId });
  }

  async remove(removals: Plan["removals"]): Promise<void> {
    const batches = parted(removals, ({ ofSeries }) => ofSeries).flatMap((part) => [...slices(part, BATCH)]);
    for (const batch of batches) {
      const options = {
        ...this.options,
        ...asSeries(
          batch.filter(({ ofSeries }) => ofSeries),
          this.within,
        ),
      };
      const items = batch.map(({ known }) => ({ input: { id: known.view.id, condition: always } }));
      const outcomes = await inFittingPieces(items, (piece) =>
        deleteEvents(this.ctx, this.reach, piece, options),
      );
      outcomes.forEach((outcome, index) => {
        if ("problem" in outcome) this.tell(batch[index]?.line ?? 0, outcome.problem.message);
        else this.counted.removed++;
      });
    }
  }

  private tell(line: number, message: string): void {
    this.told.push({ line, message });
  }
}

const TIMES = ["startTime", "endTime", "allDay"];

/** What a write changes; of an occurrence that a file has nothing of its own for, not what it has for itself. */
function patchOf(
  { event, known, keepsUid, passesOver, place }: Write & { known: Known },
  window: ImportWindow,
): Record<string, unknown> | null {
  const said = differenceOf(event, known.view, asFile(known.view, window));
  const isSame = keepsUid || event.iCalUid === known.view.iCalUid;
  const patch: Record<string, unknown> = isSame ? { ...said } : { ...said, iCalUid: event.iCalUid };
  const series = passesOver ? place?.of.known : null;
  if (series && said?.attendees)
    patch.attendees = keepingAnswers(said.attendees as Listed[], known.view, series.state.content.attendees);
  const own = new Set(passesOver ? known.overrides : []);
  if (TIMES.some((name) => own.has(name))) for (const name of TIMES) own.add(name);
  const rest = Object.entries(patch).filter(([name]) => !own.has(name));
  return rest.length === 0 ? null : Object.fromEntries(rest);
}
