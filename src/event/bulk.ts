// Many rows of event in one statement: what batches use instead of TypeORM's one row at a time. The rows travel as
// one JSON parameter, so that a batch of any size is the same prepared statement.
import type { Context } from "../context";
import { textRows } from "../database/text-rows";
import type { Transaction } from "../database/transaction";
import type { Event } from "../entities/event";
import { mapInPieces } from "../turns/pauses";
import { DEFAULTS } from "./event.inputs";
import { eventColumns, EventView } from "./projection";
import type { Content } from "./save";
import { touch } from "./touch";

const WRITABLE: readonly (readonly [keyof Content, string, string])[] = [
  ["subject", "subject", "text"],
  ["description", "description", "text"],
  ["location", "location", "text"],
  ["startTime", "start_time", "timestamptz"],
  ["endTime", "end_time", "timestamptz"],
  ["allDay", "all_day", "boolean"],
  ["private", "private", "boolean"],
  ["timezone", "timezone", "text"],
  ["attendees", "attendees", "jsonb"],
  ["relatedTo", "related_to", "jsonb"],
  ["parentId", "parent_id", "bigint"],
  ["iCalUid", "i_cal_uid", "text"],
  ["leftUserIds", "left_user_ids", "bigint[]"],
];
const COLUMNS = WRITABLE.map(([, column]) => column);
const RECORD = WRITABLE.map(([field, , type]) => `"${field}" ${type}`).join(", ");
const FIELDS = WRITABLE.map(([field]) => `x."${field}"`);

const INSERT = `
  insert into event (organisation_id, owner_id, ${COLUMNS.join(", ")})
  select $1, $2, ${FIELDS.join(", ")}
  from rows from (jsonb_to_recordset($3) as (${RECORD})) with ordinality
    as x (${WRITABLE.map(([field]) => `"${field}"`).join(", ")}, position)
  order by x.position
  returning ${eventColumns("event")}`;

const UPDATE = `
  update event e set ${COLUMNS.map((column, index) => `${column} = ${FIELDS[index]}`).join(", ")}
  from jsonb_to_recordset($2) as x (id bigint, ${RECORD})
  where e.organisation_id = $1 and e.id = x.id
  returning ${eventColumns("e")}`;

/** Inserts events of one owner and answers them in the order given. One statement. */
export async function insertEvents(
  { caller }: Context,
  tx: Transaction,
  ownerId: string,
  events: readonly Partial<Event>[],
): Promise<EventView[]> {
  const rows = JSON.stringify(events.map((event) => ({ ...DEFAULTS, leftUserIds: [], ...event })));
  const inserted = await textRows(tx.client, {
    text: INSERT,
    values: [caller.organisationId, ownerId, rows],
  });
  const views = inserted.map((row) => new EventView(row));
  await mapInPieces(views, (view) => touch(tx, caller.organisationId, view));
  return views;
}

export interface Saved {
  before: EventView;
  leftUserIds: readonly string[];
  changes: Partial<Content>;
}

/** Updates events and answers them by id. One statement, or none where there is nothing to save. */
export async function updateEvents(
  { caller }: Context,
  tx: Transaction,
  saved: readonly Saved[],
): Promise<Map<string, EventView>> {
  if (saved.length === 0) return new Map();
  const fields = WRITABLE.map(([field]) => field);
  const rows = await mapInPieces(saved, ({ before, leftUserIds, changes }) => ({
    ...before.fields(fields),
    leftUserIds,
    ...changes,
    id: before.id,
  }));
  const updated = await textRows(tx.client, {
    text: UPDATE,
    values: [caller.organisationId, JSON.stringify(rows)],
  });
  const views = updated.map((row) => new EventView(row));
  await mapInPieces([...saved.map(({ before }) => before), ...views], (view) =>
    touch(tx, caller.organisationId, view),
  );
  return new Map(views.map((view) => [view.id, view]));
}
