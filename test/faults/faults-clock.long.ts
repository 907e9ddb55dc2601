// The machine's clock steps back an hour, and forward again, under clients of every kind at the doors of two instances:
// ticks go on, cursors miss nothing, subscriptions hear on, and neither limits nor keys come to grief.
import { setTimeout as sleep } from "node:timers/promises";
import { ensureBuilt, killServices, startService, type Running } from "../support/child";
import { followSse, followWs, type Heard } from "../support/live";
import { expectSound } from "../support/plain-sql";
import { Poller, versionOf, type PollerWish } from "../support/poller";
import { Random } from "../support/random";
import { until } from "../support/wait";
import { callGraphQL, callRest, openWorld, type Person, type RestReply, type World } from "../support/world";

const TIMED = { startTime: "2026-03-02T15:00:00Z", endTime: "2026-03-02T16:00:00Z" };
/** Of each writer at each stage, however slow the machine is. */
const VERSIONS_EACH = 6;
const STAGE_MS = 1_500;
const HOUR = "1 hour";

let world: World;
let services: Running[];

beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await killServices();
  await world.close();
});

/** Every statement of the service that needs the time asks this function. */
const setClock = (offset: string): Promise<unknown> =>
  world.sql.query(
    `create or replace function tidemark_now() returns timestamptz language sql volatile
     as $$ select clock_timestamp() + interval '${offset}' $$`,
  );

async function startTwo(): Promise<void> {
  await ensureBuilt();
  const settings = { DATABASE_URL: world.databaseUrl, DEMO: "off", LOG_LEVEL: "fatal" };
  const start = (): Promise<Running> => startService({ ...settings, RATE_LIMIT_PER_MINUTE: "0" });
  services = await Promise.all([start(), start()]);
}

interface Version {
  id: string;
  lastModifiedAt: string;
}

/** Creates, changes and deletes through both doors of both instances. `versions` takes what was acknowledged. */
async function write(
  person: Person,
  guest: Person,
  versions: Version[],
  isOver: () => boolean,
): Promise<void> {
  const random = new Random(person.email);
  const own: string[] = [];
  for (let n = 0; !isOver(); n++) {
    const { url } = services[n % 2]!;
    const rest = async (method: string, path: string, body?: unknown): Promise<void> => {
      const reply = await callRest(url, person.token, { method, path, body });
      if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
      if (reply.status === 204) return;
      versions.push(reply.body as Version);
      if (method === "POST") own.push((reply.body as Version).id);
    };
    const id = own[random.below(own.length + 2)];
    if (id === undefined) {
      await rest("POST", "/events", { ...TIMED, subject: `${n}`, attendees: [{ userId: guest.id }] });
    } else if (random.below(5) === 0) {
      await rest("DELETE", `/events/${id}`);
      own.splice(own.indexOf(id), 1);
    } else if (random.below(2) === 0) {
      await rest("PATCH", `/events/${id}`, { subject: `${n} changed` });
    } else {
      const query = `mutation { updateEvent(id: ${id}, input: { location: "${n}" }) { id lastModifiedAt } }`;
      const { data, errors } = await callGraphQL(url, person.token, { query });
      if (errors) throw new Error(JSON.stringify(errors));
      versions.push(data.updateEvent as Version);
    }
  }
}

const WISHES: PollerWish[] = (["watermark", "largest"] as const).flatMap((cursor) => [
  { cursor, feeds: "one", limit: null, door: "REST" },
  { cursor, feeds: "two", limit: 7, door: "REST" },
  { cursor, feeds: "one", limit: 7, door: "GraphQL" },
]);

async function settled(poller: Poller): Promise<void> {
  for (let polls = 0; (await poller.poll()) > 0 && polls < 10; polls++) await sleep(2);
}

