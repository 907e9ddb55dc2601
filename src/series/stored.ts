// Rows of series, read and written.
import {
  columns,
  instant,
  json,
  number,
  orNull,
  selectRow,
  text,
  flag,
  type Selected,
} from "../database/rows";
import { textRow, type Queryable } from "../database/text-rows";
import type { Content } from "../event/fields";
import { toInstant, toMs, type Instant } from "../values/instants";
import type { Offsets } from "../values/timezone";
import { clocksOf, type Clocks } from "./clocks";
import type { Definition } from "./definition";
import { recurrenceIdOf, rising, wallOf } from "./places";
import { parseRule } from "./rule-text";

/** On whose behalf the service writes by itself: no access token has this id, and the history says `Tidemark`. */
export const SERVICE = "0";

/** What occurrences say where they say nothing for themselves. */
export type Template = Omit<
  Content,
  | "startTime"
  | "endTime"
  | "allDay"
  | "timezone"
  | "iCalUid"
  | "ownerId"
  | "leftUserIds"
  | "seriesId"
  | "recurrenceId"
  | "overrides"
>;

const SERIES_COLUMNS = {
  id: text("s.id"),
  ownerId: text("s.owner_id"),
  firstPlace: text("s.first_place"),
  startMs: number("s.start_ms"),
  lengthMs: number("s.length_ms"),
  allDay: flag("s.all_day"),
  timezone: text("s.timezone"),
  rrule: text("s.rrule"),
  rdates: json<string[]>("to_json(s.rdates)"),
  exdates: json<string[]>("to_json(s.exdates)"),
  deletedPlaces: json<string[]>("to_json(s.deleted_places)"),
  content: json<Template>("s.content"),
  leftUserIds: json<string[]>("to_json(s.left_user_ids::text[])"),
  iCalUid: text("s.i_cal_uid"),
  saidFrom: instant("s.said_from"),
  expandedUntil: orNull(text("s.expanded_until")),
  extendAt: orNull(instant("s.extend_at")),
  previousId: orNull(text("s.previous_id")),
  createdAt: instant("s.created_at"),
  lastModifiedAt: instant("s.last_modified_at"),
  zoneData: text("s.zone_data"),
  zoneOffsets: orNull(json<Offsets>("s.zone_offsets")),
  organizerEmail: text("(organiser_of(s)).email"),
  organizerName: orNull(text("(organiser_of(s)).name")),
};
export const SERIES = columns(SERIES_COLUMNS);
export type SeriesRow = Selected<typeof SERIES>;

/** Of a row, what says when the occurrences are. */
type StoredDefinition = Pick<
  SeriesRow,
  | "id"
  | "firstPlace"
  | "startMs"
  | "lengthMs"
  | "allDay"
  | "timezone"
  | "rrule"
  | "rdates"
  | "exdates"
  | "deletedPlaces"
>;

/** When the occurrences of a stored series are. Throws where plain SQL has stored what is no rule. */
export function definitionOfRow(row: StoredDefinition): Definition {
  const { allDay } = row;
  const rule = parseRule(row.rrule, (message) => {
    throw new Error(`The rule of the series ${row.id} ${message}.`);
  });
  if (!rule) throw new Error(`The series ${row.id} has no rule.`);
  const deleted = row.deletedPlaces.map(wallOf);
  return {
    first: wallOf(row.firstPlace),
    startMs: row.startMs,
    lengthMs: row.lengthMs,
    allDay,
    timezone: row.timezone,
    rule,
    rrule: row.rrule,
    rdates: rising(row.rdates.map(wallOf)),
    exdates: rising([...row.exdates.map(wallOf), ...deleted]),
    deleted: rising(deleted),
  };
}

/** What is written of a series. */
export interface SeriesState {
  ownerId: string;
  definition: Definition;
  content: Template;
  leftUserIds: readonly string[];
  iCalUid: string;
  until: number | null;
  lookAt: number | null;
  previousId: string | null;
  /** By which its occurrences were placed; absent: they are placed as this process reckons. */
  clocks?: Clocks | undefined;
}

export const stateOf = (row: SeriesRow): SeriesState => ({
  ownerId: row.ownerId,
  definition: definitionOfRow(row),
  content: row.content,
  leftUserIds: row.leftUserIds,
  iCalUid: row.iCalUid,
  until: row.expandedUntil === null ? null : wallOf(row.expandedUntil),
  lookAt: row.extendAt === null ? null : toMs(row.extendAt),
  previousId: row.previousId,
  clocks: { data: row.zoneData, offsets: row.zoneOffsets },
});

