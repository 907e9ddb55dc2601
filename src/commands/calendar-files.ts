// Commands that bring iCalendar files in and out.
import { open, readFile } from "node:fs/promises";
import type { Context } from "../context";
import { textRow, textRows } from "../database/text-rows";
import { createEvents, updateEvents, type Given, type Outcome, type PatchItem } from "../event/batch";
import { MAX_BATCH_ATTENDEES, MAX_BATCH_BYTES, eventSizeOf } from "../event/batch-size";
import { EventInput } from "../event/event.inputs";
import { listEvents } from "../event/lists";
import type { EventView } from "../event/projection";
import { EventOrder } from "../event/search";
import { always } from "../event/conditions";
import { Problem } from "../errors";
import { readCalendar, type ImportedEvent } from "../ical/read";
import { CalendarFile, idInUid } from "../ical/write";
import { ownCalendar } from "../people/calendars";
import { instantFromDatabase } from "../values/instants";
import { readInput } from "../values/rules";
import { asUser, CommandError } from "./as-caller";
import type { Run } from "./command";

const BATCH = 500;

type Result = "created" | "updated" | "unchanged";
type Done = Exclude<Outcome, { problem: Problem }>;

/** An event of the calendar that a file has too. */
interface Known {
  id: string;
  lastModifiedAt: string;
  /** Found by the UID that an export made up, as it has none of its own. */
  nameless: boolean;
  /** The organiser's address in small letters, where they are not on the list. */
  unlistedHost: string | null;
}

/** By their iCalendar UID. */
type KnownEvents = Map<string, Known>;

/**
 * Imports a file into a user's calendar. What it holds already (by UID) is changed where the file differs, so that the
 * same file again changes nothing. What is broken is reported with its line and left out.
 */
