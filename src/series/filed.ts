// A series as a calendar file says it. Its occurrences are made and changed the way of every event; here they are put into
// their places, and the series is made to say what the file says.
import { isDeepStrictEqual } from "node:util";
import type { CalendarRef, Context } from "../context";
import { goingOn, type Transaction } from "../database/transaction";
import type { Attendee, Event } from "../entities/event";
import { mergeAttendees } from "../event/attendees";
import { inTurnOfBatch, writing } from "../event/batch-turns";
import type { EventInput, EventPatch } from "../event/event.inputs";
import type { LockedEvent } from "../event/locked";
import { changesOf, composeEvent, type NewEvent } from "../event/merge";
import { findPeople, namedBy, type KnownPeople } from "../event/people-of-write";
import { updateEvents, type Change } from "../event/stored";
import { columns, selectRows, text } from "../database/rows";
import { Handling } from "../values/handling";
import type { ReadInput } from "../values/rules";
import { Faults } from "../values/faults";
import { recurAlike, type Definition } from "./definition";
import { ALONE } from "./dissolve";
import { hold } from "./held-for-file";
import { occurrenceUid, templateOf } from "./occurrence";
import { ownWords, type Words } from "./own-words";
import { templateAfter } from "./patched";
import { placesAmong, recurrenceIdOf, rising, wallOf } from "./places";
import { insertSeries, nextSeriesId, updateSeries, writeAsSeries } from "./stored";
import type { SeriesState, Template } from "./stored";

/** When a series recurs, as a file says it, and how far its occurrences are made. */
export interface FiledTimes {
  definition: Definition;
  until: number | null;
  lookAt: number | null;
}

/** A series that is new. */
export interface NewFiled extends FiledTimes {
  iCalUid: string;
  /** What its occurrences say. */
  said: EventInput;
}

/** A series that a transaction has just made. */
export interface MadeSeries {
  id: string;
  state: SeriesState;
}

/** Makes the row of a series, before its occurrences. The calendars must be locked. */
export async function insertFiled(
  ctx: Context,
  tx: Transaction,
  calendar: CalendarRef,
  { definition, until, lookAt, iCalUid, said }: NewFiled,
): Promise<MadeSeries> {
  const people = await findPeople(tx.client, ctx.caller, namedBy([said]));
  // What could not be understood of it is told of its occurrences.
  const composed = composeEvent(ctx, calendar, said, people, new Faults(Handling.LENIENT));
  const id = await nextSeriesId(tx.client);
  const state: SeriesState = {
    ownerId: calendar.userId,
    definition,
    content: { ...templateOf(composed), parentId: null },
    leftUserIds: [],
    iCalUid,
    until,
    lookAt,
    previousId: null,
  };
  await insertSeries(tx.client, ctx.caller.organisationId, id, state);
  return { id, state };
}

/** A new event as the occurrence in a place of a series that is new. */
export function placedIn(
  { caller }: Context,
  { id, state }: MadeSeries,
  event: NewEvent,
  wall: number,
): Partial<Event> {
  const { definition } = state;
  const placed = { ...event, timezone: event.timezone ?? definition.timezone };
  return {
    ...placed,
    seriesId: id,
    recurrenceId: recurrenceIdOf(wall, definition.allDay),
    overrides: ownWords(placed, state, wall, caller.email),
  };
}

const TAKEN = columns({ seriesId: text("e.series_id"), recurrenceId: text("e.recurrence_id") });

/** The places of these series that have an occurrence, each as its series' id and its wall time. */
export async function placesTaken(
  { caller }: Context,
  { client }: Transaction,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await selectRows(client, TAKEN, {
    text: `select ${TAKEN.list} from event e where e.series_id = any ($2) and (e.organisation_id = $1) is true`,
    values: [caller.organisationId, ids],
  });
  return new Set(rows.map(({ seriesId, recurrenceId }) => `${seriesId} ${wallOf(recurrenceId)}`));
}

/** What a file makes of a series. */
export interface Filing extends FiledTimes {
  /** Null: it is to be made of the events in `places`. */
  seriesId: string | null;
  iCalUid: string;
  /** What its occurrences say; null where it is not to be made. */
  said: EventInput | null;
  /** What they are to say otherwise than the series does so far; null: nothing. */
  patch: ReadInput<EventPatch> | null;
  /** Events and the places that are theirs. */
  places: ReadonlyMap<string, number>;
  /** Places that have an occurrence again, or lost it to the file: no deletion of somebody's keeps it away. */
  settled: ReadonlySet<number>;
  /** Places that are deleted, and those in which they stand from now on: nothing comes back there either. */
  moved: ReadonlyMap<number, number>;
}

/**
 * Puts events into their places of a series, and makes the series say what the file says. Occurrences whose place is none any
 * more go on as single events. What is so already is not written. It is a part of the transaction `within`, or has one of its own.
 */
