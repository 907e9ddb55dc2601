// The feed under real concurrency: whoever writes, by whichever door, no client of any kind misses a change, and none
// that returns our watermark or what it saw gets the same version twice.
import { setTimeout as sleep } from "node:timers/promises";
import { Poller, versionOf, type PollerWish } from "../support/poller";
import { expectSound, guests, inSession, rollbackAll, type Session } from "../support/plain-sql";
import { Random } from "../support/random";
import { callGraphQL, callRest, openWorld, type Person, type World } from "../support/world";

const WRITERS = 8;
const WRITES_EACH = 12;
const SEED = 20_260_302;

let world: World;
let people: Person[];
let urls: string[];
let other: Awaited<ReturnType<World["instance"]>>;
/** Events that were there at some time. */
const known: string[] = [];

beforeAll(async () => {
  world = await openWorld();
  people = await Promise.all(Array.from({ length: 6 }, () => world.person()));
  other = await world.instance();
  urls = [world.url, other.url];
});
afterEach(rollbackAll);
afterAll(async () => {
  await other.close();
  await world.close();
});

const at = (random: Random): { startTime: string; endTime: string } => {
  const startTime = `2026-03-0${1 + random.below(9)}T09:00:00Z`;
  return { startTime, endTime: startTime.replace("09:", "10:") };
};

const attendeesOf = (random: Random): { userId: string; status: string }[] =>
  random.some(people).map(({ id }) => ({
    userId: id,
    status: random.pick(["Accepted", "Declined", "Tentative", "NoResponse"]),
  }));

interface Deed {
  method: string;
  path: string;
  body?: unknown;
  /** The same through the other door. */
  mutation: string;
  variables: object;
}

function deed(random: Random): Deed {
  const id = known.length > 0 ? random.pick(known.slice(-24)) : "1";
  const kind = known.length < 12 ? 0 : random.below(10);
  if (kind < 3) {
    const input = { subject: `event ${random.below(1000)}`, ...at(random), attendees: attendeesOf(random) };
    const mutation = "mutation ($input: EventInput!) { createEvent(input: $input) { id } }";
    return { method: "POST", path: "/events", body: input, mutation, variables: { input } };
  }
  if (kind < 8) {
    const body = random.pick<() => object>([
      () => ({ subject: `patched ${random.below(1000)}` }),
      () => at(random),
      () => ({ private: random.below(2) === 0 }),
      () => ({ attendees: attendeesOf(random) }),
      () => ({ attendees: attendeesOf(random) }),
    ])();
    const mutation =
      "mutation ($id: ID!, $input: EventPatch!) { updateEvent(id: $id, input: $input) { id } }";
    return { method: "PATCH", path: `/events/${id}`, body, mutation, variables: { id, input: body } };
  }
  if (kind === 8) {
    const status = random.pick(["Accepted", "Declined", "Tentative"]);
    const mutation =
      "mutation ($id: ID!, $status: String!) { respondToEvent(id: $id, status: $status) { id } }";
    return { method: "GET", path: `/events/${id}`, mutation, variables: { id, status } };
  }
  const mutation = "mutation ($id: ID!) { deleteEvent(id: $id) { id } }";
  return { method: "DELETE", path: `/events/${id}`, mutation, variables: { id } };
}

/** A machine that is busy may keep a calendar for longer than a writer waits. */
const BUSY = 503;

/** Creates, patches, answers, deletes and leaves, in the name of one of the people, through either door. */
async function write(seed: number): Promise<void> {
  const random = new Random(String(seed));
  for (let count = 0; count < WRITES_EACH; count++) {
    const { method, path, body, mutation, variables } = deed(random);
    const { token } = random.pick(people);
    const url = random.pick(urls);
    if (random.below(2) === 0) {
      const reply = await callRest(url, token, { method, path, body });
      expect([200, 201, 204, 404, BUSY]).toContain(reply.status);
      if (reply.status === 201) known.push(reply.body.id as string);
    } else {
      const { data, errors } = await callGraphQL(url, token, {
        query: mutation,
        variables: { ...variables },
      });
      for (const { extensions } of errors ?? [])
        expect(["not_found", "forbidden", "unavailable"]).toContain(extensions.code);
      if (data?.createEvent) known.push(data.createEvent.id as string);
    }
  }
}

