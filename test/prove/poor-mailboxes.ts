// Sync with mailboxes as they are: meetings that several mailboxes bring at once, people who answer, leave and come back, and all
// the while poor copies that are written back whole. Whoever is invited must stay, whoever answered or left keeps to it, a
// meeting is one event, and once nobody edits any more it falls silent within three rounds.
import { setTimeout as sleep } from "node:timers/promises";
import { plainly, type Client } from "./client";
import type { Findings } from "./findings";
import { ANSWERS } from "./plan";
import { KINDS, PoorMailbox, type Poorness } from "./poor-mailbox";
import { Random } from "../support/random";
import type { Stage } from "./stage";
import type { EventRow } from "./wire";

export interface PoorMailboxes {
  meetings: number;
  edits: number;
  /** Whole copies that the mailboxes wrote. */
  copies: number;
}

interface Side {
  mailbox: PoorMailbox;
  /** The person at the CRM's own pages. */
  web: Client;
}

interface Meeting {
  id: string;
  iCalUid: string;
  owner: Side;
  guests: readonly Side[];
  /** What each has answered last, by user. */
  answers: Map<string, string>;
  left: Set<string>;
}

const MEETINGS = 12;
const EDITS_FOR_VERSIONS = 0.2;
const [FEWEST_EDITS, MOST_EDITS] = [60, 20_000];
const ROUNDS_TO_SILENCE = 3;
const SILENT_ROUNDS = 3;
const BEGIN = Date.parse("2027-09-01T08:00:00Z");
const at = (hour: number): string => new Date(BEGIN + hour * 3_600_000).toISOString();

export async function provePoorMailboxes(
  stage: Stage,
  seed: string,
  versions: number,
  findings: Findings,
): Promise<PoorMailboxes> {
  const random = new Random(`${seed}/poor mailboxes`);
  const sides = await settle(stage, seed);
  const meetings: Meeting[] = [];
  for (let number = 0; number < MEETINGS; number++)
    meetings.push(await meet(stage, sides, number, { random, findings }));
  const edits = Math.min(Math.max(Math.round(versions * EDITS_FOR_VERSIONS), FEWEST_EDITS), MOST_EDITS);
  let isEditing = true;
  const rounds = sides.map(async ({ mailbox }) => {
    while (isEditing) {
      await mailbox.round();
      await sleep(5 + random.below(20));
    }
  });
  for (let number = 1; number <= edits; number++) {
    await edit(random.pick(meetings), number, random);
    await sleep(random.below(10));
  }
  isEditing = false;
  await Promise.all(rounds);
  await fallSilent(stage, sides, meetings, findings);
  for (const meeting of meetings) await judge(stage, meeting, findings);
  return { meetings: MEETINGS, edits, copies: sides.reduce((sum, { mailbox }) => sum + mailbox.writes, 0) };
}

async function settle(stage: Stage, seed: string): Promise<Side[]> {
  const sides: Side[] = [];
  for (const kind of KINDS) {
    const name = `poor-${kind.replaceAll(" ", "-")}`;
    const alias = `${name}.alias.${stage.run}@prove.test`;
    const person = await stage.person(name, kind === "alias" ? [alias] : []);
    const client = await stage.client(person, "BrightSync");
    const address = kind === "alias" ? alias : person.email;
    const mailbox = new PoorMailbox(kind, person, address, client, new Random(`${seed}/${name}`));
    sides.push({ mailbox, web: await stage.client(person, "web") });
  }
  return sides;
}

const isOf = ({ mailbox }: Side, kind: Poorness): boolean => mailbox.kind === kind;

