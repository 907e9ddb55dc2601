// Bringing a calendar file into the caller's calendar: UID by UID, a few hundred events at a time. What the file says is
// read in src/ical; what it comes to is decided in plan.ts.
import { handledAs, type Context } from "../context";
import { columns, instant, json, selectRow } from "../database/rows";
import type { Problem } from "../errors";
import { always } from "../event/conditions";
import { deleteEvents } from "../event/delete";
import { inFittingPieces } from "../event/fitting";
import type { Reach } from "../event/locked";
import type { Outcome } from "../event/outcomes";
import { changeEvents, createEvents } from "../event/write";
import type { Family } from "../ical/family";
import { CalendarReader, type ImportProblem, type ImportWindow } from "../ical/read";
import type { Source } from "../ical/octets";
import { ownCalendar } from "../people/calendars";
import { dissolveSeries } from "../series/filed";
import { inPieces as stepByStep, mapInPieces, Pauses } from "../turns/pauses";
import { Handling } from "../values/handling";
import {
  BATCH,
  inBatches,
  inPieces,
  lastOfEach,
  onceEach,
  parted,
  slices,
  readEvent,
  readChange,
  type Write,
} from "./batches";
import { answerSeries, answerWith, byAnswer, keepingAnswers, type Listed } from "./answers";
import { asFile, differenceOf } from "./differences";
import { knownById, type Known } from "./known";
import type { Plan } from "./planned";
import { Seen, strangersTo } from "./prune";
import { forget, importedWhole, note, type Note } from "./remembered";
import { asSeries, isOfSeries, SeriesWrites } from "./series-writes";
import { plansFor, type Today } from "./standing";

export interface ImportReport {
  created: number;
  updated: number;
  unchanged: number;
  removed: number;
  answered: number;
  /** How many there are; of many only the first are kept in `problems`. */
  problemCount: number;
  problems: ImportProblem[];
  counts: CalendarReader["counts"];
}

type Counted = "created" | "updated" | "unchanged" | "removed" | "answered";

/** What an import does besides. */
export interface ImportOptions {
  /** Takes away, within the file's span, what earlier imports of other UIDs made. A file that was cut prunes nothing. */
  prune?: boolean;
  /** A file of more is an Error; a million where nothing is said. */
  maxEvents?: number;
  /** Hears after each piece how many events of the file have been dealt with. */
  progress?: (done: number) => void;
}

/**
 * Imports a file. What it holds is compared with what is there, so that the same file again changes nothing. What is broken
 * is reported with its line and left out, and what the user has no say in is passed over; a file that is no calendar is an
 * Error.
 */
export async function importFile(
  ctx: Context,
  source: Source,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const window = await windowOf(ctx);
  const reader = await stepByStep(CalendarReader.open(source, window, options.maxEvents));
  return new Import(handledAs(ctx, Handling.LENIENT), window, reader, options).run();
}

const WINDOW = columns({
  now: instant("date_trunc('milliseconds', tidemark_now())"),
  from: instant("now - interval '1 year'"),
  to: instant("now + interval '2 years'"),
  ownEmails: json<string[]>("to_json(u.email || u.aliases)"),
});

/** Series are expanded from one year back to two years ahead, as BrightSync reads. */
export async function windowOf({ db, caller }: Context): Promise<Today> {
  const window = await selectRow(db.pool, WINDOW, {
    text: `
      select ${WINDOW.list} from (select date_trunc('day', tidemark_now())::timestamptz(3) as now) today
      cross join app_user u where u.organisation_id = $1 and u.id = $2`,
    values: [caller.organisationId, caller.userId],
  });
  if (!window) throw new Error("The database does not say what day it is.");
  return {
    now: Date.parse(window.now),
    zone: caller.timezone,
    from: new Date(window.from),
    to: new Date(window.to),
    ownEmail: caller.email,
    ownEmails: window.ownEmails,
  };
}

class Import {
  private readonly counted: Record<Counted, number> = {
    created: 0,
    updated: 0,
    unchanged: 0,
    removed: 0,
    answered: 0,
  };
  private readonly options = { atomic: false, list: "" };
  private readonly reach: Reach;
  private done = 0;
  private readonly pauses = new Pauses();
  private readonly written: Note[] = [];

  constructor(
    private readonly ctx: Context,
    private readonly window: Today,
    private readonly reader: CalendarReader,
    private readonly asked: ImportOptions,
  ) {
    this.reach = { calendar: ownCalendar(ctx), reach: "calendar" };
  }

  async run(): Promise<ImportReport> {
    const seen = new Seen();
    let isTaken = true;
    for await (const piece of inPieces(this.reader.families(), this.pauses)) {
      // Whoever sends the file again goes on from where this one was left.
      if (this.ctx.tally.isOver) {
        isTaken = false;
        break;
      }
      if (this.asked.prune) seen.add(piece);
      await this.take(piece);
    }
    if (this.asked.prune && isTaken) await this.prune(seen);
    const { problems, problemCount, counts } = this.reader;
    return { ...this.counted, problemCount, problems, counts };
  }

