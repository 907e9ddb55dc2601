// The series of the organisation that a file names, with the occurrences of those that are the caller's.
import type { Context } from "../context";
import { columns, flag, json, raw, sql, text } from "../database/rows";
import { textRows } from "../database/text-rows";
import { EVENT_WIDTH, eventColumns, EventView } from "../event/projection";
import { toMs } from "../values/instants";
import { momentKey } from "../ical/vevent";
import type { Definition } from "../series/definition";
import { placesAmong, startOf, wallOf } from "../series/places";
import { findForFiles } from "../series/read";
import { stateOf, type SeriesRow, type SeriesState } from "../series/stored";
import type { Known } from "./known";

/** An occurrence of a series of the caller's. */
export interface Member extends Known {
  wall: number;
  overrides: readonly string[];
}

export interface KnownSeries {
  row: SeriesRow;
  state: SeriesState;
  isOwn: boolean;
  isVisible: boolean;
  takesPart: boolean;
  /** How an export of ours names it. */
  mark: string;
  /** Those in the caller's calendar, by place; of a series that is somebody else's none. */
  members: Map<number, Member>;
  /** Those that stand where the rule has no place: what is over may, and what an import that broke off has made. */
  strays: Map<number, Member>;
  /** Places whose occurrence is in others' calendars alone, or cancelled. */
  elsewhere: Set<number>;
}

/** By UID, and by the mark that an export of ours gives a series. */
export interface KnownSeriesBook {
  byUid: ReadonlyMap<string, KnownSeries>;
  byMark: ReadonlyMap<string, KnownSeries>;
}

/** How an export of ours names the series that it wrote. */
export const markOfSeries = ({ id, createdAt }: Pick<SeriesRow, "id" | "createdAt">): string =>
  `${id}-${toMs(createdAt)}`;

/** The place of an occurrence, as files name it. */
export const slotKey = (definition: Pick<Definition, "allDay" | "timezone">, wall: number): string =>
  momentKey(startOf(definition, wall), definition.allDay);

const MEMBER = columns(
  {
    seriesId: text("e.series_id"),
    recurrenceId: text("e.recurrence_id"),
    overrides: json<string[]>("to_json(e.overrides)"),
    isLive: flag("n.event_id is not null"),
  },
  EVENT_WIDTH,
);

/** The series with these UIDs or ids; of one UID the caller's own, else the oldest. */
export async function knownSeries(
  ctx: Context,
  named: { uids: readonly string[]; ids: readonly string[] },
): Promise<KnownSeriesBook> {
  const found = (await findForFiles(ctx, named)).map(({ row, isVisible, takesPart }): KnownSeries => {
    const isOwn = row.ownerId === ctx.caller.userId;
    return {
      row,
      mark: markOfSeries(row),
      state: stateOf(row),
      isOwn,
      isVisible,
      takesPart,
      members: new Map<number, Member>(),
      strays: new Map<number, Member>(),
      elsewhere: new Set<number>(),
    };
  });
  const own = found.filter(({ isOwn }) => isOwn);
  const byId = new Map(own.map((one) => [one.row.id, one]));
  for (const { seriesId, isLive, member } of await membersOf(ctx, [...byId.keys()])) {
    const series = byId.get(seriesId);
    if (isLive) series?.members.set(member.wall, member);
    else series?.elsewhere.add(member.wall);
  }
  // What is over may stand where the rule has no place any more: in a file it is an event by itself.
  for (const { members, strays, state } of own) {
    const places = placesAmong(state.definition, [...members.keys()]);
    for (const [wall, member] of members) {
      if (places.has(wall)) continue;
      members.delete(wall);
      strays.set(wall, member);
    }
  }
  return {
    byUid: new Map(found.map((one) => [one.row.iCalUid, one])),
    byMark: new Map(found.map((one) => [one.mark, one])),
  };
}

/** The occurrences of the caller's own series. */
async function membersOf(
  { db, caller }: Context,
  ids: readonly string[],
): Promise<{ seriesId: string; isLive: boolean; member: Member }[]> {
  if (ids.length === 0) return [];
  const rows = await textRows(
    db.pool,
    sql`
      select ${raw(eventColumns("e"))}, ${MEMBER}
      from event e
      left join calendar_entry n on n.organisation_id = e.organisation_id and n.event_id = e.id and n.removed_at is null
        and n.calendar_id = ${caller.calendarId}
      where e.series_id = any (${ids}::bigint[]) and (e.organisation_id = ${caller.organisationId}) is true`,
  );
  return rows.map((row) => {
    const { seriesId, recurrenceId, overrides, isLive } = MEMBER.of(row);
    const view = new EventView(row);
    const isOwn = view.ownerId === caller.userId;
    return { seriesId, isLive, member: { view, isOwn, wall: wallOf(recurrenceId), overrides } };
  });
}