/** The invitation is in every mailbox, and all bring it at once; who hides the others comes later, so that they are on the list. */
async function meet(
  stage: Stage,
  sides: readonly Side[],
  number: number,
  { random, findings }: { random: Random; findings: Findings },
): Promise<Meeting> {
  const owner = sides[number % sides.length] as Side;
  const others = sides.filter((side) => side !== owner);
  const guests = others.filter((_, index) => index === number % others.length || random.chance(0.6));
  const iCalUid = `poor.${stage.run}.${number}`;
  const meeting = {
    ...{ iCalUid, subject: `Meeting ${number}`, description: `<p>Of ${number}</p>`, location: "Here" },
    ...{ startTime: at(number), endTime: at(number + 1), organizerEmail: owner.mailbox.address },
    guests: guests.map(({ mailbox }) => mailbox.address),
  };
  const hiding = guests.filter((side) => isOf(side, "hides"));
  const first = [owner, ...guests.filter((side) => !hiding.includes(side))];
  const outcomes = await Promise.all(first.map(({ mailbox }) => mailbox.bring(meeting)));
  for (const { mailbox } of hiding) outcomes.push(await mailbox.bring(meeting));
  for (const { refusal } of outcomes)
    if (refusal !== null) findings.fault("defects", `${iCalUid} was refused: ${refusal}`);
  const [id = ""] = await stage.meetings(iCalUid);
  return { id, iCalUid, owner, guests, answers: new Map(), left: new Set() };
}

async function edit(
  { id, owner, guests, answers, left }: Meeting,
  number: number,
  random: Random,
): Promise<void> {
  const kind = random.weighted({ text: 4, answer: 4, answerInMailbox: 3, leave: 1 });
  if (kind === "text") {
    const field = random.pick(["subject", "location", "description"]);
    await owner.web.patch(id, { [field]: `<b>Edit ${number}</b>` }, null, plainly);
    return;
  }
  const { web, mailbox } = random.pick(guests);
  const self = mailbox.person.id;
  if (kind === "leave") {
    await web.remove(id, null, plainly);
    left.add(self);
    answers.set(self, "Declined");
    return;
  }
  const status = random.pick(ANSWERS);
  // Whoever has left comes back by an answer on the CRM's pages, and by none that says no.
  if (kind === "answerInMailbox" && !left.has(self)) {
    if (await mailbox.answer(id, status)) answers.set(self, status);
  } else if (!left.has(self) || status !== "Declined") {
    await web.respond(id, status, plainly);
    left.delete(self);
    answers.set(self, status);
  }
}

async function fallSilent(
  stage: Stage,
  sides: readonly Side[],
  meetings: readonly Meeting[],
  findings: Findings,
): Promise<void> {
  const round = (): Promise<unknown> => Promise.all(sides.map(({ mailbox }) => mailbox.round()));
  const versions = async (): Promise<Map<string, string>> => {
    const rows = await Promise.all(meetings.map(({ id }) => stage.event(id)));
    return new Map(rows.flatMap((row) => (row ? [[row.id, row.lastModifiedAt]] : [])));
  };
  for (let count = 0; count < ROUNDS_TO_SILENCE; count++) await round();
  let before = await versions();
  for (let count = 0; count < SILENT_ROUNDS; count++) {
    await round();
    const now = await versions();
    for (const [id, version] of now)
      if (before.get(id) !== version)
        findings.fault("restless", `event ${id} has a version of ${version}, when nobody edits any more`);
    before = now;
  }
}

async function judge(stage: Stage, meeting: Meeting, findings: Findings): Promise<void> {
  const { id, iCalUid, owner, guests, answers, left } = meeting;
  const ids = await stage.meetings(iCalUid);
  if (ids.length !== 1) findings.fault("madeTwice", `${iCalUid} is ${ids.length} events: ${ids.join(", ")}`);
  const row = (await owner.web.get(`/events/${id}`)).body as EventRow;
  for (const { web, mailbox } of guests) {
    const { person, kind } = mailbox;
    const whose = `event ${id}, the guest with a mailbox that is "${kind}"`;
    const entry = row.attendees?.find(({ userId }) => userId === person.id);
    if (!entry) {
      findings.fault("guestsLost", `${whose}: is not on the list any more`);
      continue;
    }
    const answer = answers.get(person.id);
    if (answer !== undefined && entry.status !== answer)
      findings.fault("answersUndone", `${whose}: answered ${answer} last, and is ${entry.status}`);
    const { status } = await web.get(`/events/${id}`);
    if (left.has(person.id) && status !== 404)
      findings.fault("leavingsUndone", `${whose}: has left, and has it in their calendar`);
    if (!left.has(person.id) && status !== 200)
      findings.fault("guestsLost", `${whose}: has not left, and does not have it in their calendar`);
  }
}
