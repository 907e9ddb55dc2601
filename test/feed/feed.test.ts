// Law: whatever people do to their events, each one's feed tells them exactly what became of their calendar, and nobody
// hears of what does not concern them. Checked against a model of who holds what, after every step.
import fc from "fast-check";
import { expectSound } from "../support/plain-sql";
import { openWorld, type Person, type World } from "../support/world";

const TIMES = { startTime: "2026-03-02T09:00:00Z", endTime: "2026-03-02T10:00:00Z" };
const PEOPLE = 4;
const STATUSES = ["Accepted", "Declined", "Tentative", "NoResponse"] as const;

type Status = (typeof STATUSES)[number];
/** A person, by their place in the cast. */
type Who = number;

interface ModelEvent {
  owner: Who;
  subject: string;
  list: { who: Who; status: Status }[];
  /** Who has taken it out of their calendar: still on the list, as Declined. */
  left: Who[];
  /** What people have said themselves: an answer as long as it stands on the list. */
  own: ReadonlyMap<Who, Status>;
}

type Answers = { who: Who; status?: Status }[];

type Step =
  | { act: "create"; by: Who; list: Answers }
  | { act: "rename"; by: Who; event: number; subject: string }
  | { act: "invite"; by: Who; event: number; list: Answers }
  | { act: "delete"; by: Who; event: number }
  | { act: "respond"; by: Who; event: number; status: Status }
  | { act: "transfer"; by: Who; to: Who };

const holders = ({ owner, list, left }: ModelEvent): Who[] => [
  ...new Set([owner, ...list.map(({ who }) => who).filter((who) => !left.includes(who))]),
];

/** Those who have left stay so while they are on the list as Declined; what is not on the list nobody has said. */
const settled = (event: ModelEvent): ModelEvent => ({
  ...event,
  own: new Map(
    [...event.own].filter(([who, said]) => event.list.some((one) => one.who === who && one.status === said)),
  ),
  left: event.left.filter(
    (who) => who !== event.owner && event.list.some((one) => one.who === who && one.status === "Declined"),
  ),
});

/** What a write that names no version makes of somebody's answer. */
function answerAfter({ list, left, own }: ModelEvent, by: Who, who: Who, given: Status | undefined): Status {
  const before = list.find((one) => one.who === who)?.status;
  if (before === undefined) return given ?? "NoResponse";
  if (given === undefined || given === "NoResponse") return before;
  const isTheirs = who !== by && (left.includes(who) || own.get(who) === before);
  return isTheirs ? before : given;
}

/** Old people in their old places, new ones after them. A guest's list adds people and gives the guest's own answer. */
function replaceList(event: ModelEvent, by: Who, given: Answers): ModelEvent {
  const isOwner = by === event.owner;
  const wanted = new Map(given.map((one) => [one.who, one.status]));
  const before = event.list.map(({ who }) => who);
  const order = [...before, ...[...wanted.keys()].filter((who) => !before.includes(who))];
  const list = order
    .filter((who) => wanted.has(who) || !isOwner)
    .map((who) => ({
      who,
      status: answerAfter(event, by, who, isOwner || who === by ? wanted.get(who) : undefined),
    }));
  const said = list.find(({ who }) => who === by)?.status;
  const isNew =
    said !== undefined && said !== "NoResponse" && said !== event.list.find(({ who }) => who === by)?.status;
  return settled({ ...event, list, own: isNew ? new Map([...event.own, [by, said]]) : event.own });
}

const answer = (event: ModelEvent, who: Who, status: Status): ModelEvent =>
  settled({ ...event, list: event.list.map((one) => (one.who === who ? { who, status } : one)) });

/** One's own answer, which brings back whoever has left, but for another Declined. Nobody takes an answer back. */
function respond(event: ModelEvent, by: Who, status: Status): ModelEvent {
  const before = event.list.find(({ who }) => who === by)?.status;
  if (before === undefined || (status === "NoResponse" && before !== "NoResponse")) return event;
  const own = status === "NoResponse" ? event.own : new Map([...event.own, [by, status] as const]);
  return answer({ ...event, own }, by, status);
}

/** What becomes of an event that a step is about; null where it is gone. */
function next(event: ModelEvent, step: Step): ModelEvent | null {
  if (step.act === "transfer") return event.owner === step.by ? settled({ ...event, owner: step.to }) : event;
  if (step.act === "respond") return respond(event, step.by, step.status);
  if (!holders(event).includes(step.by)) return event;
  if (step.act === "rename") return step.by === event.owner ? { ...event, subject: step.subject } : event;
  if (step.act === "invite") return replaceList(event, step.by, step.list);
  if (step.by === event.owner) return null;
  const declined = answer(event, step.by, "Declined");
  return { ...declined, left: [...event.left, step.by] };
}

/** What of an event shows: who has said an answer themselves does not. */
const seen = (event: ModelEvent | undefined): string => JSON.stringify(event && { ...event, own: null });

const who = fc.integer({ min: 0, max: PEOPLE - 1 });
const event = fc.nat(30);
const status = fc.constantFrom(...STATUSES);
const list = fc.uniqueArray(fc.record({ who, status }, { requiredKeys: ["who"] }), {
  maxLength: PEOPLE,
  selector: (one) => one.who,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant("create" as const), by: who, list }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("rename" as const),
      by: who,
      event,
      subject: fc.constantFrom("a", "b"),
    }),
  },
  { weight: 5, arbitrary: fc.record({ act: fc.constant("invite" as const), by: who, event, list }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant("delete" as const), by: who, event }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("respond" as const), by: who, event, status }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("transfer" as const), by: who, to: who }) },
);

