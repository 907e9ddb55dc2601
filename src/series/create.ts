// Making a series: its row, and the occurrences up to the horizon, in one transaction.
import { createHash } from "node:crypto";
import { KeyTaken, readKey, recall, remember, type Idempotency } from "../access/idempotency-keys";
import { requireScope, type CalendarRef, type Context } from "../context";
import type { TextRow } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { inTurnOfBatch, writing } from "../event/batch-turns";
import { lockCalendarsOf } from "../event/calendar-locks";
import { fingerprintOf } from "../event/idempotency";
import { composeEvent } from "../event/merge";
import { findParents, holdParents } from "../event/parents";
import { findPeople, namedBy } from "../event/people-of-write";
import { EventView } from "../event/projection";
import { namingRooms, needsRooms, requireRooms } from "../event/rooms";
import { insertEvents } from "../event/stored";
import { requireTimes } from "../event/times";
import { toMs } from "../values/instants";
import type { ReadInput } from "../values/rules";
import { Faults } from "../values/faults";
import { firstAhead } from "./ahead";
import { definitionOf, spellingOf, type Times } from "./definition";
import { occurrenceOf, participantsOf, templateOf } from "./occurrence";
import { hasRoom } from "./parents";
import { requireModestSeries } from "./whole";
import type { SeriesInput } from "./series.inputs";
import { insertSeries, nextSeriesId, SERIES, type SeriesRow, type SeriesState } from "./stored";
import { readNow, readZone } from "./today";

/** What a create came to. */
export interface Created {
  series: SeriesRow;
  /** The first occurrence that is not over, else the last one. */
  event: EventView;
  created: number;
  isReplayed: boolean;
  passedOver: readonly string[];
}

/** Creates a series of the calendar's user. With a key, once for 48 hours: repeats are answered what it came to. */
export async function createSeries(
  ctx: Context,
  calendar: CalendarRef,
  given: ReadInput<SeriesInput>,
  key: string | null | undefined,
): Promise<Created> {
  requireScope(ctx, "write");
  if (key == null) return make(ctx, calendar, given, null);
  const idempotency = { key: readKey(ctx, key), fingerprint: fingerprint(ctx, calendar, given.input) };
  const known = await replay(ctx, idempotency);
  if (known) return known;
  try {
    return await make(ctx, calendar, given, idempotency);
  } catch (error) {
    if (!(error instanceof KeyTaken)) throw error;
    const winner = await replay(ctx, idempotency);
    if (!winner) throw new Error("An idempotency key was taken and is not there.", { cause: error });
    return winner;
  }
}

interface Kept {
  series: TextRow;
  event: TextRow;
  created: number;
  /** Absent in an answer of an earlier version. */
  passedOver?: readonly string[];
}

async function replay(ctx: Context, idempotency: Idempotency): Promise<Created | null> {
  const kept = await recall<Kept>(ctx, ctx.db.pool, idempotency);
  return (
    kept && {
      series: SERIES.of(kept.series),
      event: new EventView(kept.event),
      created: kept.created,
      isReplayed: true,
      passedOver: kept.passedOver ?? [],
    }
  );
}

function fingerprint(ctx: Context, calendar: CalendarRef, { recurrence, ...event }: SeriesInput): Buffer {
  const zone = event.timezone ?? ctx.caller.timezone;
  return createHash("sha256")
    .update(fingerprintOf(calendar, event, ctx.caller.timezone))
    .update(spellingOf(requireTimes(event, zone), zone, recurrence))
    .digest();
}

/** Entries that a series comes to before anything is known of its rule: as of a batch of that size. */
const sizeOf = ({ attendees }: SeriesInput): number => 100 * (1 + (attendees?.length ?? 0));

async function make(
  ctx: Context,
  calendar: CalendarRef,
  given: ReadInput<SeriesInput>,
  idempotency: Idempotency | null,
): Promise<Created> {
  const write = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    inTurnOfBatch(ctx, sizeOf(given.input), () => namingRooms(ctx, () => writing(ctx, calendar, work)));
  return write(async (tx) => {
    const { organisationId } = ctx.caller;
    const faults = new Faults(ctx.handling, given.passedOver);
    const parents = await findParents(ctx, tx, calendar, [given.input]);
    const now = await readNow(tx.client);
    const id = await nextSeriesId(tx.client);
    const state = await composeSeries(ctx, tx, calendar, given.input, { id, now, faults });
    const today = { now, horizonDays: ctx.db.seriesHorizonDays, participants: participantsOf(state) };
    const { places, until, lookAt } = firstAhead(state.definition, today);
    if (places.length === 0) faults.add("recurrence.exdates", "must leave at least one occurrence");
    if (!hasRoom(parents, state.content.parentId, places.length, faults)) state.content.parentId = null;
    faults.throwIfAny();
    const events = places.map((wall) => occurrenceOf(id, state, wall));
    requireModestSeries(events);
    await lockCalendarsOf(ctx, tx, calendar.userId, events);
    await holdParents(ctx, tx, parents);
    const series = await insertSeries(tx.client, organisationId, id, { ...state, until, lookAt });
    if (needsRooms(given.input)) await requireRooms(tx);
    const views = await insertEvents(ctx, tx, tx.client, calendar.userId, events);
    const event = views.find((view) => toMs(view.endTime) > now) ?? views.at(-1);
    if (!event) throw new Error("A series was made without occurrences.");
    const { passedOver } = faults;
    const kept: Kept = {
      series: SERIES.texts(series),
      event: event.stored,
      created: views.length,
      passedOver,
    };
    if (idempotency) await remember(ctx, tx.client, idempotency, kept);
    return { series, event, created: views.length, isReplayed: false, passedOver };
  });
}

interface Composing {
  id: string;
  now: number;
  faults: Faults;
}

/** What a new series is. Throws what is wrong with it. */
async function composeSeries(
  ctx: Context,
  tx: Transaction,
  calendar: CalendarRef,
  { recurrence, ...event }: SeriesInput,
  { id, now, faults }: Composing,
): Promise<SeriesState> {
  const people = await findPeople(tx.client, ctx.caller, namedBy([event]));
  const composed = composeEvent(ctx, calendar, event, people, faults);
  faults.throwIfAny();
  const timezone = composed.timezone ?? (await readZone(tx.client, ctx.caller, calendar.userId));
  const definition = definitionOf(composed as Times, timezone, recurrence, faults);
  faults.throwIfAny();
  if (!definition) throw new Error("A series without faults has a definition.");
  return {
    ownerId: calendar.userId,
    definition,
    content: templateOf(composed),
    leftUserIds: [],
    iCalUid: composed.iCalUid ?? `${id}-${now}@tidemark`,
    until: null,
    lookAt: null,
    previousId: null,
  };
}
