// The storm: writers, pollers, onlookers and plain SQL on the same calendars at once, while the service is harmed. It
// ends with quiet: everything answered, everybody's last poll done.
import { setTimeout as sleep } from "node:timers/promises";
import { perform } from "./acts";
import type { Findings } from "./findings";
import type { Hook } from "./hook";
import { Model } from "./model";
import { Lister, Onlooker } from "./onlookers";
import { harmOf, stepsOf, type Emphasis, type Step } from "./plan";
import { Poller, type Kind, type PollerWish } from "./poller";
import { Random } from "../support/random";
import type { Service } from "./service";
import { SeriesWriter } from "./series-writer";
import { SqlWriter } from "./sql-writer";
import type { Person, Stage } from "./stage";
import { Writer } from "./writer";

export interface StormWish {
  seed: string;
  versions: number;
  minutes: number;
  writers: number;
  calendars: number;
  /** Between two polls of a client. */
  pauseMs: number;
  /** Stop at the first fault: enough to know that there is one. */
  brittle?: boolean;
  /** Nothing is killed, and the clock is left alone. */
  harmless?: boolean;
  /** Programs that write plain SQL. */
  sqlWriters?: number;
  /** How long they wait at most between one change and the next, or the commit. */
  holdMs?: number;
  emphasis?: Emphasis;
  /** Only pollers of these kinds. */
  kinds?: readonly Kind[];
  /** Every feed is read in pages of so many rows at most, not only some. */
  pageMost?: number;
  /** There are series, too. */
  series?: boolean;
  /** Calendars are told of by webhooks, too. The service may call this machine. */
  hooks?: boolean;
  /** Called when everybody is there, before anything is written. */
  onStage?: () => Promise<void>;
}

export interface Cast {
  people: Person[];
  writers: Writer[];
  pollers: Poller[];
  onlookers: Onlooker[];
  listers: Lister[];
  sqlWriters: SqlWriter[];
  hooks: Hook[];
  seriesWriters: SeriesWriter[];
  model: Model;
}

export interface Damage {
  clockSteps: number;
  instancesKilled: number;
  postgresKilled: number;
  /** Times that both instances were killed while a receiver had taken a call and not answered it yet. */
  killedInCalls: number;
}

export interface Storm extends Cast {
  damage: Damage;
  seconds: number;
}

/** Who polls a calendar: all three kinds, one that leaves out its own changes, and one whom a standby answers. */
function wishesFor(calendar: number, pageMost: number | null, standby: boolean): PollerWish[] {
  const odd = calendar % 2 === 1;
  const wish = (kind: Kind, separate: boolean, more: Partial<PollerWish> = {}): PollerWish => ({
    name: `kind ${kind}${separate ? ", two cursors" : ""}, calendar ${calendar}`,
    kind,
    separate,
    door: "rest",
    excludeOwn: false,
    inspects: false,
    pageMost,
    mayLag: false,
    ...more,
  });
  const own: Partial<PollerWish> = {
    name: `excludeOwn, calendar ${calendar}`,
    excludeOwn: true,
    door: calendar % 3 === 2 ? "graphql" : "rest",
  };
  const door = calendar % 3 === 1 ? "graphql" : "rest";
  return [
    // One feed with one cursor over REST is the standby's wherever there is one.
    wish(1, odd, { inspects: true, door, mayLag: standby && !odd && door === "rest" }),
    wish(2, !odd),
    wish(3, odd),
    wish(odd ? 2 : 1, false, own),
    ...(standby
      ? [wish(1, false, { name: `kind 1 by the standby, calendar ${calendar}`, mayLag: true })]
      : []),
  ];
}

export async function setTheStage(
  stage: Stage,
  service: Service,
  wish: StormWish,
  findings: Findings,
): Promise<Cast> {
  const people = await stage.people("user", wish.calendars);
  const model = new Model(
    people.map(({ id }) => id),
    findings,
  );
  const seeded = (name: string): Random => new Random(`${wish.seed}/${name}`);
  const writers: Writer[] = [];
  for (let number = 0; number < wish.writers; number++) {
    const person = people[number % people.length] as Person;
    const others = people.filter((other) => other !== person);
    const client = await stage.client(person, `writer ${number}`);
    writers.push(new Writer(`${stage.run}.${number}`, person, client, model, others));
  }
  const pollers: Poller[] = [];
  for (const [number, person] of people.entries()) {
    const reader = await stage.client(person, "poller");
    const writer = writers.find((other) => other.person === person);
    for (const asked of wishesFor(number, wish.pageMost ?? null, service.standby !== null)) {
      if ((asked.excludeOwn && !writer) || wish.kinds?.includes(asked.kind) === false) continue;
      const client = asked.excludeOwn && writer ? writer.client : reader;
      pollers.push(new Poller(asked, person, client, model, seeded(asked.name)));
    }
  }
  const first = people[0] as Person;
  const colleague = await stage.client(await stage.person("colleague"), "web");
  const onlookers = [new Onlooker(colleague, model, seeded("colleague"))];
  const listers = [new Lister(first, await stage.client(first, "lister"), model, seeded("lister"))];
  const { sql } = service;
  const sqlWriters = Array.from({ length: sql ? (wish.sqlWriters ?? 1) : 0 }, (_, number) => {
    const name = `${stage.run}.sql${number}`;
    return new SqlWriter(sql as NonNullable<typeof sql>, people, model, seeded(name), {
      run: name,
      holdMs: wish.holdMs ?? 20,
    });
  });
  const further = await setFurther(stage, people, wish, seeded("series"));
  return { people, writers, pollers, onlookers, listers, sqlWriters, ...further, model };
}