const WRITTEN = [
  ["owner_id", "bigint"],
  ["first_place", "text"],
  ["start_ms", "smallint"],
  ["length_ms", "bigint"],
  ["all_day", "boolean"],
  ["timezone", "text"],
  ["rrule", "text"],
  ["rdates", "text[]"],
  ["exdates", "text[]"],
  ["deleted_places", "text[]"],
  ["content", "jsonb"],
  ["left_user_ids", "bigint[]"],
  ["i_cal_uid", "text"],
  ["expanded_until", "text"],
  ["extend_at", "timestamptz"],
  ["previous_id", "bigint"],
  ["zone_data", "text"],
  ["zone_offsets", "jsonb"],
] as const;
const NAMES = WRITTEN.map(([name]) => name).join(", ");
const VALUES = WRITTEN.map(([name]) => `x.${name}`).join(", ");
const RECORD = WRITTEN.map(([name, type]) => `${name} ${type}`).join(", ");

/** Throws where it could not be read again: nobody could read the calendar that such a series is in. */
function recordOf({ definition, ...state }: SeriesState): string {
  const { allDay, deleted } = definition;
  const textOf = (wall: number): string => recurrenceIdOf(wall, allDay);
  const isDeleted = new Set(deleted);
  const clocks = state.clocks ?? clocksOf(definition.timezone);
  const lookAt: Instant | null = state.lookAt === null ? null : toInstant(state.lookAt);
  const record = {
    owner_id: state.ownerId,
    first_place: textOf(definition.first),
    start_ms: definition.startMs,
    length_ms: definition.lengthMs,
    all_day: allDay,
    timezone: definition.timezone,
    rrule: definition.rrule,
    rdates: definition.rdates.map(textOf),
    exdates: definition.exdates.filter((wall) => !isDeleted.has(wall)).map(textOf),
    deleted_places: deleted.map(textOf),
    content: state.content,
    left_user_ids: state.leftUserIds,
    i_cal_uid: state.iCalUid,
    expanded_until: state.until === null ? null : textOf(state.until),
    extend_at: lookAt,
    previous_id: state.previousId,
    zone_data: clocks.data,
    zone_offsets: clocks.offsets,
  };
  definitionOfRow({
    ...definition,
    id: "to be written",
    firstPlace: record.first_place,
    rdates: record.rdates,
    exdates: record.exdates,
    deletedPlaces: record.deleted_places,
  });
  return JSON.stringify(record);
}

/** The instant of the change: the tick that the transaction gave its events, where it has one. */
const TICK = "coalesce((tidemark_held()).tick, date_trunc('milliseconds', tidemark_now()) + interval '1 ms')";

const ID = columns({ id: text("nextval('series_id_seq')") });

/** The id of a series to come. */
export async function nextSeriesId(client: Queryable): Promise<string> {
  const row = await selectRow(client, ID, { text: `select ${ID.list}`, values: [] });
  if (!row) throw new Error("The database gave no id.");
  return row.id;
}

export async function insertSeries(
  client: Queryable,
  organisationId: string,
  id: string,
  state: SeriesState,
): Promise<SeriesRow> {
  const row = await textRow(client, {
    text: `
      insert into series as s (organisation_id, id, ${NAMES}, last_modified_at)
      select $1, $2, ${VALUES}, ${TICK} from jsonb_to_record($3) as x (${RECORD})
      returning ${SERIES.list}`,
    values: [organisationId, id, recordOf(state)],
  });
  if (!row) throw new Error("No series was inserted.");
  return SERIES.of(row);
}

/** Writes a series that is locked; `saysAnew`: what is over keeps what the series said before. */
export async function updateSeries(
  client: Queryable,
  organisationId: string,
  id: string,
  state: SeriesState,
  { saysAnew = false } = {},
): Promise<SeriesRow> {
  const row = await textRow(client, {
    text: `
      update series s set (${NAMES}) = (select ${VALUES} from jsonb_to_record($3) as x (${RECORD})),
        last_modified_at = greatest(s.last_modified_at + interval '1 ms', ${TICK})
        ${saysAnew ? ", said_from = tidemark_now()" : ""}
      where s.organisation_id = $1 and s.id = $2
      returning ${SERIES.list}`,
    values: [organisationId, id, recordOf(state)],
  });
  if (!row) throw new Error("A locked series is gone.");
  return SERIES.of(row);
}

/** Takes away a series that has no occurrences. */
export async function deleteSeriesRow(client: Queryable, organisationId: string, id: string): Promise<void> {
  await textRow(client, {
    text: "delete from series where organisation_id = $1 and id = $2",
    values: [organisationId, id],
  });
}

/** Says that what the transaction does to the occurrences of these series comes from the series. */
export async function writeAsSeries(client: Queryable, ids: readonly string[]): Promise<void> {
  await textRow(client, { text: "select write_series($1)", values: [ids] });
}
