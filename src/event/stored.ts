// Rows of event: inserted, updated and deleted, one or many in one statement. Rows travel as one JSON parameter, so that
// any number of them is the same prepared statement.
import type { Context } from "../context";
import { columns, instant, number, selectRows, text } from "../database/rows";
import { textRows, type Queryable, type TextRow } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import type { Caller } from "../entities/caller";
import type { Event } from "../entities/event";
import { mapInPieces } from "../turns/pauses";
import { DEFAULTS, WRITTEN_COLUMNS, type Content } from "./fields";
import type { LockedEvent } from "./locked";
import type { NewEvent } from "./merge";
import { EVENT_WIDTH, eventColumns, EventView, RemovedView } from "./projection";
import { touch } from "./touch";

type WrittenColumn = (typeof WRITTEN_COLUMNS)[number];

/** With whose it is. */
const OWNED = [{ name: "ownerId", column: "owner_id", type: "bigint" }, ...WRITTEN_COLUMNS];

const recordOf = (columns: readonly WrittenColumn[]): string =>
  columns.map(({ name, type }) => `"${name}" ${type}`).join(", ");
const namesOf = (columns: readonly WrittenColumn[], alias = ""): string =>
  columns.map(({ name }) => `${alias}"${name}"`).join(", ");

/** What a new event has where nothing else is said. */
const BLANK = { ...DEFAULTS, leftUserIds: [], ownAnswers: {}, overrides: [] };

/** What a write may set that no reader of an event sees. */
const BESIDE = ["leftUserIds", "ownAnswers", "overrides"] as const;

const INSERT = `
  insert into event (organisation_id, owner_id, ${WRITTEN_COLUMNS.map(({ column }) => column).join(", ")})
  select $1, $2, ${namesOf(WRITTEN_COLUMNS, "x.")}
  from rows from (jsonb_to_recordset($3) as (${recordOf(WRITTEN_COLUMNS)})) with ordinality
    as x (${namesOf(WRITTEN_COLUMNS)}, position)
  order by x.position
  returning ${eventColumns("event")}`;

/** Inserts events of one owner, by one statement `on` the transaction, and answers them in the order given. */
export async function insertEvents(
  { caller }: { caller: Pick<Caller, "organisationId"> },
  tx: Transaction,
  on: Queryable,
  ownerId: string,
  events: readonly Partial<Event>[],
): Promise<EventView[]> {
  if (events.length === 0) return [];
  const rows = JSON.stringify(events.map((event) => ({ ...BLANK, ...event })));
  const inserted = await textRows(on, { text: INSERT, values: [caller.organisationId, ownerId, rows] });
  const views = inserted.map((row) => new EventView(row));
  await mapInPieces(views, (view) => touch(tx, caller.organisationId, view));
  return views;
}

const PLACE = columns({ place: number("fit.place") }, EVENT_WIDTH);

const INSERT_TOGETHER = `
  with fit as materialized (select place, id from hold_together($1, $2, $3, $4)),
  made as (
    insert into event (organisation_id, id, ${OWNED.map(({ column }) => column).join(", ")})
    select $1, fit.id, ${namesOf(OWNED, "x.")}
    from rows from (jsonb_to_recordset($5) as (${recordOf(OWNED)})) with ordinality as x (${namesOf(OWNED)}, position)
    join fit on fit.place = x.position
    order by fit.place
    returning event.*)
  select ${eventColumns("made")}, ${PLACE.list} from made join fit on fit.id = made.id`;

/** A new event, and the access token through which it comes. */
export interface Draft {
  event: NewEvent;
  tokenId: string | null;
}

/**
 * Inserts events of many owners and callers, by one statement `on` the transaction. Locks of calendars are tried: a draft
 * whose calendars somebody else has is left out of the answer.
 */
export async function insertTogether<D extends Draft>(
  organisationId: string,
  tx: Transaction,
  on: Queryable,
  drafts: readonly D[],
): Promise<Map<D, EventView>> {
  if (drafts.length === 0) return new Map();
  const concerned = drafts.flatMap(({ event: { ownerId, attendees } }, index) => {
    const guests = attendees.flatMap(({ userId }) => userId ?? []);
    return [...new Set([ownerId, ...guests])].map((userId) => [index + 1, userId] as const);
  });
  const inserted = await textRows(on, {
    text: INSERT_TOGETHER,
    values: [
      organisationId,
      drafts.map(({ tokenId }) => tokenId),
      concerned.map(([place]) => place),
      concerned.map(([, userId]) => userId),
      JSON.stringify(drafts.map(({ event }) => ({ ...BLANK, ...event }))),
    ],
  });
  const views = new Map<D, EventView>();
  for (const row of inserted) {
    const view = new EventView(row);
    touch(tx, organisationId, view);
    views.set(drafts[PLACE.of(row).place - 1] as D, view);
  }
  return views;
}

/** What is to be changed of an event. */
export interface Change {
  locked: LockedEvent;
  changes: Partial<Content>;
}

interface Update {
  columns: readonly WrittenColumn[];
  text: string;
  /** The same for changes through many tokens. */
  together: string;
  /** One of the few that stay prepared: of n columns there are 2^n sets. */
  isPrepared: boolean;
}

/** Sets of columns whose two statements stay prepared. */
const MAX_PREPARED = 50;
const MAX_KEPT = 2_000;
const updates = new Map<string, Update>();