  /** Page by page: what goes is not in the next one. */
  private async prune(seen: Seen): Promise<void> {
    if (!this.reader.isWhole)
      return this.reader.report("VCALENDAR", "Nothing was pruned, as the file may have been cut", 1);
    for await (const strangers of strangersTo(this.ctx, seen)) {
      const ids = strangers.map(({ eventId }) => eventId);
      const known = await knownById(this.ctx, ids);
      const ended = new Map<string, string>();
      for (const { eventId, hash } of strangers) {
        const one = known.get(eventId);
        if (one?.isOwn && one.view.seriesId !== null) ended.set(one.view.seriesId, hash);
      }
      // Before their occurrences go: an import that breaks off here would not know of them again.
      await this.end(ended);
      await this.remove([...known.values()].map((one) => ({ known: one, line: 1, ofSeries: false })));
    }
  }

  /** Imported series, with their UIDs' hashes: no more is made of them, and what is out of the file's span stays. */
  private async end(series: ReadonlyMap<string, string>): Promise<void> {
    const whole = await importedWhole(this.ctx, [...new Set(series.values())]);
    for (const [id, hash] of series)
      if (whole.has(hash)) await dissolveSeries(this.ctx, ownCalendar(this.ctx), id);
  }

  private async take(families: readonly Family[]): Promise<void> {
    const plans = await plansFor(this.ctx, this.window, families, (line, message) =>
      this.tell(line, message),
    );
    await note(this.ctx, lastOfEach(plans.flatMap(({ firstNotes }) => firstNotes)));
    const series = new SeriesWrites(this.ctx, this.window);
    await this.write(
      plans.flatMap(({ writes }) => writes),
      series,
    );
    await this.remove(plans.flatMap(({ removals }) => removals));
    await series.close(
      plans.flatMap(({ series: whole, instances }) => [whole ?? [], instances ?? []].flat()),
      (line, message) => this.tell(line, message),
    );
    for (const plan of plans) await this.answer(plan);
    await forget(
      this.ctx,
      plans.flatMap(({ forgotten }) => forgotten),
    );
    await note(this.ctx, lastOfEach([...this.written.splice(0), ...plans.flatMap(({ notes }) => notes)]));
    for (const { unchanged, problems } of plans) {
      this.counted.unchanged += unchanged;
      for (const { line, message } of problems) this.tell(line, message);
    }
    this.done += families.reduce((sum, { events, alone }) => sum + events.length + alone.length, 0);
    this.asked.progress?.(this.done);
    await this.pauses.take();
  }

  /** New events, and those that are there, a batch each. */
  private async write(writes: readonly Write[], series: SeriesWrites): Promise<void> {
    for (const batch of inBatches(writes.filter(({ known }) => !known))) await this.create(batch, series);
    const held = writes.flatMap((write) => (write.known ? [{ ...write, known: write.known }] : []));
    const [ofSeries, alone] = parted(onceEach(held), isOfSeries);
    for (const batch of [...inBatches(ofSeries), ...inBatches(alone)]) await this.change(batch, series);
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
    const options = { ...this.options, ...asSeries(batch.filter(isOfSeries)) };
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
      this.tellPassedOver(write.event.line, outcome);
      const came = result(write, outcome);
      this.counted[came]++;
      this.keep(write, outcome.id);
      series.written(write, outcome.id, came !== "unchanged");
    });
  }

  private keep({ note: kept }: Write, eventId: string): void {
    if (kept) this.written.push({ ...kept, eventId });
  }

  private async remove(removals: Plan["removals"]): Promise<void> {
    const batches = parted(removals, ({ ofSeries }) => ofSeries).flatMap((part) => [...slices(part, BATCH)]);
    for (const batch of batches) {
      const options = { ...this.options, ...asSeries(batch.filter(({ ofSeries }) => ofSeries)) };
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

  /** One answer after another: several may be about one event. */
  private async answer({ answers, seriesAnswers }: Plan): Promise<void> {
    for (const [answer, ids] of byAnswer(answers)) {
      const { person, line } = answer;
      const done = await answerWith(this.ctx, answer, ids);
      if (done.isStranger)
        this.tell(line, `${person.emailAddress} is not invited to this meeting: the answer was left out`);
      for (const outcome of done.outcomes) {
        this.tellPassedOver(line, outcome);
        if ("problem" in outcome) this.tell(line, outcome.problem.message);
      }
      this.counted.answered += done.answered;
      this.counted.unchanged += done.unchanged;
    }
    for (const one of seriesAnswers) await answerSeries(this.ctx, one);
  }

  private tellPassedOver(line: number, outcome: Outcome | undefined): void {
    if (!outcome || "problem" in outcome || outcome.passedOver.length === 0) return;
    this.tell(line, `Passed over: ${outcome.passedOver.join(", ")}`);
  }

  private tell(line: number, message: string): void {
    this.reader.report("VEVENT", message, line);
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
