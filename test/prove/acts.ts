// What each act of the plan comes to: which event, which request, and what the answer must be like.
import { unlessGivenUp } from "./client";
import { ABSENT, statusField } from "./history";
import type { Known } from "./model";
import { STATUSES, type Act, type Step } from "./plan";
import type { EventRow, Guest } from "./wire";
import type { Change, Writer } from "./writer";

/** More than so many events of one's own, and a create becomes a delete: a third more than a batch changes. */
const enough = ({ batchSize }: Step): number => Math.round((batchSize * 4) / 3);
const BEGIN = Date.parse("2027-01-01T00:00:00Z");
const MINUTE_MS = 60_000;

const aimedAt = <T>(list: readonly T[], aim: number): T | undefined => list[Math.floor(aim * list.length)];

export async function perform(writer: Writer, step: Step): Promise<void> {
  await ACTS[actFor(writer, step)](writer, step);
  writer.steps++;
}

function actFor({ model, person }: Writer, step: Step): Act {
  const { act } = step;
  const own = model.ownedBy(person.id).length;
  if (act === "create" || act === "twice") return own > enough(step) ? "remove" : act;
  if (act === "remove") return own > enough(step) / 4 ? act : "create";
  return own === 0 ? "create" : act;
}

const ACTS: Record<Act, (writer: Writer, step: Step) => Promise<void>> = {
  create,
  twice,
  patch,
  remove: async (writer, step) => {
    const known = own(writer, step);
    if (known) await writer.bury(known, step);
  },
  respond,
  leave: async (writer, step) => {
    const known = attended(writer, step);
    if (known) await writer.leave(known, step);
  },
  invite,
  uninvite,
  privacy,
  same,
  batch,
};

function own({ model, person }: Writer, { aim }: Step): Known | undefined {
  return model.events.get(aimedAt(model.ownedBy(person.id), aim) ?? "");
}

function attended({ model, person }: Writer, { aim }: Step): Known | undefined {
  return model.events.get(aimedAt(model.attendedBy(person.id), aim) ?? "");
}

/** One's own more often than those one is invited to. */
const either = (writer: Writer, step: Step): Known | undefined =>
  (step.other < 0.35 ? attended(writer, step) : undefined) ?? own(writer, step);

const instant = (minutes: number): string => new Date(BEGIN + minutes * MINUTE_MS).toISOString();

type Draft = Record<string, unknown> & { parentId?: number };

function draft(writer: Writer, step: Step): Draft {
  const guests = new Set(step.guests.map((aim) => aimedAt(writer.others, aim)));
  const parent = step.child ? own(writer, { ...step, aim: step.other }) : undefined;
  return {
    iCalUid: writer.text(step, "create"),
    subject: writer.text(step, "subject"),
    description: writer.text(step, "description"),
    startTime: instant(step.startsAfter),
    endTime: instant(step.startsAfter + step.lasts),
    private: step.flag && step.careful,
    attendees: [...guests].flatMap((guest, index) => {
      if (!guest) return [];
      return [index % 2 === 0 ? { userId: guest.id } : { emailAddress: guest.email }];
    }),
    ...(parent && !parent.parentId && !parent.gone && { parentId: Number(parent.id) }),
  };
}

async function create(writer: Writer, step: Step): Promise<void> {
  const input = draft(writer, step);
  const key = step.careful ? writer.text(step, "key") : null;
  const outcome = await unlessGivenUp(writer.client.create(input, key, writer.way(step)));
  const row = outcome?.row;
  if (row && !row.deleted) writer.learn(row);
  else if (outcome) refusedCreate(writer, input, outcome.refusal);
}

function refusedCreate(writer: Writer, input: Draft, refusal: string | null): void {
  const parent = writer.model.events.get(String(input.parentId ?? ""));
  if (refusal === "lost" || (refusal === "bad_request" && parent && writer.model.mayBeGone(parent))) return;
  writer.client.reach.findings.fault("defects", `a create was refused: ${refusal}`);
}

/** The same create three times at the same moment, through both doors. */
async function twice(writer: Writer, step: Step): Promise<void> {
  const input = { ...draft(writer, step), parentId: undefined };
  const key = writer.text(step, "key");
  const doors = ["rest", "graphql", "rest"] as const;
  const outcomes = await Promise.all(
    doors.map((door, index) =>
      unlessGivenUp(
        writer.client.create(input, key, { ...writer.way(step), door, instance: step.instance + index }),
      ),
    ),
  );
  for (const outcome of outcomes) {
    const row = outcome?.row;
    if (row && !row.deleted) writer.learn(row);
    else if (outcome) refusedCreate(writer, input, outcome.refusal);
  }
}

async function patch(writer: Writer, step: Step): Promise<void> {
  const known = either(writer, step);
  if (!known) return;
  const version = step.careful && step.flag ? known.row.lastModifiedAt : null;
  const change = texts(writer, step);
  // The copy in an attendee's mailbox has no say in what the meeting is.
  const guests = { patch: { ...change.patch, private: step.flag }, values: new Map<string, string>() };
  await writer.change(known, known.ownerId === writer.person.id ? change : guests, step, version);
}

