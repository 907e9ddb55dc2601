// What a file says of one UID: a series or an event, what replaces instances of it, what is cancelled, who has answered.

import { type Content } from "./content";
import { firstCodePoints } from "./property";
import { type Budget } from "./recurrence";
import { expandSeries, MAX_OCCURRENCES, type Occurrence, occurrenceOf, placeAfter } from "./series";
import { saidRecurrence, type SaidRecurrence, type Unkept } from "./said";
import { namedSlot, slotOf, type Slot } from "./slot";
import { parseWall } from "./wall";
import { isSeries, momentKey, type Series, type Vevent } from "./vevent";
import { compareVersions, type Version } from "./version";

export { type Slot } from "./slot";

/** Occurrences of one series share their `attendees`. */
export interface ImportedEvent extends Content {
  /** The UID; for an instance of a series, the UID with the instance's RECURRENCE-ID: stable from file to file. */
  iCalUid: string;
  /** `2026-03-02T15:00:00.000Z`. All-day: midnight of the date as written, the end excluded. */
  startTime: string;
  endTime: string;
  allDay: boolean;
  /** Of the VEVENT in the file. */
  line: number;
}

export interface Placed {
  event: ImportedEvent;
  slot: Slot;
  version: Version;
  /** The event of ours that an export of ours wrote here; null where it was written elsewhere. */
  mark: string | null;
  /** Of an occurrence, its place on the wall of its series. */
  wall: number | null;
  /** Whether it is said by a VEVENT of its own, and not by that of its series. */
  isOwn: boolean;
}

/** What a file says of a series that it has whole. */
export interface SaidSeries {
  recurrence: SaidRecurrence | Unkept;
  /** What its occurrences say, in its first place. */
  event: ImportedEvent;
  /** The series of ours that an export of ours wrote here; null where it was written elsewhere. */
  mark: string | null;
}

/** An instance that is replaced by itself, its series not being in the file. */
export interface Alone extends Placed {
  /** What it makes of a later place of the series; null where it stands for none but its own. */
  following: ((key: string) => Placed | null) | null;
}

/** What is cancelled: an instance, or with `slot` null all that the UID stands for. */
export interface Cancelled {
  slot: Slot | null;
  /** Whether a place of the series is later, where all of those are cancelled with it. */
  following: ((key: string) => boolean) | null;
  version: Version;
  line: number;
}

/** What an attendee has answered, in an instance or in all. */
export interface Answer {
  slot: Slot | null;
  person: Content["attendees"][number];
  version: Version;
  line: number;
}

export interface Family {
  uid: string;
  line: number;
  /** The version of the series or event; null where the file has only instances of it, or no content at all. */
  whole: Version | null;
  events: Placed[];
  /** What the events are of, where they recur by a rule. */
  series: SaidSeries | null;
  alone: Alone[];
  cancelled: Cancelled[];
  answers: Answer[];
}

export interface Span {
  from: number;
  to: number;
}

export interface Counts {
  /** VEVENTs in the file. Each gave events, or is counted below, or is a problem. */
  components: number;
  /** Of these, the ones that recur and are not cancelled. */
  series: number;
  /** VEVENTs that are cancelled, overrides of a cancelled series included. */
  cancelled: number;
  /** Series, and overrides in one, that have nothing in the window. */
  outsideWindow: number;
  /** VEVENTs of which the file has a newer version. */
  superseded: number;
}

/** What reading one family takes from what the others left. */
export interface Progress {
  counts: Counts;
  budget: Budget;
  /** How many occurrences of series may still be added. */
  room: number;
  report: (message: string, line: number) => void;
}

/** Of all series of a file together: what a small file can ask for is bounded. */
export const MAX_IN_SERIES = 200_000;
const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const MAX_UID_LENGTH = 1_000;
const CONTENT = new Set(["", "PUBLISH", "REQUEST", "ADD", "CANCEL"]);

/** Brings the VEVENTs of one UID together: of each thing only the newest version counts. */
export function familyOf(uid: string, vevents: Vevent[], span: Span, progress: Progress): Family {
  const content = newestOf(
    vevents.filter(({ method }) => CONTENT.has(method)),
    progress,
  );
  const master = content.find(({ replaces }) => replaces === null) ?? null;
  const overrides = content.filter(({ replaces }) => replaces !== null);
  const family: Family = {
    uid,
    line: vevents[0]?.line ?? 0,
    whole: null,
    events: [],
    series: null,
    alone: [],
    cancelled: [],
    answers: vevents.filter(({ method }) => method === "REPLY").flatMap(answersOf),
  };
  for (const { method, line } of vevents) {
    if (method !== "REPLY" && !CONTENT.has(method)) progress.report(`METHOD:${method} changes nothing`, line);
  }
  if (firstCodePoints(uid, MAX_UID_LENGTH) !== uid) {
    progress.report(`The UID was shortened to ${MAX_UID_LENGTH} characters`, family.line);
  }
  if (master?.cancelled) return { ...family, cancelled: cancelAll(master, overrides, progress) };
  const cancelled = overrides.filter((one) => one.cancelled);
  progress.counts.cancelled += cancelled.length;
  return {
    ...family,
    ...standing(master, overrides, span, progress),
    whole: master && master.method !== "ADD" ? master.version : null,
    cancelled: cancelled.map(cancelledOf),
  };
}

