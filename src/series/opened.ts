// A series for a write: the occurrence that it is addressed by, those it is about, and the series itself, locked. Calendars
// come first, then events, the series last (migrations/functions/series.sql).
import type { CalendarRef, Context } from "../context";
import { columns, flag, orNull, selectRow, selectRows, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import { badRequest, notFound } from "../errors";
import { lostToAnother } from "../failures";
import { inTurnOfBatch, writing } from "../event/batch-turns";
import { lockEvents, lockForDelete, type Address, type LockedEvent } from "../event/locked";
import { EventView } from "../event/projection";
import { findEntry } from "../event/read";
import { namingRooms } from "../event/rooms";
import { toMs } from "../values/instants";
import { wallOf } from "./places";
import { readNow } from "./today";
import { SERIES, stateOf, writeAsSeries, type SeriesRow, type SeriesState } from "./stored";

export enum SeriesScope {
  THIS = "THIS",
  FOLLOWING = "FOLLOWING",
  ALL = "ALL",
}

/** An occurrence of the series, locked. */
export interface Occurrence {
  locked: LockedEvent;
  /** Its place. */
  wall: number;
  isOver: boolean;
}

export interface Opened {
  /** Whose write it is. */
  calendar: CalendarRef;
  row: SeriesRow;
  state: SeriesState;
  addressed: Occurrence;
  /** Those that are not over, by place. */
  live: Occurrence[];
  /** The places of those that are, rising. */
  over: number[];
  now: number;
}

const FOUND = columns({ seriesId: orNull(text("e.series_id")) });

const MEMBER = columns({
  id: text("e.id"),
  recurrenceId: text("e.recurrence_id"),
  isOver: flag("e.end_time <= tidemark_now()"),
});

/**
 * The series of the event that a write is addressed by. Refuses, as `not_found`, an event that is not there, and one that the
 * calendar does not hold where the write is for one; as `bad_request` an event that is of no series.
 */
async function requireSeries(ctx: Context, { id, calendar, reach }: Address): Promise<string> {
  const seriesId = await seriesOf(ctx, ctx.db.pool, id);
  if (seriesId !== null) return seriesId;
  if (reach === "calendar" && !((await findEntry(ctx, calendar, id)) instanceof EventView))
    throw notFound("This event");
  throw ofNoSeries();
}

const ofNoSeries = (): Error =>
  badRequest({ field: "scope", message: "scope must be THIS for an event that is of no series." });

/** The series of an event; null where it is of none. */
async function seriesOf({ caller }: Context, client: Queryable, id: string): Promise<string | null> {
  const found = await selectRow(client, FOUND, {
    text: `select ${FOUND.list} from event e where e.organisation_id = $1 and e.id = $2`,
    values: [caller.organisationId, id],
  });
  if (!found) throw notFound("This event");
  return found.seriesId;
}

/** The series that a write is about, and the events that it is about to lock. */
export interface Meant {
  seriesId: string;
  ids: readonly string[];
}

/** Entries, about, of a series whose occurrences are so many. */
const sizeOf = (ids: readonly string[]): number => ids.length * 10;

/**
 * Runs a transaction that writes the series of which an event is an occurrence, when it is its turn. Which one that is is asked
 * anew with every attempt: another write may have split it meanwhile.
 */
export async function writingSeries<T>(
  ctx: Context,
  address: Address,
  work: (tx: Transaction, meant: Meant) => Promise<T>,
): Promise<T> {
  const { calendar, id } = address;
  const first = await requireSeries(ctx, address);
  const { ids } = await membersOf(ctx, ctx.db.pool, first, id);
  const attempt = async (tx: Transaction): Promise<T> => {
    const seriesId = await seriesOf(ctx, tx.client, id);
    if (seriesId === null) throw ofNoSeries();
    if (seriesId === first) return work(tx, { seriesId, ids });
    return work(tx, { seriesId, ids: (await membersOf(ctx, tx.client, seriesId, id)).ids });
  };
  return inTurnOfBatch(ctx, sizeOf(ids), () => namingRooms(ctx, () => writing(ctx, calendar, attempt)));
}

interface Opening {
  address: Address;
  seriesId: string;
  /** Users whom the write names: their calendars are locked too. */
  invited: readonly string[];
  forDelete?: boolean;
  /** Whether it may take occurrences away: calendars of their children are locked too. */
  mayDrop?: boolean;
}

/** The events whose locks an opening takes: the occurrences that are not over, and the one addressed. */
async function membersOf(
  { caller }: Pick<Context, "caller">,
  client: Queryable,
  seriesId: string,
  eventId: string,
): Promise<{ ids: string[]; over: number[]; ownerId: string }> {
  const members = await selectRows(client, MEMBER, {
    text: `select ${MEMBER.list} from event e where e.series_id = $2 and (e.organisation_id = $1) is true order by e.recurrence_id`,
    values: [caller.organisationId, seriesId],
  });
  const owner = await selectRow(client, OWNER, {
    text: `select ${OWNER.list} from series s where s.organisation_id = $1 and s.id = $2`,
    values: [caller.organisationId, seriesId],
  });
  if (!owner) throw lostToAnother("A series was deleted meanwhile.");
  return {
    ids: members.filter(({ id, isOver }) => !isOver || id === eventId).map(({ id }) => id),
    over: members.filter(({ isOver }) => isOver).map(({ recurrenceId }) => wallOf(recurrenceId)),
    ownerId: owner.ownerId,
  };
}

const KIN = columns({ userId: text("c.user_id") });

/** Users whose calendars hold what hangs under these events. */
async function inChildrenOf(
  { caller }: Pick<Context, "caller">,
  client: Queryable,
  ids: readonly string[],
): Promise<string[]> {
  const kin = await selectRows(client, KIN, {
    text: `
      with recursive kin (id) as (
        select e.id from event e where e.parent_id = any ($2) and (e.organisation_id = $1) is true
        union
        select e.id from kin k join event e on e.parent_id = k.id and (e.organisation_id = $1) is true)
      select distinct ${KIN.list} from kin
      join event e on e.organisation_id = $1 and e.id = kin.id
      cross join lateral unnest(event_calendars(e)) held (id)
      join calendar c on c.organisation_id = $1 and c.id = held.id`,
    values: [caller.organisationId, ids],
  });
  return kin.map(({ userId }) => userId);
}

const OWNER = columns({ ownerId: text("s.owner_id") });

/** Somebody has split the series meanwhile, say: the write is about the one that the occurrence is of by then. */
const ELSEWHERE = "An occurrence is of another series now, or gone.";

/** Locks it all, and says that this transaction writes for the series. Six statements. */
export async function openSeries(ctx: Context, tx: Transaction, opening: Opening): Promise<Opened> {
  const { address, seriesId, invited, forDelete = false, mayDrop = false } = opening;
  const { organisationId } = ctx.caller;
  const { ids, over, ownerId } = await membersOf(ctx, tx.client, seriesId, address.id);
  if (!ids.includes(address.id)) throw lostToAnother(ELSEWHERE);
  const others = mayDrop ? await inChildrenOf(ctx, tx.client, ids) : [];
  const locked = forDelete
    ? await lockForDelete(ctx, tx, address, ids)
    : await lockEvents(ctx, tx, address, ids, [...invited, ...others, ownerId]);
  const row = await selectRow(tx.client, SERIES, {
    text: `select ${SERIES.list} from lock_series($1, $2, $3) s`,
    values: [organisationId, seriesId, ids],
  });
  const now = await readNow(tx.client);
  const own = locked.get(address.id);
  if (!own) throw notFound("This event");
  if (!row || own.view.seriesId !== seriesId) throw lostToAnother(ELSEWHERE);
  await writeAsSeries(tx.client, [seriesId]);
  const occurrences = ids.flatMap((id): Occurrence[] => {
    const one = locked.get(id);
    if (one?.view.seriesId !== seriesId) return [];
    return [{ locked: one, wall: wallOf(one.view.recurrenceId), isOver: toMs(one.view.endTime) <= now }];
  });
  const addressed = occurrences.find(({ locked: { view } }) => view.id === address.id);
  if (!addressed) throw notFound("This event");
  const live = occurrences.filter(({ isOver }) => !isOver).sort((a, b) => a.wall - b.wall);
  return { calendar: address.calendar, row, state: stateOf(row), addressed, live, over, now };
}

/** Where FOLLOWING begins: in the place addressed, or where that is over, in the next one that is not; null: nowhere. */
export const beginningOf = ({ addressed, live }: Opened): number | null =>
  addressed.isOver ? (live.find(({ wall }) => wall > addressed.wall)?.wall ?? null) : addressed.wall;
