// Two tenants, one of whom asks for all there is: what the other finds, with ten connections and with three. A lock that
// nobody lets go stands for slow statements, so that what is told here does not depend on how fast the machine is.
import { setTimeout as sleep } from "node:timers/promises";
import { longReadsOf, sharesOf, writersOf } from "../../src/database/lanes";
import { counts } from "../../src/telemetry/counts";
import { MAX_HEAVY, MAX_LIGHT, MAX_WAITING } from "../../src/access/requests";
import { MAX_HELD_BYTES } from "../../src/turns/held";
import { MAX_PAGE_BYTES } from "../../src/values/pages";
import { followSse, followWs } from "../support/live";
import { begin, rollbackAll, type Session } from "../support/plain-sql";
import { Wire } from "../support/wire";
import { openWorld, type Person, type RestReply, type World } from "../support/world";
import { until } from "../support/wait";

const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };

test.each([1, 2, 3, 4, 5, 6, 10, 20, 100])(
  "of %i connections nobody has all where there are two, and everybody one",
  (size) => {
    const { all, organisation, token } = sharesOf(size);
    expect(token).toBeGreaterThanOrEqual(1);
    expect(organisation).toBeGreaterThanOrEqual(token);
    expect(organisation).toBeLessThanOrEqual(Math.max(1, size - 1));
    expect(all).toBeGreaterThanOrEqual(Math.min(size, organisation + 1));
    expect(all).toBeLessThanOrEqual(size < 4 ? size : size - 1);
    const long = longReadsOf(size);
    expect(long.token).toBeGreaterThanOrEqual(1);
    expect(long.organisation).toBeGreaterThanOrEqual(long.token);
    expect(long.organisation).toBeLessThanOrEqual(Math.max(1, organisation - 1));
  },
);

