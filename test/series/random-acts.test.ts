// A model of a series against random acts at both doors and in plain SQL: after each act every calendar equals the model, and
// every occurrence that is to survive keeps its id.
import { openWorld, type Person, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld({ rateLimitPerMinute: 0 });
  ada = await world.person({ name: "Ada" });
  ben = await world.person({ name: "Ben" });
});
afterAll(() => world.close());

const DAY_MS = 86_400_000;
/** Some weeks ahead: all of them are made. */
const FIRST = Math.floor(Date.now() / DAY_MS) * DAY_MS + 40 * DAY_MS + 9 * 3_600_000;
const COUNT = 8;
const SEEDS = [1, 2, 3, 4, 5, 6];
const ACTS = 14;

/** An occurrence as it should be. */
interface Modelled {
  id: string;
  /** Of which series, by number; null: a single event. */
  series: number | null;
  place: number;
  start: number;
  subject: string;
  location: string | null;
  own: Set<"subject" | "location" | "times">;
  answer: string;
  hasLeft: boolean;
}

function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return Math.abs(state >> 3) % below;
  };
}

class Model {
  occurrences: Modelled[] = [];
  private seriesCount = 1;

  constructor(ids: readonly string[]) {
    this.occurrences = ids.map((id, index) => {
      const at = FIRST + index * 7 * DAY_MS;
      const words = { subject: "Weekly", location: null, answer: "NoResponse", hasLeft: false };
      return { id, series: 0, place: at, start: at, own: new Set(), ...words };
    });
  }

  from(one: Modelled, scope: string): Modelled[] {
    const own = this.occurrences.filter(({ series }) => series === one.series);
    return scope === "ALL" ? own : own.filter(({ place }) => place >= one.place);
  }

  /** What a change of the series does. */
  change(
    one: Modelled,
    scope: string,
    words: Partial<Pick<Modelled, "subject" | "location">>,
    shift: number,
  ): void {
    const concerned = this.from(one, scope);
    const isIdle =
      shift === 0 &&
      concerned.every((other) =>
        Object.entries(words).every(
          ([key, value]) => other.own.has(key as "subject") || other[key as "subject"] === value,
        ),
      );
    const isWhole = concerned.length === this.from(one, "ALL").length;
    const next = isWhole || isIdle ? one.series : this.seriesCount++;
    for (const other of concerned) {
      other.series = next;
      other.place += shift;
      if (!other.own.has("times")) other.start += shift;
      for (const key of ["subject", "location"] as const)
        if (key in words && !other.own.has(key)) Object.assign(other, { [key]: words[key] });
    }
  }

  remove(gone: readonly Modelled[]): void {
    this.occurrences = this.occurrences.filter((one) => !gone.includes(one));
  }

  shown(of: "owner" | "guest"): unknown[] {
    return this.occurrences
      .filter(({ hasLeft }) => of === "owner" || !hasLeft)
      .map(({ id, start, place, subject, location, answer }) => [
        id,
        new Date(start).toISOString(),
        new Date(place).toISOString().slice(0, 19),
        subject,
        location,
        answer,
      ])
      .sort();
  }
}

const times = (start: number): object => ({
  startTime: new Date(start).toISOString(),
  endTime: new Date(start + 3_600_000).toISOString(),
});

/* eslint-disable @typescript-eslint/no-explicit-any */
async function ask(who: Person, mutation: string, variables: Record<string, unknown>): Promise<any> {
  const reply = await who.graphql(mutation, variables);
  if (reply.errors) throw new Error(JSON.stringify(reply.errors));
  return Object.values(reply.data as object)[0];
}

const UPDATE = `mutation ($id: ID!, $scope: SeriesScope!, $input: SeriesPatch!) {
  updateSeries(eventId: $id, scope: $scope, input: $input) { changed } }`;

type Act = (model: Model, one: Modelled, draw: (below: number) => number) => Promise<string>;