test("ticks go on upward, cursors of both kinds get every version once, and subscribers hear all of it in order", async () => {
  await startTwo();
  const [ada, ben] = [await world.person(), await world.person()];
  const pollers = WISHES.flatMap((wish, index) =>
    [ada, ben].map((person) => new Poller(person, services[index % 2]!.url, wish)),
  );
  for (const poller of pollers) await poller.poll();
  const heard = [
    await followWs(services[0]!.url, ben.token, { since: "1970-01-01T00:00:00Z" }),
    await followSse(services[1]!.url, ben.token, { since: "1970-01-01T00:00:00Z" }),
  ];
  let over = false;
  const isOver = (): boolean => over;
  const polling = pollers.map(async (poller) => {
    for (; !over; await sleep(20)) await poller.poll();
  });
  const written: [Version[], Version[]] = [[], []];
  const writing = [write(ada, ben, written[0], isOver), write(ben, ada, written[1], isOver)];
  for (const offset of ["0", `-${HOUR}`, `-${HOUR}`, "0"]) {
    await setClock(offset);
    const enough = written.map(({ length }) => length + VERSIONS_EACH);
    await sleep(STAGE_MS);
    await until(() => written.every(({ length }, index) => length >= enough[index]!));
  }
  over = true;
  await Promise.all(writing);
  await Promise.all(polling);

  for (const versions of written) {
    const ticks = versions.map(({ lastModifiedAt }) => lastModifiedAt);
    expect(ticks).toEqual([...new Set(ticks)].sort());
  }
  const live = (await callRest(services[0]!.url, ben.token, { method: "GET", path: "/events" })).body
    .records as (Version & { deleted: boolean })[];
  for (const poller of pollers) {
    await settled(poller);
    const held = [...poller.mirror.values()].map(versionOf).sort();
    expect([poller.name, held]).toEqual([poller.name, live.map(versionOf).sort()]);
    expect([poller.name, poller.repeated]).toEqual([poller.name, []]);
  }
  await Promise.all(heard.map((one) => expectHeard(one, live)));
  await expectSound(world.sql);
});

/** The last versions of all that is there, and nothing out of order. */
async function expectHeard(heard: Heard, live: Version[]): Promise<void> {
  const known = (): Map<string, string> =>
    new Map(heard.changes.map(({ id, lastModifiedAt }) => [id, lastModifiedAt]));
  await heard.until(() => live.every(({ id, lastModifiedAt }) => known().get(id) === lastModifiedAt));
  const ticks = heard.changes.map(({ lastModifiedAt }) => lastModifiedAt);
  expect(ticks).toEqual([...ticks].sort());
  expect([heard.errors, heard.closed]).toEqual([[], null]);
  await heard.stop();
}

test("an Idempotency-Key of before the step, and one of the hour that comes twice, are replayed for as long as ever", async () => {
  const ada = await world.person();
  const create = (key: string): Promise<RestReply> =>
    ada.rest("POST", "/events", { ...TIMED, subject: key }, { "Idempotency-Key": key });
  const made = { before: await create("before"), during: await create("during, not yet") };
  await setClock(`-${HOUR}`);
  made.during = await create("during");
  const replays = async (offset: string): Promise<unknown[]> => {
    await setClock(offset);
    const [before, during] = [await create("before"), await create("during")];
    return [before.body.id === made.before.body.id, during.body.id === made.during.body.id];
  };
  expect(await replays(`-${HOUR}`)).toEqual([true, true]);
  expect(await replays("0")).toEqual([true, true]);
  // The one made while the clock was behind is an hour older than the other now.
  expect(await replays("46 hours 50 minutes")).toEqual([true, true]);
  expect(await replays("47 hours 50 minutes")).toEqual([true, false]);
});

test("the limit of a token neither stays shut for an hour nor opens at once, on either instance", async () => {
  const LIMIT = 120;
  const [here, there] = [
    await world.instance({ rateLimitPerMinute: LIMIT }),
    await world.instance({ rateLimitPerMinute: LIMIT }),
  ];
  const ada = await world.person();
  const me = async (n: number): Promise<number> =>
    (await callRest([here, there][n % 2]!.url, ada.token, { method: "GET", path: "/me" })).status;
  let asked = 0;
  for (let refused = 0; refused < 6 && asked < 3 * LIMIT; asked++)
    refused += Number((await me(asked)) === 429);
  expect(asked).toBeLessThan(2 * LIMIT);
  for (const offset of [`-${HOUR}`, "0"]) {
    await setClock(offset);
    const from = performance.now();
    let allowed = 0;
    while (performance.now() - from < 3_000) {
      allowed += Number((await me(asked++)) === 200);
      await sleep(10);
    }
    console.log(`clock at ${offset}: ${allowed} let in within 3 s`);
    expect(allowed).toBeGreaterThan(0);
    // Stepping forward is an hour that has passed, as far as anybody can tell: the bucket is full once more.
    if (offset !== "0") expect(allowed).toBeLessThan(LIMIT / 2);
  }
  await Promise.all([here.close(), there.close()]);
});

test("what /metrics says of how far clients are behind is not less than nothing", async () => {
  const ada = await world.person();
  await ada.rest("GET", "/events?since=0");
  for (;;) {
    const { rows } = await world.sql.query("select from sync_client");
    if (rows.length > 0) break;
    await sleep(50);
  }
  await ada.rest("POST", "/events", { ...TIMED, subject: "Not polled" });
  await setClock(`-${HOUR}`);
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const lags = [...text.matchAll(/^tidemark_sync_lag_seconds\{.*\} (\S+)$/gm)].map(([, lag]) => Number(lag));
  expect(lags).toEqual([0]);
});