/** Many events of one's own in one call: each for itself, or all of them or none. */
async function batch(writer: Writer, step: Step): Promise<void> {
  const ids = writer.model.ownedBy(writer.person.id);
  const from = Math.floor(step.aim * ids.length);
  const chosen = ids.slice(from, from + 2 + Math.floor(step.other * (step.batchSize - 1)));
  const changes = chosen.flatMap((id) => {
    const known = writer.model.events.get(id);
    return known ? [{ known, change: texts(writer, { ...step, parts: ["subject"] }) }] : [];
  });
  if (changes.length > 0) await writer.changeMany(changes, step);
}

function texts(writer: Writer, step: Step): Change {
  const parts = step.parts.length > 0 ? step.parts : (["subject"] as const);
  const change: Change = {
    patch: {},
    values: new Map(),
    certain: parts.length > 1 || !parts.includes("times"),
  };
  for (const part of parts) {
    if (part === "times") {
      const [startTime, endTime] = [instant(step.startsAfter), instant(step.startsAfter + step.lasts)];
      Object.assign(change.patch, { startTime, endTime });
      change.values.set("times", `${startTime}/${endTime}`);
    } else {
      change.patch[part] = writer.text(step, part);
      change.values.set(part, writer.text(step, part));
    }
  }
  return change;
}

async function privacy(writer: Writer, step: Step): Promise<void> {
  const known = own(writer, step);
  if (!known) return;
  const values = new Map([["private", String(step.flag)]]);
  await writer.change(known, { patch: { private: step.flag }, values }, step);
}

/** Through the list, as a mailbox does it, with words for the others that it has no say in; or in so many words. */
async function respond(writer: Writer, step: Step): Promise<void> {
  const known = attended(writer, step);
  if (!known) return;
  if (step.door === "graphql" || step.careful) return writer.respond(known, step);
  const attendees = known.row.attendees.map((guest) => {
    const mine = guest.userId === writer.person.id;
    return { userId: guest.userId, status: mine ? step.status : presumed(guest, step) };
  });
  const values = new Map([[statusField(writer.person.id), step.status]]);
  await writer.change(known, { patch: { attendees }, values, list: true }, step);
}

/** Some status, as a stale or careless copy has it. */
const presumed = ({ userId }: Guest, { number }: Step): string =>
  STATUSES[(Number(userId) + number) % STATUSES.length] ?? "Accepted";

const listed = (known: Known): Guest[] => known.row.attendees.filter(({ userId }) => userId !== null);

async function invite(writer: Writer, step: Step): Promise<void> {
  const known = either(writer, step);
  const guest = aimedAt(writer.others, step.other);
  if (!known || !guest || guest.id === known.ownerId) return;
  const owner = known.ownerId === writer.person.id;
  // A copy that knows no answers, the owner's too, undoes none.
  const attendees: Record<string, unknown>[] = listed(known).map((other) =>
    other.userId === writer.person.id
      ? { userId: other.userId }
      : { userId: other.userId, status: owner ? "NoResponse" : presumed(other, step) },
  );
  const values = new Map<string, string>();
  let version: string | null = null;
  const before = attendees.find(({ userId }) => userId === guest.id);
  if (!before) attendees.push({ emailAddress: guest.email.toUpperCase() });
  else if (owner && step.flag) {
    // The owner names the version, and has a say: this is how somebody who left gets the event back.
    for (const other of attendees) delete other.status;
    before.status = "Tentative";
    version = known.row.lastModifiedAt;
    values.set(statusField(guest.id), "Tentative");
  }
  await writer.change(
    known,
    { patch: { attendees, ...subject(writer, step, owner ? values : new Map()) }, values, list: true },
    step,
    version,
  );
}

async function uninvite(writer: Writer, step: Step): Promise<void> {
  const known = own(writer, step);
  const guest = known && aimedAt(listed(known), step.other);
  if (!known || !guest?.userId) return;
  const left = listed(known).filter(({ userId }) => userId !== guest.userId);
  const values = new Map([[statusField(guest.userId), ABSENT]]);
  const attendees = left.map(({ userId }) => ({ userId }));
  await writer.change(
    known,
    { patch: { attendees, ...subject(writer, step, values) }, values, list: true },
    step,
  );
}

/** Along with a change of people, or not: a change of people alone must be seen too. */
function subject(writer: Writer, step: Step, values: Map<string, string>): { subject?: string } {
  if (!step.careful) return {};
  const text = writer.text(step, "subject");
  values.set("subject", text);
  return { subject: text };
}

/** Writes what is there already, in other words: it must leave no trace. */
async function same(writer: Writer, step: Step): Promise<void> {
  const known = own(writer, step);
  if (!known) return;
  const read = await unlessGivenUp(
    writer.client.get(`/events/${known.id}`, { ...writer.way(step), fate: "arrives" }),
  );
  if (read?.status !== 200) return;
  const row = read.body as EventRow;
  const patch = {
    subject: row.subject,
    startTime: row.startTime.replace("Z", "+00:00"),
    attendees: [...row.attendees]
      .reverse()
      .map(({ userId, status }) => ({ userId, status: status.toUpperCase() })),
  };
  const outcome = await unlessGivenUp(
    writer.client.patch(known.id, patch, row.lastModifiedAt, writer.way(step)),
  );
  if (outcome?.refusal !== null || !outcome.row || outcome.row.lastModifiedAt === row.lastModifiedAt) return;
  writer.client.reach.findings.fault(
    "noopsTraced",
    `event ${row.id}: a write of nothing moved it from ${row.lastModifiedAt} to ${outcome.row.lastModifiedAt}`,
  );
}