export async function fileSeries(
  ctx: Context,
  calendar: CalendarRef,
  filing: Filing,
  within?: Transaction,
): Promise<void> {
  if (within) return file(ctx, goingOn(within), calendar, filing);
  await inTurnOfBatch(ctx, filing.places.size * 10, () =>
    writing(ctx, calendar, (tx) => file(ctx, tx, calendar, filing)),
  );
}

async function file(ctx: Context, tx: Transaction, calendar: CalendarRef, filing: Filing): Promise<void> {
  const named = namedBy([filing.patch?.input ?? {}]);
  const people = await findPeople(tx.client, ctx.caller, named, [...filing.places.keys()]);
  const held = await hold(ctx, tx, calendar, { seriesId: filing.seriesId, ids: [...filing.places.keys()] });
  const { seriesId, said } = filing;
  const made = seriesId === null && said ? await insertFiled(ctx, tx, calendar, { ...filing, said }) : null;
  const id = made?.id ?? held.id;
  const before = made?.state ?? held.state;
  if (id === null || before === null) return;
  const after = made ? before : stateAfter(before, filing, people);
  await writeAsSeries(tx.client, [id]);
  const changes = changesIn(ctx, [...held.events.values()], { id, before, after, filing });
  await updateEvents(ctx, tx, tx.client, changes);
  if (made || isSame(before, after)) return;
  await updateSeries(tx.client, ctx.caller.organisationId, id, after);
}

function stateAfter(before: SeriesState, filing: Filing, people: KnownPeople): SeriesState {
  const { definition, settled, moved, patch } = filing;
  const left = before.definition.deleted.filter((wall) => !settled.has(wall));
  const deleted = rising(left.map((wall) => moved.get(wall) ?? wall));
  const next = { ...definition, deleted, exdates: rising([...definition.exdates, ...deleted]) };
  return {
    ...before,
    definition: next,
    content: patch ? contentAfter(before.content, patch, people) : before.content,
    until: filing.until,
    lookAt: filing.lookAt,
  };
}

/** What people have answered themselves stays. */
function contentAfter(before: Template, { input }: ReadInput<EventPatch>, people: KnownPeople): Template {
  const { attendees, ...words } = input;
  const faults = new Faults(Handling.LENIENT);
  const after = templateAfter(before, words, {}, people, faults);
  if (!attendees) return after;
  const list = mergeAttendees({ given: attendees, before: before.attendees, people }, faults);
  const own = before.ownAnswers ?? {};
  const answered = (one: Attendee): Attendee => {
    const status = one.userId === null ? undefined : own[one.userId];
    return status ? { ...one, status } : one;
  };
  return { ...after, attendees: list.map(answered) };
}

const isSame = (before: SeriesState, after: SeriesState): boolean =>
  recurAlike(before.definition, after.definition) &&
  before.until === after.until &&
  isDeepStrictEqual(JSON.parse(JSON.stringify(before.content)), JSON.parse(JSON.stringify(after.content)));

interface Placing {
  id: string;
  before: SeriesState;
  after: SeriesState;
  filing: Filing;
}

function changesIn(ctx: Context, events: readonly LockedEvent[], placing: Placing): Change[] {
  const { id, before, after, filing } = placing;
  const { definition } = after;
  const standing = events.map((locked) => {
    const { view } = locked;
    const own = view.seriesId === id && view.recurrenceId !== null ? wallOf(view.recurrenceId) : null;
    return { locked, own, wall: filing.places.get(view.id) ?? own };
  });
  const isPlace = placesAmong(
    definition,
    standing.flatMap(({ wall }) => wall ?? []),
  );
  return standing.map(({ locked, own, wall }): Change => {
    const { view, overrides } = locked;
    if (wall === null || !isPlace.has(wall)) return { locked, changes: own === null ? {} : ALONE };
    const changes: Change["changes"] = {};
    const recurrenceId = recurrenceIdOf(wall, definition.allDay);
    if (view.seriesId !== id) changes.seriesId = id;
    if (view.recurrenceId !== recurrenceId) changes.recurrenceId = recurrenceId;
    const uid = occurrenceUid(after.iCalUid, definition, wall);
    const isNamedSo = own !== null && view.iCalUid === occurrenceUid(before.iCalUid, before.definition, own);
    if (isNamedSo) Object.assign(changes, changesOf(view, { iCalUid: uid }));
    const hasOwnUid = overrides.includes("iCalUid") && view.iCalUid !== uid && !isNamedSo;
    const said = ownWords(view as unknown as Words, after, wall, ctx.caller.email);
    const words = hasOwnUid ? [...said, "iCalUid"].sort() : said;
    if (!isDeepStrictEqual(words, [...overrides].sort())) changes.overrides = words;
    return { locked, changes };
  });
}