/** The model and the service side by side. */
class Play {
  private readonly model = new Map<string, ModelEvent>();
  private readonly ids: string[] = [];
  private readonly cursors: Record<"events" | "deletedEvents", string>[];

  constructor(
    private readonly cast: Person[],
    private readonly admin: Person,
  ) {
    this.cursors = cast.map(() => ({ events: "0", deletedEvents: "0" }));
  }

  async take(step: Step): Promise<void> {
    const before = new Map(this.model);
    await this.act(step);
    for (const [index] of this.cast.entries()) await this.check(index, before);
  }

  private async act(step: Step): Promise<void> {
    if (step.act === "create") return this.create(step.by, step.list);
    if (step.act === "transfer") {
      const ids = { from: this.person(step.by).id, to: this.person(step.to).id };
      await this.admin.graphql(
        "mutation ($from: ID!, $to: ID!) { transferEvents(from: $from, to: $to) }",
        ids,
      );
      for (const [id, one] of this.model) this.model.set(id, next(one, step) ?? one);
      return;
    }
    const id = this.ids[step.event % this.ids.length];
    if (id === undefined) return;
    await this.ask(step, id);
    const known = this.model.get(id);
    const now = known && next(known, step);
    if (now) this.model.set(id, now);
    else this.model.delete(id);
  }

  private async create(by: Who, list: Answers): Promise<void> {
    const { body } = await this.person(by).rest("POST", "/events", { ...TIMES, attendees: this.wire(list) });
    this.ids.push(body.id as string);
    const attendees = list.map((one) => ({ who: one.who, status: one.status ?? ("NoResponse" as const) }));
    const own = new Map(
      attendees
        .filter(({ who, status }) => who === by && status !== "NoResponse")
        .map((one) => [one.who, one.status]),
    );
    this.model.set(body.id as string, { owner: by, subject: "", list: attendees, left: [], own });
  }

  private async ask(step: Exclude<Step, { act: "create" | "transfer" }>, id: string): Promise<void> {
    const person = this.person(step.by);
    const path = `/events/${id}`;
    if (step.act === "rename") await person.rest("PATCH", path, { subject: step.subject });
    else if (step.act === "invite") await person.rest("PATCH", path, { attendees: this.wire(step.list) });
    else if (step.act === "delete") await person.rest("DELETE", path);
    else {
      const mutation =
        "mutation ($id: ID!, $status: String!) { respondToEvent(id: $id, status: $status) { id } }";
      await person.graphql(mutation, { id, status: step.status });
    }
  }

  /** Both feeds since the last step hold what the step changed for this person, as it is now, and nothing else. */
  private async check(index: Who, before: Map<string, ModelEvent>): Promise<void> {
    const expected = { events: [] as string[], deletedEvents: [] as string[] };
    for (const id of this.ids) {
      const [was, now] = [before.get(id), this.model.get(id)];
      if (seen(was) === seen(now)) continue;
      if (now && holders(now).includes(index)) expected.events.push(id);
      else if (was && holders(was).includes(index)) expected.deletedEvents.push(id);
    }
    for (const feed of ["events", "deletedEvents"] as const) {
      const { body } = await this.person(index).rest("GET", `/${feed}?since=${this.cursors[index]![feed]}`);
      const rows = body.records as {
        id: string;
        reason?: string;
        attendees?: { userId: string; status: Status }[];
      }[];
      expect([index, feed, rows.map(({ id }) => id).sort()]).toEqual([index, feed, expected[feed].sort()]);
      for (const row of rows) this.expectRow(feed, row);
      this.cursors[index]![feed] = body.nextDeltaToken as string;
    }
  }

  private expectRow(
    feed: "events" | "deletedEvents",
    row: { id: string; reason?: string; attendees?: { userId: string; status: Status }[] },
  ): void {
    const now = this.model.get(row.id);
    if (feed === "deletedEvents") expect(row.reason).toBe(now ? "left" : "deleted");
    else {
      const shown = row.attendees!.map(({ userId, status }) => ({
        who: this.cast.findIndex(({ id }) => id === userId),
        status,
      }));
      expect(shown).toEqual(now!.list);
    }
  }

  private readonly person = (index: Who): Person => this.cast[index]!;

  private readonly wire = (list: Answers): object[] =>
    list.map((one) => ({ userId: this.person(one.who).id, ...(one.status && { status: one.status }) }));
}

describe("feeds", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ rateLimitPerMinute: 0 });
  });
  afterAll(() => world.close());

  test("tell everybody what became of their calendar, and nobody anything else, whatever people do", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
        const organisationId = await world.organisation();
        const cast: Person[] = [];
        for (let count = 0; count < PEOPLE; count++) cast.push(await world.person({ organisationId }));
        const play = new Play(cast, await world.person({ organisationId, role: "admin" }));
        for (const one of steps) await play.take(one);
        await expectSound(world.sql);
      }),
      {
        numRuns: Number(process.env.FC_RUNS ?? 20),
        seed: Number(process.env.FC_SEED ?? 2026),
        interruptAfterTimeLimit: 60_000,
      },
    );
  });
});
