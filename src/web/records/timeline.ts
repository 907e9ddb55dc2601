// A record with its meetings, in two lists: what is coming, and what was, latest first. More is loaded when asked for,
// and what changes is put where it belongs.
import { Temporal } from "temporal-polyfill";
import { ask } from "../api/client";
import type { RecordChange } from "../api/live";
import {
  type MeetingFragment,
  type RecordTimelineQuery,
  RecordTimelineDocument,
  type RecordType,
  WhichRecordDocument,
} from "../api/operations";
import type { RecordAddress } from "./address";

const PAGE = 25;

type RecordWithEvents = NonNullable<RecordTimelineQuery["record"]>;
export type RecordFacts = Omit<RecordWithEvents, "events">;

export interface Meetings {
  events: MeetingFragment[];
  /** Where the next page goes on; null where there is none. */
  more: string | null;
}

export type Direction = "coming" | "past";

export interface Timeline extends Record<Direction, Meetings> {
  record: RecordFacts;
  /** What tells coming from past, for as long as the page is open. */
  now: string;
}

async function withType({ type, id }: RecordAddress): Promise<{ type: RecordType; id: string } | null> {
  if (type) return { type, id };
  const { contact, account, opportunity, lead } = await ask(WhichRecordDocument, { id });
  const found = contact ?? account ?? opportunity ?? lead;
  return found && { type: found.type, id };
}

/** Null where there is no such record. */
export async function loadTimeline(address: RecordAddress): Promise<Timeline | null> {
  const known = await withType(address);
  if (!known) return null;
  const now = Temporal.Now.instant().toString({ smallestUnit: "millisecond" });
  const [coming, past] = await Promise.all([
    pageOf(known, now, "coming", null),
    pageOf(known, now, "past", null),
  ]);
  return coming && past && { record: coming.record, now, coming: coming.meetings, past: past.meetings };
}

/** The timeline with the next page in that direction. */
export async function loadMore(
  { record, now, ...lists }: Timeline,
  direction: Direction,
): Promise<(timeline: Timeline) => Timeline> {
  const page = await pageOf(record, now, direction, lists[direction].more);
  const { events, more } = page?.meetings ?? { events: [], more: null };
  return (timeline) => {
    const held = timeline[direction].events.filter(({ id }) => !events.some((one) => one.id === id));
    return { ...timeline, [direction]: { events: [...held, ...events], more } };
  };
}

async function pageOf(
  { type, id }: { type: RecordType; id: string },
  now: string,
  direction: Direction,
  cursor: string | null,
): Promise<{ record: RecordFacts; meetings: Meetings } | null> {
  const { record } = await ask(RecordTimelineDocument, {
    type,
    id,
    // All that the reader may see of, in the whole organisation: a contact's meetings are not one colleague's.
    filter: { scope: "ORGANISATION", ...(direction === "coming" ? { startAt: now } : { endAt: now }) },
    ...(direction === "coming" ? { first: PAGE, after: cursor } : { last: PAGE, before: cursor }),
  });
  if (!record) return null;
  const { events, ...facts } = record;
  const found = events.edges.map(({ node }) => node);
  const { hasNextPage, endCursor, hasPreviousPage, startCursor } = events.pageInfo;
  return {
    record: facts,
    meetings:
      direction === "coming"
        ? { events: found, more: hasNextPage ? endCursor : null }
        : // What is still going on stands under what is coming.
          {
            events: found.filter((event) => directionOf(event, now) === "past").reverse(),
            more: hasPreviousPage ? startCursor : null,
          },
  };
}

const directionOf = ({ startTime, endTime }: MeetingFragment, now: string): Direction =>
  endTime <= now && startTime < now ? "past" : "coming";

type Placed = Pick<MeetingFragment, "id" | "startTime">;

const byStart = (a: Placed, b: Placed): number =>
  a.startTime === b.startTime ? Number(a.id) - Number(b.id) : a.startTime < b.startTime ? -1 : 1;

/** The timeline after a change of it: the event is where it is now, and nowhere else. */
export function withChange(timeline: Timeline, { id, event }: RecordChange): Timeline {
  const changed = (direction: Direction): Meetings => {
    const { events, more } = timeline[direction];
    const others = events.filter((one) => one.id !== id);
    if (!event || directionOf(event, timeline.now) !== direction) return { events: others, more };
    const order = direction === "coming" ? byStart : (a: Placed, b: Placed) => byStart(b, a);
    // What lies beyond all that is loaded comes with the next page.
    const last = more === null ? undefined : events.at(-1);
    if (last && order(last, event) < 0) return { events: others, more };
    return { events: [...others, event].sort(order), more };
  };
  return { ...timeline, coming: changed("coming"), past: changed("past") };
}

const OVERLAP_MS = 60_000;
/** From nothing: what there is comes again, and is never refused as forgotten. */
const EPOCH = "1970-01-01T00:00:00.000Z";

/** What is loaded has every change until then. A write that was under way meanwhile may have an earlier instant. */
export function knownUntil({ coming, past }: Timeline): string {
  const ticks = [...coming.events, ...past.events].map(({ lastModifiedAt }) => lastModifiedAt);
  if (ticks.length === 0) return EPOCH;
  const latest = ticks.reduce((a, b) => (a > b ? a : b));
  return new Date(Date.parse(latest) - OVERLAP_MS).toISOString();
}

/** Through whom an account has a meeting that is not linked to the account itself. */
export interface Through {
  type: RecordType;
  id: string;
  name: string;
}

export function throughWhom({ attendees, relatedTo }: MeetingFragment, { type, id }: RecordFacts): Through[] {
  if (type !== "Account" || relatedTo.some((link) => link.type === "Account" && link.id === id)) return [];
  const invited = attendees.flatMap(({ contact }): Through[] =>
    contact?.accountId === id ? [{ type: "Contact", id: contact.id, name: contact.name }] : [],
  );
  const linked = relatedTo.filter(({ record }) => record?.accountId === id);
  const all = [...invited, ...linked.map(({ type: kind, id: own, name }) => ({ type: kind, id: own, name }))];
  return all.filter((one, index) => all.findIndex((other) => other.id === one.id) === index);
}
