// Two-way sync: three people who share meetings, each with a mailbox and a calendar, edit on both sides at once while
// their engines carry the changes across. Then nobody edits any more, and the loop must fall silent with both sides alike.
import { setTimeout as sleep } from "node:timers/promises";
import { plainly, type Client } from "./client";
import type { Findings } from "./findings";
import { Mailbox, type Item } from "./mailbox";
import { ANSWERS } from "./plan";
import { Random } from "../support/random";
import type { Person, Stage } from "./stage";
import { SyncEngine } from "./sync-engine";
import type { EventRow } from "./wire";

export interface TwoWay {
  edits: number;
  /** By the engines, on both sides. */
  writes: number;
  writesAfterLastEdit: number;
  roundsToSilence: number;
}

interface Side {
  person: Person;
  mailbox: Mailbox;
  engine: SyncEngine;
  /** The person at the CRM's own pages. */
  web: Client;
}

const PEOPLE = 3;
const EDITS = 150;
const SILENT_ROUNDS = 4;
const MAX_ROUNDS = 15;
/** Of one engine for one event after the last edit: carried once, and again after losing to another engine. */
const MAX_WRITES_EACH = PEOPLE;
const BEGIN = Date.parse("2027-05-01T08:00:00Z");

export async function proveTwoWaySync(stage: Stage, seed: string, findings: Findings): Promise<TwoWay> {
  const sides = await settle(stage, seed);
  const random = new Random(`${seed}/mailboxes`);
  let editing = true;
  const rounds = sides.map(async ({ engine }) => {
    while (editing) await engine.round();
  });
  for (let number = 1; number <= EDITS; number++) {
    await edit(sides, number, random);
    await sleep(random.below(20));
  }
  const before = writesOf(sides);
  const each = new Map(sides.map(({ engine }) => [engine, new Map(engine.writesById)]));
  editing = false;
  await Promise.all(rounds);
  const roundsToSilence = await fallSilent(sides, findings);
  for (const { engine } of sides) pingPong(engine, each.get(engine) ?? new Map<string, number>(), findings);
  for (const side of sides) await compare(side, findings);
  const writes = writesOf(sides);
  return { edits: EDITS, writes, writesAfterLastEdit: writes - before, roundsToSilence };
}

async function settle(stage: Stage, seed: string): Promise<Side[]> {
  const sides: Side[] = [];
  for (const person of await stage.people("mailbox", PEOPLE)) {
    const mailbox = new Mailbox(person.email);
    const client = await stage.client(person, "BrightSync");
    const engine = new SyncEngine(person, mailbox, client, new Random(`${seed}/${person.name}`));
    sides.push({ person, mailbox, engine, web: await stage.client(person, "web") });
  }
  return sides;
}

const writesOf = (sides: readonly Side[]): number =>
  sides.reduce((sum, { engine, mailbox }) => sum + engine.crmWrites + mailbox.syncWrites, 0);

/** Answers after how many rounds nothing was written any more; some further rounds must stay silent. */
async function fallSilent(sides: readonly Side[], findings: Findings): Promise<number> {
  let silent = 0;
  let round = 0;
  for (; silent < SILENT_ROUNDS && round < MAX_ROUNDS; round++) {
    const before = writesOf(sides);
    await Promise.all(sides.map(({ engine }) => engine.round()));
    if (writesOf(sides) === before) silent++;
    else if (silent > 0) findings.fault("syncFaults", `after ${silent} silent rounds the sync wrote again`);
    if (writesOf(sides) !== before) silent = 0;
  }
  if (silent < SILENT_ROUNDS)
    findings.fault("syncFaults", `the sync still writes ${MAX_ROUNDS} rounds after the last edit`);
  return round - silent;
}

function pingPong(engine: SyncEngine, before: ReadonlyMap<string, number>, findings: Findings): void {
  for (const [id, count] of engine.writesById) {
    if (id === "new") continue;
    const after = count - (before.get(id) ?? 0);
    if (after > MAX_WRITES_EACH)
      findings.fault(
        "syncFaults",
        `event ${id} was written ${after} times by one engine after the last edit`,
      );
  }
}

async function compare({ web, engine, person }: Side, findings: Findings): Promise<void> {
  const { body } = await web.get("/events");
  for (const difference of engine.differences(body.records as EventRow[]))
    findings.fault("syncFaults", `${person.name}: ${difference}`);
}

/** One edit by somebody somewhere. */
async function edit(sides: readonly Side[], number: number, random: Random): Promise<void> {
  const side = random.pick(sides);
  const others = sides
    .filter((other) => other !== side && random.chance(0.6))
    .map(({ person }) => person.email);
  const times = { startTime: at(number), endTime: at(number + 2) };
  const fresh = { subject: `meeting ${number}`, location: null, ...times };
  if (random.chance(0.5)) await editInCrm(side, { fresh, others, number, random });
  else editInMailbox(side, { fresh, others, number, random });
}

const at = (hour: number): string => new Date(BEGIN + hour * 3_600_000).toISOString();

interface Edit {
  fresh: { subject: string; location: null; startTime: string; endTime: string };
  others: string[];
  number: number;
  random: Random;
}

async function editInCrm({ web, person }: Side, { fresh, others, number, random }: Edit): Promise<void> {
  const attendees = others.map((emailAddress) => ({ emailAddress }));
  const rows = (await web.get("/events")).body.records as EventRow[];
  if (rows.length < 3 || random.chance(0.25)) {
    await web.create({ ...fresh, attendees }, `web ${number}`, plainly);
    return;
  }
  const row = random.pick(rows);
  const owned = row.ownerId === person.id;
  if (random.chance(0.1)) await web.remove(row.id, null, plainly);
  else if (owned && random.chance(0.3)) await web.patch(row.id, { attendees }, null, plainly);
  else if (!owned && random.chance(0.5)) await web.respond(row.id, random.pick(ANSWERS), plainly);
  else if (random.chance(0.5)) await web.patch(row.id, { subject: `CRM ${number}` }, null, plainly);
  else await web.patch(row.id, { location: `CRM ${number}` }, null, plainly);
}

function editInMailbox({ mailbox }: Side, { fresh, others, number, random }: Edit): void {
  const items = mailbox.live();
  if (items.length < 3 || random.chance(0.25)) {
    mailbox.add({ ...fresh, answer: null, guests: others });
    return;
  }
  const item = random.pick(items);
  const { answer } = item.meeting;
  if (random.chance(0.1)) mailbox.remove(item);
  else if (answer !== null && random.chance(0.5)) mailbox.change(item, { answer: random.pick(ANSWERS) });
  else mailbox.change(item, textEdit(item, number, random));
}

function textEdit({ meeting }: Item, number: number, random: Random): Partial<Item["meeting"]> {
  const kind = random.weighted({ subject: 2, location: 2, times: 1 });
  if (kind === "times") return { startTime: at(number), endTime: at(number + 3) };
  const text = `mailbox ${number}`;
  return kind === "subject" && meeting.subject !== text ? { subject: text } : { location: text };
}
