// Live updates under strain: slow clients, many idle ones, broken connections, and a stop.
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import {
  EVENT_CHANGED,
  followSse,
  followWs,
  greeted,
  openInstance,
  say,
  wsClient,
  type Heard,
  type Instance,
} from "../support/live";
import { openWorld, type Person, type World } from "../support/world";
import { until } from "../support/wait";

const MEETING = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
const SLOW_MS = 700;

let world: World;
let ada: Person;
let instance: Instance;

beforeAll(async () => {
  world = await openWorld();
  ada = await world.person();
  instance = await openInstance(world.databaseUrl, SLOW_MS);
});
afterAll(async () => {
  await instance.stop();
  await world.close();
});

const create = (person: Person, subject: string) => person.rest("POST", "/events", { subject, ...MEETING });

/** The statements, less the housekeeping that an instance does every few seconds, whoever is there. */
const textsOf = ({ mock }: { mock: { calls: unknown[][] } }): string[] =>
  mock.calls
    .map(([query]) => (query as { text: string }).text)
    .filter((text) => !/\b(sync_\w+|rate_\w+|pg_class|webhook|series)\b/.test(text));

describe("slow clients", () => {
  const LONG = `subscription { eventChanged(since: "1970-01-01T00:00:00Z") { id event { description } } }`;
  const PAGES = 8;
  let reader: Person;
  // 24 MB in pages of 3; the buffers between here and there hold some 6.
  beforeAll(async () => {
    reader = await world.person();
    for (let n = 0; n < PAGES * 50; n++) {
      await world.sql.query(
        `insert into event (organisation_id, owner_id, description, start_time, end_time) values ($1, $2, repeat('x', 60000), now(), now())`,
        [reader.organisationId, reader.id],
      );
    }
  });

  test("a socket that is not read is dropped, with little read on its behalf", async () => {
    const { socket, closed } = await greeted(instance.url, reader);
    const read = jest.spyOn(instance.db.pool, "query");
    say(socket, { id: "1", type: "subscribe", payload: { query: LONG } });
    socket.pause();
    await instance.untilConnections(0);
    const pages = textsOf(read).filter((text) => text.includes("calendar_entry"));
    read.mockRestore();
    socket.resume();
    expect([1006, 4408]).toContain((await closed)[0]);
    expect(pages.length).toBeLessThan(PAGES - 1);
    expect(await instance.isReady()).toBe(true);
  });

  test("a socket that begins to read again in time to hear it is told to resume", async () => {
    const close = jest.spyOn(WebSocket.prototype, "close");
    const { socket, closed } = await greeted(instance.url, reader);
    say(socket, { id: "1", type: "subscribe", payload: { query: LONG } });
    socket.pause();
    await until(() => close.mock.calls.some(([code]) => code === 4408));
    close.mockRestore();
    socket.resume();
    expect(await closed).toEqual([4408, "too slow: resume from your last watermark"]);
  });

  test("a stream that is not read is broken off", async () => {
    const { port } = new URL(instance.url);
    const socket = connect(Number(port), "127.0.0.1").on("error", () => undefined);
    const body = JSON.stringify({ query: LONG });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${reader.token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await once(socket, "readable");
    await instance.untilConnections(0);
    let text = "";
    socket.on("data", (piece: Buffer) => (text += piece.toString()));
    socket.resume();
    await once(socket, "close");
    expect(text).toContain("event: next");
    expect(text).not.toContain("event: complete");
  });
});

describe("many and long", () => {
  test("three hundred idle subscribers cost one statement every two seconds in all", async () => {
    const people = await Promise.all(Array.from({ length: 30 }, () => world.person()));
    const sockets = await Promise.all(people.map((person) => greeted(instance.url, person)));
    for (const [place, { socket }] of sockets.entries()) {
      for (let id = 1; id <= 10; id++) {
        const since = "1970-01-01T00:00:00Z";
        const variables = { since: place % 2 === 0 ? since : undefined };
        say(socket, { id: String(id), type: "subscribe", payload: { query: EVENT_CHANGED, variables } });
      }
    }
    const read = jest.spyOn(instance.db.pool, "query");
    // All have begun when nothing but the look is heard for a good while: a busy machine may pause for two seconds.
    for (let quiet = 0; quiet < 3;) {
      read.mockClear();
      await sleep(2_200);
      quiet = new Set(textsOf(read)).size === 1 ? quiet + 1 : 0;
    }
    read.mockClear();
    await sleep(4_100);
    const statements = textsOf(read);
    read.mockClear();
    expect(statements.length).toBeGreaterThanOrEqual(1);
    expect(new Set(statements).size).toBe(1);
    expect(statements.length).toBeLessThanOrEqual(3);

    // One busy calendar wakes its own ten subscribers, who read once between them.
    await create(people[0]!, "Busy");
    await until(() => sockets[0]!.heard.length === 11);
    await sleep(100);
    const woken = textsOf(read);
    read.mockRestore();
    expect(woken.filter((text) => text.includes("calendar_entry")).length).toBeLessThanOrEqual(2);
    // The others heard their greeting and nothing since.
    expect(sockets.slice(1).flatMap(({ heard }) => heard.slice(1))).toEqual([]);
    for (const { socket } of sockets) socket.terminate();
  });

  test("sockets cut again and again while somebody writes miss nothing, in order", async () => {
    const [writer, reader] = [await world.person(), await world.person()];
    let writing = true;
    const write = (async () => {
      const ids: string[] = [];
      for (let n = 0; n < 150; n++) {
        const attendees = [{ userId: reader.id }];
        const past = ids[Math.floor(Math.random() * ids.length)];
        if (past && n % 3 === 0) await writer.rest("PATCH", `/events/${past}`, { subject: `Change ${n}` });
        else if (past && n % 10 === 0) await writer.rest("DELETE", `/events/${past}`);
        else {
          const { body } = await writer.rest("POST", "/events", {
            subject: `New ${n}`,
            ...MEETING,
            attendees,
          });
          ids.push(body.id as string);
        }
      }
      writing = false;
    })();
    const last = new Map<string, string>();
    let since = "1970-01-01T00:00:00Z";
    let cuts = 0;
    let now: Heard;
    const take = (heard: Heard): void => {
      const ticks = heard.changes.map(({ lastModifiedAt }) => lastModifiedAt);
      expect(ticks).toEqual([...ticks].sort());
      for (const { id, lastModifiedAt, watermark } of heard.changes) {
        last.set(id, lastModifiedAt);
        since = watermark;
      }
    };
    for (; writing; cuts++) {
      now = await followWs(cuts % 2 === 0 ? instance.url : world.url, reader.token, { since });
      await sleep(Math.random() * 120);
      await now.stop();
      take(now);
    }
    await write;
    const { data } = await reader.graphql("{ changes(first: 1000) { records { id lastModifiedAt } } }");
    const records = data.changes.records as { id: string; lastModifiedAt: string }[];
    const isMissed = (latest: (typeof records)[number], { changes }: Heard): boolean =>
      last.get(latest.id) !== latest.lastModifiedAt &&
      !changes.some(({ id, lastModifiedAt }) => id === latest.id && lastModifiedAt === latest.lastModifiedAt);
    now = await followWs(instance.url, reader.token, { since });
    await now.until((heard) => !records.some((latest) => isMissed(latest, heard)));
    await now.stop();
    take(now);
    expect(cuts).toBeGreaterThan(3);
    expect([...last].sort()).toEqual(records.map(({ id, lastModifiedAt }) => [id, lastModifiedAt]).sort());
  });

  test("hints come again after their connections were broken", async () => {
    // From an instant, as "from now on" is when the subscription gets there: on a busy machine after the first event.
    const since = new Date().toISOString();
    const heard = await followWs(instance.url, ada.token, { since });
    const kill =
      "select pg_terminate_backend(pid) from pg_stat_activity where query ~ 'listen|pg_notify' and pid <> pg_backend_pid()";
    await create(ada, "Before");
    await heard.until(({ subjects }) => subjects.includes("Before"));
    const { rowCount } = await world.sql.query(kill);
    expect(rowCount).toBeGreaterThan(0);
    await create(ada, "Meanwhile");
    await heard.until(({ subjects }) => subjects.includes("Meanwhile"));
    await sleep(1_500);
    await create(ada, "After");
    await heard.until(({ subjects }) => subjects.includes("After"));
    await heard.stop();
  });

  test("a stop finishes what is being answered, then tells sockets and streams to come back", async () => {
    const stopping = await openInstance(world.databaseUrl);
    const heard = await followWs(stopping.url, ada.token);
    const stream = await followSse(stopping.url, ada.token);
    const client = wsClient(stopping.url, ada.token);
    const writer = await world.sql.connect();
    await writer.query("begin");
    await writer.query("select lock_calendars($1, array[$2::bigint])", [ada.organisationId, ada.calendarId]);
    const answer = client
      .iterate({
        query: "mutation ($input: EventInput!) { createEvent(input: $input) { subject } }",
        variables: { input: { subject: "Last", ...MEETING } },
      })
      .next();
    // It is being answered once it waits for the writer.
    await until(async () => {
      const { rowCount } = await world.sql.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
    const stopped = stopping.stop();
    await sleep(50);
    await writer.query("commit");
    writer.release();
    await stopped;
    expect((await answer).value).toEqual({ data: { createEvent: { subject: "Last" } } });
    await heard.until(({ closed: end }) => end !== null);
    expect(heard.closed).toMatchObject({ code: 1001 });
    await stream.until(({ errors, completed }) => errors.length > 0 || completed);
    expect(stream.completed).toBe(false);
    await Promise.all([heard.stop(), stream.stop(), client.dispose()]);
  });
});