describe.each([10, 3])("with %i connections", (databasePool) => {
  let world: World;
  /** She attacks, with her colleague. */
  let eve: Person;
  let colleague: Person;
  /** In another organisation. */
  let ada: Person;
  let lock: Session;

  beforeAll(async () => {
    world = await openWorld({ databasePool, rateLimitPerMinute: 0 });
    const organisationId = await world.organisation("Theirs");
    [eve, colleague] = [await world.person({ organisationId }), await world.person({ organisationId })];
    ada = await world.person();
  });
  beforeEach(async () => {
    lock = await begin(world);
  });
  afterEach(rollbackAll);
  afterAll(() => world.close());

  /** How many connections of the service wait for a lock. */
  async function waiting(): Promise<number> {
    const { rowCount } = await world.sql.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return rowCount ?? 0;
  }

  /** How many of them look whether writers are still at work on a calendar. */
  async function looking(): Promise<number> {
    const { rowCount } = await world.sql.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and query like '%from try_calendar_barrier(%'`,
    );
    return rowCount ?? 0;
  }

  const untilWaiting = (count: number): Promise<void> => until(async () => (await waiting()) >= count);

  const share = sharesOf(databasePool);
  const statuses = (replies: RestReply[]): number[] => replies.map(({ status }) => status);
  const times = <T>(count: number, act: (n: number) => Promise<T>): Promise<T>[] =>
    Array.from({ length: count }, (_, n) => act(n));

  /** What the other tenant asks meanwhile. Somebody who has not called yet is looked up. */
  async function readsAreServed(who: Person): Promise<void> {
    const fresh = await who.through(`newcomer ${Math.random()}`);
    const replies = [
      await fresh.rest("GET", "/me"),
      await who.rest("GET", "/calendars"),
      await who.rest("GET", "/events?since=0&limit=5"),
      await who.rest("GET", "/users"),
    ];
    expect(statuses(replies)).toEqual([200, 200, 200, 200]);
    const { data } = await who.graphql("{ me { id } calendars { id } }");
    expect(data.me.id).toBe(who.id);
  }

  async function writesAreServed(who: Person): Promise<void> {
    const made = await who.rest("POST", "/events", { ...TIMED, subject: "Small" });
    const path = `/events/${made.body.id}`;
    const replies = [
      made,
      await who.rest("PATCH", path, { subject: "Smaller" }),
      await who.rest("DELETE", path),
    ];
    expect(statuses(replies)).toEqual([201, 200, 204]);
  }

  const lockRecords = (): Promise<unknown> => lock.query("lock table record in access exclusive mode");
  const lockOrganisation = (): Promise<unknown> =>
    lock.query("select pg_advisory_xact_lock(-$1::bigint)", [eve.organisationId]);

  /** Has PostgreSQL take so long for a change of an event whose subject begins with "Slow". */
  const slowChanges = (seconds: number): Promise<unknown> =>
    world.sql.query(`
      create or replace function slow_change() returns trigger language plpgsql as $$
      begin perform pg_sleep(${seconds}); return new; end $$;
      create or replace trigger slow_change before update on event
        for each row when (new.subject like 'Slow%') execute function slow_change()`);

  test("one request with many statements has its token's share of the connections", async () => {
    await lockRecords();
    const many = eve.graphql(
      `{ ${Array.from({ length: 8 }, (_, n) => `r${n}: records(first: 1) { edges { node { id } } }`).join(" ")} }`,
    );
    await untilWaiting(share.token);
    await readsAreServed(ada);
    expect(await waiting()).toBe(share.token);
    await lock.rollback();
    expect((await many).status).toBeLessThan(504);
  });

  test("colleagues together have their organisation's share", async () => {
    await lockRecords();
    const clients = await Promise.all(times(8, (n) => colleague.through(`client ${n}`)));
    const asked = clients.flatMap((client) => times(4, () => client.rest("GET", "/records?limit=5")));
    await untilWaiting(share.organisation);
    await readsAreServed(ada);
    expect(await waiting()).toBe(share.organisation);
    await lock.rollback();
    await Promise.all(asked);
  });

  test("searches have a smaller share of their own, and the rest of their organisation's is for short reads", async () => {
    const long = longReadsOf(databasePool);
    // As many as may hold what they read, and one more that is short, at a time (src/turns/held.ts).
    const search = (who: Person) =>
      times(5, () =>
        who.graphql(
          '{ events(filter: {attendeeEmail: "a@b.test", scope: ORGANISATION}) { edges { node { id } } } }',
        ),
      );
    const shortReadsAreServed = async (who: Person): Promise<void> => {
      for (const path of ["/me", "/calendars", "/users"])
        expect((await who.rest("GET", path)).status).toBe(200);
    };
    await lock.query("lock table event in access exclusive mode");
    const theirs = search(colleague);
    await untilWaiting(long.token);
    if (share.token > long.token) await shortReadsAreServed(colleague);
    expect(await waiting()).toBe(long.token);
    const ours = search(eve);
    await untilWaiting(long.organisation);
    if (share.organisation > long.organisation) await shortReadsAreServed(eve);
    await shortReadsAreServed(ada);
    expect(await waiting()).toBe(long.organisation);
    await lock.rollback();
    await Promise.all([...theirs, ...ours]);
  });

  test("a crowd of requests waits in its own line, and what is too many is told when to come back", async () => {
    await lockRecords();
    const beyond = 40;
    const crowd = times(MAX_LIGHT.token + MAX_WAITING + beyond, () => eve.rest("GET", "/records?limit=5"));
    const replies: RestReply[] = [];
    for (const reply of crowd) void reply.then((one) => replies.push(one));
    await until(() => replies.length >= beyond);
    await readsAreServed(ada);
    await readsAreServed(colleague);
    expect(await waiting()).toBe(share.token);
    const refused = replies.slice(0, beyond);
    expect(new Set(statuses(refused))).toEqual(new Set([429]));
    expect(refused.map(({ body }) => body.code)).toEqual(refused.map(() => "rate_limited"));
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    await lock.rollback();
    await Promise.all(crowd);
    expect((await eve.rest("GET", "/records?limit=5")).status).toBe(200);
  });

  test("sixty changes of one meeting hold one connection between them while its lock is held", async () => {
    const { body } = await eve.rest("POST", "/events", { ...TIMED, attendees: [{ userId: colleague.id }] });
    await lockOrganisation();
    const changes = times(60, (n) =>
      (n % 2 ? eve : colleague).rest("PATCH", `/events/${body.id}`, { subject: `Change ${n}` }),
    );
    await untilWaiting(1);
    await writesAreServed(ada);
    await readsAreServed(ada);
    expect(await waiting()).toBeLessThanOrEqual(1);
    // Between two tries it is in no line.
    await until(() => counts.waiting.locks === 1);
    await lock.rollback();
    const stands = await Promise.all(changes);
    expect(statuses(stands).filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
    expect((await eve.rest("PATCH", `/events/${body.id}`, { subject: "The last" })).status).toBe(200);
  });

  test("who floods an event waits in their own line and is told when to come back; a colleague's change is next", async () => {
    const { body } = await eve.rest("POST", "/events", { ...TIMED, attendees: [{ userId: colleague.id }] });
    await slowChanges(0.8);
    await lockOrganisation();
    const order: string[] = [];
    const change = async (who: Person, subject: string): Promise<RestReply> => {
      const reply = await who.rest("PATCH", `/events/${body.id}`, { subject });
      if (reply.status === 200) order.push(subject);
      return reply;
    };
    const theirs = times(12, (n) => change(eve, `Slow ${n}`));
    await until(() => counts.waiting.events === theirs.length - 1);
    const own = change(colleague, "The colleague's");
    await until(() => counts.waiting.events === theirs.length);
    await lock.rollback();
    expect((await own).status).toBe(200);
    expect(order.indexOf("The colleague's")).toBeLessThanOrEqual(2);
    const replies = await Promise.all(theirs);
    const refused = replies.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(theirs.length);
    expect(refused.map(({ status, body: { code } }) => [status, code])).toEqual(
      refused.map(() => [429, "rate_limited"]),
    );
    for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });

  test("whoever waits for locks leaves a connection to those who read, in their own organisation too", async () => {
    await lockOrganisation();
    const writers = await Promise.all(times(6, (n) => eve.through(`writer ${n}`)));
    const writes = writers.flatMap((writer) => times(4, () => writer.rest("POST", "/events", TIMED)));
    const { organisation } = writersOf(share);
    await untilWaiting(organisation);
    expect((await colleague.rest("GET", "/calendars")).status).toBe(200);
    await writesAreServed(ada);
    expect(await waiting()).toBeLessThanOrEqual(organisation);
    await lock.rollback();
    await Promise.all(writes);
  });

  test("a lock that nobody lets go costs those who wait for it no connection: their own token reads meanwhile", async () => {
    await lockOrganisation();
    let answered = 0;
    const writes = times(share.token, () => eve.rest("POST", "/events", TIMED).finally(() => answered++));
    await untilWaiting(1);
    // Whose writes wait; lists of calendars wait for them too.
    const reads = [];
    for (const path of ["/me", "/calendars", "/users", "/records"]) reads.push(await eve.rest("GET", path));
    expect(statuses(reads)).toEqual([200, 200, 200, 200]);
    await readsAreServed(ada);
    expect(answered).toBe(0);
    await lock.rollback();
    expect(new Set(statuses(await Promise.all(writes)))).toEqual(new Set([201]));
  });

  test("of those who wait for a calendar two try at a time, and all get it", async () => {
    await lock.query("select lock_calendars($1, $2)", [eve.organisationId, [eve.calendarId]]);
    const order: string[] = [];
    const write = async (subject: string): Promise<number> => {
      const { status } = await eve.rest("POST", "/events", { ...TIMED, subject });
      if (status === 201) order.push(subject);
      return status;
    };
    const early = times(5, (n) => write(`Early ${n}`));
    await until(() => counts.waiting.locks === early.length && counts.waiting.calendars === early.length - 2);
    expect(await waiting()).toBeLessThanOrEqual(2);
    const late = times(5, (n) => write(`Late ${n}`));
    await until(() => counts.waiting.locks === early.length + late.length);
    await lock.rollback();
    expect(new Set(await Promise.all([...early, ...late]))).toEqual(new Set([201]));
    expect(order).toHaveLength(early.length + late.length);
  });

  test("a writer that waits for a colleague's calendar keeps nobody from writing to its own", async () => {
    await lock.query("select lock_calendars($1, $2)", [eve.organisationId, [colleague.calendarId]]);
    let answered = 0;
    const invitation = { ...TIMED, attendees: [{ userId: colleague.id }] };
    const invite = eve.rest("POST", "/events", invitation).finally(() => answered++);
    await until(() => counts.waiting.locks === 1);
    await writesAreServed(eve);
    expect(answered).toBe(0);
    await lock.rollback();
    expect((await invite).status).toBe(201);
  });

  test("who gets no lock in time is told so, and when to come back: nothing is written", async () => {
    await lock.query("select lock_calendars($1, $2)", [eve.organisationId, [eve.calendarId]]);
    const subject = `Refused ${databasePool}`;
    const writes = await Promise.all(times(3, () => eve.rest("POST", "/events", { ...TIMED, subject })));
    expect(writes.map(({ status, body }) => [status, body.code])).toEqual(
      writes.map(() => [503, "unavailable"]),
    );
    for (const { headers } of writes) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect([counts.waiting.locks, counts.waiting.calendars]).toEqual([0, 0]);
    await lock.rollback();
    const { body } = await eve.rest("GET", "/events?limit=1000");
    expect(body.records.map((event: { subject: string }) => event.subject)).not.toContain(subject);
  });

  test("two hundred polls that wait for a writer keep none of another tenant's waiting", async () => {
    await lock.query("select lock_calendars($1, $2)", [eve.organisationId, [eve.calendarId]]);
    const { barrierWaits } = counts;
    const clients = await Promise.all(times(4, (n) => eve.through(`poller ${n}`)));
    let answered = 0;
    const polls = clients.flatMap((client) =>
      times(50, () => client.rest("GET", "/events?since=0&limit=5").finally(() => answered++)),
    );
    await until(() => counts.barrierWaits - barrierWaits + counts.waiting.requests === polls.length);
    await untilWaiting(1);
    expect(await waiting()).toBe(1);
    await readsAreServed(ada);
    await writesAreServed(ada);
    // A writer is in flight on hers as well, and then no more.
    const brief = await begin(world);
    await brief.query("select lock_calendars($1, $2)", [ada.organisationId, [ada.calendarId]]);
    const poll = ada.rest("GET", "/events?since=0&limit=5");
    await untilWaiting(2);
    await brief.rollback();
    expect((await poll).status).toBe(200);
    expect(answered).toBe(0);
    await lock.rollback();
    expect(new Set(statuses(await Promise.all(polls)))).toEqual(new Set([200]));
  });

  test("lists of many calendars that are written to look after them one by one, on their organisation's share", async () => {
    const many = await Promise.all(times(8, () => world.person({ organisationId: eve.organisationId })));
    await lock.query("select lock_calendars($1, $2)", [
      eve.organisationId,
      many.map(({ calendarId }) => calendarId),
    ]);
    const { barrierWaits } = counts;
    const lists = many.map((person) => person.rest("GET", "/events?since=0"));
    await until(() => counts.barrierWaits === barrierWaits + many.length);
    await lock.query("lock table calendar in access exclusive mode");
    await until(async () => (await looking()) > 0);
    await sleep(300); // By then all of them would.
    expect(await looking()).toBe(1);
    await lock.rollback();
    expect(new Set(statuses(await Promise.all(lists)))).toEqual(new Set([200]));
  });

  test("large batches of an organisation come one after another, small ones pass them", async () => {
    await lock.query("select lock_calendars($1, $2)", [eve.organisationId, [eve.calendarId]]);
    const attendees = Array.from({ length: 300 }, (_, n) => ({ emailAddress: `guest${n}@else.test` }));
    const create = (who: Person, guests: object[]): ReturnType<Person["graphql"]> =>
      who.graphql("mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }", {
        inputs: Array.from({ length: 5 }, () => ({ ...TIMED, attendees: guests })),
      });
    const large = times(3, () => create(eve, attendees));
    await untilWaiting(1);
    expect((await create(colleague, [])).errors).toBeUndefined();
    await writesAreServed(ada);
    expect(await waiting()).toBeLessThanOrEqual(1);
    await lock.rollback();
    await Promise.all(large);
    expect((await create(eve, attendees)).errors).toBeUndefined();
  });

  test("subscriptions of a tenant whose connections are all taken keep no other tenant's waiting", async () => {
    const made = await ada.rest("POST", "/events", { ...TIMED, subject: "Heard" });
    expect(made.status).toBe(201);
    await lockRecords();
    let answered = 0;
    const asked = times(share.token, () => eve.rest("GET", "/records?limit=5").finally(() => answered++));
    await untilWaiting(share.token);
    const theirs = await Promise.all(
      times(40, (n) => followSse(world.url, eve.token, { since: `2026-01-01T00:00:${10 + n}Z` })),
    );
    await until(() => counts.waiting.connections > 0);
    const heard = await followWs(world.url, ada.token, { since: "1970-01-01T00:00:00Z" });
    await heard.until(({ subjects }) => subjects.includes("Heard"));
    expect(answered).toBe(0);
    for (const one of [heard, ...theirs]) await one.stop();
    await lock.rollback();
    await Promise.all(asked);
  });

  test("bodies of a member that dawdle, and batches in line, keep no colleague out", async () => {
    const clients = [eve, await eve.through("another")];
    const dawdling = clients.flatMap(({ token }) =>
      Array.from({ length: MAX_HEAVY.token + 1 }, (_, n) => {
        const wire = new Wire(world.url);
        const [path, what] = n % 2 ? ["/graphql", '{"query":'] : ["/api/v1/events", '{"subject":'];
        wire.send(
          `POST ${path} HTTP/1.1`,
          "Host: x",
          `Authorization: Bearer ${token}`,
          "Content-Type: application/json",
          "Content-Length: 1000",
          "",
          what,
        );
        return wire;
      }),
    );
    // Two are in line: all others have been let in.
    await until(() => counts.waiting.requests === 2);
    await writesAreServed(colleague);
    expect(counts.waiting.requests).toBe(2);
    const replies = await Promise.allSettled(dawdling.map((wire) => wire.reply()));
    const slow = replies.flatMap((reply) => (reply.status === "fulfilled" ? [reply.value.status] : []));
    expect(slow.filter((status) => status === 408).length).toBeGreaterThanOrEqual(2 * MAX_HEAVY.token);
    for (const { socket } of dawdling) socket.destroy();

    await lock.query("select lock_calendars($1, $2)", [eve.organisationId, [eve.calendarId]]);
    // Just so many that it is a large one: all are to be in line before the first gives up its lock.
    const attendees = Array.from({ length: 501 }, (_, n) => ({ emailAddress: `g${n}@else.test` }));
    const inputs = Array.from({ length: 2 }, () => ({ ...TIMED, attendees }));
    const batches = clients.flatMap((client) =>
      times(MAX_HELD_BYTES / MAX_PAGE_BYTES, () =>
        client.graphql("mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs) { id } }", {
          inputs,
        }),
      ),
    );
    await until(() => counts.waiting.batches === batches.length - 1);
    expect(counts.waiting.requests).toBe(0);
    await readsAreServed(colleague);
    await lock.rollback();
    const made = await Promise.all(batches);
    expect(made.filter(({ errors }) => errors).map(({ status }) => status)).toEqual([]);
  });

  test.each([
    ["lists", "GET", "/api/v1/records", undefined, MAX_LIGHT.token],
    [
      "GraphQL",
      "POST",
      "/graphql",
      { query: "{ records(first: 1) { edges { node { id } } } }" },
      MAX_HEAVY.token,
    ],
  ])(
    "who asks for %s and hangs up, a thousand times, has no more done at a time than who stays",
    async (_what, method, path, body, most) => {
      await lockRecords();
      const headers = { Authorization: `Bearer ${eve.token}`, "Content-Type": "application/json" };
      let atWork = 0;
      for (let round = 0; round < 20; round++) {
        const hangUp = new AbortController();
        const asked = times(50, () =>
          fetch(world.url + path, {
            method,
            headers,
            body: body && JSON.stringify(body),
            signal: hangUp.signal,
          }).catch(() => null),
        );
        await until(() => counts.waiting.connections + counts.waiting.requests > share.token);
        await sleep(30);
        hangUp.abort();
        await Promise.all(asked);
        atWork = Math.max(atWork, counts.waiting.connections + share.token);
      }
      await readsAreServed(ada);
      expect(atWork).toBeLessThanOrEqual(most);
      await lock.rollback();
      await until(() => counts.waiting.connections + counts.waiting.requests === 0);
      expect((await eve.rest("GET", "/records?limit=5")).status).toBe(200);
    },
  );

  test("a client that goes away leaves the line", async () => {
    await lockOrganisation();
    const writes = times(MAX_HEAVY.token, () => eve.rest("POST", "/events", TIMED));
    const gone = new AbortController();
    const headers = { Authorization: `Bearer ${eve.token}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ ...TIMED, subject: "Gone" });
    await until(() => counts.waiting.locks === MAX_HEAVY.token);
    const lines = times(20, () =>
      fetch(`${world.url}/api/v1/events`, { method: "POST", headers, body, signal: gone.signal }).catch(
        (error: Error) => error.name,
      ),
    );
    await until(() => counts.waiting.requests >= 20);
    gone.abort();
    expect(new Set(await Promise.all(lines))).toEqual(new Set(["AbortError"]));
    await until(() => counts.waiting.requests === 0);
    await lock.rollback();
    await Promise.all(writes);
    const { body: list } = await eve.rest("GET", "/events?limit=1000");
    expect(list.records.map(({ subject }: { subject: string }) => subject)).not.toContain("Gone");
  });
});

