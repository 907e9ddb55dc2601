// The places of a UID that earlier imports filled, and those of the series that is there, by what files call them.
import type { Placed, Slot } from "../ical/family";
import type { Version } from "../ical/version";
import type { Known } from "./known";
import type { Definition } from "../series/definition";
import { placesAmong } from "../series/places";
import type { Filed } from "./filed";
import { slotKey, type KnownSeries, type Member } from "./known-series";
import { isAnswerMark, isOwnMark, WHOLE, type Memory, type Remembered } from "./remembered";

/** A place that an earlier import filled, or a series. */
export interface Row extends Remembered {
  slot: string;
  known: Known | null;
  /** Of an occurrence of a series, its place there. */
  wall: number | null;
}

/** Rows by their day, as one zone reckons days. */
export type ByDay = Map<Slot["dateOf"], Map<string, Row[]>>;

interface Standing {
  memory: Memory;
  byId: ReadonlyMap<string, Known>;
  series: KnownSeries | null;
  filed: Filed | null;
  now: number;
}

const UNKNOWN: Version = { sequence: null, changed: null, stamped: null };

/** By slot. What a series of the caller's has counts before what is remembered. */
export function rowsOf(standing: Standing, isOurs: boolean): Map<string, Row> {
  const { memory, byId, series } = standing;
  const own = series?.isOwn ? membersOf(series, standing) : [];
  const inSeries = new Set(own.map(({ eventId }) => eventId));
  const rows = new Map<string, Row>();
  for (const [slot, { eventId, version }] of memory) {
    const id = eventId ?? "";
    const known = byId.get(id) ?? null;
    // It stands in another place of the series by now, or in one that was split off, which an export of ours has apart.
    const isElsewhere = inSeries.has(id) || (isOurs && isOccurrence(known));
    if (isOwnMark(slot) || isAnswerMark(slot) || isElsewhere) continue;
    rows.set(slot, { slot, eventId, version, known, wall: null });
  }
  for (const row of own) rows.set(row.slot, row);
  return rows;
}

const isOccurrence = (known: Known | null): boolean => known !== null && known.view.seriesId !== null;

/** Of those without a place what is over is none but where the file has it; the others are of an import that broke off. */
function membersOf({ members, strays, state }: KnownSeries, { memory, filed, now }: Standing): Row[] {
  const places = filed ? placesAmong(filed.definition, [...strays.keys()]) : new Set();
  const left = [...strays].filter(
    ([wall, { view }]) => places.has(wall) || Date.parse(view.endTime ?? "") > now,
  );
  return [
    ...rowsAt(filed?.definition ?? state.definition, left, memory),
    ...rowsAt(state.definition, [...members], memory),
  ];
}

const rowsAt = (definition: Definition, members: readonly [number, Member][], memory: Memory): Row[] =>
  members.map(([wall, known]) => {
    const slot = slotKey(definition, wall);
    const version = memory.get(slot)?.version ?? UNKNOWN;
    return { slot, eventId: known.view.id, version, known, wall };
  });

export function groupBy(rows: Iterable<Row>, dayOfRow: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const day = dayOfRow(row);
    const group = groups.get(day);
    if (group) group.push(row);
    else groups.set(day, [row]);
  }
  return groups;
}

/** The place that an event with this start would have by itself. */
function keyAt(startTime: string, allDay: boolean): string {
  const digits = startTime.slice(0, 19).replace(/[-:]/g, "");
  return allDay ? digits.slice(0, 8) : `${digits}Z`;
}

const keyOf = ({ view }: Known): string => keyAt(view.startTime, view.allDay);

/** The date of a place on the wall of the series. */
export function dayOf(slot: string, { slot: { dateOf }, event }: Placed, known: Known | null = null): string {
  if (slot !== "") return dateOf(slot);
  return dateOf(known ? keyOf(known) : keyAt(event.startTime, event.allDay));
}

/** Rows by the places that files name. */
export class Places {
  private readonly dates: ByDay = new Map();

  constructor(private readonly rows: ReadonlyMap<string, Row>) {}

  /** The row that a place means, whichever way it is written. */
  at({ key, date, dateOf }: Slot): Row | null {
    const exact = this.rows.get(key);
    if (exact) return exact;
    const single = this.rows.get("");
    const wanted = date ?? dateOf(key);
    const onDate = this.rows.get(wanted) ?? (date === null ? null : this.onDate(date, dateOf));
    if (onDate && wanted !== "") return onDate;
    const isSingle = single?.known && (keyOf(single.known) === key || keyOf(single.known) === wanted);
    return isSingle ? single : null;
  }

  /** The row that a place means, or where none is named, all of them. */
  of(slot: Slot | null): Row[] {
    if (!slot) return [...this.rows.values()];
    const row = this.at(slot);
    return row ? [row] : [];
  }

  /** The other instances of the series. */
  others(than: Row | null): Row[] {
    return this.ofSeries.filter((row) => row !== than);
  }

  private onDate(date: string, dateOf: Slot["dateOf"]): Row | null {
    const found = this.dates.get(dateOf) ?? groupBy(this.ofSeries, ({ slot }) => dateOf(slot));
    this.dates.set(dateOf, found);
    return found.get(date)?.[0] ?? null;
  }

  private get ofSeries(): Row[] {
    return [...this.rows.values()].filter(({ slot }) => slot !== WHOLE && slot !== "");
  }
}
