// What a list waits for: writers in flight on its calendar, 5 s at most; and what it does not wait for.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, insertEvent, rollbackAll, untilWaiting } from "../support/plain-sql";
import { callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

let world: World;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  [ada, ben] = [await world.person(), await world.person()];
});
afterEach(rollbackAll);
afterAll(() => world.close());

const ids = ({ body }: RestReply): string[] => (body.records as { id: string }[]).map(({ id }) => id);

describe("a writer in flight", () => {
  test.each([
    "/events",
    "/events?startAt=2026-01-01T00:00:00Z&endAt=2027-01-01T00:00:00Z",
    "/events?since=1970-01-01T00:00:00Z",
    "/events?since=0&showDeleted=true&limit=5",
    "/events/manifest",
  ])("is waited for by GET %s, which then shows what it wrote", async (path) => {
    const session = await begin(world);
    const { id } = await insertEvent(session, ben, { attendees: [ada] });
    const list = ada.rest("GET", path);
    await untilWaiting(world, 1);
    await session.commit();
    expect(ids(await list)).toEqual([id]);
  });

  test("is waited for by GraphQL's lists of a calendar too", async () => {
    const session = await begin(world);
    const { id } = await insertEvent(session, ben, { attendees: [ada] });
    const lists = Promise.all([
      ada.graphql("{ events { edges { node { id } } } }"),
      ada.graphql("{ changes { records { id } } }"),
    ]);
    await untilWaiting(world, 1);
    await session.commit();
    const [events, changes] = await lists;
    expect(events.data.events).toEqual({ edges: [{ node: { id } }] });
    expect(changes.data.changes).toEqual({ records: [{ id }] });
  });

  test("is waited for once it holds the calendar, though it has changed nothing yet", async () => {
    const session = await begin(world);
    await session.query("select lock_calendars($1, $2)", [ada.organisationId, [ada.calendarId]]);
    const list = ada.rest("GET", "/events?since=0");
    await untilWaiting(world, 1);
    const { id } = await insertEvent(session, ada);
    await session.commit();
    expect(ids(await list)).toEqual([id]);
  });

  test("is not waited for by a cursor that is our own watermark, nor by a look at one event", async () => {
    const { id } = await insertEvent(world.sql, ada);
    const session = await begin(world);
    await session.query("update event set subject = 'in flight' where id = $1", [id]);
    expect(ids(await ada.rest("GET", "/events?deltaToken=0"))).toEqual([id]);
    expect((await ada.rest("GET", `/deletedEvents?deltaToken=0`)).status).toBe(200);
    expect((await ada.rest("GET", `/events/${id}`)).body.subject).toBe("");
    expect((await ada.graphql(`{ event(id: ${id}) { subject } }`)).data.event.subject).toBe("");
  });

  test("that rolls back lets the list go on without it", async () => {
    const session = await begin(world);
    await insertEvent(session, ada);
    const list = ada.rest("GET", "/events?since=0");
    await untilWaiting(world, 1);
    await session.rollback();
    expect(ids(await list)).toEqual([]);
  });
});