test("a transaction needs one connection for itself: where a pool has but one, every kind of request is served", async () => {
  const world = await openWorld({ databasePool: 1 });
  const ada = await world.person({ role: "admin" });
  const { body } = await ada.rest(
    "POST",
    "/events",
    { ...TIMED, subject: "One" },
    { "Idempotency-Key": "one" },
  );
  const made = [
    await ada.rest("PATCH", `/events/${body.id}`, { subject: "Two" }),
    await ada.rest("GET", `/events?since=0`),
    await ada.rest("DELETE", `/events/${body.id}`),
    await ada.rest("DELETE", `/events/${body.id}`),
  ];
  expect(made.map(({ status }) => status)).toEqual([200, 200, 204, 204]);
  const user = { email: "new@test.test", name: "New", timezone: "UTC" };
  const { errors, data } = await ada.graphql(
    `mutation($user: UserInput!, $inputs: [EventInput!]!) {
      createUser(input: $user) { id }
      saveRecords(records: [{ type: Contact, name: "Dana", emails: ["dana@else.test"] }]) { id }
      createEvents(inputs: $inputs) { event { id owner { id } } } }`,
    { user, inputs: [TIMED, TIMED] },
  );
  expect(errors).toBeUndefined();
  const token = await ada.graphql(
    `mutation { createToken(userId: "${data.createUser.id}", name: "x") { id } }`,
  );
  expect(token.errors).toBeUndefined();
  const id = token.data.createToken.id;
  const ended = await ada.graphql(
    `mutation { revokeToken(id: "${id}") { id } disableUser(id: "${data.createUser.id}") { id } }`,
  );
  expect(ended.errors).toBeUndefined();
  await world.close();
});

test("writers that wait for a lock leave a pool of one connection to those who read", async () => {
  const world = await openWorld({ databasePool: 1 });
  const [eve, ada] = [
    await world.person({ organisationId: await world.organisation() }),
    await world.person(),
  ];
  const lock = await begin(world);
  await lock.query("select pg_advisory_xact_lock(-$1::bigint)", [eve.organisationId]);
  let answered = 0;
  const writes = [1, 2, 3].map(() => eve.rest("POST", "/events", TIMED).finally(() => answered++));
  await until(() => counts.waiting.locks > 0);
  for (const who of [ada, eve]) expect((await who.rest("GET", "/calendars")).status).toBe(200);
  expect((await ada.rest("POST", "/events", TIMED)).status).toBe(201);
  expect(answered).toBe(0);
  await lock.rollback();
  expect((await Promise.all(writes)).map(({ status }) => status)).toEqual([201, 201, 201]);
  await world.close();
});
