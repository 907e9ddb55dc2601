// PostgreSQL is there and does not answer: nobody waits for it for ever. Statements that take long while it does answer
// are waited for, and whoever finds all connections busy with such is told so.
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, startService } from "../support/child";
import { startCrm, type Crm } from "../support/crm";
import { untilWaiting } from "../support/plain-sql";
import { startPostgres, type OwnServer } from "../support/postgres";
import { callGraphQL, callRest, openWorld, type RestReply, type World } from "../support/world";

const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
/** deploy/README.md, "In production": five seconds until it is suspect, three more to answer, and a second between two looks. */
const CUT_WITHIN_MS = 10_000;
/** Five seconds to have a connection, and as many for a busy machine. */
const REFUSED_WITHIN_MS = 10_000;
/** Ten seconds, and five for a busy machine. */
const STOPPED_WITHIN_MS = 15_000;
/** Soon: what hangs on until somebody restarts it is not well at all. */
const WELL_WITHIN_MS = 30_000;

afterAll(killServices);

function expectUnavailable({ status, body, headers }: RestReply): void {
  expect([status, body.code, body.details]).toEqual([503, "unavailable", []]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
}

describe("PostgreSQL stopped in its tracks", () => {
  let own: OwnServer;
  let crm: Crm;

  beforeAll(async () => {
    own = await startPostgres();
    crm = await startCrm(own.server, { DATABASE_POOL: "3", LOG_LEVEL: "info" });
  });
  afterAll(async () => {
    own?.server.resume();
    await crm?.close();
    await own?.remove();
  });

  const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    callRest(crm.service.url, crm.token, { method, path, body, headers });
  const graphql = (query: string) => callGraphQL(crm.service.url, crm.token, { query });
  const create = (name: string): Promise<RestReply> =>
    ask("POST", "/events", { ...TIMED, subject: name }, { "Idempotency-Key": name });

  /** One of each kind, more than there are connections. */
  async function askAll(round: string): Promise<number> {
    const from = performance.now();
    const reads = ["/me", "/events?since=0", "/events?limit=5", "/deletedEvents?since=0", "/events/1"];
    const replies = await Promise.all([
      ...reads.map((path) => ask("GET", path)),
      ...["a", "b", "c"].map((name) => create(`${round} ${name}`)),
      ask("PATCH", "/events/1", { subject: round }),
    ]);
    for (const reply of replies) expectUnavailable(reply);
    const answers = await Promise.all([
      graphql("{ events { edges { node { id } } } }"),
      graphql('mutation { deleteEvent(id: "1") { id } }'),
    ]);
    for (const { errors } of answers) expect(errors?.[0]?.extensions.code).toBe("unavailable");
    return performance.now() - from;
  }

  async function well(): Promise<number> {
    const from = performance.now();
    while ((await ask("GET", "/events?limit=1")).status !== 200) await sleep(50);
    return performance.now() - from;
  }

  test("what was asked is 503 at both doors in time, before that and after; then all goes on, and repeats make nothing twice", async () => {
    expect((await create("before")).status).toBe(201);
    own.server.pause();
    // Those that had a connection wait until it is cut, the others until none became free; the second door's come after.
    const first = await askAll("first");
    const health = await Promise.all([
      fetch(`${crm.service.url}/healthz`),
      fetch(`${crm.service.url}/readyz`),
    ]);
    expect(health.map(({ status }) => status)).toEqual([200, 503]);
    const { reason } = (await health[1].json()) as { reason: string };
    expect(reason).toMatch(/database/);
    expect(await (await fetch(`${crm.service.url}/metrics`)).text()).toContain("tidemark_database_up 0");
    const second = await askAll("second");
    own.server.resume();
    const back = await well();
    console.log(`hanging: ${[first, second, back].map(Math.round).join(", ")} ms`);
    expect(first).toBeLessThan(CUT_WITHIN_MS + REFUSED_WITHIN_MS);
    expect(second).toBeLessThan(2 * REFUSED_WITHIN_MS);
    expect(back).toBeLessThan(WELL_WITHIN_MS);
    expect((await fetch(`${crm.service.url}/readyz`)).status).toBe(200);
    const names = ["first", "second"].flatMap((round) => ["a", "b", "c"].map((name) => `${round} ${name}`));
    for (const name of names) expect((await create(name)).status).toBe(201);
    const rows = await own.server.query(
      "select subject, count(*) as n from event where subject like '% _' group by subject order by subject",
      "crm",
    );
    expect(rows.map(({ subject }) => subject)).toEqual(expect.arrayContaining(names));
    expect(rows.filter(({ n }) => n !== "1")).toEqual([]);
  });

  test("the log says what the matter was, with its cause", () => {
    const lines = crm.service
      .stderr()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { msg: string; err?: { message: string } });
    const told = (start: string): typeof lines => lines.filter(({ msg }) => msg.startsWith(start));
    expect(told("database: PostgreSQL does not answer").length).toBeGreaterThan(0);
    for (const start of ["not ready", "metrics: the database does not say"])
      expect([start, told(start)[0]?.err?.message]).toEqual([start, expect.stringMatching(/\w/)]);
  });

  test("a service that is told to stop meanwhile stops", async () => {
    own.server.pause();
    // Answered 503 where there is time for it.
    const asked = create("at the end").catch(() => null);
    await sleep(200);
    const from = performance.now();
    expect(await crm.service.stop()).toBe(0);
    const took = performance.now() - from;
    const reply = await asked;
    own.server.resume();
    console.log(`stopped within ${Math.round(took)} ms; what was asked: ${reply?.status ?? "no answer"}`);
    if (reply) expectUnavailable(reply);
    expect(took).toBeLessThan(STOPPED_WITHIN_MS);
  });
});