export async function importCalendar({ given, open, say }: Run): Promise<object> {
  const file = given.words[0] ?? "";
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`);
  });
  const ctx = await asUser(await open(), given.required("email"), given.optional("org"));
  const reading = readCalendar(source, await windowOf(ctx));
  const counts: Record<Result, number> = { created: 0, updated: 0, unchanged: 0 };
  const problems = [...reading.problems];
  let done = 0;
  for (const batch of inBatches(reading.events)) {
    done += batch.length;
    const known = await findKnown(
      ctx,
      batch.map(({ iCalUid }) => iCalUid),
    );
    for (const [index, outcome] of (await importBatch(ctx, batch, known)).entries()) {
      if (typeof outcome === "string") counts[outcome]++;
      else problems.push({ line: batch[index]?.line ?? 0, component: "VEVENT", message: outcome.message });
    }
    if (process.stderr.isTTY) say(`${done} of ${reading.events.length}`);
  }
  for (const { line, component, message } of problems) say(`${file}:${line}: ${component}: ${message}`);
  return { ...counts, problems: problems.length, ...reading.counts };
}

/** No batch comes to more than the service takes at once, nor to near it: what is there already counts too. */
function* inBatches(events: readonly ImportedEvent[]): Generator<ImportedEvent[]> {
  let batch: ImportedEvent[] = [];
  let [bytes, attendees] = [0, 0];
  for (const event of events) {
    const size = eventSizeOf(event);
    const isFull =
      batch.length === BATCH ||
      bytes + size.bytes > MAX_BATCH_BYTES / 4 ||
      attendees + size.attendees > MAX_BATCH_ATTENDEES;
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      [bytes, attendees] = [0, 0];
    }
    batch.push(event);
    bytes += size.bytes;
    attendees += size.attendees;
  }
  if (batch.length > 0) yield batch;
}

/** Series are expanded from one year back to two years ahead, as BrightSync reads. */
async function windowOf({ db, caller }: Context): Promise<Parameters<typeof readCalendar>[1]> {
  const row = await textRow(db.pool, {
    text: `
      select to_char(now - interval '1 year', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             to_char(now + interval '2 years', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
      from (select date_trunc('day', tidemark_now()) as now) today`,
    values: [],
  });
  const [from, to] = row as [string, string];
  return { zone: caller.timezone, from: new Date(from), to: new Date(to), ownEmail: caller.email };
}

async function findKnown(ctx: Context, uids: readonly string[]): Promise<KnownEvents> {
  const ids = uids.flatMap((uid) => idInUid(uid) ?? []);
  return new Map([...(await findHeld(ctx, BY_EXPORT, ids)), ...(await findHeld(ctx, BY_UID, uids))]);
}

/** How an event is found, and by which UID. Both in one statement ran into the statement timeout. */
const BY_UID = { nameless: false, uid: "e.i_cal_uid", condition: "e.i_cal_uid = any ($3)" };
const BY_EXPORT = {
  nameless: true,
  // As `CalendarFile` makes it up.
  uid: "e.id || '-' || round(extract(epoch from e.created_at) * 1000) || '@tidemark'",
  condition: "e.id = any ($3::bigint[])",
};

/** The caller's live events among those wanted; of one UID the oldest comes last. */
async function findHeld(
  { db, caller }: Context,
  { nameless, uid, condition }: typeof BY_UID,
  wanted: readonly string[],
): Promise<[string, Known][]> {
  if (wanted.length === 0) return [];
  const rows = await textRows(db.pool, {
    text: `
      select ${uid}, e.id, e.last_modified_at,
        case when not exists (
          select from jsonb_array_elements(e.attendees) one
          where lower(one ->> 'emailAddress') = lower(e.organizer_email)
        ) then lower(e.organizer_email) end
      from event e
      join calendar_entry n on n.organisation_id = e.organisation_id and n.event_id = e.id and n.removed_at is null
      where e.organisation_id = $1 and n.calendar_id = $2 and ${condition} order by e.id desc`,
    values: [caller.organisationId, caller.calendarId, wanted],
  });
  return rows.map(([found, id, version, unlistedHost]) => [
    found as string,
    {
      id: id as string,
      lastModifiedAt: instantFromDatabase(version as string),
      nameless,
      unlistedHost: unlistedHost ?? null,
    },
  ]);
}

/** What became of each event; a Problem where the service refuses it. New ones and known ones are a batch each. */
async function importBatch(
  ctx: Context,
  events: readonly ImportedEvent[],
  known: KnownEvents,
): Promise<(Result | Problem)[]> {
  const calendar = ownCalendar(ctx);
  const results = new Map<ImportedEvent, Result | Problem>();
  const note = (
    batch: readonly ImportedEvent[],
    outcomes: readonly Outcome[],
    result: (one: Done) => Result,
  ): void =>
    outcomes.forEach((outcome, index) => {
      const event = batch[index];
      if (event) results.set(event, "problem" in outcome ? outcome.problem : result(outcome));
    });
  const added = events.filter(({ iCalUid }) => !known.has(iCalUid));
  const options = { atomic: false, list: "" };
  note(added, await createEvents(ctx, calendar, added.map(readEvent), options), () => "created");
  const held = events.filter(({ iCalUid }) => known.has(iCalUid));
  const patches = held.map((event): Given<PatchItem> => {
    const there = known.get(event.iCalUid) as Known;
    const read = readEvent(asHeld(event, there));
    return "problem" in read ? read : { input: { id: there.id, patch: read.input, condition: always } };
  });
  const outcomes = await updateEvents(ctx, { calendar, reach: "calendar" }, patches, options);
  const versions = new Map([...known.values()].map(({ id, lastModifiedAt }) => [id, lastModifiedAt]));
  note(held, outcomes, ({ id, view }) =>
    view?.lastModifiedAt === versions.get(id) ? "unchanged" : "updated",
  );
  return events.map((event) => results.get(event) ?? "unchanged");
}

/** An event of the file as a change of the one that is there: our own export brings in nothing of its own making. */
function asHeld(event: ImportedEvent, { nameless, unlistedHost }: Known): Partial<ImportedEvent> {
  const { iCalUid, ...rest } = event;
  const attendees = event.attendees.filter(({ emailAddress }) => emailAddress.toLowerCase() !== unlistedHost);
  return { ...rest, attendees, ...(!nameless && { iCalUid }) };
}

function readEvent({ line: _line, timezone, ...event }: Partial<ImportedEvent>): Given<EventInput> {
  try {
    return { input: readInput(EventInput, { ...event, ...(timezone !== null && { timezone }) }) };
  } catch (error) {
    if (error instanceof Problem) return { problem: error };
    throw error;
  }
}

/** Writes a user's live events as iCalendar, to standard output or a file. */
export async function exportCalendar({ given, open: openDatabase, write }: Run): Promise<object | null> {
  const ctx = await asUser(await openDatabase(), given.required("email"), given.optional("org"));
  const out = given.optional("out");
  if (out === undefined) {
    await exportTo(ctx, write);
    return null;
  }
  const file = await open(out, "w").catch((error: unknown) => {
    throw new CommandError(`${out} cannot be written: ${(error as Error).message}`);
  });
  try {
    return { file: out, exported: await exportTo(ctx, (text) => file.appendFile(text)) };
  } finally {
    await file.close();
  }
}

/** Writes page by page, so that memory does not grow with the calendar. */
async function exportTo(ctx: Context, write: (text: string) => Promise<void>): Promise<number> {
  const file = new CalendarFile(ctx.caller.name);
  let exported = 0;
  await write(file.head);
  for (let after: string | null = null; ;) {
    const page = { first: BATCH, after };
    const { views, pageInfo } = await listEvents(ctx, { filter: {}, order: EventOrder.START, page });
    await write(views.map((view) => file.event(requireWhole(view))).join(""));
    exported += views.length;
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) break;
  }
  await write(file.foot);
  return exported;
}

type WholeView = EventView & { timezone: string; organizerEmail: string; createdAt: string };

const isWhole = (view: EventView): view is WholeView => !view.masked;

/** Nothing in a calendar is masked for its own user. */
function requireWhole(view: EventView): WholeView {
  if (!isWhole(view)) throw new Error(`Event ${view.id} is masked for the calendar's own user.`);
  return view;
}