async function setFurther(
  stage: Stage,
  people: readonly Person[],
  wish: StormWish,
  random: Random,
): Promise<Pick<Cast, "hooks" | "seriesWriters">> {
  const seriesWriters = wish.series ? [await seriesWriter(stage, people, random)] : [];
  const hooks = wish.hooks ? await Promise.all(people.map((person) => stage.hook(person, wish.seed))) : [];
  return { hooks, seriesWriters };
}

/** The first of them has meetings that recur, to which some of the others are invited. */
async function seriesWriter(stage: Stage, people: readonly Person[], random: Random): Promise<SeriesWriter> {
  const [owner, ...others] = people as [Person, ...Person[]];
  const guests = await Promise.all(
    others
      .slice(0, 3)
      .map(async (person) => ({ person, client: await stage.client(person, "series guest") })),
  );
  return new SeriesWriter(await stage.client(owner, "series"), guests, random, stage.run);
}

const SLOW = 6;

/** Runs until so many versions are committed, the time is over, or (brittle) something is wrong. */
export async function storm(
  cast: Cast,
  service: Service,
  wish: StormWish,
  findings: Findings,
): Promise<Storm> {
  const began = performance.now();
  const deadline = began + wish.minutes * 60_000;
  const stopped = (): boolean =>
    cast.model.committed >= wish.versions ||
    performance.now() > deadline ||
    (wish.brittle === true && findings.total > 0);
  const damage: Damage = { clockSteps: 0, instancesKilled: 0, postgresKilled: 0, killedInCalls: 0 };
  const broken = (what: string) => (error: unknown) => findings.fault("defects", `${what}: ${String(error)}`);
  const { pauseMs } = wish;

  const writing = [
    ...cast.writers.map((writer, number) =>
      write(writer, stepsOf(wish.seed, number, wish.emphasis), stopped).catch(broken("writer")),
    ),
    ...cast.sqlWriters.map((writer) => writer.runUntil(stopped, 3 * pauseMs).catch(broken("plain SQL"))),
    ...cast.seriesWriters.map((writer) => writer.runUntil(stopped, pauseMs).catch(broken("series"))),
    ...(wish.harmless ? [] : [harm(cast, service, wish, { damage, stopped }).catch(broken("harm"))]),
  ];
  let quiet = false;
  const reading = [
    ...cast.pollers.map((poller) =>
      poller.run(() => quiet, poller.wish.kind === 3 ? 2 * pauseMs : pauseMs).catch(broken(poller.wish.name)),
    ),
    ...cast.listers.map((lister) => lister.run(() => quiet, SLOW * pauseMs).catch(broken("lister"))),
    ...cast.onlookers.map((onlooker) => onlooker.run(() => quiet, SLOW * pauseMs).catch(broken("onlooker"))),
  ];
  await Promise.all(writing);
  const seconds = (performance.now() - began) / 1000;
  await service.harm?.recovered();
  quiet = true;
  await Promise.all(reading);
  await service.standby?.caughtUp();
  for (const poller of cast.pollers) {
    for (let round = 0; round < 2; round++) await poller.round().catch(broken(poller.wish.name));
  }
  for (const lister of cast.listers) await lister.round().catch(broken("lister"));
  return { ...cast, damage, seconds };
}

async function write(writer: Writer, steps: Iterable<Step>, stopped: () => boolean): Promise<void> {
  for (const step of steps) {
    if (stopped()) return;
    await perform(writer, step);
  }
}

interface Doing {
  damage: Damage;
  stopped: () => boolean;
}

async function harm(cast: Cast, service: Service, wish: StormWish, doing: Doing): Promise<void> {
  const { harm: harmable } = service;
  if (harmable === null) return;
  for (const blow of harmOf(wish.seed, wish.versions)) {
    while (cast.model.committed < blow.at && !doing.stopped()) await sleep(20);
    if (doing.stopped()) return;
    await strike(harmable, blow, cast.hooks, doing.damage);
  }
}

type Blow = ReturnType<typeof harmOf>[number];

/** A call that is taken comes soon, as long as something is written. */
const CALL_WITHIN_MS = 5_000;

async function strike(
  service: NonNullable<Service["harm"]>,
  blow: Blow,
  hooks: readonly Hook[],
  damage: Damage,
): Promise<void> {
  if (blow.kind === "clock") {
    await service.setClock(blow.ms);
    damage.clockSteps++;
  } else if (blow.kind === "killPostgres") {
    if (await service.killPostgres()) damage.postgresKilled++;
    await service.recovered();
  } else {
    const instances = blow.kind === "killBoth" ? [0, 1] : [blow.instance];
    if (blow.kind === "killBoth" && (await betweenCallAndAnswer(hooks))) damage.killedInCalls++;
    await Promise.all(instances.map((instance) => service.killInstance(instance)));
    damage.instancesKilled += instances.length;
  }
}

/** Comes when one of them has taken a call and leaves it without an answer; false: none came. */
async function betweenCallAndAnswer(hooks: readonly Hook[]): Promise<boolean> {
  const waiting = hooks.map((hook) => hook.leaveNextUnanswered());
  const isLeft = await Promise.race([...waiting, sleep(CALL_WITHIN_MS, false, { ref: false })]);
  for (const hook of hooks) hook.answerAgain();
  return isLeft;
}