/** The UPDATE of these fields and no others: what does not change is neither sent nor written. */
function updateOf(names: ReadonlySet<string>): Update {
  const columns = OWNED.filter(({ name }) => names.has(name));
  const key = columns.map(({ name }) => name).join();
  const known = updates.get(key);
  if (known) return known;
  const textFrom = (from: string): string => `
    update event e set ${columns.map(({ column, name }) => `${column} = x."${name}"`).join(", ")}
    from ${from}jsonb_to_recordset($2) as x (id bigint, ${recordOf(columns)})
    where e.organisation_id = $1 and e.id = x.id
    returning ${eventColumns("e")}`;
  const text = textFrom("");
  const together = `with noted as materialized (select note_changes($1, $3, $4, $5))${textFrom("noted, ")}`;
  const update = { columns, text, together, isPrepared: updates.size < MAX_PREPARED };
  if (updates.size < MAX_KEPT) updates.set(key, update);
  return update;
}

/** Updates events by one statement `on` the transaction, or none where nothing differs, and answers them by id. */
export const updateEvents = (
  { caller }: Context,
  tx: Transaction,
  on: Queryable,
  given: readonly Change[],
): Promise<Map<string, EventView>> =>
  updateWith(caller.organisationId, tx, given, (update, rows) =>
    textRows(on, {
      text: update.text,
      values: [caller.organisationId, rows],
      ...(!update.isPrepared && { once: true }),
    }),
  );

/** The same for changes of many callers, each through its own access token, of events that lockTogether has locked. */
export const updateTogether = (
  organisationId: string,
  tx: Transaction,
  on: Queryable,
  given: readonly (Change & { tokenId: string | null })[],
): Promise<Map<string, EventView>> =>
  updateWith(organisationId, tx, given, (update, rows) =>
    textRows(on, {
      text: update.together,
      values: [
        organisationId,
        rows,
        given.map(({ locked }) => locked.view.id),
        given.map(({ tokenId }) => tokenId),
        given.flatMap(({ changes }) => changes.attendees?.flatMap(({ userId }) => userId ?? []) ?? []),
      ],
      ...(!update.isPrepared && { once: true }),
    }),
  );

/** Says through which access token each of these events, which are locked together, is written. */
export const noteTogether = (
  organisationId: string,
  { client }: Transaction,
  tokens: readonly (readonly [id: string, tokenId: string | null])[],
): Promise<unknown> =>
  textRows(client, {
    text: "select note_changes($1, $2, $3, '{}')",
    values: [organisationId, tokens.map(([id]) => id), tokens.map(([, tokenId]) => tokenId)],
  });

async function updateWith(
  organisationId: string,
  tx: Transaction,
  given: readonly Change[],
  ask: (update: Update, rows: string) => Promise<TextRow[]>,
): Promise<Map<string, EventView>> {
  const changed = given.filter(({ changes }) => Object.keys(changes).length > 0);
  if (changed.length === 0) return new Map();
  const update = updateOf(new Set(changed.flatMap(({ changes }) => Object.keys(changes))));
  const names = update.columns.map(({ name }) => name);
  const rows = await mapInPieces(changed, ({ locked, changes }) => ({
    ...locked.view.fields(names.filter((name) => !(name in changes))),
    ...Object.fromEntries(BESIDE.filter((name) => names.includes(name)).map((name) => [name, locked[name]])),
    ...changes,
    id: locked.view.id,
  }));
  const views = (await ask(update, JSON.stringify(rows))).map((row) => new EventView(row));
  await mapInPieces([...changed.map(({ locked }) => locked.view), ...views], (view) =>
    touch(tx, organisationId, view),
  );
  return new Map(views.map((view) => [view.id, view]));
}

const BURIED = columns({ id: text("gone.id"), tick: instant("coalesce(n.tick, c.clock)") });

/**
 * Really deletes rows, their children with them, and answers their tombstones by id. A tombstone's tick is read from the
 * owner's calendar, which always held the event; that of one which was cancelled may be forgotten by now. Two statements, or none; the second is the last of the transaction.
 */
export async function deleteRows(
  { caller }: Context,
  tx: Transaction,
  events: readonly EventView[],
): Promise<Map<string, RemovedView>> {
  if (events.length === 0) return new Map();
  const { organisationId } = caller;
  const ids = events.map(({ id }) => id);
  await textRows(tx.client, {
    text: "delete from event where organisation_id = $1 and id = any ($2)",
    values: [organisationId, ids],
  });
  touch(tx, organisationId, ...events);
  const ticks = await selectRows(tx.last, BURIED, {
    text: `
      select ${BURIED.list} from unnest($2::bigint[], $3::bigint[]) as gone (id, owner_id)
      join calendar c on c.organisation_id = $1 and c.user_id = gone.owner_id
      left join calendar_entry n on n.organisation_id = c.organisation_id and n.calendar_id = c.id and n.event_id = gone.id`,
    values: [organisationId, ids, events.map(({ ownerId }) => ownerId)],
  });
  if (ticks.length !== ids.length)
    throw new Error("A deleted event has one tombstone in its owner's calendar.");
  return new Map(ticks.map(({ id, tick }) => [id, new RemovedView(id, "deleted", tick)]));
}
