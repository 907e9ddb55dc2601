// Bringing a calendar file into the caller's calendar: UID by UID, a few hundred events at a time. What the file says is
// read in src/ical; what it comes to is decided in plan.ts.
import { handledAs, type Context } from "../context";
import { columns, instant, json, selectRow } from "../database/rows";
import type { Family } from "../ical/family";
import { CalendarReader, type ImportProblem } from "../ical/read";
import type { Source } from "../ical/octets";
import { ownCalendar } from "../people/calendars";
import { dissolveSeries } from "../series/dissolve";
import { inPieces as stepByStep, Pauses } from "../turns/pauses";
import { Handling } from "../values/handling";
import { inPieces } from "./batches";
import { answerSeries, answerWith, byAnswer } from "./answers";
import { knownById } from "./known";
import type { Plan } from "./planned";
import { Seen, strangersTo } from "./prune";
import { importedWhole } from "./remembered";
import { plansFor, type Today } from "./standing";
import { changesWhole, passedOverOf, removeEvents, writePlans, writeTogether, type Written } from "./writes";

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
  private done = 0;
  private readonly pauses = new Pauses();

  constructor(
    private readonly ctx: Context,
    private readonly window: Today,
    private readonly reader: CalendarReader,
    private readonly asked: ImportOptions,
  ) {}

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
      const removals = [...known.values()].map((one) => ({ known: one, line: 1, ofSeries: false }));
      this.add(await removeEvents(this.ctx, this.window, removals));
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
    const changing = new Set<Plan>();
    for (const plan of plans) if (await changesWhole(this.ctx, this.window, plan)) changing.add(plan);
    const others = plans.filter((plan) => !changing.has(plan));
    this.add(await writePlans(this.ctx, this.window, others));
    for (const plan of changing) this.add(await writeTogether(this.ctx, this.window, plan));
    for (const plan of plans) await this.answer(plan);
    for (const { unchanged, problems } of plans) {
      this.counted.unchanged += unchanged;
      for (const { line, message } of problems) this.tell(line, message);
    }
    this.done += families.reduce((sum, { events, alone }) => sum + events.length + alone.length, 0);
    this.asked.progress?.(this.done);
    await this.pauses.take();
  }

  /** One answer after another: several may be about one event. */
  private async answer({ answers, seriesAnswers }: Plan): Promise<void> {
    for (const [answer, ids] of byAnswer(answers)) {
      const { person, line } = answer;
      const done = await answerWith(this.ctx, answer, ids);
      if (done.isStranger)
        this.tell(line, `${person.emailAddress} is not invited to this meeting: the answer was left out`);
      for (const outcome of done.outcomes) {
        for (const message of passedOverOf(outcome)) this.tell(line, message);
        if ("problem" in outcome) this.tell(line, outcome.problem.message);
      }
      this.counted.answered += done.answered;
      this.counted.unchanged += done.unchanged;
    }
    for (const one of seriesAnswers) await answerSeries(this.ctx, one);
  }

  private add({ counted, told }: Written): void {
    for (const name of ["created", "updated", "unchanged", "removed"] as const)
      this.counted[name] += counted[name];
    for (const { line, message } of told) this.tell(line, message);
  }

  private tell(line: number, message: string): void {
    this.reader.report("VEVENT", message, line);
  }
}