test("all connections are busy: the next request is 503 in time, those before it are answered when they can be", async () => {
  await ensureBuilt();
  const world: World = await openWorld();
  const ada = await world.person();
  // Nobody has all connections alone.
  const eve = await world.person({ organisationId: await world.organisation() });
  const settings = { DATABASE_URL: world.databaseUrl, DATABASE_POOL: "2", DEMO: "off" };
  const service = await startService({ ...settings, LOG_LEVEL: "fatal" });
  const ask = (path: string, { token } = ada): Promise<RestReply> =>
    callRest(service.url, token, { method: "GET", path });
  const { body: event } = await ada.rest("POST", "/events", { ...TIMED, subject: "Kick-off" });
  const { body: theirs } = await eve.rest("POST", "/events", { ...TIMED, subject: "Kick-off" });
  for (const who of [ada, eve]) expect((await ask("/me", who)).status).toBe(200);

  const stranger = await world.sql.connect();
  await stranger.query("begin; lock table event in access exclusive mode");
  const holders = [ask(`/events/${event.id}`), ask(`/events/${theirs.id}`, eve)];
  await untilWaiting(world, 2);
  const from = performance.now();
  const query = "{ events { edges { node { id } } } }";
  // All at once: a read that runs is cut after 10 s, and then there is a connection.
  const [ready, { errors }, ...refused] = await Promise.all([
    fetch(`${service.url}/readyz`),
    callGraphQL(service.url, ada.token, { query }),
    ask("/calendars"),
    callRest(service.url, ada.token, { method: "POST", path: "/events", body: TIMED }),
  ]);
  for (const reply of refused) {
    expectUnavailable(reply);
    expect(reply.body.message).toBe("All connections to the database are in use: try again.");
  }
  expect(errors?.[0]?.extensions.code).toBe("unavailable");
  expect(performance.now() - from).toBeLessThan(REFUSED_WITHIN_MS);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: "unavailable", reason: "All connections to the database are in use: try again." },
  ]);

  // By now a connection that is silent is suspect, but PostgreSQL is there.
  await stranger.query("commit");
  stranger.release();
  const held = (await Promise.all(holders)).map(({ status, body }) => [status, body.id]);
  expect(held).toEqual([
    [200, event.id],
    [200, theirs.id],
  ]);
  expect((await ask("/calendars")).status).toBe(200);
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  await service.stop();
  await world.close();
});