const scopeOf = (draw: (below: number) => number): string => (draw(2) === 0 ? "FOLLOWING" : "ALL");

const ACT: Record<string, Act> = {
  async ownSubject(_model, one, draw) {
    const subject = `own ${draw(1_000)}`;
    if (draw(2) === 0) await ada.rest("PATCH", `/events/${one.id}`, { subject });
    else await world.sql.query("update event set subject = $2 where id = $1", [one.id, subject]);
    one.subject = subject;
    one.own.add("subject");
    return subject;
  },
  async ownTime(_model, one, draw) {
    const start = one.start + (draw(5) + 1) * 900_000;
    await ada.rest("PATCH", `/events/${one.id}`, times(start));
    one.start = start;
    one.own.add("times");
    return String(start);
  },
  async seriesWords(model, one, draw) {
    const scope = scopeOf(draw);
    const words = draw(2) === 0 ? { subject: `all ${draw(1_000)}` } : { location: `room ${draw(1_000)}` };
    const act = (): Promise<any> => ask(ada, UPDATE, { id: one.id, scope, input: words });
    await act();
    model.change(one, scope, words, 0);
    if ((await act()).changed !== 0) throw new Error("The same again has changed something.");
    return `${scope} ${JSON.stringify(words)}`;
  },
  async seriesTime(model, one, draw) {
    const scope = scopeOf(draw);
    const shift = [1_800_000, -1_800_000, DAY_MS, -DAY_MS][draw(4)] ?? 0;
    const act = (): Promise<any> => ask(ada, UPDATE, { id: one.id, scope, input: times(one.place) });
    const input = times(one.place + shift);
    await ask(ada, UPDATE, { id: one.id, scope, input });
    model.change(one, scope, {}, shift);
    if ((await act()).changed !== 0) throw new Error("The same time again has changed something.");
    return `${scope} ${shift}`;
  },
  async answer(_model, one, draw) {
    const status = ["Accepted", "Declined", "Tentative"][draw(3)] ?? "";
    if (one.hasLeft) return "left";
    await ask(
      ben,
      "mutation ($id: ID!, $status: String!) { respondToEvent(id: $id, status: $status) { id } }",
      { id: one.id, status },
    );
    one.answer = status;
    return status;
  },
  async answerAll(model, one, draw) {
    const scope = scopeOf(draw);
    const status = ["Accepted", "Declined", "Tentative"][draw(3)] ?? "";
    if (one.hasLeft) return "left";
    await ask(
      ben,
      `mutation ($id: ID!, $scope: SeriesScope!, $status: String!) { respondToSeries(eventId: $id, scope: $scope, status: $status) { changed } }`,
      { id: one.id, scope, status },
    );
    for (const other of model.from(one, scope)) if (!other.hasLeft) other.answer = status;
    return `${scope} ${status}`;
  },
  async remove(model, one, draw) {
    if (draw(2) === 0) await ada.rest("DELETE", `/events/${one.id}`);
    else await world.sql.query("delete from event where id = $1", [one.id]);
    model.remove([one]);
    return "";
  },
  async leave(_model, one) {
    if (one.hasLeft) return "left";
    await ben.rest("DELETE", `/events/${one.id}`);
    Object.assign(one, { hasLeft: true, answer: "Declined" });
    return "";
  },
};

async function shownTo(who: Person, subject: string): Promise<unknown[]> {
  const { body } = await who.rest("GET", "/events");
  return body.records
    .filter(({ conferenceUrl }: any) => conferenceUrl === subject)
    .map(({ id, startTime, recurrenceId, subject: title, location, attendees }: any) => [
      id,
      startTime,
      recurrenceId,
      title,
      location,
      attendees.find(({ userId }: any) => userId === ben.id).status,
    ])
    .sort();
}

