// npm run bench:sizes: whether cost stays flat. Each operation at the REST door with ten thousand events, a million and ten
// million (or the sizes that are named), the pages that its plan touches, and how soon a service is ready; then a meeting
// with a thousand attendees, in an organisation of a hundred thousand users.
import { CROWD, crowdAddress, crowdId, crowdToken, EVENTS_A_USER } from "./data";
import { Load } from "./load";
import { cpuOf, cpuOfTree, describeMachine, loadAverage, usedSince } from "./machine";
import { type Figures, measure, spread, typical } from "./measure";
import { type Operation, OPERATIONS, type Request } from "./operations";
import { plansOf } from "./plans";
import { type Server, type Stage, startService, toTheEnd, withStage } from "./stage";

const given = process.argv.slice(2).map(Number);
const SIZES = given.length > 0 ? given : [10_000, 1_000_000, 10_000_000];
const ROUNDS = 3;
const FOR_MS = 2_000;
const CONNECTIONS = 8;
/** As many at each size, from all over it: more tokens would be looked up more often. */
const USERS = 10;
const GOAL = 1.3;
const QUIET = { RATE_LIMIT_PER_MINUTE: "0" };

interface Sized {
  /** Microseconds of processor, of the service and PostgreSQL, for each row of an answer. */
  cost: number;
  apart: number;
}

/** By operation, at each size. */
const costs = new Map<string, Sized[]>();
const touched = new Map<string, number[]>();
const readyMs: number[] = [];

async function measureAll(stage: Stage, service: Server, events: number): Promise<void> {
  const load = new Load(service.url, CONNECTIONS);
  const contender = { name: "REST", door: "rest", server: service, load } as const;
  const apart = Math.ceil(events / EVENTS_A_USER) / USERS;
  const how = { users: USERS, postmaster: stage.postmaster, forMs: FOR_MS };
  for (const operation of OPERATIONS) {
    const ask: Operation["ask"] = (door, pick) => operation.ask(door, { ...pick, user: pick.user * apart });
    const rounds: Figures[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push(await measure(contender, { ...operation, ask }, how));
    const { server, postgres } = typical(rounds);
    const sized = { cost: (server + postgres) / Math.max(operation.rows, 1), apart: spread(rounds) };
    costs.set(operation.name, [...(costs.get(operation.name) ?? []), sized]);
  }
  load.close();
}

async function atSize(events: number): Promise<void> {
  await withStage(events, async (stage) => {
    for (const { name, buffers } of await plansOf(stage))
      touched.set(name, [...(touched.get(name) ?? []), buffers]);
    const began = performance.now();
    const service = await startService(stage, QUIET);
    readyMs.push(performance.now() - began);
    await measureAll(stage, service, events);
    if (events === SIZES.at(-1)) await crowd(stage, service);
    await service.stop();
  });
}

const asCrowd = (method: Request["method"], path: string, body?: object): Request => ({
  method,
  path: `/api/v1${path}`,
  headers: { authorization: `Bearer ${crowdToken(0)}`, "content-type": "application/json" },
  ...(body && { body: JSON.stringify(body) }),
});

/** What one such request takes, of twenty, one after another. */
async function oneByOne(
  what: string,
  { stage, service }: { stage: Stage; service: Server },
  request: (turn: number) => Request,
): Promise<void> {
  const load = new Load(service.url, 1);
  const ask = async (turn: number): Promise<void> => {
    const { status, body } = await load.ask(request(turn));
    if (status >= 300) throw new Error(`${what} answered ${status}: ${body.toString().slice(0, 400)}`);
  };
  await ask(0);
  const [server, tree, began] = [cpuOf(service.pid), cpuOfTree(stage.postmaster), performance.now()];
  for (let turn = 1; turn <= 20; turn++) await ask(turn);
  const ms = (performance.now() - began) / 20;
  const parts = [(cpuOf(service.pid) - server) / 20, usedSince(tree, cpuOfTree(stage.postmaster)) / 20];
  load.close();
  console.log(`- ${what}: ${ms.toFixed(1)} ms, ${parts.map((part) => Math.round(part)).join(" + ")} us`);
}

async function crowd(stage: Stage, service: Server): Promise<void> {
  const both = { stage, service };
  const times = (turn: number): object => {
    const from = Date.parse("2029-01-01T08:00:00Z") + turn * 1_800_000;
    const [startTime, endTime] = [from, from + 1_800_000].map((at) => new Date(at).toISOString());
    return { startTime, endTime };
  };
  console.log(
    `An organisation of ${CROWD.users.toLocaleString("en-US")} users: ms for each, us of the service + PostgreSQL`,
  );
  const far = CROWD.users - 1;
  await oneByOne("a meeting with three of them, named by address", both, (turn) =>
    asCrowd("POST", "/events", {
      subject: "Three",
      ...times(turn),
      attendees: [1, 2, 3].map((n) => ({
        emailAddress: crowdAddress((far * n + turn * 7_919) % CROWD.users),
      })),
    }),
  );
  await oneByOne("a page of 100 users", both, () => asCrowd("GET", "/users?limit=100"));
  await oneByOne("an empty poll", both, () => asCrowd("GET", "/events?since=2100-01-01T00:00:00.000Z"));
  const attendees = Array.from({ length: 1_000 }, (_, user) => ({ userId: crowdId(user) }));
  const everybody = (turn: number): object => ({ subject: `All ${turn}`, ...times(turn), attendees });
  await oneByOne("a meeting with 1,000 of them", both, (turn) => asCrowd("POST", "/events", everybody(turn)));
  const load = new Load(service.url, 1);
  const { body } = await load.ask(asCrowd("POST", "/events", everybody(99)));
  load.close();
  const { id } = JSON.parse(body.toString()) as { id: string };
  await oneByOne("its subject changed, in 1,000 calendars", both, (turn) =>
    asCrowd("PATCH", `/events/${id}`, { subject: `Changed ${turn}` }),
  );
  await oneByOne("the meeting read", both, () => asCrowd("GET", `/events/${id}`));
}

const size = (events: number): string => `${events.toLocaleString("en-US")} events`;

function table(): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const lines = [row(["", ...SIZES.map(size), "last to first"]), row(SIZES.concat(0, 0).map(() => "---"))];
  for (const [name, sized] of costs) {
    const ratio = (sized.at(-1)?.cost ?? NaN) / (sized[0]?.cost ?? NaN);
    const cells = sized.map(({ cost, apart }) => `${cost.toFixed(1)} us${apart > 0.25 ? " (noisy)" : ""}`);
    lines.push(row([name, ...cells, `${ratio.toFixed(2)}${ratio > GOAL ? ` (goal ${GOAL}, MISSED)` : ""}`]));
  }
  for (const [name, pages] of touched) lines.push(row([`pages for ${name}`, ...pages.map(String), ""]));
  lines.push(row(["ready after", ...readyMs.map((ms) => `${Math.round(ms)} ms`), ""]));
  return lines;
}

async function run(): Promise<void> {
  console.log(`${describeMachine()}; load ${loadAverage()}`);
  for (const events of SIZES) await atSize(events);
  console.log(table().join("\n"));
}

toTheEnd(run());
