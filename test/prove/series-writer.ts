// Somebody whose meetings recur, in the midst of the storm: series are made, changed and split, occurrences deleted, and those who
// are invited answer. What polls and mirrors are held to holds for occurrences as for any event; besides, an answer stays
// whatever becomes of the series, and an occurrence that was deleted stays away.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client";
import type { Findings } from "./findings";
import { ANSWERS } from "./plan";
import type { Random } from "../support/random";
import type { Person } from "./stage";
import type { EventRow } from "./wire";

export interface Guest {
  person: Person;
  client: Client;
}

interface Occurrence {
  /** By user: what they have answered last. */
  answers: Map<string, string>;
  isDeleted: boolean;
}

interface Series {
  occurrences: Map<string, Occurrence>;
  guests: readonly Guest[];
}

const MAX_SERIES = 12;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** They are to come, whenever this is run: an occurrence that has begun stays as it is. */
const BEGIN = (Math.floor(Date.now() / DAY_MS) + 90) * DAY_MS + 8 * HOUR_MS;
const IDS = "series { occurrences(first: 100) { edges { node { id } } } }";

type Ids = { occurrences: { edges: { node: { id: string } }[] } } | null;
const idsOf = (series: Ids): string[] => series?.occurrences.edges.map(({ node }) => node.id) ?? [];

export class SeriesWriter {
  acts = 0;
  private readonly series: Series[] = [];

  constructor(
    private readonly owner: Client,
    private readonly guests: readonly Guest[],
    private readonly random: Random,
    private readonly run: string,
  ) {}

  async runUntil(stopped: () => boolean, pauseMs: number): Promise<void> {
    while (!stopped()) {
      await this.act();
      this.acts++;
      await sleep(pauseMs * (0.5 + this.random.next()));
    }
  }

  private async act(): Promise<void> {
    const { random } = this;
    if (this.series.length < 2 || (this.series.length < MAX_SERIES && random.chance(0.15)))
      return this.create();
    const one = random.pick(this.series);
    const living = [...one.occurrences].filter(([, { isDeleted }]) => !isDeleted).map(([id]) => id);
    if (living.length === 0) return;
    const id = random.pick(living);
    const act = random.weighted({ change: 5, answer: 5, answerOne: 2, remove: 1, cut: 0.3 });
    if (act === "change") await this.change(id);
    else if (act === "answer") await this.answer(one, id);
    else if (act === "answerOne") await this.answerOne(one, id);
    else await this.remove(one, id, act === "cut" ? "FOLLOWING" : "THIS");
  }

  private async create(): Promise<void> {
    const number = this.series.length;
    const guests = this.guests.filter(() => this.random.chance(0.7));
    const from = BEGIN + number * HOUR_MS;
    const { createSeries } = await this.owner.ask(
      `mutation ($input: SeriesInput!, $key: String) { createSeries(input: $input, idempotencyKey: $key) { ${IDS} } }`,
      {
        key: `series ${this.run}.${number}`,
        input: {
          subject: `series ${number}`,
          startTime: new Date(from).toISOString(),
          endTime: new Date(from + HOUR_MS).toISOString(),
          attendees: guests.map(({ person }) => ({ userId: person.id })),
          recurrence: { rrule: `FREQ=DAILY;COUNT=${3 + this.random.below(5)}` },
        },
      },
    );
    const occurrences = new Map(
      idsOf(createSeries.series as Ids).map((id) => [id, { answers: new Map(), isDeleted: false }]),
    );
    this.series.push({ occurrences, guests });
  }

  private async change(eventId: string): Promise<void> {
    const field = this.random.pick(["subject", "location", "description"]);
    const input = { [field]: `series act ${this.acts}` };
    await this.owner.ask(
      "mutation ($eventId: ID!, $scope: SeriesScope!, $input: SeriesPatch!) { updateSeries(eventId: $eventId, scope: $scope, input: $input) { changed } }",
      { eventId, scope: this.random.pick(["THIS", "FOLLOWING", "ALL"]), input },
    );
  }

  /** To the part of the series that the occurrence is in. */
  private async answer({ guests, occurrences }: Series, eventId: string): Promise<void> {
    if (guests.length === 0) return;
    const { client, person } = this.random.pick(guests);
    const status = this.random.pick(ANSWERS);
    const { respondToSeries } = await client.ask(
      `mutation ($eventId: ID!, $status: String!) { respondToSeries(eventId: $eventId, scope: ALL, status: $status) { ${IDS} } }`,
      { eventId, status },
    );
    for (const id of idsOf(respondToSeries.series as Ids))
      occurrences.get(id)?.answers.set(person.id, status);
  }

  private async answerOne({ guests, occurrences }: Series, id: string): Promise<void> {
    if (guests.length === 0) return;
    const { client, person } = this.random.pick(guests);
    const status = this.random.pick(ANSWERS);
    await client.ask(
      "mutation ($id: ID!, $status: String!) { respondToEvent(id: $id, status: $status) { id } }",
      { id, status },
    );
    occurrences.get(id)?.answers.set(person.id, status);
  }

  private async remove({ occurrences }: Series, eventId: string, scope: "THIS" | "FOLLOWING"): Promise<void> {
    await this.owner.ask(
      "mutation ($eventId: ID!, $scope: SeriesScope!) { deleteSeries(eventId: $eventId, scope: $scope) { deleted } }",
      { eventId, scope },
    );
    for (const [id, occurrence] of occurrences)
      if (!occurrence.isDeleted) occurrence.isDeleted = (await this.read(id)) === null;
  }

  private async read(id: string): Promise<EventRow | null> {
    const { event } = await this.owner.ask(
      "query ($id: ID!) { event(id: $id) { id attendees { userId status } } }",
      { id },
    );
    return event as EventRow | null;
  }

  /** When nothing moves any more. */
  async judge(findings: Findings): Promise<void> {
    for (const { occurrences } of this.series)
      for (const [id, occurrence] of occurrences)
        judgeOccurrence(id, occurrence, await this.read(id), findings);
  }
}

function judgeOccurrence(
  id: string,
  { answers, isDeleted }: Occurrence,
  row: EventRow | null,
  findings: Findings,
): void {
  if ((row === null) !== isDeleted)
    findings.fault(
      "writesLost",
      `occurrence ${id} was ${isDeleted ? "deleted and is back" : "not deleted and is gone"}`,
    );
  if (row === null) return;
  for (const [userId, answer] of answers) {
    const status = row.attendees.find((guest) => guest.userId === userId)?.status;
    if (status !== answer)
      findings.fault("rsvpsOverwritten", `occurrence ${id}: user ${userId} is ${status}, answered ${answer}`);
  }
}
