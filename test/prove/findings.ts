// What the proof found wrong: a count for every promise, and the first examples of each, with what it takes to look
// into them.

/** Every promise that is watched, in the words of the report. Each count must be 0. */
export const PROMISES = {
  missed: "versions missed by a poller",
  deliveredTwice: "versions delivered twice to a client of kind 1 or 2",
  duplicatesCreated: "duplicates created",
  writesLost: "acknowledged writes lost",
  ownEchoed: "own changes echoed by excludeOwn",
  foreignHidden: "foreign changes hidden by excludeOwn",
  rsvpsOverwritten: "RSVPs overwritten by somebody with no say in them",
  textsLeaked: "private texts leaked to colleagues, or masks shown to participants",
  mirrorsDiffering: "mirrors different from the calendar at the end",
  noopsTraced: "writes of nothing that left a trace",
  feedFaults: "answers of a feed out of order, beyond their watermark, or torn within a tick",
  guestsLost: "guests lost by the poor copies of mailboxes",
  answersUndone: "answers undone by them",
  leavingsUndone: "leavings undone by them",
  madeTwice: "meetings made twice by mailboxes that brought them at once",
  restless: "versions after quiescence: mailboxes that write one another's copies for ever",
  defects: "answers that are defects (500, unexpected refusals, a process that died)",
  syncFaults: "two-way sync: differences, ping-pong, loops that do not fall silent",
} as const;
export type Promised = keyof typeof PROMISES;

export interface Example {
  promise: Promised;
  text: string;
}

const EXAMPLES_EACH = 5;

export class Findings {
  readonly counts = Object.fromEntries(Object.keys(PROMISES).map((name) => [name, 0])) as Record<
    Promised,
    number
  >;
  readonly examples: Example[] = [];

  fault(promise: Promised, text: string): void {
    this.counts[promise]++;
    if (this.counts[promise] <= EXAMPLES_EACH) this.examples.push({ promise, text });
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /** The promises that were found broken. */
  get broken(): Promised[] {
    return (Object.keys(PROMISES) as Promised[]).filter((promise) => this.counts[promise] > 0);
  }
}