describe("a writer that is stuck", () => {
  test("makes a list `unavailable` after 5 s, and nothing else", async () => {
    const session = await begin(world);
    await session.query("select lock_calendars($1, $2)", [ada.organisationId, [ada.calendarId]]);
    const started = performance.now();
    const waiting = Array.from({ length: 50 }, () => ada.rest("GET", "/events?since=0"));
    await untilWaiting(world, 1);
    for (let round = 0; round < 8; round++) {
      const reply = await ben.rest("GET", "/events?since=0");
      expect(reply.status).toBe(200);
    }
    expect(
      (
        await ben.rest("POST", "/events", {
          startTime: "2026-01-01T00:00:00Z",
          endTime: "2026-01-01T00:00:00Z",
        })
      ).status,
    ).toBe(201);
    expect(performance.now() - started).toBeLessThan(4_500);
    const late = await sleep(2_500).then(() => ada.rest("GET", "/events?since=0"));
    for (const reply of [...(await Promise.all(waiting)), late]) {
      expect([reply.status, reply.body.code, Number(reply.headers.get("retry-after")) > 0]).toEqual([
        503,
        "unavailable",
        true,
      ]);
    }
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(5_000);
    expect(took).toBeLessThan(20_000);
    await session.rollback();
    expect((await ada.rest("GET", "/events?since=0")).status).toBe(200);
  });

  test("on many calendars does not hold up lists of others, though a writer was in flight there too", async () => {
    const stuck = await Promise.all(Array.from({ length: 8 }, () => world.person()));
    const session = await begin(world);
    const calendars = stuck.map(({ calendarId }) => calendarId);
    await session.query("select lock_calendars($1, $2)", [ada.organisationId, calendars]);
    const waiting = stuck.map((person) => person.rest("GET", "/events?since=0"));
    await untilWaiting(world, 3);
    const brief = await begin(world);
    const { id } = await insertEvent(brief, ada);
    const list = ada.rest("GET", "/events?since=0");
    await sleep(100);
    await brief.commit();
    const started = performance.now();
    expect(ids(await list)).toEqual([id]);
    // Those who stand behind the stuck writer wait for 5 s.
    expect(performance.now() - started).toBeLessThan(4_500);
    await session.rollback();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(8).fill(200));
  });

  test("makes a write `unavailable` after 5 s too, so that writers cannot pile up behind it", async () => {
    const { id } = await insertEvent(world.sql, ada);
    const session = await begin(world);
    await session.query("select lock_calendars($1, $2)", [ada.organisationId, [ada.calendarId]]);
    const reply = await ada.rest("PATCH", `/events/${id}`, { subject: "late" });
    expect([reply.status, reply.body.code]).toEqual([503, "unavailable"]);
  });
});

/** A way to the database on which the answers to waiting lists take `delayMs` longer, as on a busy machine. */
async function slowRoad(delayMs: number): Promise<{ url: string; close: () => void }> {
  const target = new URL(world.databaseUrl);
  const folder = target.searchParams.get("host");
  const port = Number(target.port || 5432);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = folder ? connect(`${folder}/.s.PGSQL.${port}`) : connect(port, target.hostname);
    let slow = false;
    for (const socket of [client, server]) sockets.add(socket.on("error", () => socket.destroy()));
    client.on("data", (data) => {
      slow = data.includes(" calendar_barrier(") || (slow && data.includes("tidemark-"));
      server.write(data);
    });
    server.on(
      "data",
      (data) => void (slow ? setTimeout(() => client.write(data), delayMs) : client.write(data)),
    );
    client.on("close", () => server.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const url = new URL(world.databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((proxy.address() as AddressInfo).port);
  url.searchParams.delete("host");
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  };
  return { url: url.toString(), close };
}

test("a list does not share a wait that ended, though its answer is under way, before the list was asked for", async () => {
  const road = await slowRoad(300);
  const busy = await world.instance({ databaseUrl: road.url });
  const poll = (since: string): Promise<RestReply> =>
    callRest(busy.url, ada.token, { method: "GET", path: `/events?since=${since}` });
  const first = await begin(world);
  await insertEvent(first, ada);
  const earlier = poll("0");
  await untilWaiting(world, 1);
  await first.commit();
  await sleep(50); // The wait is over in the database; its answer is on the slow road.
  const second = await begin(world);
  const { id, tick } = await insertEvent(second, ada);
  while (Date.now() <= tick) await sleep(1);
  const ownClock = new Date().toISOString(); // What a client of the third kind comes back with next time.
  const [list] = await Promise.all([poll("0"), sleep(400).then(() => second.commit()), earlier]);
  const next = await poll(ownClock);
  expect([...ids(list), ...ids(next)]).toContain(id);
  await busy.close();
  road.close();
});
