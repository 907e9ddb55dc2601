// The real program, its memory and the turns of its event loop, while one client asks for as much as it may.
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { startTarget, type Target } from "../attack/target";
import { ensureBuilt, killServices } from "../support/child";
import { crowd, insertLarge } from "../support/large-events";
import { openWorld, type Person, type World } from "../support/world";

const ALLOWED_MIB = 150;
/** Of a processor's time in one go; what PostgreSQL and this test take of it meanwhile is no part of that. */
const MAX_WORK_MS = 200;

let world: World;
let service: Target;
let owner: Person;
/** The id of an event of two megabytes. */
let largest: string | undefined;
/** What is under way. */
const asking = new Set<ClientRequest>();

beforeAll(async () => {
  await ensureBuilt();
  world = await openWorld();
  owner = await world.person();
  await insertLarge(world.sql, owner, { count: 200 });
  [largest] = await insertLarge(world.sql, owner, { count: 40, description: null, attendees: crowd("ж") });
  service = await startTarget({ DATABASE_URL: world.databaseUrl });
});
afterAll(async () => {
  await killServices();
  await world.close();
});

function ask(method: string, path: string, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {
      Authorization: `Bearer ${owner.token}`,
      ...(body !== undefined && { "Content-Type": "application/json" }),
    };
    const one = request(new URL(path, service.url), { method, headers, agent: false }, resolve);
    asking.add(one);
    one.on("close", () => asking.delete(one));
    one.on("error", reject).end(body);
  });
}

/** Reads an answer to its end and forgets it; answers its status. */
async function read(answer: Promise<IncomingMessage>): Promise<number | undefined> {
  const response = await answer;
  for await (const piece of response) void piece;
  return response.statusCode;
}

const graphql = (query: string, variables: object = {}): Promise<number | undefined> =>
  read(ask("POST", "/graphql", JSON.stringify({ query, variables })));

const times = (count: number, one: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, one));

const LISTS = Array.from(
  { length: 12 },
  (_, index) => `e${index}: events(first: 1000) { edges { node { id description attendees { name } } } }`,
);
const EVENT = {
  startTime: "2026-03-02T10:00:00Z",
  endTime: "2026-03-02T11:00:00Z",
  description: "😀".repeat(100_000),
};
const BATCH = `mutation ($e: EventInput!) { createEvents(inputs: [${"$e,".repeat(500)}]) { id } }`;
const WRITES = `mutation ($e: EventInput!) { ${Array.from({ length: 30 }, (_, n) => `w${n}: createEvent(input: $e) { id description }`).join(" ")} }`;

/** What one client may ask, whose events are as large as they come. */
const ATTACKS: [string, () => Promise<unknown>][] = [
  ["pages of a thousand, six at a time", () => times(6, () => read(ask("GET", "/api/v1/events?limit=1000")))],
  [
    "a feed whose tick has two hundred",
    () => times(2, () => read(ask("GET", "/api/v1/events?since=0&limit=1"))),
  ],
  ["the whole calendar", () => read(ask("GET", "/api/v1/events"))],
  ["twelve lists in one answer, four times", () => times(4, () => graphql(`{ ${LISTS.join(" ")} }`))],
  ["batches that are small on the wire", () => times(4, () => graphql(BATCH, { e: EVENT }))],
  ["sixty whole calendars that nobody reads", () => unread(60, "GET", "/api/v1/events")],
  ["sixty pages that nobody reads", () => unread(60, "GET", "/api/v1/events?limit=1000")],
  ["sixty large events that nobody reads", () => unread(60, "GET", `/api/v1/events/${largest}`)],
  [
    "sixty answers of twelve mebibytes that nobody reads",
    () => unread(60, "POST", "/graphql", JSON.stringify({ query: `{ ${LISTS.slice(0, 3).join(" ")} }` })),
  ],
  [
    "sixty changes that answer with twelve mebibytes that nobody reads",
    () => unread(60, "POST", "/graphql", JSON.stringify({ query: WRITES, variables: { e: EVENT } })),
  ],
];

/** Asks again and again, reads nothing for a while, and hangs up. */
async function unread(count: number, ...asked: Parameters<typeof ask>): Promise<void> {
  const answers = Array.from({ length: count }, () => ask(...asked));
  const gone = answers.map((answer) => answer.then((response) => response.pause()).catch(() => undefined));
  await sleep(4_000);
  for (const one of asking) one.destroy();
  await Promise.all(gone);
  await sleep(500);
}

it("stays within 150 MB above idling, whatever one client asks of large events, and never works for longer than 200 ms", async () => {
  const taken: Record<string, number> = {};
  const worked: Record<string, number> = {};
  await read(ask("GET", "/api/v1/events?limit=1"));
  await graphql("{ events(first: 1) { edges { node { id } } } }");
  await sleep(1_000);
  const idle = Number(await service.resident());
  for (const [what, attack] of ATTACKS) {
    await service.forget();
    await attack();
    taken[what] = Math.round(Number(await service.residentPeak()) - idle);
    worked[what] = Math.round(await service.longestWork());
  }
  if (process.env.FIGURES) console.log({ idle: Math.round(idle), taken, worked });
  expect(Object.entries(taken).filter(([, mebibytes]) => mebibytes > ALLOWED_MIB)).toEqual([]);
  expect(Object.entries(worked).filter(([, ms]) => ms > MAX_WORK_MS)).toEqual([]);
}, 600_000);
