// A writer: one client of one user, doing its steps one after another and telling the model what it was answered.
import { unlessGivenUp, type Client, type Outcome, type Way } from "./client";
import { statusField, type OpenWrite } from "./history";
import { UNSURE, type Author, type Known, type Model } from "./model";
import type { Step } from "./plan";
import type { Person } from "./stage";
import type { EventRow } from "./wire";

/** What a change is meant to set. */
export interface Change {
  /** The wire's PATCH. */
  patch: Record<string, unknown>;
  /** The same, as the model knows fields. */
  values: Map<string, string>;
  list?: boolean;
  /** It sets a text that nobody else sets, so it is a change for certain. */
  certain?: boolean;
}

/** Sets aside refusals that a race explains from those that it does not. */
const RACES = new Set(["not_found", "precondition_failed", "forbidden", "lost", "batch"]);

export class Writer {
  steps = 0;

  constructor(
    readonly name: string,
    readonly person: Person,
    readonly client: Client,
    readonly model: Model,
    /** Who may be invited. */
    readonly others: readonly Person[],
  ) {}

  get author(): Author {
    return this.client.token;
  }

  /** A text that nobody else writes. */
  text(step: Step, what: string): string {
    return `${what} ${this.name}.${step.number}`;
  }

  way({ door, instance, fate }: Step): Way {
    return { door, instance, fate };
  }

  /** Patches an event and tells the model. */
  async change(
    known: Known,
    change: Change,
    step: Step,
    version: string | null = null,
  ): Promise<Outcome | null> {
    const write: OpenWrite = { values: change.values, list: change.list ?? false };
    return this.told(known, write, change.certain ?? false, () =>
      this.client.patch(known.id, change.patch, version, this.way(step)),
    );
  }

  /** Patches several events in one call. */
  async changeMany(changes: { known: Known; change: Change }[], step: Step): Promise<void> {
    const items = changes.map(({ known, change }) => ({ id: known.id, input: change.patch }));
    const sent = unlessGivenUp(this.client.patchMany(items, step.careful, this.way(step)));
    await Promise.all(
      changes.map(({ known, change }, index) =>
        this.told(known, { values: change.values, list: false }, change.certain ?? false, async () => {
          const outcome = (await sent)?.[index];
          return outcome ?? { row: null, refusal: "lost", current: null, lost: 1 };
        }),
      ),
    );
  }

  async respond(known: Known, step: Step): Promise<void> {
    const write: OpenWrite = {
      values: new Map([[statusField(this.person.id), step.status]]),
      list: false,
    };
    await this.told(known, write, false, () => this.client.respond(known.id, step.status, this.way(step)));
  }

  /** Runs a write between telling the model that it goes out and how it ended. */
  private async told(
    known: Known,
    write: OpenWrite,
    certain: boolean,
    send: () => Promise<Outcome>,
  ): Promise<Outcome | null> {
    const { history } = known;
    history.begin(write);
    const outcome = await unlessGivenUp(send());
    known.touchedAt = performance.now();
    const { answered, lost } = meaningOf(outcome);
    // A write refused as out of date may have been its own earlier try.
    history.settle(write, { tick: answered?.lastModifiedAt ?? null, lost });
    if (lost) known.unsure.add(this.author);
    if (answered) this.model.acknowledge(answered, certain && !lost ? this.author : UNSURE);
    if (outcome) this.complain(known, outcome);
    return outcome;
  }

  /** Deletes an event of one's own for everyone. */
  async bury(known: Known, step: Step): Promise<void> {
    known.deletes.open++;
    known.deletes.authors.add(this.author);
    const version = step.careful ? known.row.lastModifiedAt : null;
    const outcome = await unlessGivenUp(this.client.remove(known.id, version, this.way(step)));
    known.deletes.open--;
    if (outcome?.refusal === null) this.model.bury(known, this.author);
    else if (outcome === null || outcome.lost > 0) known.deletes.maybe++;
    if (outcome) this.complain(known, outcome);
  }

  /** Takes an event out of one's own calendar. */
  async leave(known: Known, step: Step): Promise<void> {
    const write: OpenWrite = { values: new Map([[statusField(this.person.id), "Declined"]]), list: false };
    const { history } = known;
    history.begin(write);
    const outcome = await unlessGivenUp(this.client.remove(known.id, null, this.way(step)));
    known.touchedAt = performance.now();
    // The answer says that it is so, not always since when, so this stays a possibility.
    history.settle(write, {
      tick: null,
      lost: outcome === null || outcome.refusal === null || outcome.lost > 0,
    });
    known.unsure.add(this.author);
    if (outcome?.refusal === null) this.model.acknowledgeLeaving(this.person.id, known, outcome.row);
    if (outcome) this.complain(known, outcome);
  }

  /** A refusal that no race explains. */
  complain(known: Known, { refusal }: Outcome): void {
    const { findings } = this.client.reach;
    if (refusal === null || refusal === "internal") return;
    const own = known.ownerId === this.person.id;
    if (refusal === "not_found" && own && !this.model.mayBeGone(known))
      findings.fault("writesLost", `event ${known.id} is not there for its owner, and nobody deleted it`);
    else if (!RACES.has(refusal))
      findings.fault("defects", `a write of event ${known.id} was refused: ${refusal}`);
  }

  /** A create was answered. */
  learn(row: EventRow): void {
    this.model.learn(row, this.author);
  }
}

/** The event as it was answered, if it was; and whether the write may have been carried out at another time, too. */
function meaningOf(outcome: Outcome | null): { answered: EventRow | null; lost: boolean } {
  if (outcome === null) return { answered: null, lost: true };
  const { row, refusal, lost } = outcome;
  const answered = row && !row.deleted && row.ownerId !== null ? row : null;
  return { answered, lost: lost > 0 || (refusal === null && answered === null) };
}