/** What there is: the occurrences of a series, or an event, or instances by themselves. */
function standing(
  master: Vevent | null,
  overrides: Vevent[],
  span: Span,
  progress: Progress,
): Pick<Family, "events" | "series" | "alone"> {
  if (master && isSeries(master)) {
    const events = seriesEvents(master, overrides, span, progress);
    return { events, series: saidSeries(master, overrides), alone: [] };
  }
  // An "instance" of what does not recur, at its own time, is that event.
  const own = master && momentKey(occurrenceOf(master, "").start, master.allDay);
  const ofMaster = overrides.find((override) => own !== null && slotOf(override)?.key === own);
  const isReplaced = master && ofMaster && compareVersions(ofMaster.version, master.version) >= 0;
  const single = isReplaced ? ofMaster : master;
  const events = single && !single.cancelled ? placed([occurrenceOf(single, "")], single, progress) : [];
  const others = overrides.filter((one) => one !== ofMaster && !one.cancelled);
  return { events, series: null, alone: others.flatMap((override) => aloneOf(override, progress)) };
}

function saidSeries(master: Series, overrides: Vevent[]): SaidSeries | null {
  const recurrence = saidRecurrence(master, overrides);
  const event = toEvent(occurrenceOf(master, ""), { report: () => undefined });
  return recurrence && event && { recurrence, event, mark: master.recurrence.mark };
}

/** Of VEVENTs for one thing the newest, in the order of the file. */
function newestOf(vevents: Vevent[], { counts }: Progress): Vevent[] {
  const newest = new Map<string, Vevent>();
  for (const vevent of vevents) {
    const key = slotOf(vevent)?.key ?? "";
    const rival = newest.get(key);
    if (rival) counts.superseded++;
    if (!rival || compareVersions(vevent.version, rival.version) >= 0) newest.set(key, vevent);
  }
  return [...newest.values()];
}

function cancelAll(master: Vevent, overrides: Vevent[], { counts }: Progress): Cancelled[] {
  counts.cancelled += 1 + overrides.length;
  return [{ slot: null, following: null, version: master.version, line: master.line }];
}

function cancelledOf(override: Vevent): Cancelled {
  const { version, line, andFuture } = override;
  const isLater = (key: string): boolean => {
    const place = parseWall(key);
    return place !== null && placeAfter(override, place) !== null;
  };
  return { slot: slotOf(override), following: andFuture ? isLater : null, version, line };
}

const answersOf = (vevent: Vevent): Answer[] =>
  vevent.content.attendees.map((person) => ({
    slot: slotOf(vevent),
    person,
    version: vevent.version,
    line: vevent.line,
  }));

function seriesEvents(master: Series, overrides: Vevent[], span: Span, progress: Progress): Placed[] {
  const { counts } = progress;
  counts.series++;
  if (progress.room === 0) return [];
  const { occurrences, outside, cut } = expandSeries(master, overrides, span, progress.budget);
  counts.outsideWindow += outside.length;
  if (!occurrences.some(({ source }) => source === master)) counts.outsideWindow++;
  if (cut) {
    const reason = `it has over ${MAX_OCCURRENCES} occurrences or takes too long to work out`;
    progress.report(`This series was imported in part only: ${reason}`, master.line);
  }
  const taken = occurrences.slice(0, progress.room);
  progress.room -= taken.length;
  if (progress.room === 0) {
    progress.report(
      `The series of this file have over ${MAX_IN_SERIES} occurrences: the rest was left out`,
      master.line,
    );
  }
  return placed(taken, master, progress);
}

/** An override whose series is not in the file: somebody was invited to one meeting of many, or it was changed. */
function aloneOf(override: Vevent, progress: Progress): Alone[] {
  const slot = slotOf(override);
  const [own] = slot ? placed([occurrenceOf(override, slot.key)], override, progress) : [];
  if (!own || !slot) return [];
  if (!override.andFuture) return [{ ...own, slot, following: null }];
  const following = (key: string): Placed | null => {
    const place = parseWall(key);
    const moved = place && placeAfter(override, place);
    return moved ? (placed([{ ...moved, slot: key, wall: null }], override, progress)[0] ?? null) : null;
  };
  return [{ ...own, slot, following }];
}

function placed(occurrences: Occurrence[], home: Vevent, progress: Progress): Placed[] {
  return occurrences.flatMap((occurrence) => {
    const event = toEvent(occurrence, progress);
    if (!event) return [];
    const { source, slot: key, wall } = occurrence;
    const { version, mark } = source;
    return [{ event, slot: namedSlot(key, home), version, mark, wall, isOwn: source !== home }];
  });
}

function toEvent(
  { slot, start, end, source }: Occurrence,
  { report }: Pick<Progress, "report">,
): ImportedEvent | null {
  if (!(start >= 0 && end <= LATEST_MS)) {
    report("This VEVENT is not within the years 1970 to 9999", source.line);
    return null;
  }
  const [startTime, endTime] = [new Date(start).toISOString(), new Date(end).toISOString()];
  const iCalUid = uidWith(source.uid, slot);
  return { iCalUid, ...source.content, startTime, endTime, allDay: source.allDay, line: source.line };
}

/** A UID as long as a column takes it, with the place in its series behind it. */
function uidWith(uid: string, slot: string): string {
  const end = slot === "" ? "" : `_${slot}`;
  const room = MAX_UID_LENGTH - end.length;
  return firstCodePoints(uid, room).trimEnd() + end;
}
