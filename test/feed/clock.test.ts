// Ticks when many write at once and the machine's clock does what it likes: the order in which changes become visible.
import {
  inSession,
  clockOf,
  entriesOf,
  expectSound,
  insertEvent,
  rollbackAll,
  type Session,
  updateEvent,
} from "../support/plain-sql";
import { Random } from "../support/random";
import { openWorld, type Person, type World } from "../support/world";

let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(rollbackAll);
afterEach(() => expectSound(world.sql));
afterEach(() => world.close());

const setClock = (body: string): Promise<unknown> =>
  world.sql.query(
    `create or replace function tidemark_now() returns timestamptz language sql volatile as $$${body}$$`,
  );

test("a tick is strictly later than the clock at which it was taken, by no more than it must", async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const at = Date.parse("2030-01-01T00:00:00.000Z");
  await setClock("select timestamptz '2030-01-01T00:00:00.000Z'");
  expect((await insertEvent(world.sql, ada)).tick).toBe(at + 1);
  await setClock("select timestamptz '2030-01-01T00:00:00.004001Z'");
  expect((await insertEvent(world.sql, ada)).tick).toBe(at + 5);
  await setClock("select timestamptz '2030-01-01T00:00:00.005999Z'");
  expect((await insertEvent(world.sql, ben)).tick).toBe(at + 6);
});

test("a clock that steps back an hour makes ticks go on by single milliseconds", async () => {
  const ada = await world.person();
  const first = await insertEvent(world.sql, ada);
  await setClock("select clock_timestamp() - interval '1 hour'");
  const second = await insertEvent(world.sql, ada);
  const third = await updateEvent(world.sql, first.id, "subject = 'again'");
  expect([second.tick, third.tick]).toEqual([first.tick + 1, first.tick + 2]);
});

interface Sight {
  /** What was seen: event@tick. */
  versions: Set<string>;
  latest: number;
}

/** Looks at a calendar as its writers go on: whatever comes into sight must be later than all that was in sight. */
async function watch(person: Person, until: () => boolean): Promise<number> {
  let before: Sight = { versions: new Set(), latest: 0 };
  let looks = 0;
  for (let last = false; !last; looks++) {
    last = until();
    const entries = await entriesOf(world.sql, person);
    const news = entries.filter(({ eventId, tick }) => !before.versions.has(`${eventId}@${tick}`));
    for (const { tick } of news) expect(tick).toBeGreaterThan(before.latest);
    before = {
      versions: new Set(entries.map(({ eventId, tick }) => `${eventId}@${tick}`)),
      latest: Math.max(0, ...entries.map(({ tick }) => tick)),
    };
    expect(await clockOf(world.sql, person)).toBeGreaterThanOrEqual(before.latest);
  }
  return looks;
}

/** One to four statements over shared events, one time in four for nothing; answers the events for the next one. */
async function change(session: Session, people: Person[], own: string[], random: Random): Promise<string[]> {
  const anybody = (): Person => people[random.below(people.length)]!;
  const made: string[] = [];
  // Two writers in three know what is good for them.
  const sorted = random.below(3) > 0;
  if (sorted)
    await session.query("select lock_calendars($1, array(select id from calendar))", [world.organisationId]);
  for (let steps = sorted ? 1 + random.below(4) : 1; steps > 0; steps--) {
    const id = own[random.below(own.length + 2)];
    if (id === undefined) made.push((await insertEvent(session, anybody(), { attendees: [anybody()] })).id);
    else await updateEvent(session, id, "subject = subject || '.', owner_id = $2", [anybody().id]);
  }
  if (random.below(4) > 0) return [...own, ...made].slice(-4);
  await session.rollback();
  return own;
}

/** Transactions until there were `enough`; those that lose in a deadlock are let go. */
async function write(people: Person[], seed: number, enough: () => boolean): Promise<void> {
  const random = new Random(String(seed));
  let own: string[] = [];
  while (!enough()) {
    try {
      own = await inSession(world, (session) => change(session, people, own, random));
    } catch (error) {
      expect(error).toMatchObject({ code: "40P01" });
    }
  }
}

test.each([
  ["runs", "select clock_timestamp()"],
  ["stands still", "select timestamptz '2030-01-01'"],
  ["jumps about within the hour", "select clock_timestamp() - random() * interval '1 hour'"],
])("ticks come into sight in order while eight writers collide and the clock %s", async (_what, clock) => {
  await setClock(clock);
  const people = await Promise.all(Array.from({ length: 4 }, () => world.person()));
  let transactions = 0;
  const writers = Array.from({ length: 8 }, (_, index) =>
    write(people, 7 * index + 1, () => ++transactions > 100),
  );
  let written = false;
  const over = Promise.all(writers).finally(() => (written = true));
  const looks = await Promise.all(people.map((person) => watch(person, () => written)));
  await over;
  expect(Math.min(...looks)).toBeGreaterThan(5);
});