/** Throws where a calendar is not as the model says. */
async function act(seed: number): Promise<void> {
  const draw = numbers(seed);
  const mark = `https://x.test/${seed}/${Math.random()}`;
  const input = {
    ...times(FIRST),
    ...{ subject: "Weekly", timezone: "UTC", conferenceUrl: mark, attendees: [{ userId: ben.id }] },
    recurrence: { rrule: `FREQ=WEEKLY;COUNT=${COUNT}` },
  };
  const made = await ask(
    ada,
    "mutation ($input: SeriesInput!) { createSeries(input: $input) { series { occurrences { edges { node { id } } } } } }",
    { input },
  );
  const model = new Model(made.series.occurrences.edges.map(({ node }: any) => node.id));
  const done: string[] = [];
  for (let count = 0; count < ACTS && model.occurrences.length > 0; count++) {
    const names = Object.keys(ACT);
    const name = names[draw(names.length)] as string;
    const one = model.occurrences[draw(model.occurrences.length)] as Modelled;
    done.push(`${name} ${new Date(one.place).toISOString()}: ${await (ACT[name] as Act)(model, one, draw)}`);
    for (const [who, part] of [
      [ada, "owner"],
      [ben, "guest"],
    ] as const)
      expect({ done, shown: await shownTo(who, mark) }).toEqual({ done, shown: model.shown(part) });
  }
}

test.each(SEEDS)("random acts on a series leave every calendar as a model of it says, seed %i", act);

describe("what the acts stand on is taken away, and they find it:", () => {
  /** The service goes on with a trigger less, and has it again. */
  async function without(trigger: string, work: () => Promise<void>): Promise<void> {
    await world.sql.query(`alter table event disable trigger ${trigger}`);
    await work().finally(() => world.sql.query(`alter table event enable trigger ${trigger}`));
  }

  test("that an occurrence's own words are its own", async () => {
    await without("event_c_own_words", async () => {
      const found = await Promise.all(
        SEEDS.map((seed) =>
          act(seed).then(
            () => false,
            () => true,
          ),
        ),
      );
      expect(found).toContain(true);
    });
  });

  /** Deletes the second of three, and makes the rule longer: how many there are then. */
  async function afterDelete(): Promise<number> {
    const input = { ...times(FIRST), timezone: "UTC", recurrence: { rrule: "FREQ=WEEKLY;COUNT=3" } };
    const made = await ask(
      ada,
      "mutation ($input: SeriesInput!) { createSeries(input: $input) { event { id } series { id occurrences { edges { node { id } } } } } }",
      { input },
    );
    await ada.rest("DELETE", `/events/${made.series.occurrences.edges[1].node.id}`);
    await ask(ada, UPDATE, {
      ...{ id: made.event.id, scope: "ALL" },
      input: { recurrence: { rrule: "FREQ=WEEKLY;COUNT=4" } },
    });
    const { rows } = await world.sql.query("select id from event where series_id = $1", [made.series.id]);
    return rows.length;
  }

  test("that what is deleted never comes back", async () => {
    expect(await afterDelete()).toBe(3);
    await without("event_leaves_series", async () => expect(await afterDelete()).toBe(4));
  });

  test("that a place has one occurrence", async () => {
    const twice = async (): Promise<unknown> =>
      world.sql.query(
        `insert into event (organisation_id, owner_id, start_time, end_time, series_id, recurrence_id)
         select organisation_id, owner_id, start_time, end_time, series_id, recurrence_id from event
         where series_id is not null order by id desc limit 1`,
      );
    await expect(twice()).rejects.toMatchObject({ code: "23P01" });
    const { rows: rules } = await world.sql.query<{ place: string; name: string }>(
      "select conrelid::regclass as place, conname as name from pg_constraint where contype = 'x' and conname like 'event_recurrence%'",
    );
    expect(rules).not.toEqual([]);
    for (const { place, name } of rules)
      await world.sql.query(`alter table ${place} drop constraint ${name}`);
    await twice();
    const { rows } = await world.sql.query(
      "select from event where series_id is not null group by series_id, recurrence_id having count(*) > 1",
    );
    expect(rows).toHaveLength(1);
  });
});
