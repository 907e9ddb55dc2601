// Two tenants, one of whom asks for all there is: what the other finds, with ten connections and with three. A lock that
// nobody lets go stands for slow statements, so that what is told here does not depend on how fast the machine is.
import { setTimeout as sleep } from "node:timers/promises";
import { sharesOf, writersOf } from "../src/database/lanes";
import { counts } from "../src/telemetry/counts";
import { MAX_HEAVY, MAX_LIGHT, MAX_WAITING } from "../src/access/requests";
import { begin, rollbackAll, type Session } from "./support/plain-sql";
import { openWorld, type Person, type RestReply, type World } from "./support/world";

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const last = performance.now() + 20_000;
  while (!(await what())) {
    if (performance.now() > last) throw new Error(`This has not come to pass: ${String(what)}`);
    await sleep(10);
  }
}

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
    const asked = clients.flatMap((client) => times(4, () => client.rest("GET", "/records")));
    await untilWaiting(share.organisation);
    await readsAreServed(ada);
    expect(await waiting()).toBe(share.organisation);
    await lock.rollback();
    await Promise.all(asked);
  });

  test("a crowd of requests waits in its own line, and what is too many is told when to come back", async () => {
    await lockRecords();
    const beyond = 40;
    const crowd = times(MAX_LIGHT.token + MAX_WAITING + beyond, () => eve.rest("GET", "/records"));
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
    expect((await eve.rest("GET", "/records")).status).toBe(200);
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
    expect(await waiting()).toBe(1);
    await lock.rollback();
    const stands = await Promise.all(changes);
    expect(statuses(stands).filter((status) => ![200, 429, 503].includes(status))).toEqual([]);
    expect((await eve.rest("PATCH", `/events/${body.id}`, { subject: "The last" })).status).toBe(200);
  });

  test("whoever waits for locks leaves a connection to those who read, in their own organisation too", async () => {
    await lockOrganisation();
    const writers = await Promise.all(times(6, (n) => eve.through(`writer ${n}`)));
    const writes = writers.flatMap((writer) => times(4, () => writer.rest("POST", "/events", TIMED)));
    const { organisation } = writersOf(share);
    await untilWaiting(organisation);
    expect((await colleague.rest("GET", "/calendars")).status).toBe(200);
    await writesAreServed(ada);
    expect(await waiting()).toBe(organisation);
    await lock.rollback();
    await Promise.all(writes);
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
    expect(await waiting()).toBe(1);
    await lock.rollback();
    await Promise.all(large);
    expect((await create(eve, attendees)).errors).toBeUndefined();
  });

  test("a client that goes away leaves the line", async () => {
    await lockOrganisation();
    const writes = times(MAX_HEAVY.token, () => eve.rest("POST", "/events", TIMED));
    const gone = new AbortController();
    const headers = { Authorization: `Bearer ${eve.token}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ ...TIMED, subject: "Gone" });
    await until(() => counts.waiting.transactions === MAX_HEAVY.token - writersOf(share).token);
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