async function changeInSql(session: Session, random: Random): Promise<void> {
  const ids = random.some(known.slice(-10));
  const owner = random.pick(people);
  await random.pick<() => Promise<unknown>>([
    () => session.query("update event set subject = subject || '.' where id = any ($1)", [ids]),
    () => session.query("update event set owner_id = $2 where id = any ($1)", [ids, owner.id]),
    () =>
      session.query("update event set attendees = $2 where id = any ($1)", [
        ids,
        guests(...random.some(people)),
      ]),
    () => session.query("delete from event where id = any ($1)", [ids.slice(0, 1)]),
    () =>
      session.query(
        `insert into event (organisation_id, owner_id, attendees, start_time, end_time)
         select $1, $2, $3, '2026-03-01', '2026-03-02' from generate_series(1, 3)`,
        [owner.organisationId, owner.id, guests(...random.some(people))],
      ),
  ])();
}

/** A program that knows nothing of us: long transactions, every third for nothing. Half of the time it locks first. */
async function writeInSql(seed: number, isOver: () => boolean): Promise<number> {
  const random = new Random(String(seed));
  let commits = 0;
  for (let round = 0; !isOver(); round++) {
    try {
      await inSession(world, async (session) => {
        if (round % 2) {
          const all = "select lock_calendars($1, array(select id from calendar where organisation_id = $1))";
          await session.query(all, [world.organisationId]);
        }
        for (let step = 0; step < 3; step++) await changeInSql(session, random);
        await sleep(200 + random.below(300));
        if (round % 3 === 2) await session.rollback();
        else commits++;
      });
    } catch (error) {
      expect(error).toMatchObject({ code: "40P01" });
    }
    await sleep(200 + random.below(600));
  }
  return commits;
}

function pollers(): Poller[] {
  const wishes: PollerWish[] = (["watermark", "largest", "clock"] as const).flatMap((cursor) => [
    ...(["one", "two"] as const).flatMap((feeds) =>
      [8, null].map((limit) => ({ cursor, feeds, limit, door: "REST" }) as const),
    ),
    { cursor, feeds: "one", limit: 9, door: "GraphQL" },
  ]);
  return wishes.map((wish, index) => new Poller(people[index % people.length]!, urls[index % 2]!, wish));
}

async function pollUntil(poller: Poller, isOver: () => boolean): Promise<void> {
  const random = new Random(String(poller.name.length));
  while (!isOver()) {
    await poller.poll();
    await sleep(random.below(60));
  }
}

test("clients of every kind end with the calendar as it is, having seen every change once, whoever wrote it", async () => {
  const clients = pollers();
  let over = false;
  const isOver = (): boolean => over;
  const service = Promise.all(Array.from({ length: WRITERS }, (_, index) => write(SEED + index)));
  const strangers = [writeInSql(SEED - 1, isOver), writeInSql(SEED - 2, isOver)];
  const polling = clients.map((poller) => pollUntil(poller, isOver));
  await service.finally(() => (over = true));
  const commits = await Promise.all(strangers);
  await Promise.all(polling);
  expect(Math.min(...commits)).toBeGreaterThan(0);

  for (const poller of clients) {
    // A client that polls by its clock gets once more what came between its clock and our answer.
    for (let rows = 1, polls = 0; rows > 0 && polls < 10; polls++) {
      await sleep(2);
      rows = await poller.poll();
    }
    const { person } = poller;
    const live = (await person.rest("GET", "/events")).body.records as Parameters<typeof versionOf>[0][];
    const removed = (await person.rest("GET", "/deletedEvents")).body.records as typeof live;
    const held = [...poller.mirror.values()];
    expect([poller.name, held.map(versionOf).sort()]).toEqual([poller.name, live.map(versionOf).sort()]);
    if (poller.wish.door === "REST") {
      for (const event of live) expect(poller.mirror.get(event.id)).toEqual(event);
    }
    const missed = [...live, ...removed].filter((row) => !poller.seen.has(versionOf(row)));
    expect([poller.name, missed]).toEqual([poller.name, []]);
    if (poller.wish.cursor !== "clock") expect([poller.name, poller.repeated]).toEqual([poller.name, []]);
    expect(poller.polls).toBeGreaterThan(4);
  }
  await expectSound(world.sql);
});
